#include "regex/pattern_parts.h"

#include "base/mem.h"
#include "regex/unicode.h"

/* Items of sets that weigh 1 together. */
#define ITEMS_OF_WEIGHT 8u
#define SETS_COMPARED 32u
#define MAX_NODES (2 * PATTERN_MAX_WEIGHT)
/* A count beyond it makes too much of any part that is not empty. */
#define MAX_COUNT (PATTERN_MAX_WEIGHT + 1)

bool pattern_fail_too_large(struct pattern_reader *r)
{
    return pattern_fail(r, "it is too large, or what it repeats is");
}

static uint32_t add(struct pattern_reader *r, struct pattern_node node)
{
    struct pattern *p = r->pattern;
    if (p->node_len == MAX_NODES || node.steps > PATTERN_MAX_WEIGHT)
        pattern_fail_too_large(r);
    if (r->failed)
        return PATTERN_NONE;
    p->nodes = mem_grow(p->nodes, &p->node_cap, p->node_len, sizeof *p->nodes);
    p->nodes[p->node_len] = node;
    return p->node_len++;
}

uint32_t pattern_add(struct pattern_reader *r, enum pattern_kind kind, uint32_t value)
{
    bool is_empty = kind == PATTERN_EMPTY;
    return add(r, (struct pattern_node){
                      .kind = kind,
                      .value = value,
                      .first = PATTERN_NONE,
                      .next = PATTERN_NONE,
                      .may_be_empty = is_empty || kind == PATTERN_EDGE,
                      .steps = is_empty ? 0 : 1,
                      .outline = is_empty ? 0 : 1,
                  });
}

/* The number of an equal set, which is released then, or of this one. Expressions use the same few
 * sets again and again: to look further back takes longer than it saves. */
static uint32_t keep_set(struct pattern *p, struct ranges *set)
{
    uint32_t oldest = p->set_len > SETS_COMPARED ? p->set_len - SETS_COMPARED : 0;
    for (uint32_t i = oldest; i < p->set_len; i++) {
        if (ranges_equal(&p->sets[i], set)) {
            ranges_release(set);
            return i;
        }
    }
    p->sets = mem_grow(p->sets, &p->set_cap, p->set_len, sizeof *p->sets);
    p->sets[p->set_len] = *set;
    return p->set_len++;
}

uint32_t pattern_add_set(struct pattern_reader *r, struct ranges *set)
{
    ranges_settle(set);
    if (set->len == 1 && set->ranges[0].first == set->ranges[0].last) {
        uint32_t c = set->ranges[0].first;
        ranges_release(set);
        return pattern_add(r, PATTERN_CHAR, c);
    }
    return pattern_add(r, PATTERN_SET, keep_set(r->pattern, set));
}

uint32_t pattern_weight_of_sets(const struct pattern_reader *r)
{
    return r->set_items / ITEMS_OF_WEIGHT;
}

static void weigh_set(struct pattern_reader *r, const struct ranges *set)
{
    r->set_items += (uint32_t)set->len;
    if (pattern_weight_of_sets(r) > PATTERN_MAX_WEIGHT)
        pattern_fail_too_large(r);
}

void pattern_merge(struct pattern_reader *r, struct ranges *set, struct ranges *part,
                   bool is_negated)
{
    ranges_settle(part);
    if (r->flags.ignore_case)
        unicode_add_cases(part);
    if (is_negated)
        ranges_negate(part);
    ranges_add_all(set, part);
    weigh_set(r, part);
    ranges_release(part);
}

uint32_t pattern_add_char(struct pattern_reader *r, uint32_t c)
{
    struct ranges set = { 0 };
    struct ranges part = { 0 };
    if (!r->flags.ignore_case)
        return pattern_add(r, PATTERN_CHAR, c);
    ranges_add(&part, c, c);
    pattern_merge(r, &set, &part, false);
    return pattern_add_set(r, &set);
}

/* Repetitions. */

/* Steps of so many copies, of which all but `needed` may be left out by a step before each. */
static uint64_t copies(uint64_t steps, uint64_t needed, uint64_t all)
{
    return all * steps + (all - needed);
}

/* Those of a loop: see matcher_emit.c, which makes them. */
static void weigh_loop(struct pattern_node *node, const struct pattern_node *part)
{
    uint64_t least = node->least < MAX_COUNT ? node->least : MAX_COUNT;
    uint64_t before = least > 0 ? least - 1 : 0;
    uint64_t ways = part->may_be_empty ? part->outline + 2 : least > 0 ? 1 : 2;
    uint64_t steps = before * part->steps + part->steps + ways;
    uint64_t outline = (before + 1) * part->outline + (least == 0);
    node->steps = steps < MAX_COUNT ? (uint32_t)steps : MAX_COUNT;
    node->outline = outline < MAX_COUNT ? (uint32_t)outline : MAX_COUNT;
}

