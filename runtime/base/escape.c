#include "base/escape.h"

#include <string.h>

int escape_hex_digit(char c)
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
        if (i >= len || escape_hex_digit(p[i]) < 0)
            return false;
        *out = *out * 16 + (uint32_t)escape_hex_digit(p[i]);
    }
    return true;
}

static bool starts(const char *p, size_t len, const char *word)
{
    size_t wanted = strlen(word);
    return len >= wanted && memcmp(p, word, wanted) == 0;
}

/* `%3C` */
static size_t read_percent(const char *p, size_t len, uint32_t *c)
{
    return read_hex(p + 1, len - 1, 2, c) ? 3 : 0;
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
    for (; at < len && escape_hex_digit(p[at]) >= 0 && escape_hex_digit(p[at]) < (int)base &&
           *c < 0x110000;
         at++)
        *c = *c * base + (uint32_t)escape_hex_digit(p[at]);
    return at > first && at < len && p[at] == ';' ? at + 1 : 0;
}

/* `&lt;`, `&#60;`, `&#x3C;` */
static size_t read_entity(const char *p, size_t len, uint32_t *c)
{
    size_t width = len > 1 && p[1] == '#' ? read_number(p + 2, len - 2, c) : 0;
    if (width > 0)
        return 2 + width;
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
        if (starts(p + 1, len - 1, entities[i].name)) {
            *c = entities[i].c;
            return 1 + strlen(entities[i].name);
        }
    }
    return 0;
}

static size_t count_backslashes(const char *p, size_t len)
{
    size_t n = 0;
    while (n < len && p[n] == '\\')
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

/* JSON within JSON doubles backslashes, so that a number of them says nothing: all are one escape.
 */
static size_t read_backslashes(const char *p, size_t len, uint32_t *c, bool *is_byte)
{
    size_t n = count_backslashes(p, len);
    size_t width = 0;
    *is_byte = n + 1 < len && p[n] == 'x';
    if (*is_byte && read_hex(p + n + 1, len - n - 1, 2, c))
        width = 3;
    else if (n < len && p[n] == 'u')
        width = read_unit(p + n, len - n, c);
    if (width == 0) {
        *is_byte = false;
        *c = ESCAPE_NOTHING;
    }
    return n + width;
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
    return *p == '\\' ? read_backslashes(p, len, c, is_byte) : 0;
}

void escape_percent_decode(struct bytes *b, const char *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint32_t c = (unsigned char)p[i];
        if (p[i] == '%' && read_percent(p + i, len - i, &c) > 0)
            i += 2;
        else
            c = (unsigned char)p[i];
        bytes_add_char(b, (char)c);
    }
}

bool escape_is_path_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~%!$&'()*+,;=:@/", c) != NULL);
}
