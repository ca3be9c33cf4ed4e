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
    if (s->len == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 8;
        s->pairs = mem_resize(s->pairs, s->cap, sizeof *s->pairs);
    }
    s->pairs[s->len++] = (struct setting_pair){ .name = mem_copy_text(name, name_len),
                                                .value = bytes_take(value) };
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* What is being read of one line. */
struct line {
    const char *p;
    const char *end;
};

static void skip_blanks(struct line *l)
{
    while (l->p < l->end && is_blank(*l->p))
        l->p++;
}

static char unescape(char c)
{
    return c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
}

static const char *read_quoted(struct line *l, struct bytes *value)
{
    char quote = *l->p++;
    for (; l->p < l->end && *l->p != quote; l->p++) {
        if (quote == '"' && *l->p == '\\' && l->p + 1 < l->end)
            bytes_add_char(value, unescape(*++l->p));
        else
            bytes_add_char(value, *l->p);
    }
    if (l->p == l->end)
        return "the quote of the value is not closed";
    l->p++;
    skip_blanks(l);
    if (l->p < l->end && *l->p != '#')
        return "something follows the closing quote";
    return NULL;
}

static void read_plain(struct line *l, struct bytes *value)
{
    const char *end = l->end;
    while (end > l->p && is_blank(end[-1]))
        end--;
    bytes_add(value, l->p, (size_t)(end - l->p));
}

/* NULL, or what is wrong with a line that is neither empty nor a comment. */
static const char *read_line(struct secrets_file *s, struct line *l)
{
    if (l->end - l->p > 7 && memcmp(l->p, "export", 6) == 0 && is_blank(l->p[6])) {
        l->p += 6;
        skip_blanks(l);
    }
    const char *name = l->p;
    while (l->p < l->end && is_name_char(*l->p))
        l->p++;
    size_t name_len = (size_t)(l->p - name);
    skip_blanks(l);
    if (name_len <= 5 || memcmp(name, "FLOW_", 5) != 0 || l->p == l->end || *l->p != '=')
        return "expected a line such as FLOW_NAME=value";
    l->p++;
    skip_blanks(l);
    struct bytes value = { 0 };
    bytes_reserve(&value, 1);
    const char *problem = NULL;
    if (l->p < l->end && (*l->p == '"' || *l->p == '\''))
        problem = read_quoted(l, &value);
    else
        read_plain(l, &value);
    if (!problem && value.len && memchr(value.data, 0, value.len))
        problem = "the value holds a NUL byte";
    if (problem)
        bytes_release(&value);
    else
        add(s, name + 5, name_len - 5, &value);
    return problem;
}

bool secrets_file_read(struct secrets_file *s, const char *path, const char *text, size_t len,
                       struct bytes *problems)
{
    const char *end = text + len;
    unsigned number = 0;
    bool good = true;
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        struct line l = { .p = text, .end = stop ? stop : end };
        text = stop ? stop + 1 : end;
        number++;
        if (l.end > l.p && l.end[-1] == '\r')
            l.end--;
        skip_blanks(&l);
        if (l.p == l.end || *l.p == '#')
            continue;
        const char *problem = read_line(s, &l);
        if (!problem)
            continue;
        bytes_printf(problems, "%s:%u: %s\n", path, number, problem);
        good = false;
    }
    return good;
}
