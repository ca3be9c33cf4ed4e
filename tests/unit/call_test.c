#include "net/call.h"

#include "base/mem.h"

#include "suite.h"

#include <string.h>

#define CALLS 8

/* A transport that does nothing: the test says when and how an exchange ends. */
struct fake {
    struct transport transport;
    struct exchange *live[64];
    int started;
    int cancelled;
};

static struct {
    struct timers timers;
    struct fake fake;
    struct pool pool;
    struct call_world world;
    struct endpoint endpoint;
    struct request request;
    struct call_policy policy;
    struct call call[CALLS];
    uint64_t random;
    int64_t wall;
    int done[64]; /* numbers of calls, in the order of their ends */
    int done_len;
    int attempts_seen;
    uint32_t last_resent;
    uint64_t last_pause;
    bool last_will_retry;
} t;

static void fake_start(struct transport *transport, struct exchange *x)
{
    struct fake *fake = (struct fake *)transport;
    int i = 0;
    while (fake->live[i])
        i++;
    fake->live[i] = x;
    fake->started++;
}

static void take_out(struct fake *fake, struct exchange *x)
{
    int i = 0;
    while (fake->live[i] != x)
        ck_assert_int_lt(++i, 64);
    memmove(fake->live + i, fake->live + i + 1, (size_t)(63 - i) * sizeof *fake->live);
}

static void fake_cancel(struct transport *transport, struct exchange *x)
{
    struct fake *fake = (struct fake *)transport;
    take_out(fake, x);
    fake->cancelled++;
}

static void note_done(struct call *c)
{
    t.done[t.done_len++] = (int)(c - t.call);
}

static void note_attempt(struct call *c, const struct outcome_facts *outcome,
                         const struct exchange *x, bool will_retry, uint64_t pause_ms)
{
    (void)c;
    (void)x;
    t.attempts_seen++;
    t.last_resent = outcome->resent;
    t.last_will_retry = will_retry;
    t.last_pause = pause_ms;
}

static uint64_t random_of(void *context)
{
    (void)context;
    return t.random;
}

static int64_t wall_of(void *context)
{
    (void)context;
    return t.wall;
}

static const uint16_t arms[] = { 200, 404, LABEL_CLASS + 5 };

static void setup(void)
{
    memset(&t, 0, sizeof t);
    t.fake.transport = (struct transport){ .start = fake_start, .cancel = fake_cancel };
    pool_init(&t.pool, &t.timers, 1, 2000);
    t.world = (struct call_world){ .timers = &t.timers,
                                   .transport = &t.fake.transport,
                                   .random = random_of,
                                   .wall_seconds = wall_of };
    t.endpoint.host = mem_copy_text("shop.example.com", 16);
    t.request.endpoint = &t.endpoint;
    t.policy = (struct call_policy){
        .connect_ms = 1000, .timeout_ms = 5000, .within_ms = 20000, .arms = arms, .arm_count = 3
    };
    for (int i = 0; i < CALLS; i++)
        t.call[i] = (struct call){ .world = &t.world,
                                   .pool = &t.pool,
                                   .request = &t.request,
                                   .policy = &t.policy,
                                   .done = note_done,
                                   .attempt_done = note_attempt };
}

static void teardown(void)
{
    for (int i = 0; i < CALLS; i++) {
        call_cancel(&t.call[i]);
        outcome_facts_release(&t.call[i].exchange.outcome);
    }
    ck_assert_uint_eq(t.pool.used, 0);
    ck_assert_uint_eq(t.pool.waiting, 0);
    timers_release(&t.timers);
    mem_free(t.endpoint.host);
}

static void respond(int status, const char *headers, const char *body)
{
    struct exchange *x = t.fake.live[0];
    ck_assert_ptr_nonnull(x);
    take_out(&t.fake, x);
    transport_exchange_succeed(x, status);
    bytes_add_text(&x->headers, headers);
    bytes_add_text(&x->body, body);
    x->done(x);
}

static void break_down(enum outcome outcome, enum error_kind kind, const char *message)
{
    struct exchange *x = t.fake.live[0];
    ck_assert_ptr_nonnull(x);
    take_out(&t.fake, x);
    x->outcome.label = label_of_outcome(outcome);
    x->outcome.kind = kind;
    x->outcome.message = mem_copy_text(message, strlen(message));
    x->done(x);
}

