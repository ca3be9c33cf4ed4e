/* Names in one node: actions, arguments, arms and arrows. */
#include "model/bind.h"

#include "base/mem.h"
#include "base/nearest.h"

#include <string.h>

/* Arrows. */

static void add_edge(struct binder *b, struct edge edge)
{
    b->edges = mem_grow(b->edges, &b->edge_cap, b->edge_count, sizeof *b->edges);
    b->edges[b->edge_count++] = edge;
}

static void flag(struct binder *b, const struct node_model *node, enum node_flag flag)
{
    uint8_t *flags = &b->node_flags[bind_number(b, node)];
    *flags = (uint8_t)(*flags | flag);
}

static const char *near_node(struct binder *b, const char *word)
{
    size_t count = b->flow->node_count;
    if (b->r->suggestions++ > 500)
        return NULL;
    const char **names = mem_alloc_zeroed(count + 3, sizeof *names);
    size_t n = 0;
    names[n++] = "end";
    names[n++] = "fail";
    for (size_t i = 0; i < count; i++) {
        if (b->flow->nodes[i]->ast->name.text)
            names[n++] = b->flow->nodes[i]->ast->name.text;
    }
    const char *near = nearest_word(word, names);
    mem_free(names);
    return near;
}

static void say_no_node(struct binder *b, const struct target *target)
{
    struct diags *d = b->r->m->diags;
    const char *name = target->name.text;
    const struct entry *other = names_find(&b->r->file->scope->names, name);
    struct diag *diag = diag_add(d, E0302, target->name.span, "the flow `%s` has no node `%s`",
                                 b->flow->decl->name.text, name);
    const char *near = near_node(b, name);
    if (other && other->origin->kind == DECL_FLOW)
        diag_help(d, diag, "`%s` is a flow: to continue there, write `-> flow %s(…)`", name, name);
    else if (near)
        diag_help(d, diag, "did you mean `%s`?", near);
    else
        diag_help(d, diag,
                  "an arrow can point to a node of its own flow, to `flow NAME(…)`, to `end` or to "
                  "`fail`");
}

static void bind_args(struct binder *b, struct arg *args)
{
    for (struct arg *arg = args; arg; arg = arg->next)
        bind_expr(b, arg->value, VIEW_FLOW);
}

static struct flow_model *bind_callee(struct binder *b, struct word name)
{
    struct entry *e = resolve_expect(b->r, name, DECL_FLOW, E0303);
    return e ? e->flow : NULL;
}

static void bind_target_node(struct binder *b, struct node_model *from, struct target *to,
                             bool is_bounded)
{
    to->node = to->name.text ? names_find(&b->nodes, to->name.text) : NULL;
    if (to->node) {
        uint32_t base = b->bases[b->flow->index];
        add_edge(b, (struct edge){ base + from->index, base + to->node->index, is_bounded, false });
        bind_event(b, EVENT_EDGE, to->node->index);
        return;
    }
    flag(b, from, NODE_LOST);
    if (to->name.text && !resolve_is_before_mistake(b->r, to->span) &&
        !resolve_may_be_lost(b->r, b->flow->decl, to->name.text) &&
        resolve_first_missing(b->r, b->flow->decl->name.text, to->name.text))
        say_no_node(b, to);
}

static void bind_target(struct binder *b, struct node_model *from, struct target *to,
                        bool is_bounded)
{
    switch (to->kind) {
    case TARGET_BAD:
        flag(b, from, NODE_LOST);
        break;
    case TARGET_NODE:
        bind_target_node(b, from, to, is_bounded);
        break;
    case TARGET_FLOW:
        bind_args(b, to->args);
        to->flow = bind_callee(b, to->name);
        flag(b, from, NODE_LEAVES);
        if (to->flow && to->flow->node_count && !resolve_has_lost_nodes(b->r, to->flow->decl))
            add_edge(b, (struct edge){ bind_number(b, from), b->bases[to->flow->index], is_bounded,
                                       true });
        break;
    case TARGET_END:
    case TARGET_FAIL:
        bind_expr(b, to->value, VIEW_FLOW);
        flag(b, from, NODE_LEAVES);
        break;
    }
}

static void bind_arrow(struct binder *b, struct node_model *from, struct arrow *arrow)
{
    bind_target(b, from, &arrow->to, arrow->bound != NULL);
    if (arrow->bound)
        bind_target(b, from, &arrow->bound->otherwise, false);
}

static void bind_actions(struct binder *b, struct action *actions)
{
    for (struct action *a = actions; a; a = a->next) {
        bind_expr(b, a->value, VIEW_FLOW);
        if (a->kind == ACTION_ASSIGN)
            bind_set(b, a->variable);
    }
}

/* Arms. */

bool bind_label_means(const struct label *l, enum outcome outcome)
{
    const char *names[OUTCOMES + 1] = { 0 };
    uint16_t label;
    if (!l->word.text)
        return false;
    if (outcome_label_read(l->word.text, &label))
        return label == label_of_outcome(outcome);
    for (unsigned i = 0; i < OUTCOMES; i++)
        names[i] = outcome_name((enum outcome)i);
    const char *near = nearest_word(l->word.text, names);
    return near && strcmp(near, outcome_name(outcome)) == 0;
}

static bool has_label(const struct arm *arm, enum outcome outcome)
{
    for (const struct label *l = arm->labels; l; l = l->next) {
        if (bind_label_means(l, outcome))
            return true;
    }
    return false;
}

static bool has_other_label(const struct arm *arm, enum outcome outcome)
{
    for (const struct label *l = arm->labels; l; l = l->next) {
        if (!bind_label_means(l, outcome))
            return true;
    }
    return false;
}

