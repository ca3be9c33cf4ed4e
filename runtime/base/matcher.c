#include "base/matcher.h"

#include "base/mem.h"
#include "base/pattern.h"
#include "base/utf8.h"

#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* What stands at a place of the program. Those up to MATCH take a character. */
enum operation {
    ONE,
    ANY,
    SET,
    MATCH,
    FORK,
    JUMP,
    LINE_BEGIN,
    LINE_END,
    WORD_EDGE,
    WORD_INNER,
    WORD_BEGIN,
    WORD_END
};

struct step {
    enum operation operation;
    uint32_t x; /* ONE: the character; SET: its number; FORK, JUMP: where to go on */
    uint32_t y; /* FORK: and where else */
};

/* Of a bracket expression or a class such as \w. */
struct set {
    bool ascii[128];
    bool others; /* all of them are in it; where has_regex, that says which */
    bool has_regex;
    regex_t regex; /* of one character */
};

struct matcher {
    struct step *steps;
    uint32_t len;
    uint32_t cap;
    struct set **sets;
    uint32_t set_len;
    struct set *word; /* NULL: no edge of words is looked for */
};

/* Sets. */

/* A character of width bytes. */
static bool regex_has(const regex_t *regex, const char *p, size_t width)
{
    char text[5] = { 0 };
    regmatch_t all = { .rm_so = 0, .rm_eo = (regoff_t)width };
    memcpy(text, p, width);
    int result = regexec(regex, text, 0, &all, REG_STARTEND);
    if (result == REG_ESPACE)
        mem_exhausted();
    return result == 0;
}

/* A bracket expression of characters and ranges of ASCII, as most are. False: it is another. */
static bool read_plain(struct set *set, const char *p, size_t len)
{
    bool negated = len > 2 && p[0] == '[' && p[1] == '^';
    size_t end = len - 1;
    if (p[0] != '[')
        return false;
    for (size_t i = negated ? 2 : 1; i < end; i++) {
        unsigned char first = (unsigned char)p[i];
        bool is_range = i + 2 < end && p[i + 1] == '-';
        unsigned char last = is_range ? (unsigned char)p[i + 2] : first;
        if (first == '[' || last == '[' || first > last || last > 127)
            return false;
        memset(set->ascii + first, true, (size_t)(last - first + 1));
        i += is_range ? 2 : 0;
    }
    for (int c = 0; c < 128; c++)
        set->ascii[c] = set->ascii[c] != negated;
    set->others = negated;
    return true;
}

static bool read_set(struct set *set, const char *p, size_t len)
{
    char *text = mem_alloc(len + 3);
    text[0] = '^';
    memcpy(text + 1, p, len);
    memcpy(text + 1 + len, "$", 2);
    int result = regcomp(&set->regex, text, REG_EXTENDED | REG_NOSUB);
    if (result == REG_ESPACE)
        mem_exhausted();
    set->has_regex = result == 0;
    mem_free(text);
    for (int c = 0; c < 128 && set->has_regex; c++)
        set->ascii[c] = regex_has(&set->regex, (char[]){ (char)c }, 1);
    return set->has_regex;
}

/* p is a piece of a pattern that takes one character. NULL: it is none. */
static struct set *set_new(const char *p, size_t len)
{
    struct set *set = mem_alloc_zeroed(1, sizeof *set);
    if (read_plain(set, p, len))
        return set;
    memset(set->ascii, false, sizeof set->ascii);
    if (read_set(set, p, len))
        return set;
    mem_free(set);
    return NULL;
}

static void set_free(struct set *set)
{
    if (set && set->has_regex)
        regfree(&set->regex);
    mem_free(set);
}

/* A character of width bytes; width 0: there is none. */
static bool set_has(const struct set *set, const char *p, size_t width)
{
    if (width == 0)
        return false;
    if ((unsigned char)*p < 128)
        return set->ascii[(unsigned char)*p];
    return set->has_regex ? regex_has(&set->regex, p, width) : set->others;
}

/* Building. What is repeated is read as often as it may stand: pattern_compile has weighed it. */

struct reader {
    struct matcher *m;
    const char *p;
    const char *end;
    bool failed;
};

static uint32_t emit(struct matcher *m, enum operation operation, uint32_t x, uint32_t y)
{
    if (m->len == m->cap) {
        m->cap = m->cap ? m->cap * 2 : 32;
        m->steps = mem_resize(m->steps, m->cap, sizeof *m->steps);
    }
    m->steps[m->len] = (struct step){ operation, x, y };
    return m->len++;
}

