/* Groups and flags: everything that begins with a parenthesis. */
#include "regex/pattern_parts.h"

#include "base/mem.h"

#include <string.h>

/* Reads up to and including the `)` of the group. */
static uint32_t read_inner(struct pattern_reader *r)
{
    if (r->depth == PATTERN_MAX_DEPTH) {
        pattern_fail(r, "its groups are nested more than %u deep", PATTERN_MAX_DEPTH);
        return PATTERN_NONE;
    }
    struct pattern_flags outer = r->flags;
    r->depth++;
    uint32_t inner = pattern_read_either(r);
    r->depth--;
    r->flags = outer;
    if (!pattern_accept(r, ')'))
        pattern_fail(r, "a `(` is not closed: `)` is missing, or write `\\(` for the character");
    return inner;
}

/* Takes ownership of the name, which is NULL if the group has none. */
static uint32_t read_capture(struct pattern_reader *r, char *name)
{
    struct pattern *p = r->pattern;
    uint32_t number = ++p->groups;
    if (number > PATTERN_MAX_WEIGHT) {
        mem_free(name);
        p->groups--;
        pattern_fail_too_large(r);
        return PATTERN_NONE;
    }
    p->names = mem_resize(p->names, number, sizeof *p->names);
    p->names[number - 1] = name;
    return pattern_add_group(r, read_inner(r), number);
}

static bool is_name_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

static bool has_name(const struct pattern *p, const char *name)
{
    for (uint32_t i = 0; i < p->groups; i++) {
        if (p->names[i] && strcmp(p->names[i], name) == 0)
            return true;
    }
    return false;
}

/* Reads on after the `<` of (?P<name>…). */
static uint32_t read_named(struct pattern_reader *r)
{
    const char *from = r->p;
    while (r->p < r->end && is_name_char(*r->p))
        r->p++;
    size_t len = (size_t)(r->p - from);
    if (len == 0 || !pattern_accept(r, '>')) {
        pattern_fail(r, "the name of a group is made of letters, digits and `_`: `(?P<name>…)`");
        return PATTERN_NONE;
    }
    char *name = mem_copy_text(from, len);
    if (has_name(r->pattern, name)) {
        pattern_fail(r, "two groups have the name `%.40s`", name);
        mem_free(name);
        return PATTERN_NONE;
    }
    return read_capture(r, name);
}

/* Reads one flag of (?imsU-imsU). False if the next character is not a flag. */
static bool set_flag(struct pattern_flags *flags, char c, bool on)
{
    switch (c) {
    case 'i':
        flags->ignore_case = on;
        return true;
    case 'm':
        flags->edges_of_lines = on;
        return true;
    case 's':
        flags->dot_takes_all = on;
        return true;
    case 'U':
        flags->few_is_preferred = on;
        return true;
    default:
        return false;
    }
}

/* Reads on after `(?`: flags for a group of their own, or, up to `)`, for the rest of the
 * enclosing group. */
static uint32_t read_flags(struct pattern_reader *r)
{
    struct pattern_flags flags = r->flags;
    bool on = true;
    while (r->p < r->end && *r->p != ':' && *r->p != ')') {
        const char *from = r->p;
        bool turns_off = on && pattern_accept(r, '-');
        if (!turns_off && !set_flag(&flags, *r->p++, on)) {
            pattern_fail(r,
                         "`(?%.*s` is not supported: there are the flags i, m, s, U, groups "
                         "`(?:…)` and `(?P<name>…)`",
                         pattern_width(r, from), from);
            return PATTERN_NONE;
        }
        on = on && !turns_off;
    }
    if (pattern_accept(r, ')')) {
        r->flags = flags;
        return PATTERN_NONE;
    }
    r->p += r->p < r->end;
    struct pattern_flags outer = r->flags;
    r->flags = flags;
    uint32_t inner = read_inner(r);
    r->flags = outer;
    return inner;
}

/* Fails at constructs that would take more than linear time. */
static bool is_linear(struct pattern_reader *r)
{
    static const char *const look_around[] = { "(?=", "(?!", "(?<=", "(?<!" };
    for (size_t i = 0; i < sizeof look_around / sizeof *look_around; i++) {
        if (pattern_sees(r, look_around[i]))
            return pattern_fail(r,
                                "look-around such as `%s` is not supported, so that matching "
                                "takes linear time: look for that by a `matches` of its own",
                                look_around[i]);
    }
    return !pattern_sees(r, "(?P=") || pattern_fail_back_reference(r, "(?P=");
}

uint32_t pattern_read_group(struct pattern_reader *r)
{
    if (!is_linear(r))
        return PATTERN_NONE;
    bool is_named = pattern_sees(r, "(?P<");
    if (is_named || pattern_sees(r, "(?<")) {
        r->p += is_named ? 4 : 3;
        return read_named(r);
    }
    if (pattern_sees(r, "(?")) {
        r->p += 2;
        return read_flags(r);
    }
    r->p++;
    return read_capture(r, NULL);
}
