/* Finds whether an expression matches and where the match ends; it follows all ways through the
 * expression at once (Thompson, 1968). */
#include "regex/matcher_parts.h"

#include "base/mem.h"

#include <string.h>

/* This many characters are read before an automaton is made, because making it takes several
 * times as long per character. */
#define PLAIN_CHARACTERS 64

/* The largest cache, in bytes, that is kept for the next search. */
#define KEPT_BYTES (64u << 10)

/* Bytes that a search for a given text passes in one step. */
#define SKIPPED_IN_STEP 16u

void matcher_begin_visit(struct matcher_search *s)
{
    if (s->visit == UINT32_MAX) {
        memset(s->visits, 0, s->m->len * sizeof *s->visits);
        s->visit = 0;
    }
    s->visit++;
}

/* The fields of a search that an advance needs, copied so that the compiler can keep them in
 * registers. */
struct walk {
    const struct matcher *m;
    uint32_t *stack;
    uint32_t depth;
    uint32_t *visits;
    uint32_t visit;
    uint32_t class;
    enum matcher_kind before;
    enum matcher_kind after;
    uint32_t *reached; /* steps that take the character */
    uint32_t len;
    uint64_t taken;
};

/* Follows one way over steps that take no character; puts other ways on the stack. True if it
 * reaches the end of a match. */
static inline bool follow(struct walk *w, uint32_t place)
{
    bool goes_on = true;
    while (goes_on && w->visits[place] != w->visit) {
        const struct matcher_step *step = &w->m->steps[place];
        w->visits[place] = w->visit;
        w->taken++;
        switch (step->operation) {
        case MATCHER_MATCH:
            return true;
        case MATCHER_CHAR:
        case MATCHER_SET:
            goes_on = false;
            if (w->class != matcher_no_class(w->m) && matcher_takes(w->m, step, w->class))
                w->reached[w->len++] = place;
            break;
        case MATCHER_SPLIT:
            w->stack[w->depth++] = step->y;
            place = step->x;
            break;
        case MATCHER_JUMP:
            place = step->x;
            break;
        case MATCHER_MARK:
            place++;
            break;
        case MATCHER_EDGE:
            goes_on = matcher_is_edge(step->x, w->before, w->after);
            place++;
            break;
        }
    }
    return false;
}

/* Follows all ways from a step. True if one reaches the end of a match; the ways after it are
 * then not followed. */
static inline bool reach(struct walk *w, uint32_t place)
{
    w->depth = 0;
    bool matched = follow(w, place);
    while (w->depth > 0 && !matched)
        matched = follow(w, w->stack[--w->depth]);
    return matched;
}

bool matcher_advance(struct matcher_search *s, const struct matcher_state *now, uint32_t class)
{
    matcher_begin_visit(s);
    enum matcher_kind after = matcher_kind_of(s->m, class);
    struct walk w = {
        .m = s->m,
        .stack = s->stack,
        .visits = s->visits,
        .visit = s->visit,
        .class = class,
        .before = now->before,
        .after = after,
        .reached = s->next.items,
        .taken = 1,
    };
    bool matched = false;
    for (uint32_t i = 0; i < now->len && !matched; i++)
        matched = reach(&w, now->items[i] + 1);
    if (!matched && now->may_begin)
        matched = reach(&w, 0);
    s->next.len = w.len;
    s->next.before = after;
    s->next.may_begin = now->may_begin && !matched;
    s->taken += w.taken;
    return matched;
}

/* The place of the prefix of all matches within len bytes; NULL if it is not there. */
static const char *find_prefix(const struct matcher *m, const char *p, size_t len)
{
    if (m->prefix_len == 1)
        return memchr(p, m->prefix[0], len);
    return memmem(p, len, m->prefix, m->prefix_len);
}

static const char *find_first(const struct matcher *m, const char *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (m->first[(unsigned char)p[i]])
            return p + i;
    }
    return NULL;
}

/* Skips to where a match may begin, by its first bytes. False if there is no such byte up to
 * s->p, or in the whole text. */
static bool skip_to_beginning(struct matcher_search *s, uint64_t most)
{
    const struct matcher *m = s->m;
    const char *from = s->p;
    size_t rest = (size_t)(s->end - s->p);
    size_t needed = m->prefix_len > 0 ? m->prefix_len : 1;
    uint64_t steps = most - s->taken < rest ? most - s->taken : rest;
    uint64_t in_reach = steps * SKIPPED_IN_STEP + needed;
    size_t len = in_reach < rest ? (size_t)in_reach : rest;
    const char *at = m->prefix_len > 0 ? find_prefix(m, from, len) : find_first(m, from, len);
    s->is_over = !at && len == rest;
    s->p = at ? at : from + (len < rest ? len - needed : len);
    while (!at && s->p < s->end && ((unsigned char)*s->p & 0xc0) == 0x80)
        s->p--;
    s->taken += (uint64_t)(s->p - from + SKIPPED_IN_STEP - 1) / SKIPPED_IN_STEP;
    return at != NULL;
}

