/* The slots of one endpoint: at most N at once, first come first served, each waiter at most its
 * wait. Knows no HTTP: `max-connection` is decided here and nowhere else. */
#ifndef FLOW_NET_POOL_H
#define FLOW_NET_POOL_H

#include "net/timers.h"

#include <stdbool.h>
#include <stdint.h>

/* Embedded in what wants a slot. */
struct pool_waiter {
    struct pool *pool; /* while it waits, else NULL */
    struct pool_waiter *next;
    struct pool_waiter *prev;
    uint64_t due; /* when its wait runs out */
    /* granted: the slot is the waiter's until pool_give. false: its wait ran out. */
    void (*turn)(struct pool_waiter *w, bool granted);
};

/* Stays where it is from pool_init to pool_release. */
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

/* Nobody has a slot or waits any more. */
void pool_release(struct pool *p);

/* True: a slot is yours now. False: w waits, and turn is called later, exactly once. */
bool pool_take(struct pool *p, struct pool_waiter *w);

/* Gives a slot back; the first in the queue gets it before this returns. */
void pool_give(struct pool *p);

/* Leaves the queue; harmless for one that does not wait. turn is not called. */
void pool_leave(struct pool_waiter *w);

#endif
