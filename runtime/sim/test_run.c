#include "sim/test_run_parts.h"

#include "base/mem.h"
#include "formats/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The clock at the beginning of a test: 2026-01-01 00:00 UTC. */

/* More events than any test made for people needs; a flow that waits and asks in an endless
 * cycle exceeds it. */
#define MAX_EVENTS 1000000u

void test_run_result_release(struct test_result *r)
{
    bytes_release(&r->problems);
    bytes_release(&r->way);
}

void test_run_problem(struct testing *t, uint32_t line, const char *format, ...)
{
    struct bytes *b = &t->result->problems;
    bytes_printf(b, "%s:%u: ", image_text(t->image, t->test->file), (unsigned)line);
    va_list args;
    va_start(args, format);
    bytes_vprintf(b, format, args);
    va_end(args);
    bytes_add_char(b, '\n');
}

void test_run_detail(struct testing *t, const char *label, struct value v)
{
    bytes_printf(&t->result->problems, "  %s: ", label);
    json_write(&t->result->problems, v);
    bytes_add_char(&t->result->problems, '\n');
}

static struct testing *of_run(struct run *run)
{
    return run->context;
}

/* The next unused step of this kind for the node; NULL if none is left. */
static const struct image_step *take_step(struct testing *t, enum image_step_kind kind,
                                          uint32_t node)
{
    for (uint32_t i = 0; i < t->test->step_count; i++) {
        const struct image_step *s = &t->image->steps[t->test->first_step + i];
        if (t->used[i] || s->kind != kind || t->image->refs[s->first_ref] != node)
            continue;
        t->used[i] = 1;
        return s;
    }
    return NULL;
}

static const char *node_name(const struct testing *t, uint32_t node)
{
    return image_text(t->image, t->image->nodes[node].name);
}

static void give_up(struct testing *t, uint32_t node, const char *what)
{
    if (!t->broken)
        test_run_problem(t, t->test->line, "node `%s` %s", node_name(t, node), what);
    t->broken = true;
}

static void note_request(struct testing *t, const struct exchange *x)
{
    t->sent = mem_grow(t->sent, &t->sent_cap, t->sent_len, sizeof *t->sent);
    t->sent[t->sent_len++] =
        (struct sent){ .node = x->node, .request = test_run_request(x->request) };
}

static struct testing *of_simulation(struct simulation *s)
{
    return OWNER_OF(s, struct testing, world);
}

static void started(struct simulation *s, struct exchange *x)
{
    note_request(of_simulation(s), x);
}

static void set_body(struct exchange *x, struct value v)
{
    bool text = v.tag == VALUE_TEXT;
    bytes_add_text(&x->headers, text ? "content-type: text/plain; charset=utf-8\n"
                                     : "content-type: application/json\n");
    if (text)
        bytes_add(&x->body, v.text->data, v.text->len);
    else
        json_write(&x->body, v);
}

/* RFC 9110, sections 9.3.2, 15.3.5, 15.4.5: a client does not wait for one there. */
static bool may_have_body(const struct exchange *x)
{
    return x->request->method != HTTP_HEAD && x->outcome.status != 204 && x->outcome.status != 304;
}

void test_run_reply(struct exchange *x, uint16_t label, struct value body)
{
    if (label == label_of_outcome(OUTCOME_TIMEOUT))
        return;
    if (label == label_of_outcome(OUTCOME_ERROR)) {
        transport_exchange_fail(x, FAILURE_TEST_ERROR, NULL);
    } else if (label == label_of_outcome(OUTCOME_MAX_CONNECTION)) {
        transport_exchange_fail(x, FAILURE_TEST_POOL_FULL, NULL);
    } else {
        transport_exchange_succeed(x, label);
        if (body.tag != VALUE_NULL && may_have_body(x))
            set_body(x, body);
    }
    x->done(x);
}

static void answer_call(struct simulation *s, struct exchange *x)
{
    struct testing *t = of_simulation(s);
    const struct image_step *step = take_step(t, IMAGE_STEP_REPLY, x->node);
    if (step)
        test_run_reply(x, step->label,
                       step->value == IMAGE_NONE ? value_null() : t->image->constants[step->value]);
    else
        give_up(t, x->node, "makes a call, and the test has no reply left for it");
}