static void add_set(struct reader *r, const char *from)
{
    struct set *set = set_new(from, (size_t)(r->p - from));
    if (!set) {
        r->failed = true;
        return;
    }
    r->m->sets = mem_resize(r->m->sets, r->m->set_len + 1, sizeof *r->m->sets);
    r->m->sets[r->m->set_len] = set;
    emit(r->m, SET, r->m->set_len++, 0);
}

static void skip_bracket(struct reader *r)
{
    r->p++;
    r->p += r->p < r->end && *r->p == '^';
    r->p += r->p < r->end && *r->p == ']';
    while (r->p < r->end && *r->p != ']') {
        bool is_class = *r->p == '[' && r->p + 1 < r->end && strchr(":.=", r->p[1]) && r->p[1];
        const char close[] = { r->p[1], ']' };
        const char *stop =
            is_class ? memmem(r->p + 2, (size_t)(r->end - r->p - 2), close, 2) : NULL;
        r->p = stop ? stop + 2 : r->p + 1;
    }
    r->p += r->p < r->end;
}

static void read_character(struct reader *r)
{
    size_t width;
    uint32_t c = utf8_decode(r->p, (size_t)(r->end - r->p), &width);
    r->p += width;
    emit(r->m, ONE, c, 0);
}

static void add_edge(struct reader *r, enum operation operation)
{
    if (!r->m->word)
        r->m->word = set_new("\\w", 2);
    r->failed = r->failed || !r->m->word;
    emit(r->m, operation, 0, 0);
}

/* True: it may be repeated. */
static bool read_escape(struct reader *r)
{
    const char *from = r->p++;
    if (r->p == r->end)
        return false;
    switch (*r->p) {
    case 'w':
    case 'W':
    case 's':
    case 'S':
        r->p++;
        add_set(r, from);
        return true;
    case '`':
        r->p++;
        emit(r->m, LINE_BEGIN, 0, 0);
        return false;
    case '\'':
        r->p++;
        emit(r->m, LINE_END, 0, 0);
        return false;
    case 'b':
        r->p++;
        add_edge(r, WORD_EDGE);
        return false;
    case 'B':
        r->p++;
        add_edge(r, WORD_INNER);
        return false;
    case '<':
        r->p++;
        add_edge(r, WORD_BEGIN);
        return false;
    case '>':
        r->p++;
        add_edge(r, WORD_END);
        return false;
    default:
        read_character(r);
        return true;
    }
}

static void read_branches(struct reader *r, bool is_group);

static bool read_atom(struct reader *r)
{
    const char *from = r->p;
    switch (*r->p) {
    case '(':
        r->p++;
        read_branches(r, true);
        r->p += r->p < r->end;
        return true;
    case '[':
        skip_bracket(r);
        add_set(r, from);
        return true;
    case '.':
        r->p++;
        emit(r->m, ANY, 0, 0);
        return true;
    case '^':
        r->p++;
        emit(r->m, LINE_BEGIN, 0, 0);
        return false;
    case '$':
        r->p++;
        emit(r->m, LINE_END, 0, 0);
        return false;
    case '\\':
        return read_escape(r);
    default:
        read_character(r);
        return true;
    }
}

struct range {
    uint32_t least;
    uint32_t most; /* UINT32_MAX: any number */
};

static uint32_t read_count(struct reader *r)
{
    uint32_t n = 0;
    for (; r->p < r->end && *r->p >= '0' && *r->p <= '9'; r->p++)
        n = n > 100000 ? n : n * 10 + (uint32_t)(*r->p - '0');
    return n;
}

/* False: no repetition stands there. */
static bool read_range(struct reader *r, struct range *range)
{
    char c = r->p < r->end ? *r->p : '\0';
    if (c == '*' || c == '+' || c == '?') {
        r->p++;
        *range = (struct range){ c == '+', c == '?' ? 1 : UINT32_MAX };
        return true;
    }
    if (c != '{')
        return false;
    r->p++;
    range->least = range->most = read_count(r);
    if (r->p < r->end && *r->p == ',') {
        r->p++;
        bool has_most = r->p < r->end && *r->p != '}';
        range->most = has_most ? read_count(r) : UINT32_MAX;
    }
    r->p += r->p < r->end;
    return true;
}

/* Takes the steps from start on off the program; they are the caller's. */
static struct step *cut_steps(struct matcher *m, uint32_t start, uint32_t *len)
{
    *len = m->len - start;
    struct step *piece = mem_alloc(*len * sizeof *piece);
    if (*len > 0)
        memcpy(piece, m->steps + start, *len * sizeof *piece);
    m->len = start;
    return piece;
}

