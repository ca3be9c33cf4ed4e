/* Names in flows: variables, nodes, arrows. */
#include "model/bind.h"

#include "base/mem.h"

#include <string.h>

/* Variables. */

static bool is_file_value(const struct binder *b, const char *name, const struct entry **found)
{
    *found = names_find(&b->r->file->scope->names, name);
    if (!*found)
        return false;
    enum decl_kind kind = (*found)->origin->kind;
    return kind == DECL_CONST || kind == DECL_CONFIG || kind == DECL_SECRET;
}

/* All flows can use each value of the file; a variable of the same name would hide it. */
static void refuse_hiding(struct binder *b, struct word name, bool is_assignment)
{
    struct diags *d = b->r->m->diags;
    const struct entry *found;
    if (!is_file_value(b, name.text, &found) || !resolve_first_report(b->r, name.text))
        return;
    const char *kind = resolve_kind_text(found->origin->kind);
    struct diag *diag =
        is_assignment
            ? diag_add(d, E0312, name.span, "`%s` is %s and cannot be assigned", name.text, kind)
            : diag_add(d, E0309, name.span, "`%s` is already %s", name.text, kind);
    diag_note(d, diag, found->span, "`%s` is declared here", found->name);
    diag_help(d, diag, "give the variable another name");
}

static struct variable *add_variable(struct binder *b, struct word name, bool is_assignment)
{
    if (!name.text)
        return NULL;
    struct bound_variable *known = names_find(&b->variables, name.text);
    if (known)
        return &known->variable;
    refuse_hiding(b, name, is_assignment);
    struct flow_model *flow = b->flow;
    struct bound_variable *added = arena_alloc(&b->r->m->arena, sizeof *added);
    struct variable *v = &added->variable;
    v->name = name.text;
    v->span = name.span;
    v->flow = flow;
    v->index = (uint32_t)flow->variable_count;
    added->binding = (struct binding){ .kind = BIND_VARIABLE, .variable = v };
    names_add(&b->variables, name.text, added);
    size_t count = flow->variable_count;
    if ((count & (count - 1)) == 0) {
        struct variable **grown =
            arena_array(&b->r->m->arena, count ? count * 2 : 1, sizeof *grown);
        if (count)
            memcpy(grown, flow->variables, count * sizeof *grown);
        flow->variables = grown;
    }
    flow->variables[flow->variable_count++] = v;
    return v;
}

/* NULL if the name is taken; reported. */
static struct variable *declare_variable(struct binder *b, struct word name)
{
    struct variable *first = name.text ? bind_find_variable(b, name.text) : NULL;
    if (!first)
        return add_variable(b, name, false);
    struct diags *d = b->r->m->diags;
    struct diag *diag =
        diag_add(d, E0309, name.span, "`%s` is declared twice in this flow", name.text);
    diag_note(d, diag, first->span, "`%s` is %s here", first->name,
              first->is_input ? "an input" : "a variable");
    return NULL;
}

static const struct type *written_type(const struct type_expr *type)
{
    return type && type->type ? type->type : NULL;
}

static void add_inputs_and_vars(struct binder *b, struct decl *decl)
{
    for (struct param *p = decl->params; p; p = p->next) {
        struct variable *v = declare_variable(b, p->name);
        if (v) {
            v->is_input = true;
            v->declared = written_type(p->type);
        }
    }
    b->flow->input_count = b->flow->variable_count;
    for (struct var *var = decl->vars; var; var = var->next) {
        const struct type *type = var->type ? resolve_type(b->r, var->type) : NULL;
        struct variable *v = declare_variable(b, var->name);
        if (v)
            v->declared = type;
        var->variable = var->name.text ? bind_find_variable(b, var->name.text) : NULL;
    }
    b->set_count = (uint32_t)b->flow->variable_count;
}

static void add_assigned(struct binder *b, struct action *actions)
{
    for (struct action *a = actions; a; a = a->next) {
        if (a->kind == ACTION_ASSIGN)
            a->variable = add_variable(b, a->name, true);
    }
}

static void add_node_variables(struct binder *b, struct node_model *node)
{
    struct node *n = node->ast;
    add_assigned(b, n->actions);
    if (n->kind == NODE_ASK)
        node->answer = add_variable(b, n->verb->result, false);
    for (struct arm *arm = n->arms; arm; arm = arm->next)
        add_assigned(b, arm->actions);
    for (struct switch_case *c = n->verb->cases; c; c = c->next)
        add_assigned(b, c->actions);
}

/* Nodes. */

static void add_nodes(struct binder *b)
{
    struct diags *d = b->r->m->diags;
    for (size_t i = 0; i < b->flow->node_count; i++) {
        struct node_model *node = b->flow->nodes[i];
        struct word name = node->ast->name;
        add_node_variables(b, node);
        struct node_model *first = name.text ? names_add(&b->nodes, name.text, node) : NULL;
        if (!first)
            continue;
        b->node_flags[bind_number(b, node)] |= NODE_LOST;
        struct diag *diag =
            diag_add(d, E0309, name.span, "the node `%s` is declared twice", name.text);
        diag_note(d, diag, first->ast->name.span, "the first `%s` is here", name.text);
    }
}

static void bind_vars(struct binder *b, struct decl *decl)
{
    for (struct param *p = decl->params; p; p = p->next)
        bind_expr(b, p->value, VIEW_CONSTANT);
    for (struct var *var = decl->vars; var; var = var->next) {
        const struct variable *v = var->variable;
        b->var_limit = v && v->span.start == var->name.span.start ? v->index : b->set_count;
        bind_expr(b, var->value, VIEW_FLOW);
    }
    b->var_limit = UINT32_MAX;
}

static struct bound_flow begin_flow(const struct binder *b)
{
    return (struct bound_flow){ .first_event = b->event_count,
                                .first_read = b->read_count,
                                .first_edge = b->edge_count };
}

static void end_flow(const struct binder *b, struct bound_flow *bound)
{
    bound->event_count = b->event_count - bound->first_event;
    bound->read_count = b->read_count - bound->first_read;
    bound->edge_count = b->edge_count - bound->first_edge;
    bound->set_count = b->set_count;
}

void bind_flow(struct binder *b, struct flow_model *flow)
{
    struct bound_flow *bound = &b->flows[flow->index];
    *bound = begin_flow(b);
    names_clear(&b->variables);
    names_clear(&b->nodes);
    b->flow = flow;
    b->visible = 0;
    b->item = NULL;
    add_inputs_and_vars(b, flow->decl);
    add_nodes(b);
    bind_vars(b, flow->decl);
    for (size_t i = 0; i < flow->node_count; i++)
        bind_node(b, flow->nodes[i]);
    end_flow(b, bound);
    b->flow = NULL;
}
