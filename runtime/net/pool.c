#include "net/pool.h"

#include "base/mem.h"

#include <assert.h>

static void expire(struct timer *timer);

void pool_init(struct pool *p, struct timers *timers, uint32_t slots, uint32_t wait_ms)
{
    assert(slots > 0);
    *p = (struct pool){ .timers = timers, .slots = slots, .wait_ms = wait_ms };
    p->timer.fire = expire;
}

void pool_release(struct pool *p)
{
    assert(!p->first && p->used == 0);
    if (p->timers)
        timer_stop(p->timers, &p->timer);
}

static void grant(struct pool *p)
{
    if (++p->used > p->most_used)
        p->most_used = p->used;
}

static void push(struct pool *p, struct pool_waiter *w)
{
    w->pool = p;
    w->next = NULL;
    w->prev = p->last;
    if (p->last)
        p->last->next = w;
    else
        p->first = w;
    p->last = w;
    p->waiting++;
}

void pool_leave(struct pool_waiter *w)
{
    struct pool *p = w->pool;
    if (!p)
        return;
    *(w->prev ? &w->prev->next : &p->first) = w->next;
    *(w->next ? &w->next->prev : &p->last) = w->prev;
    w->pool = NULL;
    p->waiting--;
}

bool pool_take(struct pool *p, struct pool_waiter *w)
{
    if (p->used < p->slots && !p->first) {
        grant(p);
        return true;
    }
    w->due = timers_now(p->timers) + p->wait_ms;
    push(p, w);
    /* A timer that was set for a waiter that has left since then fires early, which is harmless. So
     * the timer is not moved at each turn. */
    if (!timer_is_running(&p->timer))
        timer_start(p->timers, &p->timer, p->wait_ms);
    return false;
}

void pool_give(struct pool *p)
{
    assert(p->used > 0);
    p->used--;
    struct pool_waiter *w = p->first;
    if (!w)
        return;
    pool_leave(w);
    grant(p);
    w->turn(w, true);
}

static void expire(struct timer *timer)
{
    struct pool *p = OWNER_OF(timer, struct pool, timer);
    /* A waiter that requeues itself inside turn() goes behind `last` and is not visited in this
     * round. */
    uint64_t now = timers_now(p->timers);
    uint32_t rounds = p->waiting;
    while (rounds-- > 0 && p->first && p->first->due <= now) {
        struct pool_waiter *w = p->first;
        pool_leave(w);
        w->turn(w, false);
    }
    if (p->first && !timer_is_running(timer)) {
        now = timers_now(p->timers);
        timer_start(p->timers, timer, p->first->due > now ? p->first->due - now : 0);
    }
}
