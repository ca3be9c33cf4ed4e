/* Runs of small images that are put together here, in a world that answers when the test says. */
#include "engine/run.h"

#include "base/mem.h"
#include "engine/run_parts.h"
#include "formats/json.h"
#include "program/opcode.h"

#include "suite.h"

#include <string.h>

#define MOST 64

/* An image under construction, and what a run on it did. */
static struct {
    struct image image;
    struct value constants[MOST];
    struct image_function functions[MOST];
    struct image_input inputs[MOST];
    struct image_node nodes[MOST];
    struct image_site sites[MOST];
    struct image_arm arms[MOST];
    struct image_call calls[MOST];
    struct image_ask asks[MOST];
    uint32_t code[MOST * 8];
    struct image_line lines[1];

    struct endpoint endpoint;
    struct program program;
    struct timers timers;
    struct transport transport;
    struct call_world world;
    struct builtin_world builtins;
    struct run_engine *engine;
    struct run_watch watch;

    struct exchange *live[MOST];
    int live_count;
    int started;
    int cancelled;

    struct bytes said; /* messages, steps and ends, one per line */
    struct bytes json;
    uint32_t ask_id;
    int over;
    enum run_status status;
    int64_t value; /* of a run that came to an int; -1 otherwise */
    char error[200];
    char id[27];
    bool cancel_on_say;
    uint64_t real_ms; /* where the timers have a clock */
    uint64_t say_ms;  /* how long it takes to say something */
} t;

/* The image. */

static uint32_t text(const char *s)
{
    t.constants[t.image.constant_count] = value_text_of(s);
    value_make_immortal(t.constants[t.image.constant_count]);
    return t.image.constant_count++;
}

static void word(uint32_t w)
{
    t.code[t.image.code_count++] = w;
    t.functions[t.image.function_count - 1].code_count++;
}

static uint32_t flow(const char *name, uint32_t inputs)
{
    uint32_t n = t.image.function_count++;
    t.functions[n] = (struct image_function){ .kind = IMAGE_FLOW,
                                              .name = text(name),
                                              .code = t.image.code_count,
                                              .slot_count = 16,
                                              .first_temp = 8,
                                              .first_input = t.image.input_count,
                                              .input_count = inputs,
                                              .result = IMAGE_NONE,
                                              .first_node = t.image.node_count };
    t.image.input_count += inputs;
    return n;
}

static void node(const char *name)
{
    uint32_t n = t.image.node_count++;
    uint32_t function = t.image.function_count - 1;
    t.nodes[n] = (struct image_node){ .name = text(name), .function = function, .line = 1 };
    t.functions[function].node_count++;
    word(word_x(OPCODE_NODE, n));
}

static uint32_t site(enum image_site_kind kind, uint32_t detail)
{
    uint32_t n = t.image.site_count++;
    t.sites[n] = (struct image_site){ .kind = (uint8_t)kind,
                                      .node = t.image.node_count - 1,
                                      .first_arm = t.image.arm_count,
                                      .detail = detail };
    return n;
}

static void arm(uint32_t site_number, uint16_t label)
{
    t.arms[t.image.arm_count++] = (struct image_arm){ .label = label, .pc = t.image.code_count };
    t.sites[site_number].arm_count++;
}

static void outcome_arm(uint32_t site_number, enum outcome o)
{
    arm(site_number, label_of_outcome(o));
}

static void say(const char *s)
{
    uint32_t constant = text(s);
    word(word_ax(OPCODE_LOADK, 10, constant));
    word(word_abc(OPCODE_SAY, 10, 0, 0));
}

static void end_with(int16_t i)
{
    word(word_ax(OPCODE_LOADINT, 10, (uint16_t)i));
    word(word_abc(OPCODE_END, 10, 0, 0));
}

static void end(void)
{
    word(OPCODE_ENDNONE);
}

static void fail_with(int16_t i)
{
    word(word_ax(OPCODE_LOADINT, 10, (uint16_t)i));
    word(word_abc(OPCODE_FAIL, 10, 0, 0));
}

static void pause_for(int16_t ms)
{
    word(word_ax(OPCODE_LOADINT, 10, (uint16_t)ms));
    word(word_abc(OPCODE_WAIT, 10, 0, 0));
}

