#include "base/unescape.h"

#include "base/escape.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <assert.h>
#include <string.h>

/* What windows-1252 has at 0x80 to 0x9f; where it has nothing, the control character of ISO 8859-1
 * (encoding.spec.whatwg.org/#windows-1252). */
static const uint16_t windows_1252[32] = {
    0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8d,   0x017d, 0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178,
};

/* Where an escape may begin, and null characters. */
static const bool may_escape[256] = { ['\0'] = true, ['%'] = true, ['&'] = true, ['\\'] = true };

/* The first such place from i on, or the end. */
static size_t next_escape(const struct bytes *b, size_t i)
{
    while (i < b->len && !may_escape[(unsigned char)b->data[i]])
        i++;
    return i;
}

/* A pass under way. */
struct pass {
    const struct bytes *source;
    struct bytes out;
    struct unescape_pass *edits; /* NULL: not traced */
    size_t copied;               /* of the source */
};

/* Puts the bytes made for those that an escape takes in the source. */
static void put(struct pass *p, size_t from, size_t taken, const char *made, size_t len)
{
    struct unescape_pass *e = p->edits;
    bytes_add(&p->out, p->source->data + p->copied, from - p->copied);
    p->copied = from + taken;
    if (e)
        e->edits = mem_grow(e->edits, &e->cap, e->len, sizeof *e->edits);
    if (e)
        e->edits[e->len++] = (struct unescape_edit){ p->out.len, from, len, taken };
    bytes_add(&p->out, made, len);
}

static bool is_scalar(uint32_t c)
{
    return c < 0xd800 || (c > 0xdfff && c < 0x110000);
}

/* Writes what stands for the escape, or null character, at p; *made is how many bytes. Returns how
 * many bytes it takes, 0: there is none. */
static size_t undo_one(const char *p, size_t len, char out[4], size_t *made)
{
    uint32_t c = 0;
    bool is_byte = false;
    size_t taken = *p == '\0' ? 1 : escape_read(p, len, &c, &is_byte);
    out[0] = (char)c;
    *made = c == 0 ? 0 : is_byte ? 1 : is_scalar(c) ? utf8_encode(c, out) : 0;
    return taken;
}

static void undo_escapes(struct pass *p)
{
    const struct bytes *source = p->source;
    char made[4];
    for (size_t i = next_escape(source, 0); i < source->len; i = next_escape(source, i)) {
        size_t len;
        size_t taken = undo_one(source->data + i, source->len - i, made, &len);
        if (taken > 0)
            put(p, i, taken, made, len);
        i += taken > 0 ? taken : 1;
    }
}

/* What a backslash of JSON and the letter behind it stand for. */
static char control_of(char letter)
{
    switch (letter) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return letter;
    }
}

/* As undo_one for the backslash at p in a string of JSON. */
static size_t undo_json(const char *p, size_t len, char out[4], size_t *made)
{
    uint32_t c;
    bool is_byte;
    if (len > 1 && p[1] == 'u') {
        size_t taken = escape_read(p, len, &c, &is_byte);
        *made = c <= 0x10ffff ? utf8_encode(c, out) : 0; /* none: half of a pair */
        return c <= 0x10ffff ? taken : len < 6 ? len : 6;
    }
    out[0] = len > 1 ? control_of(p[1]) : '\\';
    *made = 1;
    return len > 1 ? 2 : 1;
}

static void undo_string(struct pass *p)
{
    const char *end = p->source->data + p->source->len;
    char made[4];
    for (const char *at = p->source->data; at < end;) {
        size_t len;
        const char *found = memchr(at, '\\', (size_t)(end - at));
        if (!found)
            return;
        size_t taken = undo_json(found, (size_t)(end - found), made, &len);
        put(p, (size_t)(found - p->source->data), taken, made, len);
        at = found + taken;
    }
}

static void repair(struct pass *p)
{
    const struct bytes *source = p->source;
    char made[4];
    for (size_t i = 0; i < source->len; i++) {
        i += utf8_valid_prefix(source->data + i, source->len - i);
        if (i == source->len)
            return;
        unsigned char c = (unsigned char)source->data[i];
        assert(c >= 0x80);
        put(p, i, 1, made, utf8_encode(c < 0xa0 ? windows_1252[c - 0x80] : c, made));
    }
}

