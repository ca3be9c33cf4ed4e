/* Timers of our own: a heap of deadlines under one clock. The real loop moves the clock with time;
 * a simulation jumps from deadline to deadline. Knows nothing of what fires. Milliseconds. */
#ifndef FLOW_NET_TIMERS_H
#define FLOW_NET_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Embedded in what waits. { 0 } is not running. */
struct timer {
    uint64_t due;
    size_t place; /* 1 + index in the heap, 0: not running */
    uint64_t order;
    void (*fire)(struct timer *timer);
};

struct timers {
    struct timer **heap;
    size_t len;
    size_t cap;
    uint64_t now;
    uint64_t started; /* how many were started: equal deadlines fire in this order */

    /* Where the real time is read between two advances (a loop wakes for other reasons than
     * timers, and what it then starts counts from that moment). NULL: only advances move it. */
    uint64_t (*clock)(void *context);
    void *context;
    uint64_t held; /* of the clock's time, that was taken back */
};

/* How long a piece of work may take before the rest of it is on nobody's time. */
#define TIMERS_WORK_MS 5u

void timers_release(struct timers *t);

/* The clock. It goes back in timers_hold only. */
uint64_t timers_now(struct timers *t);

/* How long ago that was; 0: the clock has gone back behind it. */
uint64_t timers_since(struct timers *t, uint64_t then);

/* Work that began at `began` is done, and everything else had to wait for it: the clock takes back
 * what it took beyond TIMERS_WORK_MS. So no answer is late because it could not be looked at, and
 * no request because it could not be sent. Best before anything is started. Gives how much; 0 where
 * there is no clock. */
uint64_t timers_hold(struct timers *t, uint64_t began);

/* Starts or moves a timer to now + after. */
void timer_start(struct timers *t, struct timer *timer, uint64_t after);

/* Harmless when it does not run. */
void timer_stop(struct timers *t, struct timer *timer);

static inline bool timer_is_running(const struct timer *timer)
{
    return timer->place != 0;
}

/* False: none runs. */
bool timers_next(const struct timers *t, uint64_t *due);

/* Sets the clock (not back) and fires what is due, also what is started meanwhile with
 * no delay. */
void timers_advance(struct timers *t, uint64_t now);

#endif
