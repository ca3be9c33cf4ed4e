/* The life of one call of an API: its turn in the pool, its attempts, the pauses between them, its
 * time. Ends with exactly one outcome. Knows neither libcurl nor the VM. */
#ifndef FLOW_NET_CALL_H
#define FLOW_NET_CALL_H

#include "base/value.h"
#include "net/pool.h"
#include "net/retry.h"
#include "net/timers.h"
#include "net/transport.h"

#include <stdbool.h>
#include <stdint.h>

/* What a call needs from its surroundings. One per loop. */
struct call_world {
    struct timers *timers;
    struct transport *transport;
    uint64_t (*random)(void *context);
    int64_t (*wall_seconds)(void *context); /* since 1970, for Retry-After dates */
    void *context;
    uint32_t max_depth; /* of a body; 0: as its reader allows */
};

struct call_policy {
    uint32_t connect_ms;
    uint32_t timeout_ms;
    uint32_t within_ms;
    struct retry_policy retry;
    const uint16_t *arms; /* the labels of the arms of the node: a status without an arm is `other`
                             for the retry */
    uint32_t arm_count;
    bool wants_headers; /* headers are read by an arm */
    bool is_head;       /* no body to decode */
};

struct call {
    /* Set by the caller before call_start. */
    struct call_world *world;
    struct pool *pool;
    struct request *request; /* looked at, kept by the caller until done */
    const struct call_policy *policy;
    uint32_t node; /* of the image: for a transport that replies by it, and for statistics */
    void (*done)(struct call *c); /* once, unless cancelled; not from within call_start. May free
                                     the call, or start it again. The outcome is exchange.outcome,
                                     the owner's of the call: outcome_facts_release */
    /* Called at the end of each attempt, even of one that got no slot (for traces and statistics);
     * may be NULL. exchange is NULL if nothing was exchanged or the exchange was cancelled.
     * will_retry: a pause of pause_ms follows. Must not cancel the call. */
    void (*attempt_done)(struct call *c, const struct outcome_facts *outcome,
                         const struct exchange *exchange, bool will_retry, uint64_t pause_ms);

    struct exchange exchange; /* of the present attempt; afterwards its outcome only */

    /* Its own. */
    struct pool_waiter waiter;
    struct timer timer; /* the end of the attempt, of the pause, or of the whole call */
    uint64_t started;
    uint64_t spent_ms; /* of `within`, before call_resume */
    uint64_t began;    /* the present attempt */
    uint64_t held;  /* milliseconds that reading its response held up the loop, see timers_hold */
    uint32_t tries; /* attempts begun, those that found no slot included */
    uint8_t phase;
};

/* Begins. The outcome always comes through done, and never from within this call. */
void call_start(struct call *c);

/* How far a call is: enough to go on with it in another process. An attempt under way is not
 * counted, because its response is lost: it is made again. */
struct call_progress {
    uint32_t tries;
    uint32_t attempts;
    uint64_t spent_ms; /* since the call began */
    bool pauses;       /* the next attempt begins after pause_ms more */
    uint64_t pause_ms;
};

struct call_progress call_progress(const struct call *c);

/* As call_start, but goes on from there. */
void call_resume(struct call *c, const struct call_progress *from);

/* Ends it at once: closes its exchange and gives back its slot. done is not called. Harmless after
 * the end. */
void call_cancel(struct call *c);

#endif
