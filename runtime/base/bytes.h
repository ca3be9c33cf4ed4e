/* A growing run of bytes. Knows nothing of what they mean. { 0 } is empty and may be released. */
#ifndef FLOW_BASE_BYTES_H
#define FLOW_BASE_BYTES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct bytes {
    char *data; /* NULL while nothing was added; otherwise data[len] is NUL */
    size_t len;
    size_t cap;
};

void bytes_release(struct bytes *b);

/* Forgets the contents, keeps the memory. */
void bytes_clear(struct bytes *b);

/* The part of bytes_reserve that is rarely needed: a larger block. */
void bytes_grow(struct bytes *b, size_t more);

/* Room for at least more bytes beyond len. These three are inline: a call adds bytes some hundred
 * times, nearly always to a block that has room. */
static inline void bytes_reserve(struct bytes *b, size_t more)
{
    /* One byte of cap is the NUL's. */
    if (b->cap == 0 || more > b->cap - b->len - 1)
        bytes_grow(b, more);
}

static inline void bytes_add(struct bytes *b, const void *p, size_t len)
{
    bytes_reserve(b, len);
    if (len)
        memcpy(b->data + b->len, p, len);
    b->len += len;
    b->data[b->len] = '\0';
}

static inline void bytes_add_char(struct bytes *b, char c)
{
    bytes_reserve(b, 1);
    b->data[b->len++] = c;
    b->data[b->len] = '\0';
}

void bytes_add_text(struct bytes *b, const char *text);
/* Adds len bytes with A to Z in lower case, whatever the locale is. */
void bytes_add_lower(struct bytes *b, const char *p, size_t len);
void bytes_printf(struct bytes *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void bytes_vprintf(struct bytes *b, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* The contents as a NUL-terminated text, "" when empty; valid until b changes. */
const char *bytes_text(const struct bytes *b);

/* The contents, NUL-terminated, now the caller's to free with mem_free; b is empty afterwards. */
char *bytes_take(struct bytes *b);

/* Copying and comparing a few bytes without a call: keys, digits and pieces of text are mostly
 * shorter than what calling the C library's functions costs. */

/* half: at most 8, at most len, at least half of it, and a constant. */
static inline void bytes_copy_ends(char *to, const char *from, size_t len, size_t half)
{
    char first[8];
    char last[8];
    memcpy(first, from, half);
    memcpy(last, from + len - half, half);
    memcpy(to, first, half);
    memcpy(to + len - half, last, half);
}

/* Like memcpy. Two pieces that may overlap make any length. */
static inline void bytes_copy_short(char *to, const char *from, size_t len)
{
    if (len > 16) {
        memcpy(to, from, len);
    } else if (len >= 8) {
        bytes_copy_ends(to, from, len, 8);
    } else if (len >= 4) {
        bytes_copy_ends(to, from, len, 4);
    } else if (len > 0) {
        to[0] = from[0];
        to[len / 2] = from[len / 2];
        to[len - 1] = from[len - 1];
    }
}

/* Whether memcmp is 0. */
static inline bool bytes_equal_short(const char *a, const char *b, size_t len)
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
