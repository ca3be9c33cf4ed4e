/* Arms: the code that an outcome leads to, and the table that says which.
 *
 * Each label of a site has a chain: its guarded arms in order, then its arm without a guard; where
 * there is none, the chain goes on in that of the class, then of `other`. An arm with several
 * labels has one body, which the first chain holds and the others jump to. */
#include "emit/emit_node.h"

#include "base/mem.h"
#include "emit/emit_expr.h"

/* Chains are emitted in the order of their labels, so that `error` comes after all that have
 * shapes. */
_Static_assert(OUTCOME_OTHER < OUTCOME_ERROR, "the chain of `error` is behind those with shapes");

struct chains {
    const struct node_model *node;
    uint32_t *bodies; /* by arm: the label of its body, which those of its arrow follow */
    uint32_t *labels; /* of the chain, at the first route of each label */
    bool has_shapes;  /* a `shape` jumps to the chain of `error` */
};

static const struct route *route_at(const struct chains *c, size_t i)
{
    return &c->node->routes[i];
}

/* The label of the chain of an outcome; IMAGE_NONE: it has none. */
static uint32_t chain_of(const struct chains *c, uint16_t label)
{
    size_t first = 0;
    size_t count = c->node->route_count;
    while (count > 0) { /* the routes are sorted by label */
        size_t half = count / 2;
        bool is_before = route_at(c, first + half)->label < label;
        first = is_before ? first + half + 1 : first;
        count = is_before ? count - half - 1 : half;
    }
    bool found = first < c->node->route_count && route_at(c, first)->label == label;
    return found ? c->labels[first] : IMAGE_NONE;
}

static void emit_body(struct emitter *e, struct chains *c, const struct route *route)
{
    uint32_t body = c->bodies[route->arm_number];
    if (e->labels[body] != IMAGE_NONE) {
        emit_jump(e, body);
        return;
    }
    emit_place(e, body);
    emit_actions(e, route->arm->actions);
    emit_arrow(e, &route->arm->arrow, body + 1);
}

static bool has_shape(const struct chains *c, const struct route *route)
{
    return route->arm->as && c->node->ast->kind == NODE_CALL_API &&
           (route->label < LABEL_OUTCOME || route->label == label_of_outcome(OUTCOME_OTHER));
}

/* `as Type`: a response's body that does not fit is the outcome `error`. */
static void emit_shape(struct emitter *e, struct chains *c, const struct route *route)
{
    if (!has_shape(c, route))
        return;
    emit_line(e, route->arm->as->span);
    uint32_t pc = emit_code(e, word_abc(OPCODE_SHAPE, e->arm_base + 2, e->arm_error, 0));
    emit_code(e, emit_type(e, route->arm->as->type));
    emit_code(e, 0);
    emit_refer(e, pc, chain_of(c, label_of_outcome(OUTCOME_ERROR)));
    c->has_shapes = true;
}

/* One arm of a chain; true: it has no guard, the chain ends here. */
static bool emit_link(struct emitter *e, struct chains *c, const struct route *route)
{
    const struct arm *arm = route->arm;
    emit_shape(e, c, route);
    if (!arm->when) {
        emit_body(e, c, route);
        return true;
    }
    uint32_t next = emit_label(e);
    emit_branch(e, arm->when, false, next);
    emit_body(e, c, route);
    emit_place(e, next);
    return false;
}

/* Every guard of a status was false: its class, then `other`. */
static void emit_fallback(struct emitter *e, const struct chains *c, uint16_t label)
{
    uint32_t next = IMAGE_NONE;
    if (label < LABEL_CLASS)
        next = chain_of(c, (uint16_t)(LABEL_CLASS + label / 100));
    if (next == IMAGE_NONE)
        next = chain_of(c, label_of_outcome(OUTCOME_OTHER));
    emit_jump(e, next);
}

/* The chain is nothing but a body that another chain holds: it begins there. Only `jump` goes
 * backward, so the chain of `error` must be behind each `shape` that leads to it. */
static bool is_elsewhere(const struct emitter *e, const struct chains *c, const struct route *route)
{
    bool follows_shapes = c->has_shapes && route->label == label_of_outcome(OUTCOME_ERROR);
    return !route->arm->when && !has_shape(c, route) && !follows_shapes &&
           e->labels[c->bodies[route->arm_number]] != IMAGE_NONE;
}

static size_t emit_chain(struct emitter *e, struct chains *c, size_t first)
{
    uint16_t label = route_at(c, first)->label;
    if (is_elsewhere(e, c, route_at(c, first))) {
        e->labels[c->labels[first]] = e->labels[c->bodies[route_at(c, first)->arm_number]];
        return first + 1;
    }
    emit_place(e, c->labels[first]);
    size_t i = first;
    bool closed = false;
    for (; i < c->node->route_count && route_at(c, i)->label == label; i++) {
        if (!closed)
            closed = emit_link(e, c, route_at(c, i));
    }
    if (!closed)
        emit_fallback(e, c, label);
    return i;
}

static void add_arm(struct emitter *e, uint32_t site, uint16_t label, uint32_t code_label)
{
    uint32_t row = emit_row(e, ARRAY_ARMS);
    e->image->arms[row] = (struct image_arm){ .label = label, .pc = code_label };
    e->image->sites[site].arm_count++;
}

static void name_chains(struct emitter *e, struct chains *c, uint32_t site, uint32_t answer_label)
{
    e->image->sites[site].first_arm = e->image->arm_count;
    uint32_t label = IMAGE_NONE;
    for (size_t i = 0; i < c->node->route_count; i++) {
        const struct route *route = route_at(c, i);
        bool first = i == 0 || route_at(c, i - 1)->label != route->label;
        if (first) {
            label = emit_label(e);
            bool is_ok = route->label == label_of_outcome(OUTCOME_OK);
            add_arm(e, site, route->label,
                    is_ok && answer_label != IMAGE_NONE ? answer_label : label);
        }
        c->labels[i] = label;
    }
}

static void name_bodies(struct emitter *e, struct chains *c)
{
    size_t count = 0;
    for (const struct arm *arm = c->node->ast->arms; arm; arm = arm->next)
        count++;
    c->bodies = mem_alloc_zeroed(count, sizeof *c->bodies);
    count = 0;
    for (const struct arm *arm = c->node->ast->arms; arm; arm = arm->next) {
        c->bodies[count++] = emit_label(e);
        emit_arrow_labels(e, &arm->arrow);
    }
    emit_ways_of_arms(e, c->node, c->bodies);
}

void emit_arms(struct emitter *e, const struct node_model *n, uint32_t site, uint32_t answer_from,
               uint32_t answer_to)
{
    size_t count = n->route_count;
    struct chains c = { .node = n };
    name_bodies(e, &c);
    c.labels = mem_alloc_zeroed(count, sizeof *c.labels);
    uint32_t answer_label = answer_from == IMAGE_NONE ? IMAGE_NONE : emit_label(e);
    name_chains(e, &c, site, answer_label);
    if (answer_from != IMAGE_NONE) {
        emit_place(e, answer_label);
        emit_store(e, answer_to, answer_from);
        emit_jump(e, chain_of(&c, label_of_outcome(OUTCOME_OK)));
    }
    for (size_t i = 0; i < count;)
        i = emit_chain(e, &c, i);
    mem_free(c.bodies);
    mem_free(c.labels);
}
