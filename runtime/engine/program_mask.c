#include "engine/program_mask.h"

#include "base/escape.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define SHORTEST 4

void masks_release(struct masks *m)
{
    for (size_t i = 0; i < m->len; i++)
        bytes_release(&m->items[i]);
    for (size_t i = 0; i < m->secret_len; i++)
        bytes_release(&m->secrets[i]);
    mem_free(m->items);
    mem_free(m->secrets);
    *m = (struct masks){ 0 };
}

/* Takes form, unless it is too short or there already. */
static void add(struct masks *m, struct bytes *form)
{
    bool known = form->len < SHORTEST;
    for (size_t i = 0; i < m->len && !known; i++)
        known =
            m->items[i].len == form->len && memcmp(m->items[i].data, form->data, form->len) == 0;
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

/* As it stands where letters are made small: as the name of a header, say. */
static void add_small(struct masks *m, const struct text *s)
{
    struct bytes b = { 0 };
    for (uint32_t i = 0; i < s->len; i++) {
        char c = s->data[i];
        bytes_add_char(&b, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
    }
    add(m, &b);
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

/* The characters of base64 that hold nothing but the secret, when `before` bytes stand before it.
 */
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
    m->secrets = mem_resize(m->secrets, m->secret_len + 1, sizeof *m->secrets);
    m->secrets[m->secret_len] = (struct bytes){ 0 };
    bytes_add(&m->secrets[m->secret_len++], secret->data, secret->len);
    add(m, &plain);
    for (size_t before = 0; before < 3; before++) {
        add_base64(m, secret, before, false);
        add_base64(m, secret, before, true);
    }
    add_small(m, secret);
    add_json(m, secret);
    add_hex(m, secret, "%02x");
    add_hex(m, secret, "%02X");
    qsort(m->items, m->len, sizeof *m->items, by_length);
}

/* Whether the part of a string of JSON is made of whole characters, escapes being one each: what is put
 * for it leaves a string of JSON. */
static bool is_whole_json(const struct bytes *b, size_t from, size_t to)
{
    size_t before = from;
    while (before > 0 && b->data[before - 1] == '\\')
        before--;
    if ((from - before) % 2 == 1)
        return false;
    size_t i = from;
    while (i < to)
        i += b->data[i] != '\\' ? 1 : i + 1 < b->len && b->data[i + 1] == 'u' ? 6 : 2;
    return i == to;
}

/* The first place from i on where the form stands; b->len: there is none. */
static size_t find_form(const struct bytes *form, const struct bytes *b, size_t i, bool is_json)
{
    for (; i < b->len; i++) {
        const char *found = memmem(b->data + i, b->len - i, form->data, form->len);
        if (!found)
            return b->len;
        i = (size_t)(found - b->data);
        if (!is_json || is_whole_json(b, i, i + form->len))
            return i;
    }
    return b->len;
}

static void mask_one(const struct bytes *form, struct bytes *b, bool is_json)
{
    size_t at = find_form(form, b, 0, is_json);
    if (at == b->len)
        return;
    struct bytes out = { 0 };
    size_t from = 0;
    for (; at < b->len; at = find_form(form, b, from, is_json)) {
        bytes_add(&out, b->data + from, at - from);
        bytes_add_text(&out, "***");
        from = at + form->len;
    }
    bytes_add(&out, b->data + from, b->len - from);
    bytes_release(b);
    *b = out;
}

/* The other forms are escaped character by character, by each server in its own way: so the text is
 * unescaped on the way. */

/* Whether the character c, or byte, stands at the secret's place i; *width: its bytes there. */
static bool stands_at(const struct bytes *secret, size_t i, uint32_t c, bool is_byte, size_t *width)
{
    *width = 1;
    if (is_byte)
        return (unsigned char)secret->data[i] == c;
    return utf8_decode(secret->data + i, secret->len - i, width) == c;
}

/* How many bytes at p are null characters, as UTF-16 has one beside each of ASCII. */
static size_t count_nulls(const char *p, size_t len)
{
    size_t at = 0;
    for (size_t width = 1; at < len && width > 0; at += width) {
        uint32_t c;
        bool is_byte;
        width = p[at] == '\0' ? 1 : escape_read(p + at, len - at, &c, &is_byte);
        if (width > 0 && p[at] != '\0' && c != 0)
            width = 0;
    }
    return at;
}

/* How many bytes at p are the secret, escaped or not; 0: they are not. */
static size_t match(const struct bytes *secret, const char *p, size_t len)
{
    size_t at = 0;
    for (size_t i = 0, width; i < secret->len; i += width) {
        uint32_t c;
        bool is_byte;
        if (i > 0)
            at += count_nulls(p + at, len - at);
        size_t escape = escape_read(p + at, len - at, &c, &is_byte);
        if (escape > 0 && stands_at(secret, i, c, is_byte, &width)) {
            at += escape;
            continue;
        }
        width = 1;
        if (at == len || (p[at] != secret->data[i] && !(p[at] == '+' && secret->data[i] == ' ')))
            return 0;
        at++;
    }
    return at;
}

static bool may_escape(char c)
{
    return c == '%' || c == '&' || c == '\\' || c == '+';
}

/* The first place from i on where the secret stands, or b->len. */
static size_t find(const struct bytes *secret, const struct bytes *b, size_t i, size_t *width,
                   bool is_json)
{
    for (; i < b->len; i++) {
        if (b->data[i] != secret->data[0] && !may_escape(b->data[i]))
            continue;
        *width = match(secret, b->data + i, b->len - i);
        if (*width > 0 && (!is_json || is_whole_json(b, i, i + *width)))
            break;
    }
    return i;
}

static void mask_escaped(const struct bytes *secret, struct bytes *b, bool is_json)
{
    size_t width = 0;
    size_t at = find(secret, b, 0, &width, is_json);
    if (at == b->len)
        return;
    struct bytes out = { 0 };
    size_t from = 0;
    for (; at < b->len; at = find(secret, b, from, &width, is_json)) {
        bytes_add(&out, b->data + from, at - from);
        bytes_add_text(&out, "***");
        from = at + width;
    }
    bytes_add(&out, b->data + from, b->len - from);
    bytes_release(b);
    *b = out;
}

static bool has_escapes(const struct bytes *b)
{
    for (size_t i = 0; i < b->len; i++) {
        if (may_escape(b->data[i]) || b->data[i] == '\0')
            return true;
    }
    return false;
}

void masks_apply(const struct masks *m, struct bytes *b, bool is_json)
{
    for (size_t i = 0; i < m->len; i++)
        mask_one(&m->items[i], b, is_json);
    if (m->secret_len == 0 || !has_escapes(b))
        return;
    for (size_t i = 0; i < m->secret_len; i++)
        mask_escaped(&m->secrets[i], b, is_json);
}