/* A call of the API with the path "/" or, which cannot be built, one with a null in it. */
static uint32_t send(bool good)
{
    uint32_t call = t.image.call_count++;
    t.calls[call] = (struct image_call){ .method = HTTP_GET,
                                         .separator = '&',
                                         .connect_ms = 1000,
                                         .timeout_ms = 2000,
                                         .within_ms = 5000 };
    uint32_t s = site(IMAGE_SITE_API, call);
    uint32_t slash = text("/");
    word(OPCODE_REQUEST);
    word(s);
    word(OPCODE_PATHTEXT);
    word(slash);
    if (!good) {
        word(word_abc(OPCODE_LOADNULL, 10, 0, 0));
        word(word_abc(OPCODE_PATHVALUE, 10, 0, 0));
    }
    word(word_abc(OPCODE_SEND, 0, 0, 0));
    word(s);
    return s;
}

static uint32_t ask(uint32_t timeout_ms)
{
    uint32_t n = t.image.ask_count++;
    t.asks[n] = (struct image_ask){ .type = IMAGE_TYPE_TEXT,
                                    .match = IMAGE_NONE,
                                    .timeout_ms = timeout_ms };
    uint32_t s = site(IMAGE_SITE_ASK, n);
    uint32_t question = text("well?");
    word(word_ax(OPCODE_LOADK, 8, question));
    word(word_abc(OPCODE_LOADNULL, 9, 0, 0));
    word(word_abc(OPCODE_ASK, 8, 0, 0));
    word(s);
    return s;
}

static void spawn(uint32_t callee)
{
    word(word_abc(OPCODE_SPAWN, 4, 0, 0));
    word(callee);
}

/* A group of calls without arguments; the results are in slots from 0, then the error. */
static uint32_t group(enum image_site_kind kind, uint32_t concurrency, uint32_t count,
                      const uint32_t *callees)
{
    uint32_t s = site(kind, kind == IMAGE_SITE_PARALLEL ? count : callees[0]);
    t.sites[s].concurrency = concurrency;
    word(OPCODE_GROUP);
    word(s);
    for (uint32_t i = 0; i < count; i++)
        spawn(callees[i]);
    word(word_abc(OPCODE_JOIN, 0, 0, 0));
    word(s);
    return s;
}

/* The world. */

static void start_exchange(struct transport *transport, struct exchange *x)
{
    (void)transport;
    t.live[t.live_count++] = x;
    t.started++;
}

static struct exchange *take_exchange(int i)
{
    struct exchange *x = t.live[i];
    ck_assert_int_lt(i, t.live_count);
    memmove(t.live + i, t.live + i + 1, (size_t)(--t.live_count - i) * sizeof *t.live);
    return x;
}

static void cancel_exchange(struct transport *transport, struct exchange *x)
{
    (void)transport;
    int i = 0;
    while (t.live[i] != x)
        ck_assert_int_lt(++i, t.live_count);
    take_exchange(i);
    t.cancelled++;
}

static void respond(int i, int status)
{
    struct exchange *x = take_exchange(i);
    transport_exchange_succeed(x, status);
    x->done(x);
}

static uint64_t zero(void *context)
{
    (void)context;
    return 0;
}

static int64_t wall(void *context)
{
    (void)context;
    return 1000;
}

static void fill_random(void *context, void *out, size_t len)
{
    (void)context;
    memset(out, 0xff, len);
}

/* The watcher. */

static void note_say(struct run *run, const struct text *said)
{
    bytes_printf(&t.said, "%s\n", said->data);
    t.real_ms += t.say_ms;
    if (t.cancel_on_say)
        run_cancel(run);
}

static void note_ask(struct run *run, uint32_t id, const struct text *question,
                     struct value choices)
{
    (void)run;
    (void)choices;
    t.ask_id = id;
    bytes_printf(&t.said, "%s\n", question->data);
}

static void note_step(struct run *run, const struct run_step *s)
{
    (void)run;
    bytes_printf(&t.said, "%s.%s %s %s %s -> %s\n", s->flow, s->node, s->kind ? s->kind : "-",
                 s->outcome ? s->outcome : "-", s->error_kind ? s->error_kind : "-", s->to);
}

static void note_over(struct run *run)
{
    t.over++;
    t.status = run->status;
    t.value = run->has_value && run->value.tag == VALUE_INT ? run->value.integer : -1;
    snprintf(t.error, sizeof t.error, "%s", run->error ? run->error : "");
    memcpy(t.id, run->id, sizeof t.id);
    bytes_clear(&t.json);
    run_print_json(run, 0, NULL, &t.json);
}

