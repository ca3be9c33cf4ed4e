/* The rows for coverage: one for each outcome and guard of an arm, for each arrow of an `if` or
 * a `switch`, and for both ways of an arrow with a bound. */
#include "emit/emit_node.h"

#include "emit/emit_expr.h"
#include "syntax/arrow_text.h"

static void add_row(struct emitter *e, const struct node_model *n, enum image_way_kind kind,
                    uint16_t outcome, uint32_t code_label, uint32_t text)
{
    uint32_t at = emit_row(e, ARRAY_WAYS);
    e->image->ways[at] = (struct image_way){ .kind = (uint8_t)kind,
                                             .label = outcome,
                                             .node = e->flow_node + n->index,
                                             .pc = code_label,
                                             .text = text };
}

/* A row whose outcome says nothing. */
static void add_arrow(struct emitter *e, const struct node_model *n, enum image_way_kind kind,
                      uint32_t code_label, const struct bytes *text)
{
    uint32_t constant = emit_text(e, bytes_text(text), text->len);
    add_row(e, n, kind, label_of_outcome(OUTCOME_OK), code_label, constant);
}

void emit_ways_of_arrow(struct emitter *e, const struct node_model *n, const struct arrow *arrow,
                        uint32_t ways)
{
    struct bytes *text = &e->way_text;
    if (!arrow->bound || e->model->is_stripped)
        return;
    bytes_clear(text);
    arrow_text_bound(arrow->bound, text);
    add_arrow(e, n, IMAGE_WAY_BOUNDED, ways, text);
    bytes_clear(text);
    arrow_text_otherwise(text);
    add_arrow(e, n, IMAGE_WAY_OTHERWISE, ways + 1, text);
}

/* e->way_text names it. */
static void add_choice(struct emitter *e, const struct node_model *n, const struct arrow *arrow,
                       uint32_t ways)
{
    uint32_t here = emit_label(e);
    emit_place(e, here);
    add_arrow(e, n, IMAGE_WAY_CHOICE, here, &e->way_text);
    emit_ways_of_arrow(e, n, arrow, ways);
}

void emit_ways_of_condition(struct emitter *e, const struct node_model *n,
                            const struct condition *c, uint32_t ways)
{
    if (e->model->is_stripped)
        return;
    bytes_clear(&e->way_text);
    arrow_text_condition(e->model->sources, c, &e->way_text);
    add_choice(e, n, &c->arrow, ways);
}

void emit_ways_of_case(struct emitter *e, const struct node_model *n, const struct switch_case *c,
                       uint32_t ways)
{
    if (e->model->is_stripped)
        return;
    bytes_clear(&e->way_text);
    arrow_text_case(e->model->sources, c, &e->way_text);
    add_choice(e, n, &c->arrow, ways);
}

static uint32_t guard_text(struct emitter *e, const struct arm *arm)
{
    struct bytes *text = &e->way_text;
    if (!arm->when)
        return IMAGE_NONE;
    bytes_clear(text);
    arrow_text_source(e->model->sources, arm->when->span, text);
    return emit_text(e, bytes_text(text), text->len);
}

static void add_arm(struct emitter *e, const struct node_model *n, const struct arm *arm,
                    uint32_t body)
{
    uint32_t guard = guard_text(e, arm);
    for (const struct label *l = arm->labels; l; l = l->next) {
        uint16_t outcome;
        if (outcome_label_read(l->word.text, &outcome))
            add_row(e, n, IMAGE_WAY_ARM, outcome, body, guard);
    }
    emit_ways_of_arrow(e, n, &arm->arrow, body + 1);
}

void emit_ways_of_arms(struct emitter *e, const struct node_model *n, const uint32_t *bodies)
{
    uint32_t number = 0;
    for (const struct arm *arm = n->ast->arms; arm && !e->model->is_stripped; arm = arm->next)
        add_arm(e, n, arm, bodies[number++]);
}
