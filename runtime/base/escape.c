#include "base/escape.h"

#include <string.h>

/* Of one hexadecimal digit; -1: it is none. */
static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Exactly count digits. */
static bool read_hex(const char *p, size_t len, size_t count, uint32_t *out)
{
    *out = 0;
    for (size_t i = 0; i < count; i++) {
        if (i >= len || digit(p[i]) < 0)
            return false;
        *out = *out * 16 + (uint32_t)digit(p[i]);
    }
    return true;
}

static bool starts(const char *p, size_t len, const char *word)
{
    size_t wanted = strlen(word);
    return len >= wanted && memcmp(p, word, wanted) == 0;
}

/* `%3C`, and `%253C`, where the sign itself was encoded once more. */
static size_t read_percent(const char *p, size_t len, uint32_t *c)
{
    size_t at = 1;
    while (starts(p + at, len - at, "25") && at + 2 < len && digit(p[at + 2]) >= 0)
        at += 2;
    return read_hex(p + at, len - at, 2, c) ? at + 2 : 0;
}

struct entity {
    const char *name;
    uint32_t c;
};

static const struct entity entities[] = {
    { "amp;", '&' }, { "lt;", '<' }, { "gt;", '>' }, { "quot;", '"' }, { "apos;", '\'' },
};

/* What stands between `&#` and `;`. */
static size_t read_number(const char *p, size_t len, uint32_t *c)
{
    size_t at = len > 0 && (p[0] == 'x' || p[0] == 'X');
    uint32_t base = at ? 16 : 10;
    size_t first = at;
    *c = 0;
    for (; at < len && digit(p[at]) >= 0 && digit(p[at]) < (int)base && *c < 0x110000; at++)
        *c = *c * base + (uint32_t)digit(p[at]);
    return at > first && at < len && p[at] == ';' ? at + 1 : 0;
}

/* `&lt;`, `&#60;`, `&#x3C;`, and `&amp;lt;`, where the sign itself was written so once more. */
static size_t read_entity(const char *p, size_t len, uint32_t *c)
{
    size_t at = 1;
    while (starts(p + at, len - at, "amp;"))
        at += 4;
    size_t width = at < len && p[at] == '#' ? read_number(p + at + 1, len - at - 1, c) : 0;
    if (width > 0)
        return at + 1 + width;
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
        if (starts(p + at, len - at, entities[i].name)) {
            *c = entities[i].c;
            return at + strlen(entities[i].name);
        }
    }
    *c = '&';
    return at > 1 ? at : 0;
}

/* As many before one character as JSON within JSON within JSON has. */
#define MOST_BACKSLASHES 15u

static size_t count_backslashes(const char *p, size_t len)
{
    size_t n = 0;
    while (n < len && n < MOST_BACKSLASHES && p[n] == '\\')
        n++;
    return n;
}

/* `uXXXX`, with the second half of a pair behind it where it is a first one. */
static size_t read_unit(const char *p, size_t len, uint32_t *c)
{
    uint32_t low;
    if (!read_hex(p + 1, len - 1, 4, c))
        return 0;
    if (*c < 0xd800 || *c > 0xdbff)
        return 5;
    size_t n = count_backslashes(p + 5, len - 5);
    if (n == 0 || 5 + n >= len || p[5 + n] != 'u' || !read_hex(p + 6 + n, len - 6 - n, 4, &low))
        return 0;
    *c = 0x10000 + ((*c - 0xd800) << 10) + ((low - 0xdc00) & 0x3ff);
    return 10 + n;
}

/* Any number of backslashes with what they are for; two with anything else are one. */
static size_t read_backslash(const char *p, size_t len, uint32_t *c, bool *is_byte)
{
    size_t n = count_backslashes(p, len);
    size_t left = len - n;
    const char *next = p + n;
    size_t width = 0;
    if (left > 0 && strchr("\"/'", *next) && *next) {
        *c = (unsigned char)*next;
        width = 1;
    } else if (left > 0 && *next == 't') {
        *c = '\t';
        width = 1;
    } else if (left > 0 && *next == 'u') {
        width = read_unit(next, left, c);
    } else if (left > 0 && *next == 'x') {
        *is_byte = true;
        width = read_hex(next + 1, left - 1, 2, c) ? 3 : 0;
    } else if (left > 0 && *next == '&') {
        width = read_entity(next, left, c);
    }
    if (width > 0)
        return n + width;
    *is_byte = false;
    *c = '\\';
    return n > 1 ? 2 : 0;
}

size_t escape_read(const char *p, size_t len, uint32_t *c, bool *is_byte)
{
    *is_byte = len > 0 && *p == '%';
    if (len == 0)
        return 0;
    if (*p == '%')
        return read_percent(p, len, c);
    if (*p == '&')
        return read_entity(p, len, c);
    return *p == '\\' ? read_backslash(p, len, c, is_byte) : 0;
}