static void retry_on(uint32_t attempts, const uint16_t *label, uint32_t from, uint32_t to)
{
    t.policy.retry = (struct retry_policy){ .attempts = attempts,
                                            .labels = label,
                                            .label_count = 1,
                                            .backoff_from_ms = from,
                                            .backoff_to_ms = to };
}

static const struct outcome_facts *result(void)
{
    ck_assert_int_ge(t.done_len, 1);
    return &t.call[t.done[t.done_len - 1]].exchange.outcome;
}

static uint16_t timed_out(void)
{
    return label_of_outcome(OUTCOME_TIMEOUT);
}

static uint16_t failed(void)
{
    return label_of_outcome(OUTCOME_ERROR);
}

START_TEST(a_response_is_its_status_and_body)
{
    call_start(&t.call[0]);
    respond(404, "content-type: application/json\n", "{\"id\":7}");
    ck_assert_uint_eq(result()->label, 404);
    ck_assert_int_eq(result()->status, 404);
    ck_assert_int_eq(value_object_find_bytes(result()->body.object, "id", 2)->integer, 7);
    ck_assert_uint_eq(result()->attempts, 1);
}
END_TEST

START_TEST(headers_come_only_when_they_are_wanted)
{
    call_start(&t.call[0]);
    respond(200, "x-a: 1\n", "");
    ck_assert_uint_eq(result()->headers.tag, VALUE_NULL);
    t.policy.wants_headers = true;
    call_start(&t.call[1]);
    respond(200, "x-a: 1\nx-a: 2\n", "");
    ck_assert_str_eq(value_object_find_bytes(result()->headers.object, "x-a", 3)->text->data,
                     "1, 2");
}
END_TEST

START_TEST(an_empty_body_is_null_even_as_json)
{
    call_start(&t.call[0]);
    respond(200, "content-type: application/json\n", "");
    ck_assert_uint_eq(result()->label, 200);
    ck_assert_uint_eq(result()->body.tag, VALUE_NULL);
}
END_TEST

START_TEST(a_good_status_with_a_bad_body_is_an_error)
{
    call_start(&t.call[0]);
    respond(200, "content-type: application/json\n", "{");
    ck_assert_uint_eq(result()->label, failed());
    ck_assert_int_eq(result()->kind, ERROR_DECODE);
    ck_assert_int_eq(result()->status, 200);
    ck_assert(strstr(result()->message, "shop.example.com") != NULL);
}
END_TEST

START_TEST(another_status_with_a_bad_body_has_it_as_text)
{
    call_start(&t.call[0]);
    respond(500, "content-type: application/json\n", "<oops>");
    ck_assert_uint_eq(result()->label, 500);
    ck_assert_str_eq(result()->body.text->data, "<oops>");
    ck_assert_ptr_null(result()->message);
}
END_TEST

START_TEST(a_failed_exchange_is_an_error_with_its_kind_and_message)
{
    call_start(&t.call[0]);
    break_down(OUTCOME_ERROR, ERROR_DNS, "no address");
    ck_assert_uint_eq(result()->label, failed());
    ck_assert_int_eq(result()->kind, ERROR_DNS);
    ck_assert_int_eq(result()->status, 0);
    ck_assert_str_eq(result()->message, "no address");
}
END_TEST

START_TEST(a_connect_that_takes_too_long_is_a_timeout)
{
    call_start(&t.call[0]);
    ck_assert_uint_eq(t.fake.live[0]->connect_ms, 1000);
    break_down(OUTCOME_TIMEOUT, ERROR_CONNECT, "slow");
    ck_assert_uint_eq(result()->label, timed_out());
    ck_assert_str_eq(result()->message, "slow");
}
END_TEST

START_TEST(an_attempt_is_broken_off_at_its_timeout)
{
    call_start(&t.call[0]);
    timers_advance(&t.timers, 4999);
    ck_assert_int_eq(t.done_len, 0);
    timers_advance(&t.timers, 5000);
    ck_assert_int_eq(t.done_len, 1);
    ck_assert_int_eq(t.fake.cancelled, 1);
    ck_assert_uint_eq(result()->label, timed_out());
    ck_assert_str_eq(result()->message, "shop.example.com did not respond within 5 s (`timeout`)");
    ck_assert_uint_eq(result()->elapsed_ms, 5000);
}
END_TEST

