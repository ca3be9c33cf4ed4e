#include "base/bytes.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define FIRST_CAP 64

void bytes_release(struct bytes *b)
{
    mem_free(b->data);
    *b = (struct bytes){ 0 };
}

void bytes_clear(struct bytes *b)
{
    b->len = 0;
    if (b->data)
        b->data[0] = '\0';
}

void bytes_grow(struct bytes *b, size_t more)
{
    size_t wanted;
    if (__builtin_add_overflow(b->len, more, &wanted) || wanted == SIZE_MAX)
        mem_exhausted();
    size_t cap = b->cap < SIZE_MAX / 2 ? b->cap * 2 : SIZE_MAX;
    if (cap < FIRST_CAP)
        cap = FIRST_CAP;
    if (cap < wanted + 1)
        cap = wanted + 1;
    b->data = mem_resize(b->data, cap, 1);
    b->cap = cap;
    b->data[b->len] = '\0';
}

void bytes_add_text(struct bytes *b, const char *text)
{
    bytes_add(b, text, strlen(text));
}

void bytes_add_lower(struct bytes *b, const char *p, size_t len)
{
    bytes_reserve(b, len);
    for (size_t i = 0; i < len; i++)
        bytes_add_char(b, p[i] >= 'A' && p[i] <= 'Z' ? (char)(p[i] - 'A' + 'a') : p[i]);
}

void bytes_vprintf(struct bytes *b, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    bytes_reserve(b, FIRST_CAP);
    size_t room = b->cap - b->len;
    int len = vsnprintf(b->data + b->len, room, format, args);
    if (len < 0)
        mem_exhausted();
    if ((size_t)len >= room) {
        bytes_reserve(b, (size_t)len);
        vsnprintf(b->data + b->len, (size_t)len + 1, format, again);
    }
    va_end(again);
    b->len += (size_t)len;
}

void bytes_printf(struct bytes *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    bytes_vprintf(b, format, args);
    va_end(args);
}

const char *bytes_text(const struct bytes *b)
{
    return b->data ? b->data : "";
}

char *bytes_take(struct bytes *b)
{
    char *text = b->data ? b->data : mem_copy_text("", 0);
    *b = (struct bytes){ 0 };
    return text;
}
