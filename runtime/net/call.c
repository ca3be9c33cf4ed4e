#include "net/call.h"

#include "base/mem.h"
#include "net/decode.h"

#include <assert.h>
#include <string.h>

enum phase {
    PHASE_OVER, /* or not begun */
    PHASE_WAITING,
    PHASE_ATTEMPT,
    PHASE_PAUSE,
};

static void fire(struct timer *timer);
static void take_turn(struct pool_waiter *w, bool granted);
static void end_exchange(struct exchange *x);

static struct call *call_of_timer(struct timer *timer)
{
    return OWNER_OF(timer, struct call, timer);
}

static struct call *call_of_waiter(struct pool_waiter *w)
{
    return OWNER_OF(w, struct call, waiter);
}

static struct call *call_of_exchange(struct exchange *x)
{
    return OWNER_OF(x, struct call, exchange);
}

static uint64_t elapsed(const struct call *c)
{
    return c->spent_ms + timers_since(c->world->timers, c->started);
}

/* Milliseconds that `within` leaves. */
static uint64_t left(const struct call *c)
{
    uint64_t gone = elapsed(c);
    return gone < c->policy->within_ms ? c->policy->within_ms - gone : 0;
}

static void start_timer(struct call *c, uint64_t after)
{
    c->timer.fire = fire;
    timer_start(c->world->timers, &c->timer, after);
}

static void finish(struct call *c)
{
    timer_stop(c->world->timers, &c->timer);
    c->phase = PHASE_OVER;
    c->exchange.outcome.elapsed_ms = elapsed(c);
    c->done(c);
}

/* The attempt has its slot. */
static void begin_exchange(struct call *c)
{
    uint64_t most = left(c);
    c->phase = PHASE_ATTEMPT;
    c->exchange.outcome.attempts++;
    start_timer(c, c->policy->timeout_ms < most ? c->policy->timeout_ms : most);
    c->exchange.request = c->request;
    c->exchange.connect_ms = c->policy->connect_ms;
    c->exchange.node = c->node;
    c->exchange.done = end_exchange;
    c->world->transport->start(c->world->transport, &c->exchange);
}

static void begin_attempt(struct call *c)
{
    uint32_t attempts = c->exchange.outcome.attempts;
    transport_exchange_release(&c->exchange);
    c->exchange.outcome.attempts = attempts;
    c->tries++;
    c->began = timers_now(c->world->timers);
    c->waiter.turn = take_turn;
    if (pool_take(c->pool, &c->waiter)) {
        begin_exchange(c);
        return;
    }
    c->phase = PHASE_WAITING;
    /* Usually the wait of the pool ends before `within` does, so a waiter needs no timer of its
     * own. */
    uint64_t most = left(c);
    if (most <= c->pool->wait_ms)
        start_timer(c, most);
}

void call_start(struct call *c)
{
    call_resume(c, &(struct call_progress){ 0 });
}

struct call_progress call_progress(const struct call *c)
{
    enum phase phase = (enum phase)c->phase;
    bool is_under_way = phase == PHASE_WAITING || phase == PHASE_ATTEMPT;
    uint64_t now = timers_now(c->world->timers);
    struct call_progress p = { .tries = c->tries - (is_under_way ? 1 : 0),
                               .attempts =
                                   c->exchange.outcome.attempts - (phase == PHASE_ATTEMPT ? 1 : 0),
                               .spent_ms = elapsed(c),
                               .pauses = phase == PHASE_PAUSE };
    if (p.pauses && c->timer.due > now)
        p.pause_ms = c->timer.due - now;
    return p;
}

void call_resume(struct call *c, const struct call_progress *from)
{
    c->exchange = (struct exchange){ .outcome.attempts = from->attempts };
    c->waiter.pool = NULL;
    c->timer.place = 0;
    c->tries = from->tries;
    c->spent_ms = from->spent_ms;
    c->started = timers_now(c->world->timers);
    if (!from->pauses) {
        begin_attempt(c);
        return;
    }
    c->phase = PHASE_PAUSE;
    start_timer(c, from->pause_ms);
}

static bool has_arm(const struct call_policy *p, uint16_t status)
{
    for (uint32_t i = 0; i < p->arm_count; i++) {
        if (p->arms[i] == status || p->arms[i] == LABEL_CLASS + status / 100)
            return true;
    }
    return false;
}

/* The pause before the next attempt; false if there is no further attempt. */
static bool find_pause(struct call *c, uint64_t *pause)
{
    const struct retry_policy *retry = &c->policy->retry;
    uint16_t label = c->exchange.outcome.label;
    if (c->tries > retry->attempts || !retry_covers(retry, label, !has_arm(c->policy, label)))
        return false;
    struct call_world *w = c->world;
    size_t len;
    const char *after = c->exchange.outcome.status
                            ? transport_headers_find(&c->exchange.headers, "retry-after", &len)
                            : NULL;
    if (!after || !retry_after(after, len, w->wall_seconds(w->context), pause))
        *pause = retry_pause(retry, c->tries, w->random(w->context));
    return *pause < left(c);
}

/* The attempt is over and has given back its slot. exchange is what was exchanged, or NULL. */
static void end_attempt(struct call *c, const struct exchange *exchange)
{
    uint64_t pause = 0;
    bool again = find_pause(c, &pause);
    if (c->attempt_done) {
        c->exchange.outcome.elapsed_ms = elapsed(c);
        c->attempt_done(c, &c->exchange.outcome, exchange, again, pause);
    }
    transport_exchange_drop_bytes(&c->exchange);
    if (!again) {
        finish(c);
        return;
    }
    c->phase = PHASE_PAUSE;
    start_timer(c, pause);
}

