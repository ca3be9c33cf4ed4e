#include "emit/emit_node.h"

#include "emit/emit_append.h"
#include "emit/emit_expr.h"

#include <assert.h>
#include <string.h>

void emit_assign(struct emitter *e, const struct variable *variable, const struct expr *value)
{
    uint32_t mark = e->next_temp;
    const struct type *wanted = variable->declared;
    if (emit_append(e, variable, value))
        return;
    if (variable->slot < IMAGE_NEAR_SLOTS && !wanted)
        emit_value_to(e, value, variable->slot);
    else
        emit_store(e, variable->slot,
                   wanted ? emit_fitting(e, value, wanted) : emit_value(e, value));
    e->next_temp = mark;
}

void emit_actions(struct emitter *e, const struct action *actions)
{
    for (const struct action *a = actions; a; a = a->next) {
        uint32_t mark = e->next_temp;
        emit_line(e, a->span);
        switch (a->kind) {
        case ACTION_SAY:
            emit_abc(e, OPCODE_SAY, emit_value(e, a->value), 0, 0);
            break;
        case ACTION_LOG:
            emit_abc(e, OPCODE_LOG, emit_value(e, a->value), 0, 0);
            break;
        case ACTION_WAIT:
            emit_abc(e, OPCODE_WAIT, emit_value(e, a->value), 0, 0);
            break;
        case ACTION_ASSIGN:
            emit_assign(e, a->variable, a->value);
            break;
        }
        e->next_temp = mark;
    }
}

const struct arg *emit_find_arg(const struct arg *args, const char *name)
{
    for (; args; args = args->next) {
        if (strcmp(args->name.text, name) == 0)
            return args;
    }
    return NULL;
}

uint32_t emit_arguments(struct emitter *e, const struct flow_model *flow, const struct arg *args)
{
    uint32_t base = emit_temps(e, (uint32_t)flow->input_count);
    for (uint32_t i = 0; i < flow->input_count; i++) {
        const struct variable *input = flow->variables[i];
        const struct arg *arg = emit_find_arg(args, input->name);
        if (!arg) {
            emit_abc(e, OPCODE_MISSING, base + i, 0, 0);
            continue;
        }
        emit_value_to(e, arg->value, base + i);
        emit_check(e, base + i, arg->value->type, input->type);
    }
    return flow->input_count ? base : 0;
}

static void end_or_fail(struct emitter *e, const struct target *t, bool end)
{
    if (!t->value) {
        emit_abc(e, end ? OPCODE_ENDNONE : OPCODE_FAILNONE, 0, 0, 0);
        return;
    }
    bool is_checked = end && e->flow->result;
    uint32_t slot =
        is_checked ? emit_fitting(e, t->value, e->flow->result) : emit_value(e, t->value);
    emit_abc(e, end ? OPCODE_END : OPCODE_FAIL, slot, 0, 0);
}

static void emit_target(struct emitter *e, const struct target *t)
{
    uint32_t mark = e->next_temp;
    emit_line(e, t->span);
    switch (t->kind) {
    case TARGET_BAD:
        break;
    case TARGET_NODE:
        emit_jump(e, e->first_label + t->node->index);
        break;
    case TARGET_FLOW: {
        uint32_t args = emit_arguments(e, t->flow, t->args);
        emit_w(e, OPCODE_MOVETO, args, 0, 0, t->flow->index);
        break;
    }
    case TARGET_END:
    case TARGET_FAIL:
        end_or_fail(e, t, t->kind == TARGET_END);
        break;
    }
    e->next_temp = mark;
}