static void setup(void)
{
    memset(&t, 0, sizeof t);
    t.image.constants = t.constants;
    t.image.functions = t.functions;
    t.image.inputs = t.inputs;
    t.image.nodes = t.nodes;
    t.image.sites = t.sites;
    t.image.arms = t.arms;
    t.image.calls = t.calls;
    t.image.asks = t.asks;
    t.image.code = t.code;
    t.image.lines = t.lines;
    t.image.endpoint_count = 1;
    t.lines[0] = (struct image_line){ .pc = 0, .file = text("order.flow"), .line = 12 };
    t.image.line_count = 1;
    t.endpoint = (struct endpoint){ .separator = '&', .connections = 2, .wait_ms = 300 };
    ck_assert_ptr_null(endpoint_set_url(&t.endpoint, "http://shop.test", 16));
    t.program = (struct program){ .image = &t.image, .endpoints = &t.endpoint };
    t.transport = (struct transport){ .start = start_exchange, .cancel = cancel_exchange };
    t.world = (struct call_world){
        .timers = &t.timers, .transport = &t.transport, .random = zero, .wall_seconds = wall
    };
    t.builtins = (struct builtin_world){ .now_ms = wall, .random = fill_random };
    t.watch = (struct run_watch){ .say = note_say, .ask = note_ask, .over = note_over };
}

static void teardown(void)
{
    run_engine_free(t.engine);
    timers_release(&t.timers);
    endpoint_release(&t.endpoint);
    bytes_release(&t.said);
    bytes_release(&t.json);
    for (uint32_t i = 0; i < t.image.constant_count; i++)
        value_free_immortal(t.constants[i]);
}

static void turn(void)
{
    while (run_engine_turn(t.engine))
        ;
}

/* Starts the flow and gives it turns until it waits or is over. */
static struct run *start(uint32_t number)
{
    if (!t.engine)
        t.engine = run_engine_new(&t.program, &t.world, &t.builtins, 100000);
    struct run *run = run_start(t.engine, number, NULL, &t.watch, NULL);
    run->keep_messages = true;
    turn();
    return run;
}

static uint64_t real_clock(void *context)
{
    (void)context;
    return t.real_ms;
}

static void pass(uint64_t ms)
{
    t.real_ms += ms;
    timers_advance(&t.timers, t.timers.clock ? timers_now(&t.timers) : t.timers.now + ms);
    turn();
}

static void claim_over(enum run_status status, int64_t value)
{
    ck_assert_int_eq(t.over, 1);
    ck_assert_int_eq(t.status, status);
    ck_assert_int_eq(t.value, value);
    ck_assert_uint_eq(run_engine_live(t.engine), 0);
}

/* One strand. */

START_TEST(a_flow_that_ends_gives_its_value)
{
    uint32_t f = flow("f", 0);
    node("n");
    say("hi");
    end_with(7);
    start(f);
    claim_over(RUN_ENDED, 7);
    ck_assert_str_eq(bytes_text(&t.said), "hi\n");
}
END_TEST

START_TEST(nothing_runs_before_the_first_turn)
{
    uint32_t f = flow("f", 0);
    node("n");
    end();
    t.engine = run_engine_new(&t.program, &t.world, &t.builtins, 0);
    run_start(t.engine, f, NULL, &t.watch, NULL);
    ck_assert_int_eq(t.over, 0);
    ck_assert_uint_eq(run_engine_live(t.engine), 1);
    ck_assert(!run_engine_turn(t.engine));
    claim_over(RUN_ENDED, -1);
}
END_TEST

START_TEST(a_flow_that_fails_gives_its_value)
{
    uint32_t f = flow("f", 0);
    node("n");
    fail_with(3);
    start(f);
    claim_over(RUN_FAILED, 3);
}
END_TEST

START_TEST(a_fault_names_its_place)
{
    uint32_t f = flow("f", 0);
    node("n");
    word(word_ax(OPCODE_LOADINT, 1, 1));
    word(word_ax(OPCODE_LOADINT, 2, 0));
    word(word_abc(OPCODE_DIVIDE, 1, 1, 2));
    end();
    start(f);
    claim_over(RUN_FAULTED, -1);
    ck_assert_ptr_eq(strstr(t.error, "order.flow:12: "), t.error);
}
END_TEST

START_TEST(a_wait_lasts_its_time)
{
    uint32_t f = flow("f", 0);
    node("n");
    pause_for(500);
    end_with(1);
    start(f);
    pass(499);
    ck_assert_int_eq(t.over, 0);
    pass(1);
    claim_over(RUN_ENDED, 1);
}
END_TEST

