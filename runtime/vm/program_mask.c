#include "vm/program_mask.h"

#include "base/base64.h"
#include "base/mem.h"
#include "base/unescape.h"
#include "base/utf8.h"
#include "formats/json.h"

#include <limits.h>
#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

static void forms_release(struct mask_forms *f)
{
    for (size_t i = 0; i < f->len; i++) {
        explicit_bzero(f->items[i].data, f->items[i].len);
        bytes_release(&f->items[i]);
    }
    mem_free(f->items);
}

void program_mask_release(struct masks *m)
{
    forms_release(&m->exact);
    forms_release(&m->plain);
    forms_release(&m->plain_and_more);
    *m = (struct masks){ 0 };
}

void program_mask_clear(struct masks *m)
{
    const struct masks *base = m->base;
    program_mask_release(m);
    m->base = base;
}

bool program_mask_are_empty(const struct masks *m)
{
    while (m && m->exact.len == 0)
        m = m->base;
    return m == NULL;
}

/* Takes ownership of form; drops it if it is too short or already known. */
static void add(struct mask_forms *f, struct bytes *form)
{
    bool known = form->len < MASK_SHORTEST;
    for (size_t i = 0; i < f->len && !known; i++)
        known =
            f->items[i].len == form->len && memcmp(f->items[i].data, form->data, form->len) == 0;
    if (known) {
        bytes_release(form);
        return;
    }
    f->items = mem_grow(f->items, &f->cap, f->len, sizeof *f->items);
    f->items[f->len++] = *form;
    *form = (struct bytes){ 0 };
}

static void add_as_it_is(struct masks *m, const char *p, size_t len)
{
    struct bytes b = { 0 };
    bytes_add(&b, p, len);
    add(&m->exact, &b);
}

static void add_hex(struct masks *m, const char *p, size_t len, const char *format)
{
    struct bytes b = { 0 };
    for (size_t i = 0; i < len; i++)
        bytes_printf(&b, format, (unsigned char)p[i]);
    add(&m->exact, &b);
}

/* The form of a text in lower case, such as the name of a header. */
static void add_small(struct masks *m, const char *p, size_t len)
{
    struct bytes b = { 0 };
    bytes_add_lower(&b, p, len);
    add(&m->exact, &b);
}

/* In JSON, and in JSON within that: where so little but backslashes is in the secret that nothing
 * is left of it without them. */
static void add_json(struct masks *m, const char *p, size_t len)
{
    struct bytes inner = { 0 };
    bytes_add(&inner, p, len);
    for (int level = 0; level < 3; level++) {
        struct bytes quoted = { 0 };
        json_write_string(&quoted, inner.data, inner.len);
        bytes_clear(&inner);
        bytes_add(&inner, quoted.data + 1, quoted.len - 2);
        bytes_release(&quoted);
        add_as_it_is(m, inner.data, inner.len);
    }
    bytes_release(&inner);
}

/* The base64 characters that encode only bytes of the secret, if `before` bytes precede it. */
static void add_base64(struct masks *m, const char *p, size_t secret_len, size_t before, bool url)
{
    size_t len = before + secret_len;
    struct bytes plain = { 0 };
    struct bytes coded = { 0 };
    bytes_add(&plain, "\0\0", before);
    bytes_add(&plain, p, secret_len);
    if (url)
        base64_encode_url(&coded, plain.data, plain.len);
    else
        base64_encode(&coded, plain.data, plain.len);
    size_t first = before == 0 ? 0 : before == 1 ? 2 : 3;
    size_t last = len / 3 * 4 + (len % 3 == 0 ? 0 : len % 3);
    if (last > first)
        add_as_it_is(m, coded.data + first, last - first);
    bytes_release(&plain);
    bytes_release(&coded);
}

static void add_unit(struct bytes *b, uint32_t unit, bool is_big)
{
    bytes_add_char(b, (char)(is_big ? unit >> 8 : unit));
    bytes_add_char(b, (char)(is_big ? unit : unit >> 8));
}

static bool is_ascii(const char *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)p[i] >= 0x80)
            return false;
    }
    return true;
}

/* UTF-16 (RFC 2781). */
static void add_utf16(struct masks *m, const char *p, size_t len, bool is_big)
{
    struct bytes b = { 0 };
    size_t width;
    for (size_t i = 0; i < len; i += width) {
        uint32_t c = utf8_decode(p + i, len - i, &width);
        if (c >= 0x10000)
            add_unit(&b, 0xd800 + ((c - 0x10000) >> 10), is_big);
        add_unit(&b, c < 0x10000 ? c : 0xdc00 + ((c - 0x10000) & 0x3ff), is_big);
    }
    add(&m->exact, &b);
}

