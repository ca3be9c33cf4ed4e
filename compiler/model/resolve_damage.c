/* What is lost through syntax errors: parts of the tree, and names that may have been declared
 * there. Consequences of the loss are not reported. */
#include "model/resolve.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

/* The row of the first mistake that is not before pos. */
static size_t first_from(const struct resolver *r, uint32_t pos)
{
    size_t low = 0;
    size_t high = r->mistake_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (r->mistakes[middle].start < pos)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool resolve_is_broken(const struct resolver *r, struct span span)
{
    size_t i = first_from(r, span.start);
    return i < r->mistake_count && r->mistakes[i].start <= span.end;
}

static bool is_in(const struct source *s, uint32_t pos)
{
    return pos >= s->base && pos - s->base <= s->len;
}

static const struct source *source_at(const struct resolver *r, uint32_t pos)
{
    size_t file = 0;
    while (!is_in(r->m->files[file]->source, pos))
        file++;
    return r->m->files[file]->source;
}

bool resolve_is_before_mistake(const struct resolver *r, struct span span)
{
    size_t i = first_from(r, span.start);
    if (i == r->mistake_count)
        return false;
    const struct source *s = source_at(r, span.start);
    uint32_t mistake = r->mistakes[i].start;
    return is_in(s, mistake) &&
           !memchr(s->data + (span.start - s->base), '\n', mistake - span.start);
}

bool resolve_has_lost_nodes(const struct resolver *r, const struct decl *flow)
{
    const struct node *node = flow->nodes;
    for (size_t i = first_from(r, flow->span.start); i < r->mistake_count; i++) {
        uint32_t at = r->mistakes[i].start;
        if (at > flow->span.end)
            return false;
        while (node && node->span.end < at)
            node = node->next;
        if (!node || node->span.start > at)
            return true;
    }
    return false;
}

/* The source from the beginning of decl to that of the next one. */
static const char *source_of(const struct resolver *r, const struct decl *decl, size_t *len)
{
    const struct source *s = source_at(r, decl->span.start);
    size_t start = decl->span.start - s->base;
    *len = (decl->next ? decl->next->span.start - s->base : s->len) - start;
    return s->data + start;
}

static bool is_word_letter(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-';
}

static bool ends_with_word(const char *start, const char *end, const char *word)
{
    size_t len = strlen(word);
    return (size_t)(end - start) > len && memcmp(end - len, word, len) == 0 &&
           !is_word_letter(end[-(ptrdiff_t)len - 1]);
}

static const char *past_blanks(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    return p;
}

static const char *before_blanks(const char *start, const char *p)
{
    while (p > start && (p[-1] == ' ' || p[-1] == '\t'))
        p--;
    return p;
}

static bool begins_name(const char *p, const char *end)
{
    return p < end && (isalpha((unsigned char)*p) || *p == '_');
}

/* Whether an action or a part of a node can begin here: on a new line, or after a `{`. */
static bool begins_part(const char *start, const char *p)
{
    return p == start || p[-1] == '\n' || p[-1] == '{';
}

/* Whether the word from p to after seems to be declared there: `node p`, `nod p {`, `p = …`, or `p
 * value` and `ask "…" p` with a missing sign or word. */
static bool reads_declared(const char *start, const char *p, const char *after, const char *end)
{
    static const char *const before[] = { "node", "var", "as", NULL };
    p = before_blanks(start, p);
    for (const char *const *word = before; *word; word++) {
        if (ends_with_word(start, p, *word))
            return true;
    }
    after = past_blanks(after, end);
    if (begins_part(start, p) && (begins_name(after, end) || (after < end && *after == '"')))
        return true;
    if (p > start && p[-1] == '"')
        return true;
    return after + 1 < end &&
           (*after == ':' || *after == '{' || (*after == '=' && after[1] != '='));
}

static bool is_word_at(const char *start, const char *p, const char *end, const char *word)
{
    size_t len = strlen(word);
    return (size_t)(end - p) > len && memcmp(p, word, len) == 0 && !is_word_letter(p[len]) &&
           (p == start || !is_word_letter(p[-1]));
}

/* Whether a declaration at p lacks its name: `node {`, `var =`, `as` at the end of its line, `=
 * value`, `: call`. */
static bool is_nameless(const char *start, const char *p, const char *end)
{
    if (is_word_at(start, p, end, "node") || is_word_at(start, p, end, "var"))
        return !begins_name(past_blanks(p + (*p == 'n' ? 4 : 3), end), end);
    if (is_word_at(start, p, end, "as")) {
        const char *next = past_blanks(p + 2, end);
        return next < end && (*next == '\n' || *next == '}' || *next == ':');
    }
    bool is_sign = *p == ':' || (*p == '=' && p + 1 < end && p[1] != '=');
    return is_sign && begins_part(start, before_blanks(start, p));
}

/* Whether the name of something that decl declares is missing. */
static bool has_nameless(struct resolver *r, const struct decl *decl, const char *start,
                         const char *end)
{
    if (r->damaged == decl)
        return r->has_nameless;
    r->damaged = decl;
    r->has_nameless = false;
    for (const char *p = start; p < end && !r->has_nameless; p++)
        r->has_nameless = is_nameless(start, p, end);
    return r->has_nameless;
}

bool resolve_may_be_lost(struct resolver *r, const struct decl *decl, const char *name)
{
    size_t size;
    const char *start = source_of(r, decl, &size);
    const char *end = start + size;
    size_t len = strlen(name);
    uint32_t at = decl->span.start;
    if (!resolve_is_broken(r, (struct span){ at, at + (uint32_t)size }))
        return false;
    if (has_nameless(r, decl, start, end))
        return true;
    for (const char *p = start; (p = memmem(p, (size_t)(end - p), name, len)); p += len) {
        bool is_word =
            (p == start || !is_word_letter(p[-1])) && (p + len == end || !is_word_letter(p[len]));
        if (is_word && reads_declared(start, p, p + len, end))
            return true;
    }
    return false;
}