START_TEST(a_loop_lets_others_run_and_is_stopped_by_its_fuel)
{
    uint32_t f = flow("f", 0);
    node("n");
    word(word_x(OPCODE_JUMP, (uint32_t)-1));
    uint32_t g = flow("g", 0);
    node("n");
    end_with(5);
    t.engine = run_engine_new(&t.program, &t.world, &t.builtins, 1000000);
    run_start(t.engine, f, NULL, &t.watch, NULL);
    run_start(t.engine, g, NULL, &t.watch, NULL);
    ck_assert(run_engine_turn(t.engine));
    ck_assert_int_eq(t.over, 1);
    ck_assert_int_eq(t.value, 5);
    turn();
    ck_assert_int_eq(t.status, RUN_FAULTED);
}
END_TEST

START_TEST(an_id_is_26_characters_of_time_and_chance)
{
    uint32_t f = flow("f", 0);
    node("n");
    end();
    start(f);
    ck_assert_str_eq(t.id, "00000000Z8ZZZZZZZZZZZZZZZZ");
}
END_TEST

START_TEST(json_has_all_members_in_their_order)
{
    uint32_t f = flow("f", 0);
    node("n");
    say("a \"b\"");
    end_with(7);
    start(f);
    ck_assert_str_eq(bytes_text(&t.json),
                     "{\"run\":\"00000000Z8ZZZZZZZZZZZZZZZZ\",\"status\":\"ended\",\"flow\":\"f\","
                     "\"node\":\"n\",\"value\":7,\"messages\":[\"a \\\"b\\\"\"],\"error\":null}");
}
END_TEST

/* Calls. */

static uint32_t calling_flow(const char *name)
{
    uint32_t f = flow(name, 0);
    node("n");
    uint32_t s = send(true);
    arm(s, 200);
    end_with(200);
    outcome_arm(s, OUTCOME_OTHER);
    end_with(1);
    outcome_arm(s, OUTCOME_ERROR);
    end_with(2);
    outcome_arm(s, OUTCOME_TIMEOUT);
    end_with(3);
    outcome_arm(s, OUTCOME_MAX_CONNECTION);
    end_with(4);
    return f;
}

START_TEST(a_call_takes_the_arm_of_its_status)
{
    start(calling_flow("f"));
    ck_assert_int_eq(t.live_count, 1);
    ck_assert_str_eq(bytes_text(&t.live[0]->request->url), "http://shop.test/");
    respond(0, 200);
    ck_assert_int_eq(t.over, 0);
    turn();
    claim_over(RUN_ENDED, 200);
}
END_TEST

START_TEST(a_status_without_an_arm_is_other)
{
    start(calling_flow("f"));
    respond(0, 404);
    turn();
    claim_over(RUN_ENDED, 1);
}
END_TEST

START_TEST(a_call_that_takes_too_long_is_timeout)
{
    start(calling_flow("f"));
    pass(2000);
    claim_over(RUN_ENDED, 3);
    ck_assert_int_eq(t.cancelled, 1);
}
END_TEST

START_TEST(the_pool_of_an_endpoint_is_shared_by_all_runs)
{
    uint32_t f = calling_flow("f");
    start(f);
    start(f);
    start(f);
    ck_assert_int_eq(t.started, 2);
    pass(300);
    ck_assert_int_eq(t.over, 1);
    ck_assert_int_eq(t.value, 4);
    ck_assert_int_eq(t.started, 2);
}
END_TEST

START_TEST(a_request_that_cannot_be_built_is_error_and_takes_no_slot)
{
    uint32_t f = flow("f", 0);
    node("n");
    uint32_t s = send(false);
    outcome_arm(s, OUTCOME_ERROR);
    end_with(2);
    start(f);
    ck_assert_int_eq(t.started, 0);
    claim_over(RUN_ENDED, 2);
}
END_TEST

START_TEST(cancel_closes_the_call_under_way)
{
    struct run *run = start(calling_flow("f"));
    run_cancel(run);
    claim_over(RUN_CANCELLED, -1);
    ck_assert_int_eq(t.cancelled, 1);
    ck_assert_int_eq(t.live_count, 0);
}
END_TEST

START_TEST(cancel_by_a_watcher_ends_the_run_after_the_step)
{
    uint32_t f = flow("f", 0);
    node("n");
    say("one");
    pause_for(10);
    say("two");
    end_with(1);
    t.cancel_on_say = true;
    start(f);
    claim_over(RUN_CANCELLED, -1);
    uint64_t due;
    ck_assert(!timers_next(&t.timers, &due));
    ck_assert_str_eq(bytes_text(&t.said), "one\n");
}
END_TEST

START_TEST(freeing_the_engine_ends_every_run)
{
    uint32_t f = calling_flow("f");
    start(f);
    start(f);
    start(f);
    run_engine_free(t.engine);
    t.engine = NULL;
    ck_assert_int_eq(t.over, 3);
    ck_assert_int_eq(t.cancelled, 2);
}
END_TEST