static void weigh_copies(struct pattern_node *node, const struct pattern_node *part)
{
    uint64_t least = node->least < MAX_COUNT ? node->least : MAX_COUNT;
    uint64_t most = node->most < MAX_COUNT ? node->most : MAX_COUNT;
    uint64_t steps = copies(part->steps, least, most);
    uint64_t outline = copies(part->outline, least, most);
    node->steps = steps < MAX_COUNT ? (uint32_t)steps : MAX_COUNT;
    node->outline = outline < MAX_COUNT ? (uint32_t)outline : MAX_COUNT;
}

uint32_t pattern_add_repeat(struct pattern_reader *r, uint32_t part, uint32_t least, uint32_t most,
                            bool prefers_few)
{
    if (r->failed)
        return PATTERN_NONE;
    const struct pattern_node *repeated = &r->pattern->nodes[part];
    struct pattern_node node = {
        .kind = PATTERN_REPEAT,
        .first = part,
        .next = PATTERN_NONE,
        .least = least,
        .most = most,
        .prefers_few = prefers_few,
        .may_be_empty = least == 0 || repeated->may_be_empty,
    };
    if (most == PATTERN_ENDLESS)
        weigh_loop(&node, repeated);
    else
        weigh_copies(&node, repeated);
    return add(r, node);
}

uint32_t pattern_add_group(struct pattern_reader *r, uint32_t part, uint32_t number)
{
    if (r->failed)
        return PATTERN_NONE;
    const struct pattern_node *inner = &r->pattern->nodes[part];
    return add(r, (struct pattern_node){
                      .kind = PATTERN_GROUP,
                      .value = number,
                      .first = part,
                      .next = PATTERN_NONE,
                      .may_be_empty = inner->may_be_empty,
                      .steps = inner->steps + 2,
                      .outline = inner->outline + 2,
                  });
}

/* Parts one after the other, or to choose from. */

void pattern_chain_add(struct pattern_reader *r, struct pattern_chain *c, uint32_t part)
{
    if (r->failed)
        return;
    if (c->last == PATTERN_NONE)
        c->first = part;
    else
        r->pattern->nodes[c->last].next = part;
    c->last = part;
}

static bool are_all_characters(const struct pattern_node *nodes, uint32_t part)
{
    while (part != PATTERN_NONE &&
           (nodes[part].kind == PATTERN_CHAR || nodes[part].kind == PATTERN_SET))
        part = nodes[part].next;
    return part == PATTERN_NONE;
}

/* (?:a|[bc]) is [abc], which takes fewer steps. */
static uint32_t add_one_of(struct pattern_reader *r, uint32_t part)
{
    struct ranges set = { 0 };
    struct pattern_node *nodes = r->pattern->nodes;
    for (uint32_t i = part; i != PATTERN_NONE; i = nodes[i].next) {
        if (nodes[i].kind == PATTERN_CHAR)
            ranges_add(&set, nodes[i].value, nodes[i].value);
        else
            ranges_add_all(&set, &r->pattern->sets[nodes[i].value]);
        nodes[i].kind = PATTERN_EMPTY;
    }
    weigh_set(r, &set);
    return pattern_add_set(r, &set);
}

uint32_t pattern_add_chain(struct pattern_reader *r, enum pattern_kind kind,
                           const struct pattern_chain *c)
{
    const struct pattern_node *nodes = r->pattern->nodes;
    bool is_join = kind == PATTERN_JOIN;
    struct pattern_node node = { kind, 0, c->first, PATTERN_NONE, 0, 0, false, is_join, 0, 0 };
    uint64_t steps = 0;
    if (r->failed || c->first == PATTERN_NONE || c->first == c->last)
        return c->first;
    if (!is_join && are_all_characters(nodes, c->first))
        return add_one_of(r, c->first);
    for (uint32_t i = c->first; i != PATTERN_NONE; i = nodes[i].next) {
        uint32_t ways = is_join || nodes[i].next == PATTERN_NONE ? 0 : 2;
        bool may = nodes[i].may_be_empty;
        node.may_be_empty = is_join ? node.may_be_empty && may : node.may_be_empty || may;
        node.outline += nodes[i].outline + ways;
        steps += nodes[i].steps + ways;
    }
    node.steps = steps < MAX_COUNT ? (uint32_t)steps : MAX_COUNT;
    return add(r, node);
}
