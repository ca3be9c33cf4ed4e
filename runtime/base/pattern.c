#include "base/pattern.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define GROUP 2
#define LINE_ANCHOR 64
#define WORD_ANCHOR 250
#define OPTION 2
#define LOOP_OF_GROUP 8
#define LOOP_OF_NOTHING 1250
#define MOST_WAYS 65536u

/* A `?` behind what may be empty doubles the ways through it that take no character: a doubling. Where
 * a loop may go round without a character, the library walks all ways to it, each as often as there are
 * ways: `a??{20}+` would take it days. After an anchor it copies what may be reached, and the time grows
 * with the cube of the doublings. */
#define MOST_DOUBLINGS 16
#define PAIRS_OF_WAYS 256
#define CUBE_AFTER_ANCHOR 1500
#define MOST_ANCHORS 4 /* that count for this; a word anchor is as many */
#define SQUARE_IN_LOOP 1000
#define SQUARE_BEFORE_LOOP 8000

/* Something that a repetition would repeat, or all that stands before it. */
struct part {
    uint64_t weight;
    uint32_t ways;      /* through it without a character; 0: it takes one at least */
    uint32_t doublings; /* in all of it, characters or not */
    bool is_group;
};

/* A group that is open, or the whole: what was read of it but for the last part. */
struct group {
    uint64_t weight;
    uint32_t branch_ways; /* since the last `|` */
    uint32_t ways;        /* of all branches before it */
    uint32_t doublings;   /* of all that was read of it */
};

/* A walk over the pattern. Where it is no pattern the weight is of no account: the library says so.
 */
struct scale {
    const char *p;
    struct group groups[PATTERN_MAX_DEPTH + 1];
    unsigned depth;
    struct part last;
    uint32_t rounds; /* loops of what may be empty */
    uint32_t anchors;
    const char *problem;
};

static const struct part nothing = { 0, 1, 0, false };

static uint32_t most_ways(uint64_t ways)
{
    return ways < MOST_WAYS ? (uint32_t)ways : MOST_WAYS;
}

static void begin_part(struct scale *s, struct part part)
{
    struct group *g = &s->groups[s->depth];
    g->weight += s->last.weight;
    g->branch_ways = most_ways((uint64_t)g->branch_ways * s->last.ways);
    g->doublings = most_ways((uint64_t)g->doublings + s->last.doublings);
    s->last = part;
}

static void begin_character(struct scale *s)
{
    begin_part(s, (struct part){ 1, 0, 0, false });
}

static void begin_anchor(struct scale *s, uint64_t weight)
{
    begin_part(s, (struct part){ weight, 1, 0, false });
    s->anchors += weight == WORD_ANCHOR ? MOST_ANCHORS : 1;
}

/* How many doublings make so many ways, at least. */
static uint32_t doublings_of(uint32_t ways)
{
    uint32_t n = 0;
    while ((uint64_t)1 << n < ways)
        n++;
    return n;
}

/* The branch that was read so far is over. */
static void end_branch(struct group *g)
{
    uint32_t before = doublings_of(g->ways);
    g->ways = most_ways((uint64_t)g->ways + g->branch_ways);
    g->doublings += doublings_of(g->ways) - before;
    g->branch_ways = 1;
}

static void begin_branch(struct scale *s)
{
    begin_part(s, nothing);
    struct group *g = &s->groups[s->depth];
    g->weight += GROUP;
    end_branch(g);
}

static void open_group(struct scale *s)
{
    begin_part(s, nothing);
    if (s->depth == PATTERN_MAX_DEPTH)
        s->problem = "its groups are nested more than 100 deep";
    else
        s->groups[++s->depth] = (struct group){ GROUP, 1, 0, 0 };
}

/* One that closes nothing is a character. */
static void close_group(struct scale *s)
{
    if (s->depth == 0) {
        begin_character(s);
        return;
    }
    begin_part(s, nothing);
    struct group *g = &s->groups[s->depth--];
    end_branch(g);
    begin_part(s, (struct part){ g->weight, g->ways, g->doublings, true });
}

static void multiply(struct scale *s, uint64_t times)
{
    s->last.weight = s->last.weight > UINT32_MAX ? UINT32_MAX : s->last.weight * times;
}

static void loop(struct scale *s)
{
    uint64_t square = s->last.weight < UINT16_MAX ? s->last.weight * s->last.weight : UINT32_MAX;
    multiply(s, s->last.is_group ? LOOP_OF_GROUP : OPTION);
    s->last.weight += s->last.ways ? LOOP_OF_NOTHING + square / SQUARE_IN_LOOP : 0;
    s->rounds += s->last.ways > 0;
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

/* Ways through least copies, then through as many as there may be more, each of which asks for those
 * before it. */
static void repeat_ways(struct scale *s, uint64_t least, uint64_t most)
{
    uint64_t copies = 1;
    uint64_t sum = 0;
    for (uint64_t i = 0; i <= most; i++) {
        sum += i >= least ? copies : 0;
        copies = most_ways(copies * s->last.ways);
        if (copies == 0 || sum >= MOST_WAYS)
            break;
    }
    uint64_t doublings = s->last.doublings * most;
    if (least < most)
        doublings += doublings_of(most_ways(sum));
    s->last.ways = most_ways(sum);
    s->last.doublings = most_ways(doublings);
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
    repeat_ways(s, least, endless ? least : most);
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
        s->last.ways = 1;
        break;
    case '+':
        loop(s);
        break;
    case '?':
        multiply(s, OPTION);
        s->last.ways = most_ways((uint64_t)s->last.ways + 1);
        s->last.doublings = most_ways((uint64_t)s->last.doublings + (s->last.ways > 1));
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
    uint64_t doublings = s->last.doublings;
    for (unsigned i = 0; i <= s->depth; i++) {
        sum += s->groups[i].weight;
        doublings += s->groups[i].doublings;
    }
    uint64_t most = doublings < MOST_DOUBLINGS ? doublings : MOST_DOUBLINGS;
    if (s->rounds > 0) {
        uint64_t loops = (uint64_t)s->rounds * LOOP_OF_NOTHING;
        uint64_t rest = sum > loops ? sum - loops : 0;
        sum += rest < UINT16_MAX ? rest * rest / SQUARE_BEFORE_LOOP : rest;
        sum += ((uint64_t)1 << 2 * most) * (rest < UINT16_MAX ? rest : UINT16_MAX) / PAIRS_OF_WAYS;
    }
    uint64_t anchors = s->anchors < MOST_ANCHORS ? s->anchors : MOST_ANCHORS;
    return sum + anchors * (doublings * doublings * doublings / CUBE_AFTER_ANCHOR);
}

/* NULL: it may be compiled. */
static const char *weigh(const char *pattern)
{
    struct scale s = { .p = pattern, .groups = { { 0, 1, 0, 0 } }, .last = nothing };
    for (; *s.p && !s.problem; s.p++) {
        weigh_next(&s);
        if (weight_of(&s) > PATTERN_MAX_WEIGHT)
            return "it is too large, or what it repeats is";
    }
    return s.problem;
}

uint32_t pattern_weight(const char *pattern)
{
    struct scale s = { .p = pattern, .groups = { { 0, 1, 0, 0 } }, .last = nothing };
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
    if (failed == REG_ESPACE)
        mem_exhausted();
    if (failed == REG_ECOLLATE)
        snprintf(why, room, "a range such as [a-z] goes between letters of ASCII only");
    else if (failed)
        regerror(failed, regex, why, room);
    return failed == 0;
}