/* Questions. */

static uint32_t asking_flow(uint32_t timeout_ms)
{
    uint32_t f = flow("f", 0);
    node("n");
    uint32_t s = ask(timeout_ms);
    outcome_arm(s, OUTCOME_TIMEOUT);
    end_with(3);
    outcome_arm(s, OUTCOME_OK);
    end_with(1);
    return f;
}

START_TEST(an_answer_resumes_its_question_and_is_taken_once)
{
    struct run *run = start(asking_flow(IMAGE_NONE));
    ck_assert(run_answer(run, t.ask_id, "yes", 3));
    ck_assert(!run_answer(run, t.ask_id, "yes", 3));
    turn();
    claim_over(RUN_ENDED, 1);
}
END_TEST

START_TEST(a_question_with_a_time_runs_out)
{
    start(asking_flow(50));
    pass(50);
    claim_over(RUN_ENDED, 3);
}
END_TEST

START_TEST(the_end_of_input_is_the_timeout_of_a_question_that_has_one)
{
    struct run *run = start(asking_flow(50));
    ck_assert(run_answer(run, t.ask_id, NULL, 0));
    turn();
    claim_over(RUN_ENDED, 3);
}
END_TEST

START_TEST(the_end_of_input_is_a_fault_of_a_question_without_a_time)
{
    struct run *run = start(asking_flow(IMAGE_NONE));
    ck_assert(run_answer(run, t.ask_id, NULL, 0));
    turn();
    claim_over(RUN_FAULTED, -1);
    ck_assert_ptr_nonnull(strstr(t.error, "the input ended"));
}
END_TEST

START_TEST(an_answer_to_no_question_is_not_taken)
{
    struct run *run = start(asking_flow(IMAGE_NONE));
    ck_assert(!run_answer(run, t.ask_id + 1, "x", 1));
    ck_assert(!run_answer(run, 0, "x", 1));
}
END_TEST

START_TEST(a_question_is_one_of_the_messages)
{
    struct run *run = start(asking_flow(50));
    ck_assert_uint_eq(run->messages.list->len, 1);
    ck_assert_str_eq(run->messages.list->items[0].text->data, "well?");
}
END_TEST

/* Groups. */

static uint32_t waiting_flow(const char *name, int16_t ms, int16_t value)
{
    uint32_t f = flow(name, 0);
    node("w");
    pause_for(ms);
    end_with(value);
    return f;
}

static uint32_t failing_flow(const char *name, int16_t ms)
{
    uint32_t f = flow(name, 0);
    node("w");
    pause_for(ms);
    fail_with(9);
    return f;
}

/* parallel of three, which ends with the difference of the first two results. */
static uint32_t parallel_flow(const uint32_t *callees)
{
    uint32_t f = flow("p", 0);
    node("n");
    uint32_t s = group(IMAGE_SITE_PARALLEL, 0, 3, callees);
    outcome_arm(s, OUTCOME_OK);
    word(word_abc(OPCODE_SUBTRACT, 10, 0, 1));
    word(word_abc(OPCODE_END, 10, 0, 0));
    outcome_arm(s, OUTCOME_FAIL);
    end_with(99);
    return f;
}

START_TEST(parallel_runs_all_at_once_and_keeps_their_order)
{
    uint32_t callees[] = { waiting_flow("a", 100, 30), waiting_flow("b", 10, 4),
                           waiting_flow("c", 50, 1) };
    start(parallel_flow(callees));
    pass(99);
    ck_assert_int_eq(t.over, 0);
    pass(1);
    claim_over(RUN_ENDED, 26);
}
END_TEST

START_TEST(the_first_failure_cancels_the_others)
{
    uint32_t callees[] = { calling_flow("a"), failing_flow("b", 10), calling_flow("c") };
    start(parallel_flow(callees));
    ck_assert_int_eq(t.live_count, 2);
    pass(10);
    claim_over(RUN_ENDED, 99);
    ck_assert_int_eq(t.cancelled, 2);
}
END_TEST

START_TEST(a_fault_of_a_child_is_a_fault_of_the_run)
{
    uint32_t bad = flow("bad", 0);
    node("b");
    word(word_abc(OPCODE_LOADNULL, 1, 0, 0));
    word(word_abc(OPCODE_NEGATE, 1, 1, 0));
    end();
    uint32_t callees[] = { calling_flow("a"), bad, calling_flow("c") };
    start(parallel_flow(callees));
    claim_over(RUN_FAULTED, -1);
    ck_assert_int_eq(t.live_count, 0);
    ck_assert_ptr_nonnull(strstr(bytes_text(&t.json), "\"node\":\"b\""));
}
END_TEST