/* `-> to max N else otherwise`: a counter of the flow's run. */
static void bounded_arrow(struct emitter *e, const struct arrow *arrow, uint32_t ways)
{
    uint32_t mark = e->next_temp;
    uint32_t counter = e->next_variable++;
    bool near = counter < EMIT_NEAR_VARIABLES;
    uint32_t far = IMAGE_NEAR_SLOTS + counter - EMIT_NEAR_VARIABLES;
    uint32_t slot = near ? counter : emit_temps(e, 1);
    uint32_t otherwise = ways + 1;
    if (!near)
        emit_code(e, word_ax(OPCODE_GETFAR, slot, far));
    assert(arrow->bound->max >= 1 && arrow->bound->max <= UINT32_MAX);
    uint32_t max = (uint32_t)arrow->bound->max;
    emit_line(e, arrow->span);
    emit_w(e, OPCODE_COUNT, slot, 0, 0, max);
    emit_jump(e, otherwise);
    emit_place(e, ways);
    if (!near)
        emit_store(e, far, slot);
    e->next_temp = mark;
    emit_target(e, &arrow->to);
    emit_place(e, otherwise);
    emit_target(e, &arrow->bound->otherwise);
}

uint32_t emit_arrow_labels(struct emitter *e, const struct arrow *arrow)
{
    if (!arrow->bound)
        return IMAGE_NONE;
    uint32_t ways = emit_label(e);
    emit_label(e);
    return ways;
}

void emit_arrow(struct emitter *e, const struct arrow *arrow, uint32_t ways)
{
    if (arrow->bound)
        bounded_arrow(e, arrow, ways);
    else
        emit_target(e, &arrow->to);
}

static void plain_arrow(struct emitter *e, const struct node_model *n)
{
    uint32_t ways = emit_arrow_labels(e, n->ast->arrow);
    emit_ways_of_arrow(e, n, n->ast->arrow, ways);
    emit_arrow(e, n->ast->arrow, ways);
}

static uint32_t add_site(struct emitter *e, const struct node_model *n, enum image_site_kind kind,
                         uint32_t detail)
{
    uint32_t row = emit_row(e, ARRAY_SITES);
    e->image->sites[row] = (struct image_site){ .kind = (uint8_t)kind,
                                                .node = e->flow_node + n->index,
                                                .detail = detail };
    return row;
}

static uint32_t add_call(struct emitter *e, const struct node_model *n)
{
    const struct retry_model *retry = &n->limits->retry;
    uint32_t first_label = e->image->label_count;
    for (size_t i = 0; retry->setting && i < retry->label_count; i++) {
        uint32_t row = emit_row(e, ARRAY_LABELS);
        e->image->labels[row] = retry->labels[i];
    }
    uint32_t row = emit_row(e, ARRAY_CALLS);
    e->image->calls[row] = (struct image_call){
        .endpoint = n->endpoint->index,
        .method = (uint8_t)n->ast->verb->method,
        .separator = (uint8_t)n->limits->separator,
        .wants_headers = n->uses_headers,
        .connect_ms = n->limits->connect_ms,
        .timeout_ms = n->limits->timeout_ms,
        .within_ms = n->limits->within_ms,
        .retries = retry->setting ? retry->attempts : 0,
        .first_label = first_label,
        .label_count = e->image->label_count - first_label,
        .backoff_from_ms = retry->setting ? retry->backoff_from_ms : 0,
        .backoff_to_ms = retry->setting ? retry->backoff_to_ms : 0,
    };
    return row;
}

static void call_api(struct emitter *e, const struct node_model *n)
{
    uint32_t site = add_site(e, n, IMAGE_SITE_API, add_call(e, n));
    e->arm_base = emit_temps(e, 4);
    e->arm_error = e->arm_base + 3;
    emit_request(e, n, site);
    emit_line(e, n->ast->verb_span);
    emit_w(e, OPCODE_SEND, e->arm_base, 0, 0, site);
    emit_arms(e, n, site, IMAGE_NONE, 0);
}

static uint8_t answer_type(const struct node *ast)
{
    const struct type *t = ast->verb->result_type ? ast->verb->result_type->type : NULL;
    if (!t || t->kind == TYPE_TEXT)
        return IMAGE_TYPE_TEXT;
    return t->kind == TYPE_BOOL  ? IMAGE_TYPE_BOOL
           : t->kind == TYPE_INT ? IMAGE_TYPE_INT
                                 : IMAGE_TYPE_NUMBER;
}