START_TEST(timeout_counts_from_the_moment_of_the_slot)
{
    call_start(&t.call[0]);
    call_start(&t.call[1]);
    timers_advance(&t.timers, 1500);
    respond(200, "", "");
    timers_advance(&t.timers, 6499);
    ck_assert_int_eq(t.done_len, 1);
    timers_advance(&t.timers, 6500);
    ck_assert_int_eq(t.done_len, 2);
    ck_assert_uint_eq(result()->label, timed_out());
}
END_TEST

START_TEST(within_ends_an_attempt_before_its_timeout)
{
    t.policy.within_ms = 3000;
    call_start(&t.call[0]);
    timers_advance(&t.timers, 3000);
    ck_assert_uint_eq(result()->label, timed_out());
    ck_assert(strstr(result()->message, "`within`") != NULL);
    ck_assert_uint_eq(t.pool.used, 0);
}
END_TEST

START_TEST(within_ends_the_wait_for_a_slot)
{
    t.policy.within_ms = 1000;
    call_start(&t.call[0]);
    timers_advance(&t.timers, 500);
    call_start(&t.call[1]);
    timers_advance(&t.timers, 1000);
    ck_assert_int_eq(t.done[0], 0);
    timers_advance(&t.timers, 1500);
    ck_assert_int_eq(t.done_len, 2);
    ck_assert_uint_eq(result()->label, timed_out());
}
END_TEST

START_TEST(no_slot_within_the_wait_is_max_connection_and_nothing_is_sent)
{
    call_start(&t.call[0]);
    call_start(&t.call[1]);
    timers_advance(&t.timers, 2000);
    ck_assert_int_eq(t.done_len, 1);
    ck_assert_int_eq(t.done[0], 1);
    ck_assert_uint_eq(result()->label, label_of_outcome(OUTCOME_MAX_CONNECTION));
    ck_assert_uint_eq(result()->attempts, 0);
    ck_assert_int_eq(t.fake.started, 1);
}
END_TEST

START_TEST(done_never_comes_from_within_start)
{
    t.pool.wait_ms = 0;
    t.policy.timeout_ms = 0;
    t.policy.within_ms = 0;
    call_start(&t.call[0]);
    call_start(&t.call[1]);
    ck_assert_int_eq(t.done_len, 0);
    timers_advance(&t.timers, 0);
    ck_assert_int_eq(t.done_len, 2);
}
END_TEST

START_TEST(slots_are_given_first_come_first_served)
{
    for (int i = 0; i < 4; i++)
        call_start(&t.call[i]);
    for (int i = 0; i < 4; i++)
        respond(200, "", "");
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(t.done[i], i);
    ck_assert_uint_eq(t.pool.most_used, 1);
}
END_TEST

START_TEST(stalled_calls_leak_no_slot)
{
    for (int i = 0; i < 7; i++) {
        call_start(&t.call[i]);
        timers_advance(&t.timers, timers_now(&t.timers) + 5000);
        ck_assert_uint_eq(result()->label, timed_out());
    }
    call_start(&t.call[7]);
    respond(200, "", "");
    ck_assert_uint_eq(result()->label, 200);
}
END_TEST

static const uint16_t on_503[] = { 503 };
static const uint16_t on_timeout[] = { LABEL_OUTCOME + OUTCOME_TIMEOUT };
static const uint16_t on_error[] = { LABEL_OUTCOME + OUTCOME_ERROR };
static const uint16_t on_other[] = { LABEL_OUTCOME + OUTCOME_OTHER };
static const uint16_t on_max[] = { LABEL_OUTCOME + OUTCOME_MAX_CONNECTION };

START_TEST(a_retried_outcome_is_tried_again_after_its_pause)
{
    retry_on(2, on_503, 1000, 4000);
    t.random = 0; /* the shortest pause: half */
    call_start(&t.call[0]);
    respond(503, "", "");
    ck_assert_int_eq(t.done_len, 0);
    ck_assert(t.last_will_retry);
    ck_assert_uint_eq(t.last_pause, 500);
    timers_advance(&t.timers, 499);
    ck_assert_int_eq(t.fake.started, 1);
    timers_advance(&t.timers, 500);
    ck_assert_int_eq(t.fake.started, 2);
    respond(200, "", "");
    ck_assert_uint_eq(result()->label, 200);
    ck_assert_uint_eq(result()->attempts, 2);
}
END_TEST

