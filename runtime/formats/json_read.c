#include "formats/json.h"

#include "base/mem.h"
#include "base/number_value.h"
#include "base/utf8.h"

#include <string.h>

/* Recently seen keys: a list of objects of one shape then shares its keys. */
#define KEYS 64

/* Collects items and members on one stack and makes a list or object at its end, when its length
 * is known: one allocation each, nothing copied twice. */
struct reader {
    const char *start;
    const char *p;
    const char *end;
    struct value *stack;
    size_t len;
    size_t cap;
    unsigned depth;
    struct bytes unescaped;
    struct text *keys[KEYS];
    struct json_error error;
};

static bool fail(struct reader *r, const char *at, const char *message)
{
    r->error = (struct json_error){ (size_t)(at - r->start), message };
    return false;
}

static inline void skip_space(struct reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\n' || *r->p == '\r' || *r->p == '\t'))
        r->p++;
}

static void push(struct reader *r, struct value v)
{
    r->stack = mem_grow(r->stack, &r->cap, r->len, sizeof *r->stack);
    r->stack[r->len++] = v;
}

/* The values pushed since base; NULL if there is no stack yet. */
static const struct value *collected(const struct reader *r, size_t base)
{
    return r->stack ? r->stack + base : NULL;
}

/* Whether one of eight bytes ends a run of ordinary characters. */
static bool has_special(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101u;
    const uint64_t high = 0x8080808080808080u;
    uint64_t quote = word ^ ones * '"';
    uint64_t escape = word ^ ones * '\\';
    return ((word | (word - ones * 0x20) | ((quote - ones) & ~quote) |
             ((escape - ones) & ~escape)) &
            high) != 0;
}

/* The first byte that is not an ordinary ASCII character. */
static const char *skip_plain(const char *p, const char *end)
{
    for (; end - p >= 8; p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        if (has_special(word))
            break;
    }
    while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80 && *p != '"' &&
           *p != '\\')
        p++;
    return p;
}

/* Hexadecimal digits to their value, or false. */
static bool read_hex(const char *p, const char *end, uint32_t *code)
{
    if (end - p < 4)
        return false;
    *code = 0;
    for (int i = 0; i < 4; i++) {
        unsigned char c = (unsigned char)p[i];
        unsigned char letter = c | 0x20;
        if (c >= '0' && c <= '9')
            *code = *code << 4 | (uint32_t)(c - '0');
        else if (letter >= 'a' && letter <= 'f')
            *code = *code << 4 | (uint32_t)(letter - 'a' + 10);
        else
            return false;
    }
    return true;
}

/* p is after `\u`; returns the place after the escape, or NULL. */
static const char *read_unicode_escape(struct reader *r, const char *p, const char *end)
{
    uint32_t c;
    uint32_t low;
    if (!read_hex(p, end, &c)) {
        fail(r, p - 2, "expected four hexadecimal digits after `\\u`");
        return NULL;
    }
    const char *at = p - 2;
    p += 4;
    if (c >= 0xd800 && c <= 0xdfff) {
        bool paired = c < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u' &&
                      read_hex(p + 2, end, &low) && low >= 0xdc00 && low <= 0xdfff;
        if (!paired) {
            fail(r, at, "half of a surrogate pair is missing");
            return NULL;
        }
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        p += 6;
    }
    char out[4];
    bytes_add(&r->unescaped, out, utf8_encode(c, out));
    return p;
}

/* p is after the backslash; returns the place after the escape, or NULL. */
static const char *read_escape(struct reader *r, const char *p, const char *end)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    if (*p == 'u')
        return read_unicode_escape(r, p + 1, end);
    const char *letter = *p ? strchr(letters, *p) : NULL;
    if (!letter) {
        fail(r, p - 1, "unknown escape");
        return NULL;
    }
    bytes_add_char(&r->unescaped, meanings[letter - letters]);
    return p + 1;
}

/* Copies the text between from and to, with its escapes decoded, to r->unescaped. */
static bool unescape(struct reader *r, const char *from, const char *to)
{
    bytes_clear(&r->unescaped);
    while (from < to) {
        const char *run = from;
        from = memchr(run, '\\', (size_t)(to - run));
        if (!from)
            from = to;
        bytes_add(&r->unescaped, run, (size_t)(from - run));
        if (from < to && !(from = read_escape(r, from + 1, to)))
            return false;
    }
    return true;
}

