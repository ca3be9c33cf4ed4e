/* Bracket expressions: [a-z], [^\w.-], [[:alpha:]_]. */
#include "regex/pattern_parts.h"

#include <string.h>

/* POSIX, section 9.3.5, for ASCII. Pairs of the first and the last character of each range. */
static const struct {
    const char *name;
    const char *ranges;
    size_t len;
} classes[] = {
#define CLASS(name, ranges)                                                                        \
    {                                                                                              \
        name, ranges, sizeof ranges - 1                                                            \
    }
    CLASS("alnum", "09AZaz"),
    CLASS("alpha", "AZaz"),
    CLASS("ascii", "\0\x7f"),
    CLASS("blank", "\t\t  "),
    CLASS("cntrl", "\0\x1f\x7f\x7f"),
    CLASS("digit", "09"),
    CLASS("graph", "!~"),
    CLASS("lower", "az"),
    CLASS("print", " ~"),
    CLASS("punct", "!/:@[`{~"),
    CLASS("space", "\t\r  "),
    CLASS("upper", "AZ"),
    CLASS("word", "09AZ__az"),
    CLASS("xdigit", "09AFaf"),
#undef CLASS
};

/* Whether [:…:], or the same with another sign, is at r->p, without a bracket in it. *end is behind
 * it. */
static bool sees_class(const struct pattern_reader *r, char sign, const char **end)
{
    const char opening[] = { '[', sign, '\0' };
    if (!pattern_sees(r, opening))
        return false;
    for (const char *p = r->p + 2; p + 1 < r->end && *p != '[' && *p != ']'; p++) {
        *end = p + 2;
        if (p[0] == sign && p[1] == ']')
            return true;
    }
    return false;
}

static bool add_class(struct ranges *s, const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (strlen(classes[i].name) != len || memcmp(classes[i].name, name, len) != 0)
            continue;
        for (size_t k = 0; k < classes[i].len; k += 2)
            ranges_add(s, (uint32_t)classes[i].ranges[k], (uint32_t)classes[i].ranges[k + 1]);
        return true;
    }
    return false;
}

/* [:name:] or [:^name:], which ends at `end`. */
static bool read_class(struct pattern_reader *r, struct ranges *set, const char *end)
{
    struct ranges part = { 0 };
    bool is_negated = r->p[2] == '^';
    const char *name = r->p + 2 + is_negated;
    if (!add_class(&part, name, (size_t)(end - 2 - name)))
        return pattern_fail(r,
                            "`%.*s` is not a class: there are alnum, alpha, ascii, blank, cntrl, "
                            "digit, graph, lower, print, punct, space, upper, word and xdigit",
                            end - r->p < 40 ? (int)(end - r->p) : 2, r->p);
    pattern_merge(r, set, &part, is_negated);
    r->p = end;
    return !r->failed;
}

static bool fail_collating(struct pattern_reader *r)
{
    return pattern_fail(
        r, "`[%c…%c]` between brackets is not supported: write the characters themselves", r->p[1],
        r->p[1]);
}

static bool read_char(struct pattern_reader *r, uint32_t *c)
{
    if (r->p == r->end)
        return pattern_fail(
            r, "a `[` is not closed: `]` is missing, or write `\\[` for the character");
    if (*r->p == '\\')
        return pattern_read_escaped(r, c);
    *c = pattern_take(r);
    return true;
}

/* Whether what follows is a class, which cannot be the end of a range. */
static bool sees_any_class(const struct pattern_reader *r)
{
    const char *end;
    bool is_escaped = r->end - r->p > 1 && *r->p == '\\' && r->p[1] && strchr("dDsSwWpP", r->p[1]);
    return is_escaped || sees_class(r, ':', &end);
}

/* Behind the first character of a range and the `-`. */
static bool read_range(struct pattern_reader *r, const char *from, uint32_t first,
                       struct ranges *plain)
{
    uint32_t last;
    if (sees_any_class(r))
        return pattern_fail(r, "a class cannot be the end of a range: put the `-` last, or write "
                               "`\\-`");
    if (!read_char(r, &last))
        return false;
    if (last < first)
        return pattern_fail(r, "the range `%.*s` goes backwards",
                            r->p - from < 30 ? (int)(r->p - from) : 0, from);
    ranges_add(plain, first, last);
    return true;
}

/* A character, a range or a class. Characters go to `plain`, classes to the set. */
static bool read_item(struct pattern_reader *r, struct ranges *plain, struct ranges *set)
{
    const char *from = r->p;
    const char *end;
    uint32_t c;
    if (sees_class(r, ':', &end))
        return read_class(r, set, end);
    if (sees_class(r, '.', &end) || sees_class(r, '=', &end))
        return fail_collating(r);
    if (*from == '\\' && pattern_read_class(r, set))
        return true;
    if (r->failed || !read_char(r, &c))
        return false;
    bool is_range = pattern_sees(r, "-") && r->end - r->p > 1 && r->p[1] != ']';
    if (is_range) {
        r->p++;
        return read_range(r, from, c, plain);
    }
    ranges_add(plain, c, c);
    return true;
}

static void read_items(struct pattern_reader *r, struct ranges *set)
{
    struct ranges plain = { 0 };
    const char *first = r->p;
    while (r->p < r->end && (*r->p != ']' || r->p == first) && !r->failed) {
        if (read_item(r, &plain, set) && plain.len > 8 * PATTERN_MAX_WEIGHT)
            pattern_fail_too_large(r);
    }
    pattern_merge(r, set, &plain, false);
    if (r->p == r->end)
        pattern_fail(r, "a `[` is not closed: `]` is missing, or write `\\[` for the character");
    r->p += !r->failed;
}

uint32_t pattern_read_bracket(struct pattern_reader *r)
{
    const char *end;
    if (sees_class(r, ':', &end)) {
        pattern_fail(r, "`%.*s` needs brackets of its own around it: `[%.*s]`",
                     end - r->p < 40 ? (int)(end - r->p) : 0, r->p,
                     end - r->p < 40 ? (int)(end - r->p) : 0, r->p);
        return PATTERN_NONE;
    }
    struct ranges set = { 0 };
    r->p++;
    bool is_negated = pattern_sees(r, "^");
    r->p += is_negated;
    read_items(r, &set);
    ranges_settle(&set);
    if (is_negated)
        ranges_negate(&set);
    return pattern_add_set(r, &set);
}