void matcher_skip(struct matcher_search *s, bool may_begin, uint64_t most)
{
    assert(s->taken < most);
    if (!may_begin || (s->m->begins_text && s->p > s->begin)) {
        s->is_over = true;
        return;
    }
    bool can_skip = s->m->prefix_len > 0 || s->m->has_first;
    bool is_there = can_skip && skip_to_beginning(s, most);
    s->idle = s->p;
    if (is_there && s->m->is_prefix) {
        s->found = s->p + s->m->prefix_len;
        s->is_over = true;
    }
}

void matcher_note_match(struct matcher_search *s)
{
    s->found = s->p;
    s->is_over = s->is_over || !s->spans;
}

/* Reads one character, or the end of the text. */
static void look_at_character(struct matcher_search *s)
{
    size_t width = 0;
    uint32_t class = matcher_no_class(s->m);
    if (s->p < s->end)
        class = matcher_class_at(&s->m->classes, s->p, &width);
    if (matcher_advance(s, &s->now, class))
        matcher_note_match(s);
    if (s->p == s->end)
        s->is_over = true;
    s->p += width;
    struct matcher_state before = s->now;
    s->now = s->next;
    s->next = before;
}

static void look_plain(struct matcher_search *s, uint64_t most)
{
    while (!s->is_over && !s->is_cached && s->taken < most) {
        if (s->now.len == 0)
            matcher_skip(s, s->now.may_begin, most);
        if (s->is_over || s->taken >= most)
            break;
        look_at_character(s);
        if (s->plain > 0)
            s->plain--;
        else if (!s->no_cache)
            matcher_use_cache(s);
    }
}

/* Finds the match and its groups. False if the search used up `most` steps first. */
static bool look(struct matcher_search *s, uint64_t most)
{
    while (!s->is_over && s->taken < most) {
        if (s->is_cached)
            matcher_look_cached(s, most);
        else
            look_plain(s, most);
    }
    return s->is_over;
}

int matcher_go_on(struct matcher_search *s, uint64_t *steps)
{
    s->taken = 0;
    bool is_known = look(s, *steps);
    if (is_known && s->found && s->spans)
        is_known = matcher_find_groups(s, *steps);
    *steps = s->taken;
    return is_known ? s->found != NULL : -1;
}

enum matcher_kind matcher_kind_before(const struct matcher_search *s, const char *p)
{
    size_t width;
    if (p == s->begin)
        return MATCHER_NOTHING;
    do
        p--;
    while (p > s->begin && ((unsigned char)*p & 0xc0) == 0x80);
    return matcher_kind_of(s->m, matcher_class_at(&s->m->classes, p, &width));
}

static void start(struct matcher_search *s, const char *p)
{
    s->p = s->idle = p;
    s->now.len = 0;
    s->now.may_begin = true;
    s->now.before = matcher_kind_before(s, p);
    s->found = NULL;
    s->is_over = false;
    s->is_cached = false;
    s->has_threads = false;
    if (s->cache && !s->no_cache)
        matcher_use_cache(s);
}

static struct matcher_search *new_search(const struct matcher *m)
{
    struct matcher_search *s =
        mem_alloc_zeroed(1, sizeof *s + 4 * (size_t)m->len * sizeof *s->room);
    s->m = m;
    s->now.items = s->room;
    s->next.items = s->room + m->len;
    s->stack = s->room + 2 * (size_t)m->len;
    s->visits = s->room + 3 * (size_t)m->len;
    s->plain = PLAIN_CHARACTERS;
    return s;
}

/* Only one thread at a time changes the spare search of a matcher, even if m is const. */
static struct matcher_search *exchange_spare(const struct matcher *m, struct matcher_search *s)
{
    return atomic_exchange(&((struct matcher *)m)->spare, s);
}

struct matcher_search *matcher_begin(const struct matcher *m, const char *p, size_t len)
{
    assert(len < UINT32_MAX);
    struct matcher_search *s = exchange_spare(m, NULL);
    if (!s)
        s = new_search(m);
    s->begin = p;
    s->end = p + len;
    s->spans = NULL;
    start(s, p);
    return s;
}

void matcher_seek(struct matcher_search *s, size_t from, struct matcher_span *spans)
{
    assert(from <= (size_t)(s->end - s->begin));
    s->spans = spans;
    start(s, s->begin + from);
}

void matcher_free_search(struct matcher_search *s)
{
    if (!s)
        return;
    matcher_free_cache(s->cache);
    matcher_free_threads(s->threads);
    mem_free(s);
}

void matcher_end(struct matcher_search *s)
{
    if (!s)
        return;
    bool is_small = !s->threads && (!s->cache || matcher_cache_size(s->cache) <= KEPT_BYTES);
    matcher_free_search(is_small ? exchange_spare(s->m, s) : s);
}