START_TEST(after_the_last_attempt_its_outcome_stands)
{
    retry_on(2, on_503, 0, 0);
    call_start(&t.call[0]);
    for (int i = 0; i < 3; i++) {
        respond(503, "", "");
        timers_advance(&t.timers, (uint64_t)i);
    }
    ck_assert_int_eq(t.fake.started, 3);
    ck_assert_int_eq(t.attempts_seen, 3);
    ck_assert_uint_eq(result()->label, 503);
    ck_assert(!t.last_will_retry);
}
END_TEST

START_TEST(what_the_transport_sent_again_counts_as_attempts)
{
    retry_on(1, on_503, 0, 0);
    call_start(&t.call[0]);
    t.fake.live[0]->outcome.resent = 1;
    respond(503, "", "");
    timers_advance(&t.timers, 0);
    ck_assert_uint_eq(t.last_resent, 1);
    t.fake.live[0]->outcome.resent = 2;
    timers_advance(&t.timers, 5000);
    ck_assert_uint_eq(t.last_resent, 2);
    ck_assert_uint_eq(result()->label, timed_out());
    ck_assert_uint_eq(result()->attempts, 5);
}
END_TEST

START_TEST(an_outcome_not_named_is_not_retried)
{
    retry_on(2, on_503, 0, 0);
    call_start(&t.call[0]);
    respond(502, "", "");
    ck_assert_uint_eq(result()->label, 502);
}
END_TEST

START_TEST(a_timeout_may_be_retried_with_a_full_timeout)
{
    retry_on(1, on_timeout, 0, 0);
    call_start(&t.call[0]);
    timers_advance(&t.timers, 5000);
    ck_assert_int_eq(t.fake.started, 2);
    timers_advance(&t.timers, 9999);
    ck_assert_int_eq(t.done_len, 0);
    timers_advance(&t.timers, 10000);
    ck_assert_int_eq(t.done_len, 1);
}
END_TEST

START_TEST(a_body_that_does_not_parse_is_retried_as_an_error)
{
    retry_on(1, on_error, 0, 0);
    call_start(&t.call[0]);
    respond(200, "content-type: application/json\n", "{");
    timers_advance(&t.timers, 0);
    respond(200, "content-type: application/json\n", "[1]");
    ck_assert_uint_eq(result()->label, 200);
    ck_assert_ptr_null(result()->message);
}
END_TEST

START_TEST(other_is_a_status_without_an_arm)
{
    retry_on(1, on_other, 0, 0);
    call_start(&t.call[0]);
    respond(418, "", "");
    ck_assert_int_eq(t.done_len, 0);
    call_cancel(&t.call[0]);
    call_start(&t.call[1]);
    respond(501, "", ""); /* 5xx has an arm */
    ck_assert_uint_eq(result()->label, 501);
}
END_TEST

START_TEST(max_connection_may_be_retried)
{
    retry_on(1, on_max, 0, 0);
    call_start(&t.call[0]);
    call_start(&t.call[1]);
    timers_advance(&t.timers, 2000);
    ck_assert_int_eq(t.done_len, 0);
    respond(200, "", "");
    respond(200, "", "");
    ck_assert_int_eq(t.done[1], 1);
    ck_assert_uint_eq(result()->label, 200);
    ck_assert_uint_eq(result()->attempts, 1);
}
END_TEST

START_TEST(the_slot_is_free_during_a_pause_and_queued_for_again)
{
    retry_on(1, on_503, 1000, 1000);
    t.random = 500; /* the longest pause: all */
    call_start(&t.call[0]);
    call_start(&t.call[1]);
    respond(503, "", "");
    ck_assert_ptr_eq(t.fake.live[0], &t.call[1].exchange);
    timers_advance(&t.timers, 1000);
    ck_assert_int_eq(t.fake.started, 2);
    ck_assert_uint_eq(t.pool.waiting, 1);
    respond(200, "", "");
    respond(200, "", "");
    ck_assert_int_eq(t.done[0], 1);
    ck_assert_int_eq(t.done[1], 0);
}
END_TEST

