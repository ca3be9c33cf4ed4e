#include "base/base64.h"

#include <assert.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static void encode(struct bytes *b, const char *p, size_t len, const char *alphabet)
{
    size_t room = (len + 2) / 3 * 4;
    bytes_reserve(b, room);
    char *to = b->data + b->len;
    for (size_t i = 0; i < len; i += 3) {
        size_t have = len - i < 3 ? len - i : 3;
        unsigned bits = 0;
        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (k < have ? (unsigned char)p[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            *to++ = k <= have ? alphabet[bits >> (18 - 6 * k) & 63] : '=';
    }
    b->len += room;
    assert(to == b->data + b->len);
    *to = '\0';
}

void base64_encode(struct bytes *b, const char *p, size_t len)
{
    encode(b, p, len, LETTERS "+/");
}

void base64_encode_url(struct bytes *b, const char *p, size_t len)
{
    encode(b, p, len, LETTERS "-_");
}

static int digit_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

bool base64_decode(struct bytes *b, const char *p, size_t len)
{
    size_t padding = 0;
    while (len && p[len - 1] == '=' && padding < 2) {
        len--;
        padding++;
    }
    if (len % 4 == 1 || (padding && (len + padding) % 4))
        return false;
    unsigned bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < len; i++) {
        int value = digit_value(p[i]);
        if (value < 0)
            return false;
        bits = (bits << 6 | (unsigned)value) & 0xffffff;
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes_add_char(b, (char)(bits >> count & 0xff));
        }
    }
    return (bits & ((1u << count) - 1)) == 0;
}
