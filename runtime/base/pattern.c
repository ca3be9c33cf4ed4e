#include "base/pattern.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define GROUP 2
#define LINE_ANCHOR 64
#define WORD_ANCHOR 250
#define OPTION 2
#define LOOP_OF_GROUP 8
#define LOOP_OF_NOTHING 1250

/* Something that a repetition would repeat, or all that stands before it. */
struct part {
    uint64_t weight;
    bool may_be_empty;
    bool is_group;
};

/* A group that is open, or the whole: what was read of it but for the last part. */
struct group {
    uint64_t weight;
    bool branch_may_be_empty; /* since the last `|` */
    bool may_be_empty;        /* a branch before it */
};

/* A walk over the pattern. Where it is no pattern the weight is of no account: the library says so.
 */
struct scale {
    const char *p;
    struct group groups[PATTERN_MAX_DEPTH + 1];
    unsigned depth;
    struct part last;
    const char *problem;
};

static const struct part nothing = { 0, true, false };

static void begin_part(struct scale *s, struct part part)
{
    struct group *g = &s->groups[s->depth];
    g->weight += s->last.weight;
    g->branch_may_be_empty = g->branch_may_be_empty && s->last.may_be_empty;
    s->last = part;
}

static void begin_character(struct scale *s)
{
    begin_part(s, (struct part){ 1, false, false });
}

static void begin_anchor(struct scale *s, uint64_t weight)
{
    begin_part(s, (struct part){ weight, true, false });
}

static void begin_branch(struct scale *s)
{
    begin_part(s, nothing);
    struct group *g = &s->groups[s->depth];
    g->weight += GROUP;
    g->may_be_empty = g->may_be_empty || g->branch_may_be_empty;
    g->branch_may_be_empty = true;
}

static void open_group(struct scale *s)
{
    begin_part(s, nothing);
    if (s->depth == PATTERN_MAX_DEPTH)
        s->problem = "its groups are nested more than 100 deep";
    else
        s->groups[++s->depth] = (struct group){ GROUP, true, false };
}

/* One that closes nothing is a character. */
static void close_group(struct scale *s)
{
    if (s->depth == 0) {
        begin_character(s);
        return;
    }
    begin_part(s, nothing);
    const struct group *g = &s->groups[s->depth--];
    begin_part(s, (struct part){ g->weight, g->may_be_empty || g->branch_may_be_empty, true });
}

static void multiply(struct scale *s, uint64_t times)
{
    s->last.weight = s->last.weight > UINT32_MAX ? UINT32_MAX : s->last.weight * times;
}

static void loop(struct scale *s)
{
    multiply(s, s->last.is_group ? LOOP_OF_GROUP : OPTION);
    s->last.weight += s->last.may_be_empty ? LOOP_OF_NOTHING : 0;
}

/* Past `[…]`, in which `]` may come first and classes such as [:alpha:] may stand. */
static void skip_brackets(struct scale *s)
{
    const char *p = s->p + 1;
    p += *p == '^';
    p += *p == ']';
    while (*p && *p != ']') {
        bool is_class = p[0] == '[' && p[1] && strchr(":.=", p[1]);
        const char close[3] = { p[1], ']', '\0' };
        const char *end = is_class ? strstr(p + 2, close) : NULL;
        p = end ? end + 2 : p + 1;
    }
    s->p = *p ? p : p - 1;
}

static uint64_t read_count(const char **p)
{
    uint64_t n = 0;
    for (; **p >= '0' && **p <= '9'; ++*p)
        n = n > UINT16_MAX ? n : n * 10 + (uint64_t)(**p - '0');
    return n;
}

/* {n} {m,} {m,n} */
static void repeat_counted(struct scale *s)
{
    const char *p = s->p + 1;
    uint64_t least = read_count(&p);
    uint64_t most = least;
    bool endless = p[0] == ',' && p[1] == '}';
    if (*p == ',') {
        p++;
        most = endless ? least + 1 : read_count(&p);
    }
    if (*p != '}')
        return;
    s->p = p;
    if (endless)
        loop(s);
    multiply(s, most > 0 ? most : 1);
    if (!endless && most != least)
        multiply(s, OPTION);
    s->last.may_be_empty = s->last.may_be_empty || least == 0;
}

static void escaped(struct scale *s)
{
    char c = s->p[1];
    if (!c)
        return;
    s->p++;
    if (c >= '1' && c <= '9')
        s->problem = "it refers back to a group, which these expressions cannot";
    if (strchr("bB<>`'", c))
        begin_anchor(s, WORD_ANCHOR);
    else
        begin_character(s);
}

static void weigh_next(struct scale *s)
{
    switch (*s->p) {
    case '\\':
        escaped(s);
        break;
    case '[':
        begin_character(s);
        skip_brackets(s);
        break;
    case '(':
        open_group(s);
        break;
    case ')':
        close_group(s);
        break;
    case '|':
        begin_branch(s);
        break;
    case '*':
        loop(s);
        s->last.may_be_empty = true;
        break;
    case '+':
        loop(s);
        break;
    case '?':
        multiply(s, OPTION);
        s->last.may_be_empty = true;
        break;
    case '{':
        repeat_counted(s);
        break;
    case '^':
    case '$':
        begin_anchor(s, LINE_ANCHOR);
        break;
    default:
        begin_character(s);
        break;
    }
}

static uint64_t weight_of(const struct scale *s)
{
    uint64_t sum = s->last.weight;
    for (unsigned i = 0; i <= s->depth; i++)
        sum += s->groups[i].weight;
    return sum;
}

/* NULL: it may be compiled. */
static const char *weigh(const char *pattern)
{
    struct scale s = { .p = pattern, .groups = { { 0, true, false } }, .last = nothing };
    for (; *s.p && !s.problem; s.p++) {
        weigh_next(&s);
        if (weight_of(&s) > PATTERN_MAX_WEIGHT)
            return "it is too large, or what it repeats is";
    }
    return s.problem;
}

uint32_t pattern_weight(const char *pattern)
{
    struct scale s = { .p = pattern, .groups = { { 0, true, false } }, .last = nothing };
    uint64_t weight = 0;
    for (; *s.p && !s.problem && weight <= PATTERN_MAX_WEIGHT; s.p++) {
        weigh_next(&s);
        weight = weight_of(&s);
    }
    return weight <= PATTERN_MAX_WEIGHT ? (uint32_t)weight : PATTERN_MAX_WEIGHT;
}

bool pattern_compile(regex_t *regex, const char *pattern, char *why, size_t room)
{
    const char *problem = weigh(pattern);
    if (problem) {
        snprintf(why, room, "%s", problem);
        return false;
    }
    int failed = regcomp(regex, pattern, REG_EXTENDED | REG_NOSUB);
    if (failed == REG_ECOLLATE)
        snprintf(why, room, "a range such as [a-z] goes between letters of ASCII only");
    else if (failed)
        regerror(failed, regex, why, room);
    return failed == 0;
}
