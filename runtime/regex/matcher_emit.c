/* Makes the program of a matcher from the tree of its pattern.
 *
 * A loop whose part may be empty ends after a round that took no character, as in Perl. So the
 * steps of such a part are emitted twice: first the whole part, after which the loop repeats or
 * ends; then its outline, through which every round begins. Where the outline reaches a character
 * it jumps into the first copy. Where the outline reaches its end without a character, the loop
 * ends:
 *
 *     (?:a|b?)*   0 SPLIT 7 12     7 SPLIT 8 10
 *                 1 SPLIT 2 4      8 JUMP 2
 *                 2 CHAR a         9 JUMP 12
 *                 3 JUMP 6        10 SPLIT 11 12
 *                 4 SPLIT 5 6     11 JUMP 5
 *                 5 CHAR b        12 …
 *                 6 SPLIT 7 12
 *
 * So every cycle of steps takes a character, and of two ways to a place Perl prefers the one that
 * reaches it first. */
#include "regex/matcher_parts.h"

#include "base/mem.h"

struct emitter {
    struct matcher *m;
    const struct pattern *p;
    uint32_t *takers; /* the steps that take a character, in the order of the pattern */
    uint32_t taker_len;
    uint32_t next; /* in an outline: the next taker that it reaches */
    bool is_outline;
};

static uint32_t add(struct emitter *e, enum matcher_operation operation, uint32_t x)
{
    struct matcher *m = e->m;
    assert(m->len < m->cap);
    m->steps[m->len] = (struct matcher_step){ operation, x, 0 };
    return m->len++;
}

/* A split between the next step and the one that set_other fills in later. */
static uint32_t add_split(struct emitter *e)
{
    uint32_t split = add(e, MATCHER_SPLIT, 0);
    e->m->steps[split].x = split + 1;
    return split;
}

static void set_other(struct emitter *e, uint32_t split, uint32_t other, bool is_preferred)
{
    struct matcher_step *step = &e->m->steps[split];
    assert(step->operation == MATCHER_SPLIT);
    step->y = is_preferred ? step->x : other;
    step->x = is_preferred ? other : step->x;
}

static void add_taker(struct emitter *e, enum matcher_operation operation, uint32_t x)
{
    if (e->is_outline)
        add(e, MATCHER_JUMP, e->takers[e->next++]);
    else
        e->takers[e->taker_len++] = add(e, operation, x);
}

static void emit(struct emitter *e, uint32_t number);

static const struct pattern_node *node_at(const struct emitter *e, uint32_t number)
{
    assert(number < e->p->node_len);
    return &e->p->nodes[number];
}

/* Each branch but the last begins with a split to the next one and ends with a jump behind all
 * of them. */
static void emit_either(struct emitter *e, const struct pattern_node *node)
{
    uint32_t jump = PATTERN_NONE; /* the last one; its x is the one before that */
    uint32_t part = node->first;
    for (; node_at(e, part)->next != PATTERN_NONE; part = node_at(e, part)->next) {
        uint32_t split = add_split(e);
        emit(e, part);
        jump = add(e, MATCHER_JUMP, jump);
        set_other(e, split, e->m->len, false);
    }
    emit(e, part);
    while (jump != PATTERN_NONE) {
        uint32_t before = e->m->steps[jump].x;
        e->m->steps[jump].x = e->m->len;
        jump = before;
    }
}

/* Emits this many copies. Those after `least` may be left out, each together with all later
 * ones. */
static void emit_copies(struct emitter *e, const struct pattern_node *node)
{
    uint32_t split = PATTERN_NONE; /* the last one; its y is the one before that */
    for (uint32_t i = 0; i < node->most; i++) {
        if (i >= node->least) {
            uint32_t before = split;
            split = add_split(e);
            e->m->steps[split].y = before;
        }
        emit(e, node->first);
    }
    while (split != PATTERN_NONE) {
        uint32_t before = e->m->steps[split].y;
        set_other(e, split, e->m->len, node->prefers_few);
        split = before;
    }
}