/* each: two at once of four; ends with the second result. */
static uint32_t each_flow(uint32_t callee, uint32_t concurrency)
{
    uint32_t callees[] = { callee, callee, callee, callee };
    uint32_t f = flow("e", 0);
    node("n");
    uint32_t s = group(IMAGE_SITE_EACH, concurrency, 4, callees);
    outcome_arm(s, OUTCOME_OK);
    word(word_ax(OPCODE_LOADINT, 2, 1));
    word(word_abc(OPCODE_INDEX, 10, 0, 2));
    word(word_abc(OPCODE_END, 10, 0, 0));
    outcome_arm(s, OUTCOME_FAIL);
    end_with(99);
    return f;
}

START_TEST(each_keeps_to_its_concurrency)
{
    start(each_flow(waiting_flow("a", 100, 30), 2));
    pass(100);
    pass(99);
    ck_assert_int_eq(t.over, 0);
    pass(1);
    claim_over(RUN_ENDED, 30);
    ck_assert_uint_eq(t.timers.now, 200);
}
END_TEST

START_TEST(each_without_concurrency_is_one_after_another)
{
    start(each_flow(waiting_flow("a", 100, 30), 0));
    pass(100);
    pass(100);
    pass(100);
    ck_assert_int_eq(t.over, 0);
    pass(100);
    claim_over(RUN_ENDED, 30);
}
END_TEST

START_TEST(after_a_failure_no_more_are_spawned)
{
    uint32_t f = failing_flow("a", 100);
    start(each_flow(f, 1));
    pass(100);
    claim_over(RUN_ENDED, 99);
    ck_assert_uint_eq(t.timers.now, 100);
}
END_TEST

START_TEST(cancel_reaches_strands_of_strands)
{
    uint32_t leaf = calling_flow("leaf");
    uint32_t middle = each_flow(leaf, 2);
    struct run *run = start(each_flow(middle, 1));
    ck_assert_int_eq(t.live_count, 2);
    run_cancel(run);
    ck_assert_int_eq(t.live_count, 0);
    claim_over(RUN_CANCELLED, -1);
}
END_TEST

START_TEST(a_flow_that_spawns_itself_for_ever_is_a_fault)
{
    uint32_t f = flow("f", 0);
    node("n");
    uint32_t s = group(IMAGE_SITE_EACH, 1, 1, &f);
    outcome_arm(s, OUTCOME_OK);
    end();
    start(f);
    claim_over(RUN_FAULTED, -1);
    ck_assert_ptr_nonnull(strstr(t.error, "deep"));
}
END_TEST

/* The time of a run. */

static void limit_to_100_ms(void)
{
    t.timers.clock = real_clock;
    t.engine = run_engine_new(&t.program, &t.world, &t.builtins, 0);
    run_engine_limit(t.engine, &(struct run_limits){ .time_ms = 100 });
}

/* It takes as long as saying something does. */
static uint32_t slow_flow(void)
{
    uint32_t f = flow("slow", 0);
    node("n");
    say("slow");
    end_with(1);
    return f;
}

/* A run that pauses and ends with 2, while another says something for 500 ms. */
static void pause_beside_a_slow_run(int16_t ms)
{
    uint32_t slow = slow_flow();
    uint32_t f = flow("f", 0);
    node("n");
    pause_for(ms);
    end_with(2);
    t.say_ms = 500;
    limit_to_100_ms();
    run_start(t.engine, f, NULL, &t.watch, NULL);
    run_start(t.engine, slow, NULL, &t.watch, NULL);
    turn();
}

START_TEST(a_run_whose_only_step_takes_too_long_is_faulted)
{
    uint32_t f = flow("f", 0);
    node("n");
    say("slow");
    end_with(1);
    t.say_ms = 100;
    limit_to_100_ms();
    start(f);
    claim_over(RUN_FAULTED, -1);
    ck_assert_str_eq(t.error, "order.flow:12: the run takes longer than it may (--max-time)");
}
END_TEST

START_TEST(what_another_run_holds_up_is_not_on_the_time_of_a_run)
{
    pause_beside_a_slow_run(50); /* TIMERS_WORK_MS of it are over */
    ck_assert_int_eq(t.over, 1);
    ck_assert_int_eq(t.status, RUN_FAULTED);
    pass(45);
    ck_assert_int_eq(t.over, 2);
    ck_assert_int_eq(t.status, RUN_ENDED);
    ck_assert_int_eq(t.value, 2);
}
END_TEST