static void choices(struct emitter *e, const struct expr *items, uint32_t slot)
{
    struct expr list = { .kind = EXPR_LIST, .span = items->span };
    list.items = (struct expr *)items;
    emit_value_to(e, &list, slot);
}

static void ask(struct emitter *e, const struct node_model *n)
{
    uint32_t row = emit_row(e, ARRAY_ASKS);
    struct image_ask *image_ask = &e->image->asks[row];
    *image_ask = (struct image_ask){ .type = answer_type(n->ast),
                                     .match = IMAGE_NONE,
                                     .timeout_ms = IMAGE_NONE };
    uint32_t site = add_site(e, n, IMAGE_SITE_ASK, row);
    uint32_t base = emit_temps(e, 2);
    emit_value_to(e, n->ast->verb->subject, base);
    emit_abc(e, OPCODE_LOADNULL, base + 1, 0, 0);
    for (const struct setting *s = n->ast->settings; s; s = s->next) {
        if (s->kind == SETTING_CHOICES)
            choices(e, s->first, base + 1);
        else if (s->kind == SETTING_MATCH)
            e->image->asks[row].match = emit_text(e, s->first->bytes, s->first->len);
        else if (s->kind == SETTING_TIMEOUT)
            e->image->asks[row].timeout_ms = (uint32_t)s->amount;
    }
    bool near = n->answer->slot < IMAGE_NEAR_SLOTS;
    uint32_t answer = near ? n->answer->slot : emit_temps(e, 1);
    emit_line(e, n->ast->verb_span);
    emit_w(e, OPCODE_ASK, base, answer, 0, site);
    emit_arms(e, n, site, near ? IMAGE_NONE : answer, n->answer->slot);
}

static void condition_arrow(struct emitter *e, const struct node_model *n,
                            const struct condition *c)
{
    uint32_t ways = emit_arrow_labels(e, &c->arrow);
    emit_ways_of_condition(e, n, c, ways);
    emit_arrow(e, &c->arrow, ways);
}

static void branches(struct emitter *e, const struct node_model *n)
{
    for (const struct condition *c = n->ast->verb->conditions; c; c = c->next) {
        if (!c->when) {
            condition_arrow(e, n, c);
            return;
        }
        uint32_t next = emit_label(e);
        emit_branch(e, c->when, false, next);
        condition_arrow(e, n, c);
        emit_place(e, next);
    }
}

static void case_body(struct emitter *e, const struct node_model *n, const struct switch_case *c)
{
    emit_actions(e, c->actions);
    uint32_t ways = emit_arrow_labels(e, &c->arrow);
    emit_ways_of_case(e, n, c, ways);
    emit_arrow(e, &c->arrow, ways);
}

static void switch_on(struct emitter *e, const struct node_model *n)
{
    uint32_t subject = emit_value(e, n->ast->verb->subject);
    uint32_t otherwise = emit_label(e);
    uint32_t first = e->label_len;
    for (const struct switch_case *c = n->ast->verb->cases; c; c = c->next)
        emit_label(e);
    uint32_t label = first;
    for (const struct switch_case *c = n->ast->verb->cases; c; c = c->next, label++) {
        for (const struct expr *k = c->constants; k; k = k->next) {
            uint32_t mark = e->next_temp;
            emit_jump_if(e, OPCODE_JEQUAL, subject, emit_value(e, k), 1, label);
            e->next_temp = mark;
        }
    }
    emit_jump(e, otherwise);
    label = first;
    for (const struct switch_case *c = n->ast->verb->cases; c; c = c->next, label++) {
        emit_place(e, c->is_else ? otherwise : label);
        case_body(e, n, c);
    }
}

