#include "regex/pattern_parts.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Items of sets that weigh 1 together. */
#define ITEMS_OF_WEIGHT 8u
#define MAX_NODES (2 * PATTERN_MAX_WEIGHT)
/* Counts beyond are all the same: what they repeat is too large. */
#define MAX_COUNT (PATTERN_MAX_WEIGHT + 1)

bool pattern_fail(struct pattern_reader *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!r->failed)
        vsnprintf(r->why, r->room, format, args);
    va_end(args);
    r->failed = true;
    return false;
}

bool pattern_sees(const struct pattern_reader *r, const char *text)
{
    size_t len = strlen(text);
    return (size_t)(r->end - r->p) >= len && memcmp(r->p, text, len) == 0;
}

uint32_t pattern_take(struct pattern_reader *r)
{
    assert(r->p < r->end);
    size_t width;
    uint32_t c = utf8_decode(r->p, (size_t)(r->end - r->p), &width);
    r->p += width;
    return c;
}

int pattern_width(const struct pattern_reader *r, const char *p)
{
    size_t width = 0;
    if (p < r->end)
        utf8_decode(p, (size_t)(r->end - p), &width);
    return (int)width;
}

/* Repetitions. */

bool pattern_accept(struct pattern_reader *r, char c)
{
    bool is_there = r->p < r->end && *r->p == c;
    r->p += is_there;
    return is_there;
}

static bool is_digit(const struct pattern_reader *r)
{
    return r->p < r->end && *r->p >= '0' && *r->p <= '9';
}

/* So much of it counts that all greater ones are refused like this one. */
static uint32_t read_count(struct pattern_reader *r)
{
    uint32_t n = 0;
    for (; is_digit(r); r->p++)
        n = n > 1000000 ? n : n * 10 + (uint32_t)(*r->p - '0');
    return n;
}

/* {n} {n,} {n,m}, at `{`. False: it is another thing, such as the character, and nothing was read.
 */
static bool read_counts(struct pattern_reader *r, uint32_t *least, uint32_t *most)
{
    const char *from = r->p++;
    bool has_least = is_digit(r);
    bool has_most = true;
    *least = *most = read_count(r);
    if (pattern_accept(r, ',')) {
        has_most = is_digit(r);
        *most = has_most ? read_count(r) : PATTERN_ENDLESS;
    }
    bool is_count = pattern_accept(r, '}') && (has_least || has_most);
    int len = (int)(r->p - from);
    if (is_count && !has_least && has_most && from[1] == ',')
        return pattern_fail(r,
                            "`%.*s` has no least count: write `{0,%u}`, or `\\{` for the character",
                            len, from, *most);
    if (is_count && has_least && *least > *most)
        return pattern_fail(r, "the counts of `%.*s` are the wrong way round", len, from);
    is_count = is_count && has_least;
    r->p = is_count ? r->p : from;
    return is_count;
}

static bool read_times(struct pattern_reader *r, uint32_t *least, uint32_t *most)
{
    char c = r->p < r->end ? *r->p : '\0';
    if (c == '{')
        return read_counts(r, least, most);
    if (c != '*' && c != '+' && c != '?')
        return false;
    r->p++;
    *least = c == '+';
    *most = c == '?' ? 1 : PATTERN_ENDLESS;
    return true;
}

static uint32_t fail_repeated(struct pattern_reader *r, const char *from)
{
    int len = r->p - from < 20 ? (int)(r->p - from) : 20;
    if (r->p[-1] == '+')
        pattern_fail(r, "possessive repetitions such as `%.*s` are not supported", len, from);
    else
        pattern_fail(r, "`%.*s` repeats a repetition: put the first into a group, `(?:…)`", len,
                     from);
    return PATTERN_NONE;
}

/* The part, or its repetition where one stands behind it. */
static uint32_t read_repeat(struct pattern_reader *r, uint32_t part)
{
    const char *from = r->p;
    uint32_t least;
    uint32_t most;
    if (!read_times(r, &least, &most))
        return part;
    bool prefers_few = pattern_accept(r, '?') != r->flags.few_is_preferred;
    uint32_t again_least;
    uint32_t again_most;
    if (read_times(r, &again_least, &again_most))
        return fail_repeated(r, from);
    return pattern_add_repeat(r, part, least, most, prefers_few);
}

/* Atoms. */

static uint32_t add_dot(struct pattern_reader *r)
{
    struct ranges set = { 0 };
    if (!r->flags.dot_takes_all)
        ranges_add(&set, '\n', '\n');
    ranges_negate(&set);
    return pattern_add_set(r, &set);
}

