#include "engine/secrets_file.h"

#include "base/mem.h"

#include <ctype.h>
#include <string.h>

void secrets_file_release(struct secrets_file *s)
{
    for (size_t i = 0; i < s->len; i++) {
        char *value = (char *)s->pairs[i].value;
        explicit_bzero(value, strlen(value));
        mem_free((char *)s->pairs[i].name);
        mem_free(value);
    }
    mem_free(s->pairs);
    *s = (struct secrets_file){ 0 };
}

static void add(struct secrets_file *s, const char *name, size_t name_len, struct bytes *value)
{
    s->pairs = mem_grow(s->pairs, &s->cap, s->len, sizeof *s->pairs);
    s->pairs[s->len++] =
        (struct setting_pair){ .name = mem_copy_text(name, name_len), .value = bytes_take(value) };
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* What is left of the text. */
struct rest {
    const char *p;
    const char *end;
};

static bool is_at(const struct rest *r, char c)
{
    return r->p < r->end && *r->p == c;
}

/* At the end of the text, or of a line, which a carriage return may come before. */
static bool is_line_over(const struct rest *r)
{
    const char *p = r->p;
    if (p < r->end && *p == '\r')
        p++;
    return p == r->end || *p == '\n';
}

static void skip_blanks(struct rest *r)
{
    while (r->p < r->end && is_blank(*r->p))
        r->p++;
}

static void skip_line(struct rest *r)
{
    const char *newline = memchr(r->p, '\n', (size_t)(r->end - r->p));
    r->p = newline ? newline + 1 : r->end;
}

static void skip_export(struct rest *r)
{
    static const char word[] = "export";
    size_t len = sizeof word - 1;
    skip_blanks(r);
    if ((size_t)(r->end - r->p) > len && memcmp(r->p, word, len) == 0 && is_blank(r->p[len])) {
        r->p += len;
        skip_blanks(r);
    }
}

static size_t count_of_set(const struct rest *r, const char *more)
{
    size_t n = 0;
    while (r->p + n < r->end && r->p[n] &&
           (isalnum((unsigned char)r->p[n]) || strchr(more, r->p[n])))
        n++;
    return n;
}

static bool is_ours(const struct rest *r)
{
    return r->end - r->p >= 5 && memcmp(r->p, "FLOW_", 5) == 0;
}

/* Whether a line that assigns a FLOW_ name begins here: an open quote ends before it. */
static bool begins_ours(struct rest r)
{
    skip_export(&r);
    if (!is_ours(&r))
        return false;
    r.p += count_of_set(&r, "_");
    skip_blanks(&r);
    return is_at(&r, '=');
}

/* The meaning of a backslash and the next character in "…"; 0 if they have none, and the
 * backslash is then kept. */
static char unescape(char c)
{
    static const char letters[] = "nrt\\\"'$`";
    static const char meanings[] = "\n\r\t\\\"'$`";
    const char *found = c ? strchr(letters, c) : NULL;
    return found ? meanings[found - letters] : '\0';
}

/* A value in quotes, which may extend over several lines. False: it is not closed, and nothing
 * was read. */
static bool read_quoted(struct rest *r, struct bytes *value)
{
    struct rest at = { r->p + 1, r->end };
    char quote = *r->p;
    for (; at.p < at.end && *at.p != quote; at.p++) {
        bool escapes = quote == '"' && *at.p == '\\' && at.p + 1 < at.end;
        if (*at.p == '\n' && begins_ours((struct rest){ at.p + 1, at.end }))
            break;
        if (escapes && unescape(at.p[1]))
            bytes_add_char(value, unescape(*++at.p));
        else if (*at.p != '\r' || at.p + 1 == at.end || at.p[1] != '\n')
            bytes_add_char(value, *at.p);
    }
    if (!is_at(&at, quote))
        return false;
    r->p = at.p + 1;
    return true;
}

/* To the end of the line, or before blanks and a comment. */
static void read_plain(struct rest *r, struct bytes *value)
{
    const char *from = r->p;
    while (!is_line_over(r) && !(*r->p == '#' && is_blank(r->p[-1])))
        r->p++;
    const char *to = r->p;
    while (to > from && is_blank(to[-1]))
        to--;
    bytes_add(value, from, (size_t)(to - from));
}

/* NULL, or what is wrong with the value; r is after the equals sign. */
static const char *read_value(struct rest *r, struct bytes *value)
{
    bytes_reserve(value, 1);
    skip_blanks(r);
    if (!is_at(r, '"') && !is_at(r, '\'')) {
        read_plain(r, value);
    } else {
        if (!read_quoted(r, value))
            return "the quote of the value is not closed";
        skip_blanks(r);
        if (!is_line_over(r) && *r->p != '#')
            return "something follows the closing quote";
    }
    bool has_nul = value->len > 0 && memchr(value->data, 0, value->len);
    return has_nul ? "the value holds a NUL byte" : NULL;
}

static void erase(struct bytes *value)
{
    if (value->data)
        explicit_bzero(value->data, value->len);
    bytes_release(value);
}

/* NULL, or what is wrong with a line that assigns a FLOW_ name. */
static const char *read_ours(struct secrets_file *s, struct rest *r)
{
    struct bytes value = { 0 };
    const char *name = r->p + 5;
    r->p += count_of_set(r, "_");
    size_t len = (size_t)(r->p - name);
    skip_blanks(r);
    if (len == 0 || !is_at(r, '='))
        return "expected a line such as FLOW_NAME=value";
    r->p++;
    const char *problem = read_value(r, &value);
    if (problem)
        erase(&value);
    else
        add(s, name, len, &value);
    return problem;
}

/* Skips a line meant for another program: NAME=value, NAME: value, NAME. False if it is not such
 * a line. */
static bool skip_other(struct rest *r)
{
    struct bytes ignored = { 0 };
    size_t len = count_of_set(r, "_.-");
    r->p += len;
    skip_blanks(r);
    if (len == 0 || !(is_line_over(r) || is_at(r, '=') || is_at(r, ':') || is_at(r, '#')))
        return false;
    if (is_at(r, '=') || is_at(r, ':')) {
        r->p++;
        skip_blanks(r);
    }
    if (is_at(r, '"') || is_at(r, '\''))
        read_quoted(r, &ignored);
    erase(&ignored);
    return true;
}

/* NULL, or what is wrong. Afterwards r is somewhere in the last line that was read. */
static const char *read_line(struct secrets_file *s, struct rest *r)
{
    skip_export(r);
    if (is_line_over(r) || *r->p == '#')
        return NULL;
    if (is_ours(r))
        return read_ours(s, r);
    return skip_other(r) ? NULL : "expected a line such as FLOW_NAME=value";
}

static unsigned count_lines(const char *p, const char *end)
{
    unsigned n = 0;
    while (p < end)
        n += *p++ == '\n';
    return n;
}

bool secrets_file_read(struct secrets_file *s, const char *path, const char *text, size_t len,
                       struct bytes *problems)
{
    struct rest r = { text, text + len };
    unsigned number = 1;
    bool good = true;
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        r.p += 3;
    while (r.p < r.end) {
        const char *from = r.p;
        const char *problem = read_line(s, &r);
        if (problem) {
            bytes_printf(problems, "%s:%u: %s\n", path, number, problem);
            good = false;
        }
        skip_line(&r);
        number += count_lines(from, r.p);
    }
    return good;
}