/* The part takes a character in every round. */
static void emit_plain_loop(struct emitter *e, const struct pattern_node *node)
{
    uint32_t begin = e->m->len;
    uint32_t split = node->least == 0 ? add_split(e) : PATTERN_NONE;
    emit(e, node->first);
    if (split != PATTERN_NONE) {
        add(e, MATCHER_JUMP, begin);
    } else {
        split = add(e, MATCHER_SPLIT, 0);
        e->m->steps[split].x = begin;
    }
    set_other(e, split, e->m->len, node->prefers_few);
}

static void emit_outline(struct emitter *e, uint32_t part, uint32_t taker)
{
    e->is_outline = true;
    e->next = taker;
    emit(e, part);
    assert(e->next == e->taker_len);
    e->is_outline = false;
}

static void emit_loop(struct emitter *e, const struct pattern_node *node)
{
    bool may_skip = node->least == 0;
    uint32_t taker = e->taker_len;
    uint32_t enter = add(e, may_skip ? MATCHER_SPLIT : MATCHER_JUMP, 0);
    emit(e, node->first);
    uint32_t again = add(e, MATCHER_SPLIT, 0);
    e->m->steps[enter].x = e->m->steps[again].x = e->m->len;
    emit_outline(e, node->first, taker);
    set_other(e, again, e->m->len, node->prefers_few);
    if (may_skip)
        set_other(e, enter, e->m->len, node->prefers_few);
}

/* Goes through a loop within an outline at most once: a step that takes a character leaves the
 * outline. */
static void emit_loop_outline(struct emitter *e, const struct pattern_node *node)
{
    uint32_t split = node->least == 0 ? add_split(e) : PATTERN_NONE;
    emit(e, node->first);
    if (split != PATTERN_NONE)
        set_other(e, split, e->m->len, node->prefers_few);
}

static void emit_repeat(struct emitter *e, const struct pattern_node *node)
{
    if (node->most != PATTERN_ENDLESS) {
        emit_copies(e, node);
        return;
    }
    for (uint32_t i = 1; i < node->least; i++)
        emit(e, node->first);
    if (e->is_outline)
        emit_loop_outline(e, node);
    else if (node_at(e, node->first)->may_be_empty)
        emit_loop(e, node);
    else
        emit_plain_loop(e, node);
}

static void emit(struct emitter *e, uint32_t number)
{
    const struct pattern_node *node = node_at(e, number);
    uint32_t begin = e->m->len;
    switch (node->kind) {
    case PATTERN_EMPTY:
        break;
    case PATTERN_CHAR:
        add_taker(e, MATCHER_CHAR, matcher_find_class(&e->m->classes, node->value));
        break;
    case PATTERN_SET:
        add_taker(e, MATCHER_SET, node->value);
        break;
    case PATTERN_EDGE:
        add(e, MATCHER_EDGE, node->value);
        break;
    case PATTERN_JOIN:
        for (uint32_t i = node->first; i != PATTERN_NONE; i = node_at(e, i)->next)
            emit(e, i);
        break;
    case PATTERN_EITHER:
        emit_either(e, node);
        break;
    case PATTERN_REPEAT:
        emit_repeat(e, node);
        break;
    case PATTERN_GROUP:
        add(e, MATCHER_MARK, 2 * node->value);
        emit(e, node->first);
        add(e, MATCHER_MARK, 2 * node->value + 1);
        break;
    }
    assert(e->m->len - begin == (e->is_outline ? node->outline : node->steps));
}

void matcher_emit(struct matcher *m, const struct pattern *p)
{
    struct emitter e = { .m = m, .p = p };
    m->cap = p->nodes[p->root].steps + 1;
    m->steps = mem_alloc(m->cap * sizeof *m->steps);
    e.takers = mem_alloc(m->cap * sizeof *e.takers);
    emit(&e, p->root);
    add(&e, MATCHER_MATCH, 0);
    assert(m->len == m->cap);
    mem_free(e.takers);
}