/* Copies the steps of a piece, which all lead to others of it or right behind it. */
static void copy_steps(struct matcher *m, const struct step *from, uint32_t len, uint32_t base)
{
    uint32_t to = m->len;
    for (uint32_t i = 0; i < len; i++) {
        struct step s = from[i];
        if (s.operation == FORK || s.operation == JUMP) {
            s.x += to - base;
            s.y += s.operation == FORK ? to - base : 0;
        }
        emit(m, s.operation, s.x, s.y);
    }
}

/* The steps from start on, of one piece, become those of its repetition. */
static void repeat(struct matcher *m, uint32_t start, struct range range)
{
    uint32_t len;
    struct step *piece = cut_steps(m, start, &len);
    for (uint32_t i = 0; i < range.least; i++)
        copy_steps(m, piece, len, start);
    if (range.most == UINT32_MAX) {
        uint32_t fork = emit(m, FORK, m->len + 1, 0);
        copy_steps(m, piece, len, start);
        emit(m, JUMP, fork, 0);
        m->steps[fork].y = m->len;
    }
    for (uint32_t i = range.least; i < range.most && range.most != UINT32_MAX; i++) {
        uint32_t fork = emit(m, FORK, m->len + 1, 0);
        copy_steps(m, piece, len, start);
        m->steps[fork].y = m->len;
    }
    mem_free(piece);
}

/* Up to `|`, the end, or where it is a group, `)`. */
static void read_branch(struct reader *r, bool is_group)
{
    while (r->p < r->end && *r->p != '|' && !(is_group && *r->p == ')') && !r->failed) {
        uint32_t start = r->m->len;
        struct range range;
        bool may_repeat = read_atom(r);
        while (may_repeat && read_range(r, &range))
            repeat(r->m, start, range);
    }
}

/* A fork to the next branch before each, and a jump behind all after it. */
static void read_branches(struct reader *r, bool is_group)
{
    uint32_t last = UINT32_MAX; /* the jump before; its x: the one before that */
    for (;;) {
        uint32_t start = r->m->len;
        read_branch(r, is_group);
        if (r->failed || r->p == r->end || *r->p != '|')
            break;
        r->p++;
        uint32_t len;
        struct step *branch = cut_steps(r->m, start, &len);
        uint32_t fork = emit(r->m, FORK, start + 1, 0);
        copy_steps(r->m, branch, len, start);
        mem_free(branch);
        last = emit(r->m, JUMP, last, 0);
        r->m->steps[fork].y = r->m->len;
    }
    while (last != UINT32_MAX) {
        uint32_t before = r->m->steps[last].x;
        r->m->steps[last].x = r->m->len;
        last = before;
    }
}

struct matcher *matcher_new(const char *pattern, char *why, size_t room)
{
    regex_t regex;
    if (!pattern_compile(&regex, pattern, why, room))
        return NULL;
    regfree(&regex);
    struct matcher *m = mem_alloc_zeroed(1, sizeof *m);
    struct reader r = { .m = m, .p = pattern, .end = pattern + strlen(pattern) };
    read_branches(&r, false);
    emit(m, MATCH, 0, 0);
    if (!r.failed)
        return m;
    matcher_free(m);
    snprintf(why, room, "a bracket expression in it cannot be read");
    return NULL;
}

void matcher_free(struct matcher *m)
{
    if (!m)
        return;
    for (uint32_t i = 0; i < m->set_len; i++)
        set_free(m->sets[i]);
    set_free(m->word);
    mem_free(m->sets);
    mem_free(m->steps);
    mem_free(m);
}

/* Searching. */

/* Places in the program, each once; last where a place was put counts only if it is there. */
struct places {
    uint32_t *items;
    uint32_t *where;
    uint32_t len;
};

struct matcher_search {
    const struct matcher *m;
    const char *begin;
    const char *p; /* up to where it was looked */
    const char *end;
    struct places now;
    struct places next;
    uint32_t *stack;
    uint64_t steps; /* that were taken */
    bool matched;
    uint32_t room[]; /* of the places and the stack */
};

/* What it takes to ask the C library about a character, in steps: it was measured. */
#define STEPS_TO_ASK 100u

static bool has_place(const struct places *s, uint32_t place)
{
    return s->where[place] < s->len && s->items[s->where[place]] == place;
}

static void add_place(struct places *s, uint32_t place)
{
    s->where[place] = s->len;
    s->items[s->len++] = place;
}