static void answer_question(struct run *run, uint32_t ask_id, const struct text *question,
                            struct value choices)
{
    struct testing *t = of_run(run);
    uint32_t node = run_ask_node(run, ask_id);
    const struct image_step *step = take_step(t, IMAGE_STEP_ANSWER, node);
    (void)question;
    (void)choices;
    if (!step) {
        give_up(t, node, "asks, and the test has no answer left for it");
    } else if (step->value == IMAGE_NONE) {
        run_answer(run, ask_id, NULL, 0);
    } else {
        const struct text *text = t->image->constants[step->value].text;
        run_answer(run, ask_id, text->data, text->len);
    }
}

/* What the run does, noted. */

static void note_visit(struct testing *t, const struct run_step *step)
{
    t->visits = mem_grow(t->visits, &t->visit_cap, t->visit_len, sizeof *t->visits);
    t->visits[t->visit_len++] = (struct visit){ .node = step->index, .order = step->order };
}

static void note_step(struct run *run, const struct run_step *step)
{
    note_visit(of_run(run), step);
}

static void note_enter(void *context, struct run *run, struct strand *strand, uint32_t node)
{
    struct testing *t = context;
    (void)run;
    (void)strand;
    t->coverage->counts[node]++;
}

static void note_passed(struct run *run, const struct strand *strand, uint32_t pc)
{
    struct coverage *c = of_run(run)->coverage;
    uint32_t item = coverage_find(c, pc, strand->label);
    if (item != IMAGE_NONE)
        c->counts[item]++;
}

static void note_over(struct run *run)
{
    struct testing *t = of_run(run);
    t->status = run->status;
    t->has_value = run->has_value;
    t->value = value_ref(run->value);
    t->messages = value_ref(run->messages);
    t->error = run->error ? mem_copy_text(run->error, strlen(run->error)) : NULL;
    t->run = NULL;
}

static const struct run_watch watch = {
    .ask = answer_question, .step = note_step, .passed = note_passed, .over = note_over
};

static const struct run_observer observer = { .enter = note_enter };

static void play(struct testing *t)
{
    for (uint32_t events = 0; t->run && !t->broken; events++) {
        if (events < MAX_EVENTS && simulation_step(&t->world))
            continue;
        test_run_problem(t, t->test->line, "the run does not come to its end");
        t->broken = true;
    }
    if (t->run)
        run_cancel(t->run);
}

static void begin(struct testing *t)
{
    const struct image_step *step = NULL;
    for (uint32_t i = 0; i < t->test->step_count; i++) {
        const struct image_step *s = &t->image->steps[t->test->first_step + i];
        if (s->kind == IMAGE_STEP_START)
            step = s;
    }
    if (!step) {
        test_run_problem(t, t->test->line, "the test starts no flow");
        return;
    }
    const uint32_t *refs = t->image->refs + step->first_ref;
    struct value *args = mem_alloc_zeroed(step->ref_count, sizeof *args);
    for (uint32_t i = 1; i < step->ref_count; i++)
        args[i - 1] = refs[i] == IMAGE_NONE ? vm_missing() : t->image->constants[refs[i]];
    t->run = run_start(t->world.engine, refs[0], args, &watch, t);
    run_observer_add(t->run, &observer, t);
    t->run->keep_messages = true;
    mem_free(args);
    play(t);
}

static int by_order(const void *a, const void *b)
{
    const struct visit *x = a;
    const struct visit *y = b;
    return x->order < y->order ? -1 : x->order > y->order;
}

static void print_way(struct testing *t)
{
    struct bytes *b = &t->result->way;
    if (t->visits)
        qsort(t->visits, t->visit_len, sizeof *t->visits, by_order);
    for (uint32_t i = 0; i < t->visit_len; i++)
        bytes_printf(b, "%s%s", i ? " -> " : "", node_name(t, t->visits[i].node));
}

static void release(struct testing *t)
{
    for (uint32_t i = 0; i < t->sent_len; i++)
        value_unref(t->sent[i].request);
    mem_free(t->sent);
    mem_free(t->visits);
    mem_free(t->used);
    mem_free(t->error);
    value_unref(t->value);
    value_unref(t->messages);
    simulation_release(&t->world);
}

void test_run_run(const struct program *program, uint32_t i, struct coverage *coverage,
                  struct test_result *result)
{
    struct testing t = { .program = program,
                         .image = program->image,
                         .test = &program->image->tests[i],
                         .coverage = coverage,
                         .result = result };
    simulation_init(&t.world, program, SIMULATION_EPOCH_MS);
    run_engine_mark(t.world.engine, coverage->code);
    t.world.started = started;
    t.world.reply = answer_call;
    t.used = mem_alloc_zeroed(t.test->step_count, 1);
    begin(&t);
    print_way(&t);
    if (!t.broken)
        test_run_expect(&t);
    result->passed = result->problems.len == 0;
    release(&t);
}