/* Finds the closing quote; p is after the opening quote. */
static const char *find_quote(struct reader *r, bool *escaped, bool *wide)
{
    const char *p = r->p;
    for (;;) {
        p = skip_plain(p, r->end);
        if (p == r->end || (*p == '\\' && r->end - p < 2)) {
            fail(r, r->p - 1, "a string is not closed");
            return NULL;
        }
        if (*p == '"')
            return p;
        if ((unsigned char)*p < 0x20) {
            fail(r, p, "a control character in a string must be escaped");
            return NULL;
        }
        *escaped |= *p == '\\';
        *wide |= (unsigned char)*p >= 0x80;
        p += *p == '\\' ? 2 : 1;
    }
}

/* The contents of the string at r->p: *p and *len are in the document or in r->unescaped. */
static inline bool read_string(struct reader *r, const char **p, size_t *len)
{
    bool escaped = false;
    bool wide = false;
    r->p++;
    const char *from = r->p;
    const char *quote = find_quote(r, &escaped, &wide);
    if (!quote)
        return false;
    *p = from;
    *len = (size_t)(quote - from);
    if (wide && utf8_valid_prefix(from, *len) != *len)
        return fail(r, from + utf8_valid_prefix(from, *len), "a string is not UTF-8");
    if (escaped) {
        if (!unescape(r, from, quote))
            return false;
        *p = bytes_text(&r->unescaped);
        *len = r->unescaped.len;
    }
    r->p = quote + 1;
    return true;
}

static bool read_text(struct reader *r, struct value *out)
{
    const char *p;
    size_t len;
    if (!read_string(r, &p, &len))
        return false;
    *out = value_text(p, len);
    return true;
}

static struct value keep_key(struct reader *r, const char *p, size_t len)
{
    if (len == 0 || len > 32)
        return value_text(p, len);
    size_t mixed = len * 7 + (unsigned char)p[0] * 5u + (unsigned char)p[len - 1] * 3u +
                   (unsigned char)p[len / 2];
    struct text **slot = &r->keys[mixed % KEYS];
    struct value key = { .tag = VALUE_TEXT, .text = *slot };
    if (*slot && (*slot)->len == len && memcmp((*slot)->data, p, len) == 0)
        return value_ref(key);
    if (*slot)
        value_unref(key);
    key = value_text(p, len);
    *slot = key.text;
    return value_ref(key);
}

/* Up to 18 digits cannot overflow; most numbers are that short. */
static bool read_short_int(struct reader *r, struct value *out)
{
    const char *p = r->p;
    bool negative = *p == '-';
    p += negative;
    const char *first = p;
    const char *limit = r->end - p > 18 ? p + 18 : r->end;
    int64_t i = 0;
    while (p < limit && *p >= '0' && *p <= '9')
        i = i * 10 + (*p++ - '0');
    if (p == first || (*first == '0' && (p > first + 1 || negative)))
        return false;
    if (p < r->end && ((*p >= '0' && *p <= '9') || *p == '.' || *p == 'e' || *p == 'E'))
        return false;
    *out = value_int(negative ? -i : i);
    r->p = p;
    return true;
}

static bool read_number(struct reader *r, struct value *out)
{
    if (read_short_int(r, out))
        return true;
    const char *p = r->p;
    while (p < r->end && ((*p >= '0' && *p <= '9') || *p == '.' || *p == 'e' || *p == 'E' ||
                          *p == '+' || *p == '-'))
        p++;
    if (!number_value_read(r->p, (size_t)(p - r->p), out))
        return fail(r, r->p, "a number is malformed");
    r->p = p;
    return true;
}

static bool read_word(struct reader *r, const char *word, size_t len, struct value v,
                      struct value *out)
{
    if ((size_t)(r->end - r->p) < len || memcmp(r->p, word, len) != 0)
        return fail(r, r->p, "expected a value");
    r->p += len;
    *out = v;
    return true;
}

static bool enter(struct reader *r)
{
    if (r->depth == JSON_MAX_DEPTH)
        return fail(r, r->p, "lists and objects are nested more than 512 deep");
    r->depth++;
    r->p++;
    skip_space(r);
    return true;
}