/* The attempt has no response, or one that cannot be read. */
static void fail(struct call *c, enum failure f, const struct failure_facts *facts)
{
    assert(!c->exchange.outcome.message);
    failure_set(&c->exchange.outcome, f, facts);
}

static void fail_of_time(struct call *c, enum failure f, uint32_t ms)
{
    bool is_whole = ms % 1000 == 0;
    fail(c, f,
         &(struct failure_facts){ .host = c->request->endpoint->host,
                                  .number = is_whole ? ms / 1000 : ms,
                                  .text = is_whole ? "s" : "ms" });
}

static void take_turn(struct pool_waiter *w, bool granted)
{
    struct call *c = call_of_waiter(w);
    if (granted) {
        begin_exchange(c);
        return;
    }
    fail(c, FAILURE_POOL_FULL,
         &(struct failure_facts){ .host = c->request->endpoint->host,
                                  .number = c->pool->slots,
                                  .limit = c->pool->wait_ms });
    end_attempt(c, NULL);
}

static bool is_too_deep(const struct call *c)
{
    uint32_t most = c->world->max_depth;
    return most && value_depth(c->exchange.outcome.body) > most;
}

/* Reads the body of a response: NULL, or why it cannot be read (heap). */
static char *read_body(struct call *c)
{
    const struct exchange *x = &c->exchange;
    if (x->unreadable)
        return mem_copy_text(x->unreadable, strlen(x->unreadable));
    if (c->policy->is_head || x->body.len == 0)
        return NULL;
    char *why = NULL;
    size_t type_len = 0;
    const char *type = transport_headers_find(&x->headers, "content-type", &type_len);
    if (!decode_body(type, type_len, x->body.data, x->body.len, &c->exchange.outcome.body, &why))
        return why;
    c->exchange.outcome.body_type = decode_text_type(type, type_len);
    if (!is_too_deep(c))
        return NULL;
    value_unref(c->exchange.outcome.body);
    c->exchange.outcome.body = decode_text(type, type_len, x->body.data, x->body.len);
    return failure_text(FAILURE_BODY_TOO_DEEP, NULL);
}

/* Reads the headers, even of a response whose body did not arrive. */
static void set_head(struct call *c)
{
    if (c->exchange.outcome.status && c->policy->wants_headers)
        c->exchange.outcome.headers = transport_headers_value(&c->exchange.headers);
}

/* An unreadable body makes the outcome an error only if the status reports success. */
static void set_response(struct call *c)
{
    const struct exchange *x = &c->exchange;
    set_head(c);
    char *why = read_body(c);
    if (why && x->outcome.status >= 200 && x->outcome.status <= 299)
        fail(c, FAILURE_BODY_UNREADABLE,
             &(struct failure_facts){ .host = x->request->endpoint->host, .text = why });
    mem_free(why);
}

static void count_resent(struct call *c)
{
    c->exchange.outcome.attempts += c->exchange.outcome.resent;
}

static void end_exchange(struct exchange *x)
{
    struct call *c = call_of_exchange(x);
    timer_stop(c->world->timers, &c->timer);
    count_resent(c);
    if (x->outcome.is_complete) {
        uint64_t began = timers_now(c->world->timers);
        set_response(c);
        c->held += timers_hold(c->world->timers, began);
    } else {
        set_head(c);
    }
    /* No timer runs and no exchange is open, so the slot can go to another call now. */
    c->phase = PHASE_PAUSE;
    pool_give(c->pool);
    end_attempt(c, x);
}

/* The attempt, or the whole call, is out of time while a request is under way. */
static void break_off(struct call *c)
{
    const struct call_policy *p = c->policy;
    c->world->transport->cancel(c->world->transport, &c->exchange);
    count_resent(c);
    if (left(c) > 0)
        fail_of_time(c, FAILURE_RESPONSE_TIMEOUT, p->timeout_ms);
    else
        fail_of_time(c, FAILURE_CALL_TIMEOUT, p->within_ms);
    transport_exchange_drop_bytes(&c->exchange);
    c->phase = PHASE_PAUSE;
    pool_give(c->pool);
    end_attempt(c, NULL);
}

static void fire(struct timer *timer)
{
    struct call *c = call_of_timer(timer);
    switch ((enum phase)c->phase) {
    case PHASE_PAUSE:
        begin_attempt(c);
        break;
    case PHASE_ATTEMPT:
        break_off(c);
        break;
    case PHASE_WAITING:
        pool_leave(&c->waiter);
        fail_of_time(c, FAILURE_POOL_TIMEOUT, c->policy->within_ms);
        end_attempt(c, NULL);
        break;
    case PHASE_OVER:
        assert(false);
    }
}

void call_cancel(struct call *c)
{
    enum phase phase = (enum phase)c->phase;
    c->phase = PHASE_OVER;
    if (phase == PHASE_OVER)
        return;
    timer_stop(c->world->timers, &c->timer);
    pool_leave(&c->waiter);
    if (phase == PHASE_ATTEMPT) {
        c->world->transport->cancel(c->world->transport, &c->exchange);
        transport_exchange_release(&c->exchange);
        pool_give(c->pool);
    }
}