START_TEST(retry_after_is_obeyed_instead_of_the_backoff)
{
    retry_on(1, on_503, 100, 100);
    call_start(&t.call[0]);
    respond(503, "retry-after: 7\n", "");
    ck_assert_uint_eq(t.last_pause, 7000);
}
END_TEST

START_TEST(a_date_in_retry_after_counts_from_the_wall_clock)
{
    retry_on(1, on_503, 100, 100);
    t.wall = 784111777 - 3;
    call_start(&t.call[0]);
    respond(503, "retry-after: Sun, 06 Nov 1994 08:49:37 GMT\n", "");
    ck_assert_uint_eq(t.last_pause, 3000);
}
END_TEST

START_TEST(a_retry_after_that_makes_no_sense_is_ignored)
{
    retry_on(1, on_503, 100, 100);
    t.random = 50;
    call_start(&t.call[0]);
    respond(503, "retry-after: soon\n", "");
    ck_assert_uint_eq(t.last_pause, 100);
}
END_TEST

START_TEST(an_attempt_that_cannot_fit_is_not_waited_for)
{
    retry_on(1, on_503, 100, 100);
    call_start(&t.call[0]);
    respond(503, "retry-after: 20\n", "");
    ck_assert_int_eq(t.done_len, 1);
    ck_assert_uint_eq(result()->label, 503);
    ck_assert(!t.last_will_retry);
    ck_assert_uint_eq(result()->elapsed_ms, 0);
}
END_TEST

START_TEST(within_covers_attempts_and_pauses_together)
{
    retry_on(9, on_timeout, 1000, 1000);
    t.random = 500;
    call_start(&t.call[0]);
    timers_advance(&t.timers, 5000);
    timers_advance(&t.timers, 6000);
    timers_advance(&t.timers, 11000);
    timers_advance(&t.timers, 12000);
    timers_advance(&t.timers, 17000);
    timers_advance(&t.timers, 18000);
    ck_assert_int_eq(t.fake.started, 4);
    timers_advance(&t.timers, 19999);
    ck_assert_int_eq(t.done_len, 0);
    timers_advance(&t.timers, 20000);
    ck_assert_int_eq(t.done_len, 1);
    ck_assert(strstr(result()->message, "`within`") != NULL);
}
END_TEST

START_TEST(cancelling_while_waiting_leaves_the_queue)
{
    call_start(&t.call[0]);
    call_start(&t.call[1]);
    call_start(&t.call[2]);
    call_cancel(&t.call[1]);
    respond(200, "", "");
    ck_assert_ptr_eq(t.fake.live[0], &t.call[2].exchange);
    timers_advance(&t.timers, 1000);
    ck_assert_int_eq(t.done_len, 1);
}
END_TEST

START_TEST(cancelling_an_attempt_closes_it_and_gives_its_slot_on)
{
    call_start(&t.call[0]);
    call_start(&t.call[1]);
    call_cancel(&t.call[0]);
    ck_assert_int_eq(t.fake.cancelled, 1);
    ck_assert_ptr_eq(t.fake.live[0], &t.call[1].exchange);
    ck_assert_ptr_null(t.fake.live[1]);
    ck_assert_int_eq(t.done_len, 0);
}
END_TEST

START_TEST(cancelling_in_a_pause_ends_it)
{
    retry_on(1, on_503, 100, 100);
    call_start(&t.call[0]);
    respond(503, "", "");
    call_cancel(&t.call[0]);
    timers_advance(&t.timers, 60000);
    ck_assert_int_eq(t.fake.started, 1);
    ck_assert_int_eq(t.done_len, 0);
}
END_TEST

START_TEST(cancelling_after_the_end_does_nothing)
{
    call_start(&t.call[0]);
    respond(200, "", "");
    call_cancel(&t.call[0]);
    ck_assert_uint_eq(t.pool.used, 0);
    ck_assert_int_eq(t.fake.cancelled, 0);
}
END_TEST

static void start_again(struct call *c)
{
    note_done(c);
    outcome_facts_release(&c->exchange.outcome);
    if (t.done_len < 5)
        call_start(c);
}

START_TEST(a_call_may_be_started_again_when_it_is_done)
{
    t.call[0].done = start_again;
    call_start(&t.call[0]);
    for (int i = 0; i < 5; i++)
        respond(200, "", "");
    ck_assert_int_eq(t.done_len, 5);
    ck_assert_uint_eq(t.pool.used, 0);
}
END_TEST

