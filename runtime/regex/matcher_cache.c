/* The states of a search, and the state to which each class of characters leads from each of
 * them: a deterministic automaton of which only the part is made that the text needs. A full
 * cache is emptied. A cache that fills up again too soon is given up, because making a state
 * takes longer than an advance. */
#include "regex/matcher_parts.h"

#include "base/hash.h"
#include "base/mem.h"

#include <string.h>

/* Words of 4 bytes that the rows and states of a cache may take: 1 MB. */
#define MAX_WORDS (1u << 18)
/* More classes than this leave room for too few states. */
#define MAX_CLASSES 1024u
#define FIRST_ITEMS 64u
/* The cache does not pay with fewer characters for each state. */
#define WORTHWHILE 8u
/* From this many states on, the cache is given up if it made a state for every two characters or
 * more often. */
#define ENOUGH_STATES 1000u

/* An entry of a row: where the row of the next state begins, and marks. */
#define PLACE 0x0fffffffu
#define MATCHED 0x80000000u /* a match ended before the character */
#define IDLE 0x40000000u    /* no match is under way then, and some of the text may be skipped */
#define FULL 0x20000000u    /* the next state is s->next, and the cache has no room for it */
#define UNKNOWN UINT32_MAX
#define FIRST_MARK FULL

struct cached_state {
    uint32_t at; /* in items */
    uint32_t len;
    enum matcher_kind before;
    bool may_begin;
};

struct matcher_cache {
    uint32_t *rows; /* an entry for each class, and one for the end of the text */
    uint32_t stride;
    struct cached_state *states;
    uint32_t count;
    uint32_t cap;
    uint32_t *items;
    uint32_t item_len;
    uint32_t item_cap;
    uint32_t *table; /* number of a state + 1 by its hash; 0: free */
    uint32_t slots;
    uint32_t current; /* where its row begins */
    uint32_t
        starts[MATCHER_NOTHING + 1]; /* for each kind of the character before, entry + 1 of the
                                        state in which no match is under way; 0: not made yet */
    uint64_t looked;                 /* characters since it was empty */
    bool marks_idle;
};

static struct matcher_state view(const struct matcher_cache *c, uint32_t number)
{
    const struct cached_state *s = &c->states[number];
    return (struct matcher_state){ c->items + s->at, s->len, s->before, s->may_begin };
}

static struct matcher_state current(const struct matcher_cache *c)
{
    return view(c, c->current / c->stride);
}

static uint32_t hash_of(const struct matcher_state *s)
{
    uint64_t hash = hash_bytes(s->items, s->len * sizeof *s->items);
    return (uint32_t)hash + ((uint32_t)s->before << 1 | s->may_begin) * 0x9e3779b1u;
}

static bool is_equal(const struct matcher_state *a, const struct matcher_state *b)
{
    return a->len == b->len && a->before == b->before && a->may_begin == b->may_begin &&
           (a->len == 0 || memcmp(a->items, b->items, a->len * sizeof *a->items) == 0);
}

static void put(struct matcher_cache *c, uint32_t number)
{
    struct matcher_state s = view(c, number);
    uint32_t at = hash_of(&s) & (c->slots - 1);
    while (c->table[at] > 0)
        at = (at + 1) & (c->slots - 1);
    c->table[at] = number + 1;
}

static void grow(struct matcher_cache *c)
{
    c->cap = c->cap ? c->cap * 2 : 16;
    c->states = mem_resize(c->states, c->cap, sizeof *c->states);
    c->rows = mem_resize(c->rows, (size_t)c->cap * c->stride, sizeof *c->rows);
    mem_free(c->table);
    c->slots = c->cap * 2;
    c->table = mem_alloc_zeroed(c->slots, sizeof *c->table);
    for (uint32_t i = 0; i < c->count; i++)
        put(c, i);
}

