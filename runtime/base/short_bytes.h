/* Copying and comparing a few bytes without a call: keys, digits and pieces of text are mostly
 * shorter than what calling the C library's functions costs. */
#ifndef FLOW_BASE_SHORT_BYTES_H
#define FLOW_BASE_SHORT_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* half: at most 8, at most len, at least half of it, and a constant. */
static inline void short_copy_ends(char *to, const char *from, size_t len, size_t half)
{
    char first[8];
    char last[8];
    memcpy(first, from, half);
    memcpy(last, from + len - half, half);
    memcpy(to, first, half);
    memcpy(to + len - half, last, half);
}

/* Like memcpy. Two pieces that may overlap make any length. */
static inline void short_copy(char *to, const char *from, size_t len)
{
    if (len > 16) {
        memcpy(to, from, len);
    } else if (len >= 8) {
        short_copy_ends(to, from, len, 8);
    } else if (len >= 4) {
        short_copy_ends(to, from, len, 4);
    } else if (len > 0) {
        to[0] = from[0];
        to[len / 2] = from[len / 2];
        to[len - 1] = from[len - 1];
    }
}

/* Whether memcmp is 0. */
static inline bool short_equal(const char *a, const char *b, size_t len)
{
    if (len > 16)
        return memcmp(a, b, len) == 0;
    if (len >= 8)
        return memcmp(a, b, 8) == 0 && memcmp(a + len - 8, b + len - 8, 8) == 0;
    if (len >= 4)
        return memcmp(a, b, 4) == 0 && memcmp(a + len - 4, b + len - 4, 4) == 0;
    return len == 0 || (a[0] == b[0] && a[len / 2] == b[len / 2] && a[len - 1] == b[len - 1]);
}

#endif