START_TEST(the_time_of_a_run_goes_on_after_another_held_it_up)
{
    pause_beside_a_slow_run(5000);
    pass(94);
    ck_assert_int_eq(t.over, 1);
    pass(1);
    ck_assert_int_eq(t.over, 2);
    ck_assert_int_eq(t.status, RUN_FAULTED);
}
END_TEST

START_TEST(what_a_run_held_up_itself_is_on_its_time)
{
    uint32_t f = flow("f", 0);
    node("n");
    say("slow");
    pause_for(5000);
    end_with(1);
    t.say_ms = 80;
    limit_to_100_ms();
    start(f);
    pass(19);
    ck_assert_int_eq(t.over, 0);
    pass(1);
    claim_over(RUN_FAULTED, -1);
}
END_TEST

START_TEST(a_call_is_no_timeout_because_another_run_held_it_up)
{
    uint32_t slow = slow_flow();
    uint32_t f = flow("f", 0);
    node("n");
    uint32_t s = send(true);
    arm(s, 200);
    end_with(2);
    outcome_arm(s, OUTCOME_TIMEOUT);
    end_with(3);
    t.say_ms = 100000;
    limit_to_100_ms();
    run_engine_limit(t.engine, &(struct run_limits){ 0 });
    run_start(t.engine, f, NULL, &t.watch, NULL);
    run_start(t.engine, slow, NULL, &t.watch, NULL);
    turn();
    pass(0);
    ck_assert_int_eq(t.over, 1);
    respond(0, 200);
    turn();
    ck_assert_int_eq(t.over, 2);
    ck_assert_int_eq(t.value, 2);
}
END_TEST

/* The trace. */

START_TEST(each_node_that_is_left_is_a_step)
{
    uint32_t f = flow("f", 0);
    node("first");
    uint32_t s = send(true);
    arm(s, 200);
    node("second");
    s = ask(50);
    outcome_arm(s, OUTCOME_OK);
    end();
    t.watch.step = note_step;
    struct run *run = start(f);
    respond(0, 200);
    turn();
    run_answer(run, t.ask_id, "x", 1);
    turn();
    ck_assert_str_eq(bytes_text(&t.said), "f.first GET 200 - -> second\n"
                                          "well?\n"
                                          "f.second ask ok - -> end\n");
}
END_TEST

static uint64_t longest_ms;

static void note_time(struct run *run, const struct run_step *s)
{
    (void)run;
    longest_ms = s->elapsed_ms > longest_ms ? s->elapsed_ms : longest_ms;
}

START_TEST(a_step_takes_as_long_as_it_did_though_others_do_not_wait_for_it)
{
    uint32_t f = flow("f", 0);
    node("first");
    say("slow");
    node("second");
    pause_for(10);
    node("third");
    end();
    longest_ms = 0;
    t.say_ms = 500;
    t.timers.clock = real_clock;
    t.watch.step = note_time;
    start(f);
    ck_assert_uint_eq(longest_ms, 500);
    pass(10);
    ck_assert_int_eq(t.over, 1);
    ck_assert_uint_eq(longest_ms, 500);
}
END_TEST

START_TEST(a_called_flow_s_steps_stand_before_the_caller_s)
{
    uint32_t g = flow("g", 0);
    node("inner");
    fail_with(1);
    uint32_t f = flow("f", 0);
    node("outer");
    uint32_t s = site(IMAGE_SITE_CALL, g);
    word(word_abc(OPCODE_CALL, 4, 0, 0));
    word(s);
    outcome_arm(s, OUTCOME_FAIL);
    node("after");
    word(OPCODE_MOVETO | 4u << 8);
    word(g);
    t.watch.step = note_step;
    start(f);
    ck_assert_str_eq(bytes_text(&t.said), "g.inner - - - -> fail\n"
                                          "f.outer call fail - -> after\n"
                                          "f.after - - - -> flow g\n"
                                          "g.inner - - - -> fail\n");
}
END_TEST

START_TEST(a_step_of_a_failed_call_has_its_kind)
{
    uint32_t f = flow("f", 0);
    node("n");
    uint32_t s = send(false);
    outcome_arm(s, OUTCOME_ERROR);
    word(OPCODE_FAILNONE);
    t.watch.step = note_step;
    start(f);
    ck_assert_str_eq(bytes_text(&t.said), "f.n GET error request -> fail\n");
}
END_TEST

static void count_enter(void *context, struct run *run, struct strand *s, uint32_t n)
{
    (void)run;
    (void)s;
    (void)n;
    ++*(int *)context;
}

static void count_end(void *context, struct run *run)
{
    (void)run;
    *(int *)context += 100;
}