static void call_flow(struct emitter *e, const struct node_model *n)
{
    uint32_t site = add_site(e, n, IMAGE_SITE_CALL, n->callee->index);
    e->arm_base = emit_temps(e, 2);
    e->arm_error = e->arm_base + 1;
    uint32_t args = emit_arguments(e, n->callee, n->ast->verb->args);
    emit_line(e, n->ast->verb_span);
    emit_w(e, OPCODE_CALL, args, e->arm_base, 0, site);
    emit_arms(e, n, site, IMAGE_NONE, 0);
}

static void spawn(struct emitter *e, const struct flow_model *flow, const struct arg *args)
{
    uint32_t mark = e->next_temp;
    uint32_t base = emit_arguments(e, flow, args);
    emit_w(e, OPCODE_SPAWN, base, 0, 0, flow->index);
    e->next_temp = mark;
}

static void parallel(struct emitter *e, const struct node_model *n)
{
    uint32_t count = 0;
    for (const struct branch *b = n->ast->verb->branches; b; b = b->next)
        count++;
    if (count > IMAGE_MAX_BRANCHES)
        e->too_large = true;
    uint32_t site = add_site(e, n, IMAGE_SITE_PARALLEL, count);
    e->arm_base = emit_temps(e, count + 1);
    e->arm_error = e->arm_base + count;
    emit_w(e, OPCODE_GROUP, 0, 0, 0, site);
    for (const struct branch *b = n->ast->verb->branches; b; b = b->next) {
        emit_line(e, b->span);
        spawn(e, b->flow_model, b->args);
    }
    emit_line(e, n->ast->verb_span);
    emit_w(e, OPCODE_JOIN, e->arm_base, 0, 0, site);
    emit_arms(e, n, site, IMAGE_NONE, 0);
}

static void each(struct emitter *e, const struct node_model *n)
{
    uint32_t site = add_site(e, n, IMAGE_SITE_EACH, n->callee->index);
    int64_t concurrency = n->ast->verb->concurrency < 1 ? 1 : n->ast->verb->concurrency;
    e->image->sites[site].concurrency =
        concurrency > UINT32_MAX ? UINT32_MAX : (uint32_t)concurrency;
    e->arm_base = emit_temps(e, 2);
    e->arm_error = e->arm_base + 1;
    uint32_t list = emit_temps(e, 2);
    emit_value_to(e, n->ast->verb->subject, list);
    emit_code(e, word_ax(OPCODE_LOADINT, list + 1, 0));
    e->item_slot = emit_temps(e, 1);
    uint32_t again = emit_label(e);
    uint32_t done = emit_label(e);
    emit_w(e, OPCODE_GROUP, 0, 0, 0, site);
    emit_place(e, again);
    emit_jump_if(e, OPCODE_ITEM, list, e->item_slot, 0, done);
    spawn(e, n->callee, n->ast->verb->args);
    emit_jump(e, again);
    emit_place(e, done);
    emit_w(e, OPCODE_JOIN, e->arm_base, 0, 0, site);
    emit_arms(e, n, site, IMAGE_NONE, 0);
}

void emit_node(struct emitter *e, const struct node_model *n)
{
    e->next_temp = e->first_temp;
    emit_place(e, e->first_label + n->index);
    emit_line(e, n->ast->name.span);
    emit_code(e, word_x(OPCODE_NODE, e->flow_node + n->index));
    emit_actions(e, n->ast->actions);
    emit_line(e, n->ast->verb_span);
    switch (n->ast->kind) {
    case NODE_BAD:
        break;
    case NODE_PLAIN:
        plain_arrow(e, n);
        break;
    case NODE_CALL_API:
        call_api(e, n);
        break;
    case NODE_ASK:
        ask(e, n);
        break;
    case NODE_IF:
        branches(e, n);
        break;
    case NODE_SWITCH:
        switch_on(e, n);
        break;
    case NODE_CALL_FLOW:
        call_flow(e, n);
        break;
    case NODE_EACH:
        each(e, n);
        break;
    case NODE_PARALLEL:
        parallel(e, n);
        break;
    }
}