/* False: there was nothing to be done, and there is no such pass. */
static bool take_pass(struct unescaped *u, void (*make)(struct pass *p))
{
    struct pass p = { .source = &u->text };
    assert(u->pass_count < UNESCAPE_PASSES);
    p.edits = u->is_traced ? &u->passes[u->pass_count] : NULL;
    make(&p);
    if (p.copied == 0)
        return false;
    bytes_add(&p.out, u->text.data + p.copied, u->text.len - p.copied);
    bytes_release(&u->text);
    u->text = p.out;
    u->pass_count++;
    return true;
}

void unescape_begin(struct unescaped *u, const char *p, size_t len, bool traced)
{
    *u = (struct unescaped){ .is_traced = traced };
    bytes_add(&u->text, p, len);
}

void unescape_string(struct unescaped *u)
{
    assert(u->pass_count == 0);
    take_pass(u, undo_string);
}

bool unescape_is_needed(const struct unescaped *u)
{
    const char *p = bytes_text(&u->text);
    return next_escape(&u->text, 0) < u->text.len || memchr(p, '+', u->text.len) ||
           utf8_valid_prefix(p, u->text.len) < u->text.len;
}

void unescape_all(struct unescaped *u)
{
    while (u->pass_count < UNESCAPE_PASSES - 1 && take_pass(u, undo_escapes))
        ;
    take_pass(u, repair);
    for (size_t i = 0; i < u->text.len; i++)
        u->text.data[i] = u->text.data[i] == '+' ? ' ' : u->text.data[i];
}

/* How many edits begin before a place of the result. */
static size_t count_before(const struct unescape_pass *pass, size_t at)
{
    size_t low = 0;
    size_t high = pass->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (pass->edits[middle].to < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Where a byte that no edit made came from; before: the last edit before it, or NULL. */
static size_t source_behind(const struct unescape_edit *before, size_t at)
{
    return before ? before->from + before->taken + (at - before->to - before->made) : at;
}

/* Where the source of the byte at `at` begins, with what is dropped right before it: the backslash
 * belongs to the quote. */
static size_t source_begin(const struct unescape_pass *pass, size_t at)
{
    size_t n = count_before(pass, at);
    const struct unescape_edit *before = n > 0 ? &pass->edits[n - 1] : NULL;
    if (n < pass->len && pass->edits[n].to == at)
        return pass->edits[n].from;
    if (before && at < before->to + before->made)
        return before->from;
    return source_behind(before, at);
}

/* Where the source of the byte at `at` ends. */
static size_t source_end(const struct unescape_pass *pass, size_t at)
{
    size_t n = count_before(pass, at + 1);
    const struct unescape_edit *before = n > 0 ? &pass->edits[n - 1] : NULL;
    if (before && at < before->to + before->made)
        return before->from + before->taken;
    return source_behind(before, at) + 1;
}

/* The end of what was dropped before the byte at `at`, where the source of the byte before it ends
 * at `end`. */
static size_t dropped_end(const struct unescape_pass *pass, size_t at, size_t end)
{
    for (size_t n = count_before(pass, at); n < pass->len; n++) {
        const struct unescape_edit *edit = &pass->edits[n];
        if (edit->from != end || edit->made > 0)
            break;
        end += edit->taken;
    }
    return end;
}

void unescape_source(const struct unescaped *u, bool more, size_t *from, size_t *to)
{
    assert(*from < *to && *to <= u->text.len);
    for (size_t i = u->pass_count; i-- > 0;) {
        size_t end = source_end(&u->passes[i], *to - 1);
        *from = source_begin(&u->passes[i], *from);
        *to = more ? dropped_end(&u->passes[i], *to, end) : end;
        assert(*from < *to);
    }
}

void unescape_release(struct unescaped *u)
{
    for (size_t i = 0; i < UNESCAPE_PASSES; i++)
        mem_free(u->passes[i].edits);
    bytes_release(&u->text);
    *u = (struct unescaped){ 0 };
}
