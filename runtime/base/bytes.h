/* A growing run of bytes. Knows nothing of what they mean. { 0 } is empty and may be released. */
#ifndef FLOW_BASE_BYTES_H
#define FLOW_BASE_BYTES_H

#include <stdarg.h>
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
void bytes_printf(struct bytes *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void bytes_vprintf(struct bytes *b, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* The contents as a NUL-terminated text, "" when empty; valid until b changes. */
const char *bytes_text(const struct bytes *b);

/* The contents, NUL-terminated, now the caller's to free with mem_free; b is empty afterwards. */
char *bytes_take(struct bytes *b);

#endif
