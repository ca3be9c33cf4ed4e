/* The slots of one endpoint: at most N are taken at once, the first waiter is served first, and
 * each waits at most its wait. Knows no HTTP. `max-connection` is decided here and nowhere else. */
#ifndef FLOW_NET_POOL_H
#define FLOW_NET_POOL_H

#include "net/timers.h"

#include <stdbool.h>
#include <stdint.h>

/* Embedded in its user. */
struct pool_waiter {
    struct pool *pool; /* while it waits, else NULL */
    struct pool_waiter *next;
    struct pool_waiter *prev;
    uint64_t due; /* when its wait runs out */
    /* granted: the waiter has the slot until pool_give. false: its wait is over. */
    void (*turn)(struct pool_waiter *w, bool granted);
};

/* Must not move between pool_init and pool_release. */
struct pool {
    struct timers *timers;
    uint32_t slots;
    uint32_t used;
    uint32_t most_used;
    uint32_t wait_ms;
    struct pool_waiter *first;
    struct pool_waiter *last;
    uint32_t waiting;
    struct timer timer; /* one for all: who came first runs out first */
};

void pool_init(struct pool *p, struct timers *timers, uint32_t slots, uint32_t wait_ms);

/* No slot may be taken, and nobody may wait. */
void pool_release(struct pool *p);

/* True if a slot was free: the caller has it. False: w waits, and turn is called later, exactly
 * once. */
bool pool_take(struct pool *p, struct pool_waiter *w);

/* Gives a slot back. If somebody waits, this calls its turn before it returns: the next call starts
 * inside the end of this one. So the caller must have settled its own state before, and must expect
 * that turn takes slots, gives them back and cancels other waiters. */
void pool_give(struct pool *p);

/* Leaves the queue; turn is not called. Harmless for a waiter that does not wait. */
void pool_leave(struct pool_waiter *w);

#endif