static unsigned visible_in(const struct node *n, const struct arm *arm)
{
    unsigned error = 1u << ARM_ERROR;
    unsigned ok = has_label(arm, OUTCOME_OK) ? ~0u : error;
    switch (n->kind) {
    case NODE_CALL_API:
        return 1u << ARM_STATUS | 1u << ARM_HEADERS | 1u << ARM_BODY | error;
    case NODE_CALL_FLOW:
        return (1u << ARM_RESULT | error) & ok;
    case NODE_EACH:
        return (1u << ARM_RESULTS | error) & ok;
    case NODE_PARALLEL:
        return (1u << ARM_BRANCH | error) & ok;
    case NODE_BAD:
    case NODE_PLAIN:
    case NODE_ASK:
    case NODE_IF:
    case NODE_SWITCH:
        break;
    }
    return 0;
}

static void bind_arm(struct binder *b, struct node_model *node, struct arm *arm)
{
    bool is_answer = node->ast->kind == NODE_ASK && !has_other_label(arm, OUTCOME_OK);
    bind_event(b, EVENT_ARM, 0);
    if (is_answer)
        bind_set(b, node->answer);
    if (arm->as)
        resolve_type(b->r, arm->as);
    b->visible = visible_in(node->ast, arm);
    bind_expr(b, arm->when, VIEW_FLOW);
    bind_actions(b, arm->actions);
    bind_arrow(b, node, &arm->arrow);
    b->visible = 0;
}

/* Verbs. */

static void bind_api_call(struct binder *b, struct node_model *node)
{
    struct entry *e = resolve_expect(b->r, node->ast->verb->endpoint, DECL_ENDPOINT, E0301);
    if (e) {
        node->endpoint = e->endpoint;
        e->endpoint->is_used = true;
    }
    bind_expr(b, node->ast->verb->path, VIEW_FLOW);
    bind_settings(b, node->ast->settings, VIEW_FLOW);
}

static void bind_ask(struct binder *b, struct node_model *node)
{
    bind_expr(b, node->ast->verb->subject, VIEW_FLOW);
    bind_settings(b, node->ast->settings, VIEW_FLOW);
    if (node->ast->verb->result_type)
        resolve_type(b->r, node->ast->verb->result_type);
}

static void bind_branches(struct binder *b, struct node_model *node)
{
    struct diags *d = b->r->m->diags;
    uint32_t index = 0;
    names_clear(&b->branches);
    for (struct branch *branch = node->ast->verb->branches; branch; branch = branch->next) {
        bind_args(b, branch->args);
        branch->flow_model = bind_callee(b, branch->flow);
        struct binding *binding = arena_alloc(&b->r->m->arena, sizeof *binding);
        binding->kind = BIND_ARM;
        binding->arm_value = ARM_BRANCH;
        binding->branch_index = index++;
        if (branch->name.text && names_add(&b->branches, branch->name.text, binding))
            diag_add(d, E0309, branch->name.span, "the branch `%s` is declared twice",
                     branch->name.text);
    }
}

static void bind_each(struct binder *b, struct node_model *node)
{
    bind_expr(b, node->ast->verb->subject, VIEW_FLOW);
    b->item = node->ast->verb->result.text;
    bind_args(b, node->ast->verb->args);
    b->item = NULL;
    node->callee = bind_callee(b, node->ast->verb->flow);
}

static void bind_verb(struct binder *b, struct node_model *node)
{
    struct node *n = node->ast;
    switch (n->kind) {
    case NODE_BAD:
    case NODE_PLAIN:
    case NODE_IF:
        break;
    case NODE_CALL_API:
        bind_api_call(b, node);
        break;
    case NODE_ASK:
        bind_ask(b, node);
        break;
    case NODE_SWITCH:
        bind_expr(b, n->verb->subject, VIEW_FLOW);
        break;
    case NODE_CALL_FLOW:
        bind_args(b, n->verb->args);
        node->callee = bind_callee(b, n->verb->flow);
        break;
    case NODE_EACH:
        bind_each(b, node);
        break;
    case NODE_PARALLEL:
        bind_branches(b, node);
        break;
    }
}

static void bind_conditions(struct binder *b, struct node_model *node)
{
    for (struct condition *c = node->ast->verb->conditions; c; c = c->next) {
        bind_expr(b, c->when, VIEW_FLOW);
        bind_arrow(b, node, &c->arrow);
    }
}

static void bind_cases(struct binder *b, struct node_model *node)
{
    for (struct switch_case *c = node->ast->verb->cases; c; c = c->next) {
        for (struct expr *constant = c->constants; constant; constant = constant->next)
            bind_expr(b, constant, VIEW_CONSTANT);
        bind_event(b, EVENT_ARM, 0);
        bind_actions(b, c->actions);
        bind_arrow(b, node, &c->arrow);
    }
}

void bind_node(struct binder *b, struct node_model *node)
{
    struct node *n = node->ast;
    b->node = node;
    b->outcome_is_lost = n->kind == NODE_BAD;
    if (n->kind == NODE_BAD || resolve_is_broken(b->r, n->span)) {
        flag(b, node, NODE_LOST);
        flag(b, node, NODE_BROKEN);
    }
    bind_event(b, EVENT_NODE, node->index);
    bind_actions(b, n->actions);
    bind_verb(b, node);
    bind_event(b, EVENT_COMMON, 0);
    if (n->arrow)
        bind_arrow(b, node, n->arrow);
    bind_conditions(b, node);
    bind_cases(b, node);
    for (struct arm *arm = n->arms; arm; arm = arm->next)
        bind_arm(b, node, arm);
    b->outcome_is_lost = false;
}
