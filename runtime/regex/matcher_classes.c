/* Divides the characters into classes that no step tells apart. Each set begins and ends at some
 * characters; between two such borders all characters are in the same sets. Places with the same
 * sets form one class. */
#include "regex/matcher_parts.h"

#include "base/hash.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* A border at a character: a set begins or ends, or a class of one character does. */
struct border {
    uint32_t at;
    uint32_t set; /* BORDER_ALONE, BORDER_AFTER: of one character */
};

#define BORDER_ALONE UINT32_MAX
#define BORDER_AFTER (UINT32_MAX - 1)

struct borders {
    struct border *items;
    size_t len;
    size_t cap;
};

/* A class that is looked up by its sets. */
struct builder {
    struct matcher_classes *to;
    uint64_t *sets;  /* those at the current place */
    uint32_t *table; /* class + 1 by the hash of its sets; 0: free */
    size_t slots;
};

static void add_border(struct borders *b, uint32_t at, uint32_t set)
{
    b->items = mem_grow(b->items, &b->cap, b->len, sizeof *b->items);
    b->items[b->len++] = (struct border){ at, set };
}

static void add_set(struct borders *b, const struct ranges *set, uint32_t number)
{
    for (size_t i = 0; i < set->len; i++) {
        add_border(b, set->ranges[i].first, number);
        add_border(b, set->ranges[i].last + 1, number);
    }
}

/* The characters that edges test: two more sets. */
static void add_kinds(struct borders *b, uint32_t number)
{
    static const struct char_range word[] = {
        { '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' }
    };
    static const struct char_range line_feed[] = { { '\n', '\n' } };
    add_set(b, &(struct ranges){ (struct char_range *)word, 4, 4 }, number);
    add_set(b, &(struct ranges){ (struct char_range *)line_feed, 1, 1 }, number + 1);
}

/* Whether an edge tests which character is there, not only whether there is one. */
static bool needs_kinds(const struct pattern *p)
{
    for (uint32_t i = 0; i < p->node_len; i++) {
        const struct pattern_node *node = &p->nodes[i];
        if (node->kind == PATTERN_EDGE && node->value != PATTERN_TEXT_BEGIN &&
            node->value != PATTERN_TEXT_END)
            return true;
    }
    return false;
}

static void add_borders(struct borders *b, const struct pattern *p)
{
    add_border(b, 0, BORDER_AFTER);
    for (uint32_t i = 0; i < p->set_len; i++)
        add_set(b, &p->sets[i], i);
    for (uint32_t i = 0; i < p->node_len; i++) {
        if (p->nodes[i].kind == PATTERN_CHAR) {
            add_border(b, p->nodes[i].value, BORDER_ALONE);
            add_border(b, p->nodes[i].value + 1, BORDER_AFTER);
        }
    }
}

static int by_place(const void *a, const void *b)
{
    uint32_t x = ((const struct border *)a)->at;
    uint32_t y = ((const struct border *)b)->at;
    return (x > y) - (x < y);
}

static uint32_t new_class(struct builder *b)
{
    struct matcher_classes *c = b->to;
    memcpy(c->members + (size_t)c->count * c->words, b->sets, c->words * sizeof *c->members);
    return c->count++;
}

/* The class whose sets are b->sets. */
static uint32_t find_class(struct builder *b)
{
    size_t bytes = b->to->words * sizeof *b->sets;
    size_t at = hash_bytes(b->sets, bytes) & (b->slots - 1);
    for (; b->table[at] > 0; at = (at + 1) & (b->slots - 1)) {
        uint32_t class = b->table[at] - 1;
        if (memcmp(b->to->members + (size_t) class * b->to->words, b->sets, bytes) == 0)
            return class;
    }
    uint32_t class = new_class(b);
    b->table[at] = class + 1;
    return class;
}

/* Crosses the borders at one place, from index i on; returns the index after them. */
static size_t cross(struct builder *b, const struct borders *borders, size_t i)
{
    struct matcher_classes *c = b->to;
    uint32_t at = borders->items[i].at;
    bool is_alone = false;
    for (; i < borders->len && borders->items[i].at == at; i++) {
        uint32_t set = borders->items[i].set;
        is_alone = is_alone || set == BORDER_ALONE;
        if (set < BORDER_AFTER)
            b->sets[set / 64] ^= (uint64_t)1 << set % 64;
    }
    if (at <= RANGES_LAST) {
        c->firsts[c->runs] = at;
        c->ids[c->runs++] = is_alone ? new_class(b) : find_class(b);
    }
    return i;
}

static void fill_ascii(struct matcher_classes *c)
{
    size_t run = 0;
    for (uint32_t i = 0; i < 128; i++) {
        if (run + 1 < c->runs && c->firsts[run + 1] == i)
            run++;
        assert(c->ids[run] < 128);
        c->ascii[i] = (uint8_t)c->ids[run];
    }
}

static enum matcher_kind kind_of(const struct matcher_classes *c, uint32_t class, uint32_t number)
{
    if (matcher_class_has(c, class, number))
        return MATCHER_WORD;
    return matcher_class_has(c, class, number + 1) ? MATCHER_LINE_FEED : MATCHER_OTHER;
}

static void find_kinds(struct matcher_classes *c, uint32_t number)
{
    c->kinds = mem_alloc(c->count);
    for (uint32_t i = 0; i < c->count; i++)
        c->kinds[i] = (uint8_t)kind_of(c, i, number);
}

static void make(struct matcher_classes *c, const struct borders *borders)
{
    struct builder b = { .to = c, .slots = 4 };
    while (b.slots < 2 * borders->len)
        b.slots *= 2;
    b.sets = mem_alloc_zeroed(c->words, sizeof *b.sets);
    b.table = mem_alloc_zeroed(b.slots, sizeof *b.table);
    c->firsts = mem_alloc(borders->len * sizeof *c->firsts);
    c->ids = mem_alloc(borders->len * sizeof *c->ids);
    c->members = mem_alloc(borders->len * c->words * sizeof *c->members);
    for (size_t i = 0; i < borders->len;)
        i = cross(&b, borders, i);
    c->members = mem_resize(c->members, (size_t)c->count * c->words, sizeof *c->members);
    mem_free(b.table);
    mem_free(b.sets);
}

void matcher_make_classes(struct matcher_classes *c, const struct pattern *p)
{
    struct borders borders = { 0 };
    bool kinds = needs_kinds(p);
    add_borders(&borders, p);
    if (kinds)
        add_kinds(&borders, p->set_len);
    qsort(borders.items, borders.len, sizeof *borders.items, by_place);
    c->words = (p->set_len + (kinds ? 2 : 0)) / 64 + 1;
    make(c, &borders);
    fill_ascii(c);
    if (kinds)
        find_kinds(c, p->set_len);
    mem_free(borders.items);
}

void matcher_release_classes(struct matcher_classes *c)
{
    mem_free(c->firsts);
    mem_free(c->ids);
    mem_free(c->members);
    mem_free(c->kinds);
    *c = (struct matcher_classes){ 0 };
}

uint32_t matcher_find_class(const struct matcher_classes *c, uint32_t character)
{
    size_t from = 0;
    size_t to = c->runs;
    while (to - from > 1) {
        size_t middle = (from + to) / 2;
        if (c->firsts[middle] <= character)
            from = middle;
        else
            to = middle;
    }
    return c->ids[from];
}