static void cancel_the_other(struct call *c)
{
    note_done(c);
    call_cancel(&t.call[1]);
}

START_TEST(a_call_may_be_cancelled_when_another_is_done)
{
    t.call[0].done = cancel_the_other;
    call_start(&t.call[0]);
    call_start(&t.call[1]);
    respond(200, "", "");
    ck_assert_int_eq(t.done_len, 1);
    ck_assert_int_eq(t.fake.cancelled, 1);
}
END_TEST

START_TEST(a_head_has_no_body_to_decode)
{
    t.policy.is_head = true;
    call_start(&t.call[0]);
    respond(200, "content-type: application/json\ncontent-length: 5\n", "");
    ck_assert_uint_eq(result()->label, 200);
    ck_assert_uint_eq(result()->body.tag, VALUE_NULL);
}
END_TEST

static TCase *ends(void)
{
    TCase *c = tcase_create("ends");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, a_response_is_its_status_and_body);
    tcase_add_test(c, headers_come_only_when_they_are_wanted);
    tcase_add_test(c, an_empty_body_is_null_even_as_json);
    tcase_add_test(c, a_good_status_with_a_bad_body_is_an_error);
    tcase_add_test(c, another_status_with_a_bad_body_has_it_as_text);
    tcase_add_test(c, a_failed_exchange_is_an_error_with_its_kind_and_message);
    tcase_add_test(c, a_connect_that_takes_too_long_is_a_timeout);
    tcase_add_test(c, a_head_has_no_body_to_decode);
    return c;
}

static TCase *times(void)
{
    TCase *c = tcase_create("times");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, an_attempt_is_broken_off_at_its_timeout);
    tcase_add_test(c, timeout_counts_from_the_moment_of_the_slot);
    tcase_add_test(c, within_ends_an_attempt_before_its_timeout);
    tcase_add_test(c, within_ends_the_wait_for_a_slot);
    tcase_add_test(c, no_slot_within_the_wait_is_max_connection_and_nothing_is_sent);
    tcase_add_test(c, done_never_comes_from_within_start);
    tcase_add_test(c, slots_are_given_first_come_first_served);
    tcase_add_test(c, stalled_calls_leak_no_slot);
    return c;
}

static TCase *retries(void)
{
    TCase *c = tcase_create("retries");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, a_retried_outcome_is_tried_again_after_its_pause);
    tcase_add_test(c, after_the_last_attempt_its_outcome_stands);
    tcase_add_test(c, what_the_transport_sent_again_counts_as_attempts);
    tcase_add_test(c, an_outcome_not_named_is_not_retried);
    tcase_add_test(c, a_timeout_may_be_retried_with_a_full_timeout);
    tcase_add_test(c, a_body_that_does_not_parse_is_retried_as_an_error);
    tcase_add_test(c, other_is_a_status_without_an_arm);
    tcase_add_test(c, max_connection_may_be_retried);
    tcase_add_test(c, the_slot_is_free_during_a_pause_and_queued_for_again);
    tcase_add_test(c, retry_after_is_obeyed_instead_of_the_backoff);
    tcase_add_test(c, a_date_in_retry_after_counts_from_the_wall_clock);
    tcase_add_test(c, a_retry_after_that_makes_no_sense_is_ignored);
    tcase_add_test(c, an_attempt_that_cannot_fit_is_not_waited_for);
    tcase_add_test(c, within_covers_attempts_and_pauses_together);
    return c;
}

static TCase *cancels(void)
{
    TCase *c = tcase_create("cancels");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, cancelling_while_waiting_leaves_the_queue);
    tcase_add_test(c, cancelling_an_attempt_closes_it_and_gives_its_slot_on);
    tcase_add_test(c, cancelling_in_a_pause_ends_it);
    tcase_add_test(c, cancelling_after_the_end_does_nothing);
    tcase_add_test(c, a_call_may_be_started_again_when_it_is_done);
    tcase_add_test(c, a_call_may_be_cancelled_when_another_is_done);
    return c;
}

int main(void)
{
    Suite *s = suite_create("call");
    suite_add_tcase(s, ends());
    suite_add_tcase(s, times());
    suite_add_tcase(s, retries());
    suite_add_tcase(s, cancels());
    return suite_main(s);
}
