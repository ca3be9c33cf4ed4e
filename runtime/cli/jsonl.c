#include "cli/jsonl.h"

#include "base/json.h"
#include "base/utf8.h"

#include <openssl/evp.h>
#include <string.h>

static void add_name(struct bytes *b, const char *name)
{
    bool first = b->len > 0 && b->data[b->len - 1] == '{';
    bytes_printf(b, "%s\"%s\":", first ? "" : ",", name);
}

void jsonl_text(struct bytes *b, const char *name, const char *text)
{
    if (text) {
        jsonl_bytes(b, name, text, strlen(text));
        return;
    }
    add_name(b, name);
    bytes_add_text(b, "null");
}

void jsonl_bytes(struct bytes *b, const char *name, const char *p, size_t len)
{
    struct bytes valid = { 0 };
    while (len > 0) {
        size_t good = utf8_valid_prefix(p, len);
        bytes_add(&valid, p, good);
        if (good < len) {
            bytes_add_text(&valid, "\xef\xbf\xbd");
            good++;
        }
        p += good;
        len -= good;
    }
    add_name(b, name);
    json_write_string(b, bytes_text(&valid), valid.len);
    bytes_release(&valid);
}

static void add_base64(struct bytes *b, const char *p, size_t len)
{
    /* Whole groups of three at a time, so that the pieces join. */
    const size_t most = 3 << 20;
    while (len > 0) {
        size_t n = len < most ? len : most;
        size_t room = (n + 2) / 3 * 4;
        bytes_reserve(b, room + 1);
        EVP_EncodeBlock((unsigned char *)b->data + b->len, (const unsigned char *)p, (int)n);
        b->len += room;
        p += n;
        len -= n;
    }
}

void jsonl_base64(struct bytes *b, const struct program *program, const char *p, size_t len)
{
    struct bytes masked = { 0 };
    bytes_add(&masked, p, len);
    program_mask(program, &masked);
    add_base64(b, masked.data, masked.len);
    bytes_release(&masked);
}

void jsonl_body(struct bytes *b, const struct program *program, const char *name, const char *p,
                size_t len)
{
    if (utf8_valid_prefix(p, len) == len) {
        jsonl_bytes(b, name, p, len);
        return;
    }
    struct bytes base64 = { 0 };
    bytes_printf(&base64, "%s_base64", name);
    add_name(b, bytes_text(&base64));
    bytes_release(&base64);
    bytes_add_char(b, '"');
    jsonl_base64(b, program, p, len);
    bytes_add_char(b, '"');
}

bool jsonl_next_header(const struct bytes *headers, size_t *at, struct header_line *line)
{
    const char *p = headers->data + *at;
    size_t left = headers->len - *at;
    const char *newline = left ? memchr(p, '\n', left) : NULL;
    const char *colon = newline ? memchr(p, ':', (size_t)(newline - p)) : NULL;
    if (!colon)
        return false;
    const char *value = colon[1] == ' ' ? colon + 2 : colon + 1;
    *line = (struct header_line){ p, (size_t)(colon - p), value, (size_t)(newline - value) };
    *at += (size_t)(newline + 1 - p);
    return true;
}
