/* Runs that are written down between any two events and read into a new engine. */
#include "engine/run.h"

#include "base/mem.h"
#include "engine/load.h"
#include "sim/simulation.h"

/* check.h has an enum of this name. */
#define test_result result_of_test
#include "sim/test_run.h"
#undef test_result

#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_EVENTS 5000

static struct image *image;
static struct program *program;

/* One test of the image, in one world after another. */
static struct {
    const struct image_test *test;
    struct simulation world;
    struct run *run;
    bool used[1000];
    uint32_t pending[1000]; /* per node: 1 + the reply of the attempt under way */
    struct bytes trace;
    uint32_t snapshots;
} t;

static uint64_t zero(void *context)
{
    (void)context;
    return 0;
}

static const struct image_step *take(enum image_step_kind kind, uint32_t node)
{
    for (uint32_t i = 0; i < t.test->step_count; i++) {
        const struct image_step *s = &image->steps[t.test->first_step + i];
        if (s->kind != kind || s->first_ref == IMAGE_NONE || t.used[i])
            continue;
        if (image->refs[s->first_ref] != node)
            continue;
        t.used[i] = true;
        t.pending[node] = t.test->first_step + i + 1;
        return s;
    }
    return NULL;
}

/* A request that was sent again after a snapshot gets the reply that it got before. */
static void reply(struct simulation *world, struct exchange *x)
{
    (void)world;
    uint32_t pending = t.pending[x->node];
    const struct image_step *s =
        pending ? &image->steps[pending - 1] : take(IMAGE_STEP_REPLY, x->node);
    if (s)
        test_run_reply(x, s->label,
                       s->value == IMAGE_NONE ? value_null() : image->constants[s->value]);
    else
        test_run_reply(x, 200, value_null());
}

static void note_attempt(void *context, struct run *run, const struct run_attempt *a)
{
    (void)context;
    (void)run;
    t.pending[a->node] = 0;
    bytes_printf(&t.trace, "attempt %u\n", (unsigned)a->number);
}

static const struct run_observer observer = { .attempt = note_attempt };

static void note_ask(struct run *run, uint32_t id, const struct text *question,
                     struct value choices)
{
    uint32_t node = run_ask_node(run, id);
    const struct image_step *s = take(IMAGE_STEP_ANSWER, node);
    (void)question;
    (void)choices;
    if (s && s->value != IMAGE_NONE) {
        const struct text *text = image->constants[s->value].text;
        run_answer(run, id, text->data, text->len);
    } else {
        run_answer(run, id, NULL, 0);
    }
}

static void note_say(struct run *run, const struct text *text)
{
    (void)run;
    bytes_printf(&t.trace, "say %s\n", text->data);
}

static void note_step(struct run *run, const struct run_step *s)
{
    (void)run;
    bytes_printf(&t.trace, "%s %s.%s %s %s %s %s %s x%u %u ms #%u -> %s\n", s->strand, s->flow,
                 s->node, s->kind ? s->kind : "-", s->url ? s->url : "-",
                 s->outcome ? s->outcome : "-", s->error_kind ? s->error_kind : "-",
                 s->message ? s->message : "-", (unsigned)s->attempts, (unsigned)s->elapsed_ms,
                 (unsigned)s->order, s->to);
}

static void note_over(struct run *run)
{
    bytes_printf(&t.trace, "over %s ", run->id);
    run_print_json(run, 0, NULL, &t.trace);
    t.run = NULL;
}

static const struct run_watch watch = {
    .say = note_say, .ask = note_ask, .step = note_step, .over = note_over
};

static void begin_world(int64_t epoch_ms)
{
    simulation_init(&t.world, program, epoch_ms);
    t.world.world.random = zero;
    t.world.reply = reply;
}

static void move_to_new_world(void)
{
    struct run_state state;
    const char *problem;
    int64_t now = t.world.epoch_ms + (int64_t)t.world.timers.now;
    struct run_watch nobody = { 0 };
    run_write(t.run, &state);
    t.run->watch = &nobody;
    simulation_release(&t.world);
    begin_world(now);
    t.run = run_read(t.world.engine, &state, &watch, NULL, &problem);
    ck_assert_msg(t.run != NULL, "%s", problem);
    run_observer_add(t.run, &observer, NULL);
    run_state_release(&state);
    t.snapshots++;
}

static void begin(void)
{
    for (uint32_t i = 0; i < t.test->step_count; i++) {
        const struct image_step *s = &image->steps[t.test->first_step + i];
        if (s->kind != IMAGE_STEP_START)
            continue;
        const uint32_t *refs = image->refs + s->first_ref;
        struct value args[IMAGE_MAX_INPUTS];
        for (uint32_t n = 1; n < s->ref_count; n++)
            args[n - 1] = refs[n] == IMAGE_NONE ? vm_missing() : image->constants[refs[n]];
        t.run = run_start(t.world.engine, refs[0], args, &watch, NULL);
        t.run->keep_messages = true;
        run_observer_add(t.run, &observer, NULL);
    }
}

/* The trace of the test; the caller's. The run is moved before every so many events; 0: never. At
 * least 2, because a request that is sent again takes an event. */
static char *play(const struct image_test *test, uint32_t every)
{
    memset(&t, 0, sizeof t);
    t.test = test;
    begin_world(INT64_C(1767225600000));
    begin();
    for (uint32_t i = 0; t.run && i < MOST_EVENTS; i++) {
        if (every && i % every == 0)
            move_to_new_world();
        ck_assert(simulation_step(&t.world));
    }
    ck_assert_ptr_null(t.run);
    simulation_release(&t.world);
    return bytes_take(&t.trace);
}

static void claim_same_traces(const char *path)
{
    struct bytes problems = { 0 };
    char command[1000];
    char file[] = "run_state_test.XXXXXX";
    int fd = mkstemp(file);
    ck_assert_int_ge(fd, 0);
    snprintf(command, sizeof command, "'%s' '%s/%s' -o %s", getenv("FLOWC"), getenv("FLOW_SOURCE"),
             path, file);
    ck_assert_int_eq(system(command), 0);
    image = load_image(file, &problems);
    remove(file);
    ck_assert_msg(image != NULL, "%s", bytes_text(&problems));
    const struct start_options options = { .simulated = true };
    program = start_program(image, &options, &problems);
    ck_assert_msg(program != NULL, "%s", bytes_text(&problems));
    ck_assert_uint_gt(image->test_count, 0);
    for (uint32_t i = 0; i < image->test_count; i++) {
        char *plain = play(&image->tests[i], 0);
        for (uint32_t every = 2; every < 6; every++) {
            char *moved = play(&image->tests[i], every);
            ck_assert_uint_gt(t.snapshots, 0);
            ck_assert_str_eq(moved, plain);
            mem_free(moved);
        }
        mem_free(plain);
    }
    start_free(program);
    image_free(image);
    bytes_release(&problems);
}

START_TEST(a_run_that_is_moved_between_any_two_events_has_the_same_trace)
{
    static const char *const examples[] = { "examples/hello.flow", "examples/payment.flow",
                                            "examples/returns.flow", "examples/support.flow" };
    claim_same_traces(examples[_i]);
}
END_TEST

static Suite *run_state_suite(void)
{
    Suite *s = suite_create("run_state");
    TCase *c = tcase_create("run_state");
    tcase_add_loop_test(c, a_run_that_is_moved_between_any_two_events_has_the_same_trace, 0, 4);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return suite_main(run_state_suite());
}