static uint32_t add(struct matcher_cache *c, const struct matcher_state *s)
{
    if (c->count == c->cap)
        grow(c);
    while (c->item_cap - c->item_len < s->len) {
        c->item_cap *= 2;
        c->items = mem_resize(c->items, c->item_cap, sizeof *c->items);
    }
    uint32_t number = c->count++;
    c->states[number] = (struct cached_state){ c->item_len, s->len, s->before, s->may_begin };
    if (s->len > 0)
        memcpy(c->items + c->item_len, s->items, s->len * sizeof *s->items);
    c->item_len += s->len;
    memset(c->rows + (size_t)number * c->stride, 0xff, c->stride * sizeof *c->rows);
    put(c, number);
    return number;
}

static bool is_full(const struct matcher_cache *c, const struct matcher_state *s)
{
    bool is_hopeless = c->count >= ENOUGH_STATES && c->looked < 2 * (uint64_t)c->count;
    return is_hopeless || (uint64_t)(c->count + 1) * c->stride + c->item_len + s->len > MAX_WORDS;
}

/* An entry that leads to the state. */
static uint32_t lead_to(struct matcher_cache *c, const struct matcher_state *s)
{
    uint32_t number = UINT32_MAX;
    for (uint32_t at = hash_of(s); c->slots > 0; at++) {
        uint32_t found = c->table[at & (c->slots - 1)];
        if (found == 0)
            break;
        struct matcher_state other = view(c, found - 1);
        if (is_equal(&other, s)) {
            number = found - 1;
            break;
        }
    }
    if (number == UINT32_MAX && is_full(c, s))
        return FULL;
    if (number == UINT32_MAX)
        number = add(c, s);
    bool is_idle = s->len == 0 && (c->marks_idle || !s->may_begin);
    return number * c->stride | (is_idle ? IDLE : 0);
}

static void empty(struct matcher_cache *c)
{
    c->count = 0;
    c->item_len = 0;
    c->looked = 0;
    memset(c->starts, 0, sizeof c->starts);
    if (c->slots > 0)
        memset(c->table, 0, c->slots * sizeof *c->table);
}

/* Makes it the current state. */
static void enter(struct matcher_search *s, const struct matcher_state *state)
{
    struct matcher_cache *c = s->cache;
    bool is_start = state->len == 0 && state->may_begin;
    uint32_t entry = is_start && c->starts[state->before] ? c->starts[state->before] - 1 : FULL;
    if (entry & FULL)
        entry = lead_to(c, state);
    if (entry & FULL) {
        empty(c);
        entry = lead_to(c, state);
    }
    assert(!(entry & FULL));
    if (is_start)
        c->starts[state->before] = entry + 1;
    c->current = entry & PLACE;
    s->is_cached = true;
}

void matcher_use_cache(struct matcher_search *s)
{
    const struct matcher *m = s->m;
    bool marks_idle = m->prefix_len > 0 || m->has_first || m->begins_text || s->spans;
    if (m->classes.count > MAX_CLASSES) {
        s->no_cache = true;
        return;
    }
    if (!s->cache) {
        s->cache = mem_alloc_zeroed(1, sizeof *s->cache);
        s->cache->stride = m->classes.count + 1;
        s->cache->item_cap = FIRST_ITEMS;
        s->cache->items = mem_alloc(FIRST_ITEMS * sizeof *s->cache->items);
    }
    if (s->cache->marks_idle != marks_idle)
        empty(s->cache);
    s->cache->marks_idle = marks_idle;
    enter(s, &s->now);
}

size_t matcher_cache_size(const struct matcher_cache *c)
{
    return ((size_t)c->cap * c->stride + c->item_cap + c->slots) * sizeof(uint32_t) +
           c->cap * sizeof *c->states;
}

void matcher_free_cache(struct matcher_cache *c)
{
    if (!c)
        return;
    mem_free(c->rows);
    mem_free(c->states);
    mem_free(c->items);
    mem_free(c->table);
    mem_free(c);
}