static void enter_once(void *context, struct run *run, struct strand *s, uint32_t n);
static const struct run_observer counting = { .enter = count_enter, .end = count_end };
static const struct run_observer once = { .enter = enter_once };

static void enter_once(void *context, struct run *run, struct strand *s, uint32_t n)
{
    count_enter(context, run, s, n);
    run_observer_remove(run, &once, context);
}

START_TEST(each_observer_is_called_until_it_is_removed_and_no_hook_remains)
{
    uint32_t f = flow("f", 0);
    node("n");
    node("m");
    end();
    int first = 0;
    int second = 0;
    t.engine = run_engine_new(&t.program, &t.world, &t.builtins, 0);
    struct run *run = run_start(t.engine, f, NULL, &t.watch, NULL);
    run_observer_add(run, &once, &first);
    run_observer_add(run, &counting, &second);
    run_start(t.engine, f, NULL, &t.watch, NULL);
    turn();
    ck_assert_int_eq(t.over, 2);
    ck_assert_int_eq(first, 1);
    ck_assert_int_eq(second, 102);
    ck_assert(!t.engine->host.enter);
    ck_assert(!t.engine->host.leave);
}
END_TEST

static Suite *run_suite(void)
{
    Suite *s = suite_create("run");
    TCase *c = tcase_create("run");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, a_flow_that_ends_gives_its_value);
    tcase_add_test(c, nothing_runs_before_the_first_turn);
    tcase_add_test(c, a_flow_that_fails_gives_its_value);
    tcase_add_test(c, a_fault_names_its_place);
    tcase_add_test(c, a_wait_lasts_its_time);
    tcase_add_test(c, a_loop_lets_others_run_and_is_stopped_by_its_fuel);
    tcase_add_test(c, an_id_is_26_characters_of_time_and_chance);
    tcase_add_test(c, json_has_all_members_in_their_order);
    tcase_add_test(c, a_call_takes_the_arm_of_its_status);
    tcase_add_test(c, a_status_without_an_arm_is_other);
    tcase_add_test(c, a_call_that_takes_too_long_is_timeout);
    tcase_add_test(c, the_pool_of_an_endpoint_is_shared_by_all_runs);
    tcase_add_test(c, a_request_that_cannot_be_built_is_error_and_takes_no_slot);
    tcase_add_test(c, cancel_closes_the_call_under_way);
    tcase_add_test(c, cancel_by_a_watcher_ends_the_run_after_the_step);
    tcase_add_test(c, freeing_the_engine_ends_every_run);
    tcase_add_test(c, an_answer_resumes_its_question_and_is_taken_once);
    tcase_add_test(c, a_question_with_a_time_runs_out);
    tcase_add_test(c, the_end_of_input_is_the_timeout_of_a_question_that_has_one);
    tcase_add_test(c, the_end_of_input_is_a_fault_of_a_question_without_a_time);
    tcase_add_test(c, an_answer_to_no_question_is_not_taken);
    tcase_add_test(c, a_question_is_one_of_the_messages);
    tcase_add_test(c, parallel_runs_all_at_once_and_keeps_their_order);
    tcase_add_test(c, the_first_failure_cancels_the_others);
    tcase_add_test(c, a_fault_of_a_child_is_a_fault_of_the_run);
    tcase_add_test(c, each_keeps_to_its_concurrency);
    tcase_add_test(c, each_without_concurrency_is_one_after_another);
    tcase_add_test(c, after_a_failure_no_more_are_spawned);
    tcase_add_test(c, cancel_reaches_strands_of_strands);
    tcase_add_test(c, a_flow_that_spawns_itself_for_ever_is_a_fault);
    tcase_add_test(c, a_run_whose_only_step_takes_too_long_is_faulted);
    tcase_add_test(c, what_another_run_holds_up_is_not_on_the_time_of_a_run);
    tcase_add_test(c, the_time_of_a_run_goes_on_after_another_held_it_up);
    tcase_add_test(c, what_a_run_held_up_itself_is_on_its_time);
    tcase_add_test(c, a_call_is_no_timeout_because_another_run_held_it_up);
    tcase_add_test(c, each_node_that_is_left_is_a_step);
    tcase_add_test(c, a_step_takes_as_long_as_it_did_though_others_do_not_wait_for_it);
    tcase_add_test(c, a_called_flow_s_steps_stand_before_the_caller_s);
    tcase_add_test(c, a_step_of_a_failed_call_has_its_kind);
    tcase_add_test(c, each_observer_is_called_until_it_is_removed_and_no_hook_remains);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return suite_main(run_suite());
}