/* A byte each. As Latin-1 some texts are UTF-8, too, and another text there: so they are not found
 * as bytes that are not UTF-8. */
static void add_latin1(struct masks *m, const char *p, size_t len)
{
    struct bytes b = { 0 };
    size_t width;
    for (size_t i = 0; i < len; i += width) {
        uint32_t c = utf8_decode(p + i, len - i, &width);
        if (c > 0xff) {
            bytes_release(&b);
            return;
        }
        bytes_add_char(&b, (char)c);
    }
    add(&m->exact, &b);
}

/* A control character as the letter of its escape; unescape_all drops the backslash. */
static char letter_of(char c)
{
    static const char controls[] = "\b\f\n\r\t";
    const char *found = c ? strchr(controls, c) : NULL;
    return found ? "bfnrt"[found - controls] : c;
}

static void add_plain(struct masks *m, const char *p, size_t len)
{
    struct unescaped u;
    struct bytes lettered = { 0 };
    unescape_begin(&u, p, len, false);
    unescape_all(&u);
    for (size_t i = 0; i < u.text.len; i++)
        bytes_add_char(&lettered, letter_of(u.text.data[i]));
    if (u.text.len < MASK_SHORTEST)
        add_json(m, p, len);
    struct mask_forms *to = p[len - 1] == '\\' ? &m->plain_and_more : &m->plain;
    add(to, &u.text);
    add(to, &lettered);
    unescape_release(&u);
}

void program_mask_add(struct masks *m, const char *secret, size_t len)
{
    if (len < MASK_SHORTEST)
        return;
    m->added++;
    add_as_it_is(m, secret, len);
    for (size_t before = 0; before < 3; before++) {
        add_base64(m, secret, len, before, false);
        add_base64(m, secret, len, before, true);
    }
    add_small(m, secret, len);
    add_hex(m, secret, len, "%02x");
    add_hex(m, secret, len, "%02X");
    if (!is_ascii(secret, len) && utf8_valid_prefix(secret, len) == len) {
        add_utf16(m, secret, len, false);
        add_utf16(m, secret, len, true);
        add_latin1(m, secret, len);
    }
    add_plain(m, secret, len);
}

static bool is_known(const struct masks *m, const char *p, size_t len)
{
    for (; m; m = m->base) {
        for (size_t i = 0; i < m->exact.len; i++) {
            if (m->exact.items[i].len == len && memcmp(m->exact.items[i].data, p, len) == 0)
                return true;
        }
    }
    return false;
}

static bool add_unknown(struct masks *m, const char *p, size_t len)
{
    if (len < MASK_SHORTEST || is_known(m, p, len))
        return false;
    program_mask_add(m, p, len);
    return true;
}

/* RFC 7617: user ":" password in base64. */
static void add_password(struct masks *m, const char *coded, size_t len)
{
    struct bytes b = { 0 };
    if (len % 4 != 0 || len > INT_MAX)
        return;
    bytes_reserve(&b, len / 4 * 3 + 1);
    int decoded = EVP_DecodeBlock((unsigned char *)b.data, (const unsigned char *)coded, (int)len);
    for (size_t i = len; decoded > 0 && i > 0 && coded[i - 1] == '='; i--)
        decoded--;
    const char *colon = decoded > 0 ? memchr(b.data, ':', (size_t)decoded) : NULL;
    if (colon)
        add_unknown(m, colon + 1, (size_t)(b.data + decoded - colon - 1));
    explicit_bzero(b.data, b.cap);
    bytes_release(&b);
}

bool program_mask_add_authorization(struct masks *m, const char *value)
{
    value += strspn(value, " \t");
    size_t scheme = strcspn(value, " \t");
    const char *credentials = value + scheme + strspn(value + scheme, " \t");
    if (*credentials == '\0')
        return add_unknown(m, value, scheme);
    size_t len = strlen(credentials);
    while (credentials[len - 1] == ' ' || credentials[len - 1] == '\t')
        len--;
    if (!add_unknown(m, credentials, len))
        return false;
    if (scheme == 5 && strncasecmp(value, "Basic", 5) == 0)
        add_password(m, credentials, len);
    return true;
}
