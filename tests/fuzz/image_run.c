#include "tests/fuzz/image_run.h"

#include "base/mem.h"
#include "engine/loop.h"
#include "engine/start.h"
#include "program/disasm.h"
#include "sim/sample_values.h"
#include "sim/simulation.h"
#include "sim/test_run.h"
#include "tests/fuzz/fuzz.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* The C library's resolver keeps memory for a thread, and such a thread may still look up a name
 * when the process ends: LeakSanitizer would call that a leak. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:__res_context_send\n";
}

#define EPOCH_MS INT64_C(1767225600000) /* 2026-01-01 00:00 UTC */
#define MAX_EVENTS 300                  /* of a run in the simulated world */
#define MAX_TURNS 6                     /* of a loop */
#define MAX_CONFIGS 16u

static const struct run_limits limits = {
    .fuel = 20000, .visits = 200, .time_ms = 3600000, .memory = 8u << 20, .message = 1u << 20
};

/* The address "127.0.0.1:PORT" that nobody listens at: it is taken, and stays so. */
static const char *closed_address(void)
{
    static char text[40];
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t len = sizeof address;
    if (text[0])
        return text;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        fuzz_fail("no port of 127.0.0.1", NULL);
    snprintf(text, sizeof text, "127.0.0.1:%u", ntohs(address.sin_port));
    return text;
}

/* What the world answers next. */
static uint32_t turn;

static struct value some_body(void)
{
    struct value v = value_object(2);
    value_object_put_bytes(&v, "message", 7, value_text_of("there"));
    value_object_put_bytes(&v, "items", 5, value_list(0));
    return v;
}

static void reply(struct simulation *s, struct exchange *x)
{
    static const uint16_t labels[] = { 200,
                                       404,
                                       LABEL_OUTCOME + OUTCOME_ERROR,
                                       503,
                                       LABEL_OUTCOME + OUTCOME_TIMEOUT,
                                       LABEL_OUTCOME + OUTCOME_MAX_CONNECTION };
    struct value body = some_body();
    (void)s;
    test_run_reply(x, labels[turn++ % (sizeof labels / sizeof *labels)], body);
    value_unref(body);
}

static void ask(struct run *run, uint32_t ask_id, const struct text *question, struct value choices)
{
    static const char *const answers[] = { "42", "yes", "AB123456", "", "true" };
    const char *answer = answers[turn++ % (sizeof answers / sizeof *answers)];
    (void)question;
    (void)choices;
    run_answer(run, ask_id, turn % 7 ? answer : NULL, turn % 7 ? strlen(answer) : 0);
}

static void step(struct run *run, const struct run_step *s)
{
    (void)run;
    (void)s;
}

static void over(struct run *run)
{
    *(bool *)run->context = true;
}

static const struct run_watch watch = { .ask = ask, .step = step, .over = over };

/* Something of its type for each input; a default is taken every other time. */
static struct value *make_inputs(const struct image *image, uint32_t flow)
{
    const struct image_function *f = &image->functions[flow];
    struct value *inputs = mem_alloc_zeroed(f->input_count + 1u, sizeof *inputs);
    for (uint32_t i = 0; i < f->input_count; i++) {
        const struct image_input *input = &image->inputs[f->first_input + i];
        struct sample_values samples = { 0 };
        sample_values_of_input(image, flow, i, &samples);
        bool missing = input->has_default && turn++ % 2;
        inputs[i] = missing       ? vm_missing()
                    : samples.len ? value_ref(samples.items[0])
                                  : value_null();
        sample_values_release(&samples);
    }
    return inputs;
}

static struct run *start(struct run_engine *e, const struct image *image, uint32_t flow, bool *done)
{
    struct value *inputs = make_inputs(image, flow);
    struct run *run = run_start(e, flow, inputs, &watch, done);
    mem_free(inputs);
    return run;
}

static bool is_flow(const struct image *image, uint32_t function)
{
    return image->functions[function].kind == IMAGE_FLOW;
}

static void simulate(const struct program *program)
{
    struct simulation s;
    simulation_init(&s, program, EPOCH_MS);
    s.reply = reply;
    run_engine_limit(s.engine, &limits);
    for (uint32_t i = 0; i < program->image->function_count; i++) {
        bool done = false;
        if (!is_flow(program->image, i))
            continue;
        struct run *run = start(s.engine, program->image, i, &done);
        for (int events = 0; !done && events < MAX_EVENTS && simulation_step(&s); events++) {
        }
        if (!done)
            run_cancel(run);
    }
    simulation_release(&s);
}

static void run_tests(const struct program *program)
{
    struct coverage coverage;
    coverage_init(&coverage, program->image);
    for (uint32_t i = 0; i < program->image->test_count; i++) {
        struct test_result result = { 0 };
        test_run_run(program, i, &coverage, &result);
        test_run_result_release(&result);
    }
    coverage_release(&coverage);
}

static uint64_t micros(void)
{
    return 0;
}

static void run_for_real(const struct program *program)
{
    struct stats stats;
    bool done;
    struct loop *loop = loop_new(program, &limits);
    if (!loop)
        fuzz_fail("no loop", NULL);
    stats_init(&stats, program->image, micros);
    run_engine_count(loop_engine(loop), &stats);
    for (uint32_t i = 0; i < program->image->function_count; i++) {
        if (is_flow(program->image, i))
            start(loop_engine(loop), program->image, i, &done);
    }
    for (int turns = 0; turns < MAX_TURNS && run_engine_live(loop_engine(loop)) > 0; turns++)
        uv_run(loop_uv(loop), UV_RUN_NOWAIT);
    loop_free(loop);
    stats_release(&stats);
}

/* A text is the closed address, for it is mostly that of an endpoint. */
static uint32_t set_configs(const struct image *image, struct setting_pair *sets, const char *url)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < image->config_count && count < MAX_CONFIGS; i++) {
        const struct image_config *c = &image->configs[i];
        if (image->types[c->type].kind == IMAGE_TYPE_TEXT)
            sets[count++] = (struct setting_pair){ image_text(image, c->name), url };
    }
    return count;
}

static void with_program(const struct image *image, void (*run)(const struct program *program),
                         const struct start_options *options)
{
    struct bytes problems = { 0 };
    struct program *program = start_program(image, options, &problems);
    if (program)
        run(program);
    start_free(program);
    bytes_release(&problems);
}

void image_run(const struct image *image, bool with_tests)
{
    struct host_policy guard = { 0 };
    struct setting_pair sets[MAX_CONFIGS];
    struct bytes text = { 0 };
    turn = 0;
    disasm_print(image, &text);
    bytes_clear(&text);
    bytes_printf(&text, "http://%s", closed_address());
    if (host_policy_allow(&guard, closed_address()))
        fuzz_fail("no rule for an address", closed_address());
    const struct start_options simulated = { .simulated = true };
    const struct start_options real = { .simulated = true,
                                        .guard = &guard,
                                        .sets = sets,
                                        .set_count = set_configs(image, sets, bytes_text(&text)) };
    with_program(image, simulate, &simulated);
    if (with_tests)
        with_program(image, run_tests, &simulated);
    with_program(image, run_for_real, &real);
    bytes_release(&text);
    host_policy_release(&guard);
}
