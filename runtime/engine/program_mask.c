#include "engine/program_mask.h"

#include "base/json.h"
#include "base/mem.h"
#include "engine/request_build.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define SHORTEST 4

void masks_release(struct masks *m)
{
    for (size_t i = 0; i < m->len; i++)
        bytes_release(&m->items[i]);
    mem_free(m->items);
    *m = (struct masks){ 0 };
}

/* Takes form, unless it is too short or there already. */
static void add(struct masks *m, struct bytes *form)
{
    bool known = form->len < SHORTEST;
    for (size_t i = 0; i < m->len && !known; i++)
        known = m->items[i].len == form->len &&
                memcmp(m->items[i].data, form->data, form->len) == 0;
    if (known) {
        bytes_release(form);
        return;
    }
    if (m->len == m->cap) {
        m->cap = m->cap ? m->cap * 2 : 16;
        m->items = mem_resize(m->items, m->cap, sizeof *m->items);
    }
    m->items[m->len++] = *form;
    *form = (struct bytes){ 0 };
}

static void add_hex(struct masks *m, const struct text *s, const char *format)
{
    struct bytes b = { 0 };
    for (uint32_t i = 0; i < s->len; i++)
        bytes_printf(&b, format, (unsigned char)s->data[i]);
    add(m, &b);
}

static void add_percent(struct masks *m, const struct text *s, bool lower, bool plus)
{
    struct bytes b = { 0 };
    request_percent_encode(&b, s->data, s->len);
    struct bytes form = { 0 };
    for (size_t i = 0; i < b.len; i++) {
        if (plus && i + 2 < b.len && memcmp(b.data + i, "%20", 3) == 0) {
            bytes_add_char(&form, '+');
            i += 2;
        } else if (lower && b.data[i] == '%' && i + 2 < b.len) {
            bytes_add_char(&form, '%');
            bytes_add_char(&form, (char)tolower((unsigned char)b.data[++i]));
            bytes_add_char(&form, (char)tolower((unsigned char)b.data[++i]));
        } else {
            bytes_add_char(&form, b.data[i]);
        }
    }
    bytes_release(&b);
    add(m, &form);
}

static void add_json(struct masks *m, const struct text *s)
{
    struct bytes quoted = { 0 };
    struct bytes b = { 0 };
    json_write_string(&quoted, s->data, s->len);
    bytes_add(&b, quoted.data + 1, quoted.len - 2);
    bytes_release(&quoted);
    add(m, &b);
}

/* The characters of base64 that hold nothing but the secret, when `before` bytes stand before it. */
static void add_base64(struct masks *m, const struct text *s, size_t before, bool url)
{
    size_t len = before + s->len;
    unsigned char *plain = mem_alloc_zeroed(len + 1, 1);
    memcpy(plain + before, s->data, s->len);
    unsigned char *coded = mem_alloc_zeroed(len / 3 * 4 + 8, 1);
    EVP_EncodeBlock(coded, plain, (int)len);
    size_t first = before == 0 ? 0 : before == 1 ? 2 : 3;
    size_t last = len / 3 * 4 + (len % 3 == 0 ? 0 : len % 3);
    for (size_t i = first; i < last && url; i++)
        coded[i] = coded[i] == '+' ? '-' : coded[i] == '/' ? '_' : coded[i];
    struct bytes b = { 0 };
    if (last > first)
        bytes_add(&b, coded + first, last - first);
    mem_free(plain);
    mem_free(coded);
    add(m, &b);
}

static int by_length(const void *a, const void *b)
{
    const struct bytes *x = a;
    const struct bytes *y = b;
    return x->len > y->len ? -1 : x->len < y->len;
}

void masks_add(struct masks *m, const struct text *secret)
{
    if (secret->len < SHORTEST)
        return;
    struct bytes plain = { 0 };
    bytes_add(&plain, secret->data, secret->len);
    add(m, &plain);
    for (size_t before = 0; before < 3; before++) {
        add_base64(m, secret, before, false);
        add_base64(m, secret, before, true);
    }
    add_percent(m, secret, false, false);
    add_percent(m, secret, true, false);
    add_percent(m, secret, false, true);
    add_json(m, secret);
    add_hex(m, secret, "%02x");
    add_hex(m, secret, "%02X");
    qsort(m->items, m->len, sizeof *m->items, by_length);
}

static void mask_one(const struct bytes *form, struct bytes *b)
{
    char *from = b->len ? memmem(b->data, b->len, form->data, form->len) : NULL;
    if (!from)
        return;
    struct bytes out = { 0 };
    const char *p = b->data;
    const char *end = b->data + b->len;
    for (; from; from = memmem(p, (size_t)(end - p), form->data, form->len)) {
        bytes_add(&out, p, (size_t)(from - p));
        bytes_add_text(&out, "***");
        p = from + form->len;
    }
    bytes_add(&out, p, (size_t)(end - p));
    bytes_release(b);
    *b = out;
}

void masks_apply(const struct masks *m, struct bytes *b)
{
    for (size_t i = 0; i < m->len; i++)
        mask_one(&m->items[i], b);
}
