#include "regex/ranges.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void ranges_release(struct ranges *s)
{
    mem_free(s->ranges);
    *s = (struct ranges){ 0 };
}

void ranges_add(struct ranges *s, uint32_t first, uint32_t last)
{
    assert(first <= last);
    assert(last <= RANGES_LAST);
    s->ranges = mem_grow(s->ranges, &s->cap, s->len, sizeof *s->ranges);
    s->ranges[s->len++] = (struct char_range){ first, last };
}

void ranges_add_all(struct ranges *s, const struct ranges *other)
{
    for (size_t i = 0; i < other->len; i++)
        ranges_add(s, other->ranges[i].first, other->ranges[i].last);
}

static int by_first(const void *a, const void *b)
{
    uint32_t x = ((const struct char_range *)a)->first;
    uint32_t y = ((const struct char_range *)b)->first;
    return (x > y) - (x < y);
}

static bool is_sorted(const struct ranges *s)
{
    for (size_t i = 1; i < s->len; i++) {
        if (s->ranges[i].first < s->ranges[i - 1].first)
            return false;
    }
    return true;
}

void ranges_settle(struct ranges *s)
{
    if (s->len == 0)
        return;
    if (!is_sorted(s))
        qsort(s->ranges, s->len, sizeof *s->ranges, by_first);
    struct char_range *kept = s->ranges;
    for (size_t i = 1; i < s->len; i++) {
        struct char_range r = s->ranges[i];
        if (r.first > kept->last + 1)
            *++kept = r;
        else if (r.last > kept->last)
            kept->last = r.last;
    }
    s->len = (size_t)(kept - s->ranges) + 1;
}

void ranges_negate(struct ranges *s)
{
    struct ranges others = { 0 };
    uint32_t next = 0;
    for (size_t i = 0; i < s->len; i++) {
        if (s->ranges[i].first > next)
            ranges_add(&others, next, s->ranges[i].first - 1);
        next = s->ranges[i].last + 1;
    }
    if (next <= RANGES_LAST)
        ranges_add(&others, next, RANGES_LAST);
    ranges_release(s);
    *s = others;
}

bool ranges_has(const struct ranges *s, uint32_t c)
{
    size_t from = 0;
    size_t to = s->len;
    while (from < to) {
        size_t middle = (from + to) / 2;
        if (c > s->ranges[middle].last)
            from = middle + 1;
        else
            to = middle;
    }
    return from < s->len && s->ranges[from].first <= c;
}

bool ranges_equal(const struct ranges *a, const struct ranges *b)
{
    return a->len == b->len &&
           (a->len == 0 || memcmp(a->ranges, b->ranges, a->len * sizeof *a->ranges) == 0);
}