/* Whether the next byte closes a list or object. */
static void leave(struct reader *r, size_t base)
{
    r->depth--;
    r->p++;
    r->len = base;
}

/* After an item: true at a comma, which is passed, or at close. */
static bool read_separator(struct reader *r, char close, const char *message)
{
    skip_space(r);
    if (r->p == r->end)
        return fail(r, r->p, message);
    if (*r->p == close)
        return true;
    if (*r->p != ',')
        return fail(r, r->p, message);
    r->p++;
    skip_space(r);
    if (r->p < r->end && *r->p == close)
        return fail(r, r->p, "a comma must be followed by another item");
    return true;
}

static bool read_value(struct reader *r, struct value *out);

static bool read_list(struct reader *r, struct value *out)
{
    size_t base = r->len;
    if (!enter(r))
        return false;
    while (r->p == r->end || *r->p != ']') {
        struct value item;
        if (!read_value(r, &item))
            return false;
        push(r, item);
        if (!read_separator(r, ']', "expected `,` or `]`"))
            return false;
    }
    *out = value_list_of(collected(r, base), r->len - base);
    leave(r, base);
    return true;
}

static bool read_member(struct reader *r)
{
    const char *key;
    size_t len;
    if (r->p == r->end || *r->p != '"')
        return fail(r, r->p, "expected a key in quotes");
    if (!read_string(r, &key, &len))
        return false;
    push(r, keep_key(r, key, len));
    skip_space(r);
    if (r->p == r->end || *r->p != ':')
        return fail(r, r->p, "expected `:`");
    r->p++;
    skip_space(r);
    struct value value;
    if (!read_value(r, &value))
        return false;
    push(r, value);
    return true;
}

static bool read_object(struct reader *r, struct value *out)
{
    size_t base = r->len;
    if (!enter(r))
        return false;
    while (r->p == r->end || *r->p != '}')
        if (!read_member(r) || !read_separator(r, '}', "expected `,` or `}`"))
            return false;
    *out = value_object_of(collected(r, base), (r->len - base) / 2);
    leave(r, base);
    return true;
}

static bool read_value(struct reader *r, struct value *out)
{
    if (r->p == r->end)
        return fail(r, r->p, "expected a value, found the end");
    switch (*r->p) {
    case '{':
        return read_object(r, out);
    case '[':
        return read_list(r, out);
    case '"':
        return read_text(r, out);
    case 't':
        return read_word(r, "true", 4, value_bool(true), out);
    case 'f':
        return read_word(r, "false", 5, value_bool(false), out);
    case 'n':
        return read_word(r, "null", 4, value_null(), out);
    default:
        if (*r->p == '-' || (*r->p >= '0' && *r->p <= '9'))
            return read_number(r, out);
        return fail(r, r->p, "expected a value");
    }
}

static bool read_document(struct reader *r, struct value *out)
{
    size_t len = (size_t)(r->end - r->start);
    if (len >= UINT32_MAX)
        return fail(r, r->p, "a document is 4 GB at most");
    if (len >= 3 && memcmp(r->p, "\xef\xbb\xbf", 3) == 0)
        return fail(r, r->p, "JSON must not begin with a byte-order mark");
    skip_space(r);
    if (!read_value(r, out))
        return false;
    skip_space(r);
    if (r->p == r->end)
        return true;
    value_unref(*out);
    return fail(r, r->p, "expected the end after the value");
}

static void release(struct reader *r)
{
    for (size_t i = 0; i < r->len; i++)
        value_unref(r->stack[i]);
    for (size_t i = 0; i < KEYS; i++)
        if (r->keys[i])
            value_unref((struct value){ .tag = VALUE_TEXT, .text = r->keys[i] });
    mem_free(r->stack);
    bytes_release(&r->unescaped);
}

bool json_read(const char *p, size_t len, struct value *out, struct json_error *error)
{
    if (len == 0)
        p = "";
    struct reader r = { .start = p, .p = p, .end = p + len };
    bool ok = read_document(&r, out);
    if (!ok) {
        *out = value_null();
        *error = r.error;
    }
    release(&r);
    return ok;
}