static size_t width_at(const char *p, const char *end)
{
    size_t width = 0;
    if (p < end)
        utf8_decode(p, (size_t)(end - p), &width);
    return width;
}

static size_t width_before(const char *p, const char *begin)
{
    size_t width = 0;
    while (p > begin && width < 4) {
        width++;
        if (((unsigned char)*--p & 0xc0) != 0x80)
            break;
    }
    return width;
}

/* Whether a character of width bytes is in the set; width 0: there is none. */
static bool look(struct matcher_search *s, const struct set *set, const char *p, size_t width)
{
    s->steps += set->has_regex && width > 1 ? STEPS_TO_ASK : 0;
    return set_has(set, p, width);
}

/* Whether the edge that a step looks for is at p. */
static bool is_edge(struct matcher_search *s, enum operation operation, const char *p)
{
    if (operation == LINE_BEGIN)
        return p == s->begin;
    if (operation == LINE_END)
        return p == s->end;
    size_t width = width_before(p, s->begin);
    bool before = look(s, s->m->word, p - width, width);
    bool after = look(s, s->m->word, p, width_at(p, s->end));
    switch (operation) {
    case WORD_EDGE:
        return before != after;
    case WORD_INNER:
        return before == after;
    case WORD_BEGIN:
        return !before && after;
    default:
        return before && !after;
    }
}

/* Adds a place and all that is reached from it without a character, at p. */
static void reach(struct matcher_search *s, struct places *to, uint32_t place, const char *p)
{
    uint32_t depth = 0;
    s->stack[depth++] = place;
    while (depth > 0) {
        place = s->stack[--depth];
        if (has_place(to, place))
            continue;
        add_place(to, place);
        s->steps++;
        const struct step *step = &s->m->steps[place];
        switch (step->operation) {
        case MATCH:
            s->matched = true;
            return;
        case ONE:
        case ANY:
        case SET:
            break;
        case FORK:
            s->stack[depth++] = step->y;
            s->stack[depth++] = step->x;
            break;
        case JUMP:
            s->stack[depth++] = step->x;
            break;
        default:
            if (is_edge(s, step->operation, p))
                s->stack[depth++] = place + 1;
            break;
        }
    }
}

static bool takes(struct matcher_search *s, const struct step *step, const char *p, size_t width,
                  uint32_t c)
{
    if (step->operation == SET)
        return look(s, s->m->sets[step->x], p, width);
    return step->operation == ANY || (step->operation == ONE && step->x == c);
}

/* Over the character at p. */
static void advance(struct matcher_search *s, const char *p, size_t width, uint32_t c)
{
    s->next.len = 0;
    for (uint32_t i = 0; i < s->now.len && !s->matched; i++) {
        const struct step *step = &s->m->steps[s->now.items[i]];
        if (step->operation < MATCH && takes(s, step, p, width, c))
            reach(s, &s->next, s->now.items[i] + 1, p + width);
    }
    s->steps += s->now.len;
    struct places swap = s->now;
    s->now = s->next;
    s->next = swap;
}

struct matcher_search *matcher_begin(const struct matcher *m, const char *p, size_t len)
{
    struct matcher_search *s =
        mem_alloc_zeroed(1, sizeof *s + ((size_t)m->len * 6 + 2) * sizeof *s->room);
    s->m = m;
    s->begin = s->p = p;
    s->end = p + len;
    s->now = (struct places){ s->room, s->room + m->len, 0 };
    s->next = (struct places){ s->room + 2 * (size_t)m->len, s->room + 3 * (size_t)m->len, 0 };
    s->stack = s->room + 4 * (size_t)m->len;
    reach(s, &s->now, 0, p);
    return s;
}

void matcher_end(struct matcher_search *s)
{
    mem_free(s);
}

int matcher_go_on(struct matcher_search *s, uint64_t *steps)
{
    uint64_t most = *steps;
    s->steps = 0;
    while (s->p < s->end && !s->matched && s->steps < most) {
        size_t width;
        uint32_t c = utf8_decode(s->p, (size_t)(s->end - s->p), &width);
        advance(s, s->p, width, c);
        s->p += width;
        if (!s->matched)
            reach(s, &s->now, 0, s->p);
    }
    *steps = s->steps;
    return s->matched ? 1 : s->p < s->end ? -1 : 0;
}

int matcher_fits(const struct matcher *m, const char *p, size_t len, uint64_t steps)
{
    struct matcher_search *s = matcher_begin(m, p, len);
    int fits = matcher_go_on(s, &steps);
    matcher_end(s);
    return fits;
}