static uint32_t add_edge(struct pattern_reader *r, enum pattern_edge of_text,
                         enum pattern_edge of_line)
{
    return pattern_add(r, PATTERN_EDGE, r->flags.edges_of_lines ? of_line : of_text);
}

/* Where a repetition stands and nothing that it could repeat. */
static uint32_t fail_nothing(struct pattern_reader *r, const char *from)
{
    int len = r->p - from < 20 ? (int)(r->p - from) : 20;
    pattern_fail(r, "`%.*s` has nothing to repeat: write `\\%c` for the character", len, from,
                 *from);
    return PATTERN_NONE;
}

static uint32_t read_sign(struct pattern_reader *r)
{
    const char *from = r->p;
    uint32_t least;
    uint32_t most;
    if (read_times(r, &least, &most))
        return fail_nothing(r, from);
    if (r->failed)
        return PATTERN_NONE;
    if (pattern_accept(r, '.'))
        return add_dot(r);
    if (pattern_accept(r, '^'))
        return add_edge(r, PATTERN_TEXT_BEGIN, PATTERN_LINE_BEGIN);
    if (pattern_accept(r, '$'))
        return add_edge(r, PATTERN_TEXT_END, PATTERN_LINE_END);
    return pattern_add_char(r, pattern_take(r));
}

static uint32_t read_atom(struct pattern_reader *r)
{
    if (r->is_quoted)
        return pattern_add_char(r, pattern_take(r));
    switch (*r->p) {
    case '(':
        return pattern_read_group(r);
    case '[':
        return pattern_read_bracket(r);
    case '\\':
        return pattern_read_escape(r);
    default:
        return read_sign(r);
    }
}

/* Goes past \Q and \E. */
static bool skip_quote(struct pattern_reader *r)
{
    if (!pattern_sees(r, r->is_quoted ? "\\E" : "\\Q"))
        return false;
    r->p += 2;
    r->is_quoted = !r->is_quoted;
    return true;
}

/* An atom and its repetition, which stands behind the \E where it is quoted. */
static uint32_t read_piece(struct pattern_reader *r)
{
    uint32_t atom = read_atom(r);
    if (r->is_quoted && !skip_quote(r))
        return atom;
    while (pattern_sees(r, "\\Q\\E"))
        r->p += 4;
    return atom == PATTERN_NONE ? atom : read_repeat(r, atom);
}

static bool ends_branch(const struct pattern_reader *r)
{
    return r->p == r->end || (!r->is_quoted && (*r->p == '|' || *r->p == ')'));
}

static uint32_t read_branch(struct pattern_reader *r)
{
    struct pattern_chain chain = { PATTERN_NONE, PATTERN_NONE };
    while (!ends_branch(r) && !r->failed) {
        if (skip_quote(r))
            continue;
        uint32_t piece = read_piece(r);
        if (piece != PATTERN_NONE)
            pattern_chain_add(r, &chain, piece);
    }
    if (chain.first == PATTERN_NONE)
        return pattern_add(r, PATTERN_EMPTY, 0);
    return pattern_add_chain(r, PATTERN_JOIN, &chain);
}

uint32_t pattern_read_either(struct pattern_reader *r)
{
    struct pattern_chain chain = { PATTERN_NONE, PATTERN_NONE };
    do
        pattern_chain_add(r, &chain, read_branch(r));
    while (pattern_accept(r, '|') && !r->failed);
    return pattern_add_chain(r, PATTERN_EITHER, &chain);
}

static void read_all(struct pattern_reader *r)
{
    struct pattern *p = r->pattern;
    p->root = pattern_read_either(r);
    if (!r->failed && r->p < r->end)
        pattern_fail(r, "a `)` closes no group: write `\\)` for the character");
    if (r->failed)
        return;
    p->weight = p->nodes[p->root].steps + pattern_weight_of_sets(r);
    if (p->weight > PATTERN_MAX_WEIGHT)
        pattern_fail_too_large(r);
}

struct pattern *pattern_new(const char *text, char *why, size_t room)
{
    assert(room > 0);
    struct pattern *p = mem_alloc_zeroed(1, sizeof *p);
    struct pattern_reader r = {
        .pattern = p, .p = text, .end = text + strlen(text), .why = why, .room = room
    };
    read_all(&r);
    if (!r.failed)
        return p;
    pattern_free(p);
    return NULL;
}

void pattern_free(struct pattern *p)
{
    if (!p)
        return;
    for (uint32_t i = 0; i < p->set_len; i++)
        ranges_release(&p->sets[i]);
    for (uint32_t i = 0; i < p->groups; i++)
        mem_free(p->names[i]);
    mem_free(p->sets);
    mem_free(p->names);
    mem_free(p->nodes);
    mem_free(p);
}
