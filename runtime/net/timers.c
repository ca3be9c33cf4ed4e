#include "net/timers.h"

#include "base/mem.h"

/* Four children per node: half as many levels as a binary heap, and siblings share a cache line. */
#define FAN 4

void timers_release(struct timers *t)
{
    for (size_t i = 0; i < t->len; i++)
        t->heap[i]->place = 0;
    mem_free(t->heap);
    *t =
        (struct timers){ .now = t->now, .clock = t->clock, .context = t->context, .held = t->held };
}

uint64_t timers_now(struct timers *t)
{
    if (t->clock) {
        uint64_t now = t->clock(t->context) - t->held;
        if (now > t->now)
            t->now = now;
    }
    return t->now;
}

uint64_t timers_since(struct timers *t, uint64_t then)
{
    uint64_t now = timers_now(t);
    return now > then ? now - then : 0;
}

uint64_t timers_hold(struct timers *t, uint64_t began)
{
    uint64_t took = t->clock ? timers_since(t, began) : 0;
    if (took <= TIMERS_WORK_MS)
        return 0;
    t->held += took - TIMERS_WORK_MS;
    t->now -= took - TIMERS_WORK_MS;
    return took - TIMERS_WORK_MS;
}

static bool is_before(const struct timer *a, const struct timer *b)
{
    return a->due < b->due || (a->due == b->due && a->order < b->order);
}

static void set_place(struct timers *t, size_t i, struct timer *timer)
{
    t->heap[i] = timer;
    timer->place = i + 1;
}

static void sift_up(struct timers *t, size_t i)
{
    struct timer *timer = t->heap[i];
    while (i > 0) {
        size_t parent = (i - 1) / FAN;
        if (!is_before(timer, t->heap[parent]))
            break;
        set_place(t, i, t->heap[parent]);
        i = parent;
    }
    set_place(t, i, timer);
}

/* The earliest child of i, or len if it has none. */
static size_t first_child(const struct timers *t, size_t i)
{
    size_t child = i * FAN + 1;
    if (child >= t->len)
        return t->len;
    size_t end = child + FAN < t->len ? child + FAN : t->len;
    size_t first = child;
    while (++child < end) {
        if (is_before(t->heap[child], t->heap[first]))
            first = child;
    }
    return first;
}

static void sift_down(struct timers *t, size_t i)
{
    struct timer *timer = t->heap[i];
    for (;;) {
        size_t child = first_child(t, i);
        if (child == t->len || !is_before(t->heap[child], timer))
            break;
        set_place(t, i, t->heap[child]);
        i = child;
    }
    set_place(t, i, timer);
}

void timer_start(struct timers *t, struct timer *timer, uint64_t after)
{
    timer_stop(t, timer);
    uint64_t now = timers_now(t);
    timer->due = after > UINT64_MAX - now ? UINT64_MAX : now + after;
    timer->order = t->started++;
    t->heap = mem_grow(t->heap, &t->cap, t->len, sizeof *t->heap);
    set_place(t, t->len++, timer);
    sift_up(t, t->len - 1);
}

void timer_stop(struct timers *t, struct timer *timer)
{
    if (timer->place == 0)
        return;
    size_t i = timer->place - 1;
    timer->place = 0;
    struct timer *moved = t->heap[--t->len];
    if (moved == timer)
        return;
    set_place(t, i, moved);
    sift_up(t, i);
    sift_down(t, moved->place - 1);
}

bool timers_next(const struct timers *t, uint64_t *due)
{
    if (t->len == 0)
        return false;
    *due = t->heap[0]->due;
    return true;
}

void timers_advance(struct timers *t, uint64_t now)
{
    if (now > t->now)
        t->now = now;
    while (t->len > 0 && t->heap[0]->due <= t->now) {
        struct timer *timer = t->heap[0];
        timer_stop(t, timer);
        timer->fire(timer);
    }
}
