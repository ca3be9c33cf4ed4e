#include "cli/jsonl.h"

#include "base/base64.h"
#include "base/utf8.h"
#include "engine/run.h"
#include "formats/json.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

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

void jsonl_line_release(struct jsonl_line *l)
{
    for (size_t i = 0; i < l->raw_count; i++)
        bytes_release(&l->raws[i].bytes);
    bytes_release(&l->text);
    *l = (struct jsonl_line){ 0 };
}

void jsonl_base64(struct jsonl_line *l, const char *p, size_t len)
{
    assert(l->raw_count < sizeof l->raws / sizeof *l->raws);
    struct jsonl_raw *raw = &l->raws[l->raw_count++];
    bytes_add_text(&l->text, "\"\"");
    *raw = (struct jsonl_raw){ .at = l->text.len - 1 };
    bytes_add(&raw->bytes, p, len);
}

void jsonl_body(struct jsonl_line *l, const char *name, const char *p, size_t len)
{
    if (utf8_valid_prefix(p, len) == len) {
        jsonl_bytes(&l->text, name, p, len);
        return;
    }
    struct bytes base64 = { 0 };
    bytes_printf(&base64, "%s_base64", name);
    add_name(&l->text, bytes_text(&base64));
    bytes_release(&base64);
    jsonl_base64(l, p, len);
}

static void put_raws(struct jsonl_line *l, const struct masks *masks)
{
    struct bytes out = { 0 };
    size_t copied = 0;
    for (size_t i = 0; i < l->raw_count; i++) {
        struct jsonl_raw *raw = &l->raws[i];
        bytes_add(&out, l->text.data + copied, raw->at - copied);
        program_mask_apply(masks, &raw->bytes, false);
        base64_encode(&out, bytes_text(&raw->bytes), raw->bytes.len);
        copied = raw->at;
        bytes_release(&raw->bytes);
    }
    bytes_add(&out, l->text.data + copied, l->text.len - copied);
    bytes_release(&l->text);
    l->text = out;
    l->raw_count = 0;
}

void jsonl_line_finish(struct jsonl_line *l, const struct masks *masks)
{
    if (l->raw_count > 0)
        put_raws(l, masks);
    run_mask_json(masks, &l->text);
}

void jsonl_header_value(struct bytes *b, const struct field *f)
{
    if (f->secret) {
        bytes_add_text(b, "***");
        return;
    }
    size_t shown = strlen(f->value);
    if (strcasecmp(f->name, "Authorization") == 0) {
        size_t scheme = strcspn(f->value, " \t");
        shown = scheme < shown ? scheme + 1 : 0;
    }
    bytes_add(b, f->value, shown);
    if (f->value[shown])
        bytes_add_text(b, "***");
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
