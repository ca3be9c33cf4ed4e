/* A set of characters, as sorted ranges of code points. Knows nothing of Unicode's classes. { 0 }
 * is empty and may be released. */
#ifndef FLOW_REGEX_RANGES_H
#define FLOW_REGEX_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RANGES_LAST 0x10ffffu

struct char_range {
    uint32_t first;
    uint32_t last; /* at least first, at most RANGES_LAST */
};

struct ranges {
    struct char_range *ranges;
    size_t len;
    size_t cap;
};

void ranges_release(struct ranges *s);

/* Adds a range, in any order and overlapping others: ranges_settle before anything else is asked.
 */
void ranges_add(struct ranges *s, uint32_t first, uint32_t last);

/* The same with all ranges of another set. */
void ranges_add_all(struct ranges *s, const struct ranges *other);

/* Afterwards the ranges are in ascending order, and between two of them a character is missing. */
void ranges_settle(struct ranges *s);

/* The others of all characters. The set is settled, before and after. */
void ranges_negate(struct ranges *s);

/* Of a settled set. */
bool ranges_has(const struct ranges *s, uint32_t c);
bool ranges_equal(const struct ranges *a, const struct ranges *b);

#endif