/* The entry of the current state for a class of characters. */
static uint32_t make_entry(struct matcher_search *s, uint32_t class)
{
    struct matcher_cache *c = s->cache;
    struct matcher_state now = current(c);
    uint32_t place = c->current + class;
    uint32_t mark = matcher_advance(s, &now, class) ? MATCHED : 0;
    s->taken += s->next.len + c->stride / 8;
    uint32_t entry = class == matcher_no_class(s->m) ? 0 : lead_to(c, &s->next);
    if (!(entry & FULL))
        c->rows[place] = entry | mark;
    return entry | mark;
}

/* The next state is s->next, and the cache is full. */
static void make_room(struct matcher_search *s)
{
    struct matcher_cache *c = s->cache;
    if (c->looked >= (uint64_t)c->count * WORTHWHILE) {
        empty(c);
        enter(s, &s->next);
        return;
    }
    struct matcher_state before = s->now;
    s->now = s->next;
    s->next = before;
    s->no_cache = true;
    s->is_cached = false;
}

/* Reads a character whose entry has a mark, or the end of the text. */
static void cross(struct matcher_search *s, uint32_t class, size_t width)
{
    struct matcher_cache *c = s->cache;
    uint32_t entry = c->rows[c->current + class];
    if (entry == UNKNOWN)
        entry = make_entry(s, class);
    if (entry & MATCHED)
        matcher_note_match(s);
    if (class == matcher_no_class(s->m))
        s->is_over = true;
    if (s->is_over)
        return;
    s->p += width;
    c->looked++;
    if (entry & FULL)
        make_room(s);
    else
        c->current = entry & PLACE;
}

/* The end of the text that the remaining steps reach. */
static const char *stop_of(const struct matcher_search *s, uint64_t most)
{
    uint64_t left = most - s->taken;
    return left < (uint64_t)(s->end - s->p) ? s->p + left : s->end;
}

/* Reads all characters that lead from the idle state to itself. */
static void skip_idle(struct matcher_search *s, uint64_t most)
{
    const struct matcher_cache *c = s->cache;
    const char *stop = stop_of(s, most);
    const char *p = s->p;
    size_t width;
    while (p < stop &&
           c->rows[c->current + matcher_class_at(&s->m->classes, p, &width)] == (c->current | IDLE))
        p += width;
    s->taken += (uint64_t)(p - s->p);
    s->p = s->idle = p;
}

/* Reads all characters whose entries have no marks. */
static void run(struct matcher_search *s, uint64_t most)
{
    const struct matcher_classes *classes = &s->m->classes;
    const uint32_t *rows = s->cache->rows;
    const char *stop = stop_of(s, most);
    const char *p = s->p;
    uint32_t state = s->cache->current;
    while (p < stop) {
        size_t width;
        uint32_t entry = rows[state + matcher_class_at(classes, p, &width)];
        if (entry >= FIRST_MARK)
            break;
        state = entry;
        p += width;
    }
    s->taken += (uint64_t)(p - s->p);
    s->cache->looked += (uint64_t)(p - s->p);
    s->p = p;
    s->cache->current = state;
}

/* Reads on as long as the state is idle. */
static void look_idle(struct matcher_search *s, uint64_t most)
{
    matcher_skip(s, current(s->cache).may_begin, most);
    if (!s->is_over && s->taken < most && s->m->prefix_len == 0 && !s->m->has_first)
        skip_idle(s, most);
}

void matcher_look_cached(struct matcher_search *s, uint64_t most)
{
    while (!s->is_over && s->is_cached && s->taken < most) {
        struct matcher_state now = current(s->cache);
        if (now.len == 0 && (s->cache->marks_idle || !now.may_begin))
            look_idle(s, most);
        if (s->is_over || s->taken >= most)
            break;
        run(s, most);
        if (s->taken >= most && s->p < s->end)
            break;
        size_t width = 0;
        uint32_t class = matcher_no_class(s->m);
        if (s->p < s->end)
            class = matcher_class_at(&s->m->classes, s->p, &width);
        s->taken++;
        cross(s, class, width);
    }
}
