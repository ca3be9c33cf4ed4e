/* Timers of our own: a heap of deadlines under one clock, in milliseconds. The real loop moves the
 * clock with time; a simulation jumps from deadline to deadline. Knows nothing of what fires.
 *
 * The clock does not show real time. It shows real time without the time in which the loop was
 * blocked:
 *
 *     now = clock() - held
 *
 * One thread runs thousands of runs. A piece of work that belongs to one of them (parsing a body of
 * 60 MB, a long computation in a flow) blocks the loop, and nobody reads sockets or fires timers
 * meanwhile. With real time, this happens:
 *
 *     real time   0 ......... 900 ... 950 ... 1000 ......... 2000
 *     run A                   |------ parses its body --------|
 *     run B       sends               its response arrives
 *                                             its `timeout` of 1,000 ms is due
 *
 * The loop handles due timers before it reads sockets. So at 2000 it would report a timeout of B,
 * although the response arrived in time. To prevent this, whoever does such work measures it, and
 * timers_hold adds what it took beyond TIMERS_WORK_MS to `held`. In the picture, the clock shows
 * 905 when A is done. B reads its response and has 95 ms left, as if A had not been there.
 *
 * What follows from that:
 * - Work up to TIMERS_WORK_MS is charged to everybody. Short work is normal, and a clock that is
 *   set back on each turn of the loop would stand still on a busy machine.
 * - The excess is charged only to the run that did the work: its owner adds what timers_hold
 *   returns to the time of that run (run_held), so the limit of the run's time still ends it.
 * - The clock goes back, but only in timers_hold. A moment that was noted before may then be in
 *   the future. So the time since a moment is computed by timers_since, which returns 0 then.
 * - A timer that is started before timers_hold in the same turn fires later in real time, by the
 *   excess. So the clock is held before anything is started. */
#ifndef FLOW_NET_TIMERS_H
#define FLOW_NET_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Embedded in its user. { 0 } is not running. */
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

    /* Reads the real time between two advances: a loop also wakes for other reasons than timers,
     * and what it starts then counts from that moment. NULL if only advances move the clock. */
    uint64_t (*clock)(void *context);
    void *context;
    uint64_t held; /* time in which the loop was blocked */
};

/* Work may block the loop this long; the excess is not charged to any deadline. */
#define TIMERS_WORK_MS 5u

void timers_release(struct timers *t);

/* The time of the clock. It goes back only in timers_hold. */
uint64_t timers_now(struct timers *t);

/* The time since `then`; 0 if the clock has gone back to before it. */
uint64_t timers_since(struct timers *t, uint64_t then);

/* Work that began at `began` has ended. Sets the clock back by what the work took beyond
 * TIMERS_WORK_MS, so that a response that arrived meanwhile does not time out, nor a request that
 * could not be sent. To be called before anything is started. Returns that excess; 0 without a real
 * clock. */
uint64_t timers_hold(struct timers *t, uint64_t began);

/* Starts or moves a timer to now + after. */
void timer_start(struct timers *t, struct timer *timer, uint64_t after);

/* Harmless if it does not run. */
void timer_stop(struct timers *t, struct timer *timer);

static inline bool timer_is_running(const struct timer *timer)
{
    return timer->place != 0;
}

/* False if no timer runs. */
bool timers_next(const struct timers *t, uint64_t *due);

/* Sets the clock, but never back, and fires the timers that are due, including those that are
 * started meanwhile with no delay. */
void timers_advance(struct timers *t, uint64_t now);

#endif
