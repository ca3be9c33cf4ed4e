#include "base/utf8.h"

#include <string.h>

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Bytes of the character that begins with lead, 0 where none does; *low and *high bound its second
 * byte (RFC 3629, section 4). */
static size_t sequence_width(unsigned char lead, unsigned char *low, unsigned char *high)
{
    *low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    *high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (lead < 0x80)
        return 1;
    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* Bytes of the valid character at p, 0 when it is not valid or cut off. */
static size_t valid_width(const char *p, size_t len)
{
    unsigned char low;
    unsigned char high;
    size_t width = sequence_width((unsigned char)*p, &low, &high);
    if (width <= 1)
        return width;
    if (width > len || (unsigned char)p[1] < low || (unsigned char)p[1] > high)
        return 0;
    for (size_t i = 2; i < width; i++)
        if (!is_continuation(p[i]))
            return 0;
    return width;
}

/* Bytes of ASCII at p, in steps of eight and so perhaps fewer than there are. */
static size_t skip_ascii(const char *p, size_t len)
{
    size_t n = 0;
    for (; n + 8 <= len; n += 8) {
        uint64_t word;
        memcpy(&word, p + n, 8);
        if (word & 0x8080808080808080u)
            break;
    }
    return n;
}

size_t utf8_valid_prefix(const char *p, size_t len)
{
    size_t n = skip_ascii(p, len);
    while (n < len) {
        size_t width = valid_width(p + n, len - n);
        if (!width)
            return n;
        n += width;
        if (width == 1)
            n += skip_ascii(p + n, len - n);
    }
    return n;
}

uint32_t utf8_decode(const char *p, size_t len, size_t *width)
{
    static const unsigned char lead_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
    unsigned char low;
    unsigned char high;
    unsigned char lead = (unsigned char)*p;
    size_t n = sequence_width(lead, &low, &high);
    /* Not valid against the contract; one byte of it, so that no caller stands still. */
    if (n == 0 || n > len) {
        *width = 1;
        return 0xfffd;
    }
    uint32_t c = lead & lead_bits[n];
    for (size_t i = 1; i < n; i++)
        c = c << 6 | ((unsigned char)p[i] & 0x3f);
    *width = n;
    return c;
}

size_t utf8_encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t width = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = width - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(0xf0u << (4 - width) | c);
    return width;
}

size_t utf8_count(const char *p, size_t len)
{
    size_t count = 0;
    for (size_t n = 0; n < len; n++)
        count += !is_continuation(p[n]);
    return count;
}

size_t utf8_offset(const char *p, size_t len, size_t i)
{
    for (size_t n = 0; n < len; n++)
        if (!is_continuation(p[n]) && i-- == 0)
            return n;
    return len;
}

bool utf8_is_bidi_control(uint32_t c)
{
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e ||
           c == 0x200f || c == 0x061c;
}
