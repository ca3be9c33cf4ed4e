/* A flow as a whole, its arrows, and the arguments of flows. */
#include "check/check.h"

#include "base/mem.h"
#include "base/nearest.h"

#include <string.h>

/* Arguments. */

static const char *near_input(const struct flow_model *callee, const char *word)
{
    const char *names[64] = { 0 };
    size_t count = 0;
    for (const struct param *p = callee->decl->params; p && count < 63; p = p->next) {
        if (p->name.text)
            names[count++] = p->name.text;
    }
    return nearest_word(word, names);
}

static struct param *find_input(const struct flow_model *callee, const char *name)
{
    for (struct param *p = callee->decl->params; p; p = p->next) {
        if (p->name.text == name)
            return p;
    }
    return NULL;
}

static void say_no_input(struct checker *c, const struct flow_model *callee, const struct arg *arg)
{
    const char *near = near_input(callee, arg->name.text);
    struct diag *diag = diag_add(c->d, E0310, arg->name.span, "the flow `%s` has no input `%s`",
                                 callee->decl->name.text, arg->name.text);
    if (near)
        diag_help(c->d, diag, "did you mean `%s`?", near);
    else
        diag_note(c->d, diag, callee->decl->name.span, "its inputs are declared here");
}

static void check_arg(struct checker *c, const struct flow_model *callee, struct arg *arg)
{
    struct param *input = callee && arg->name.text ? find_input(callee, arg->name.text) : NULL;
    if (callee && arg->name.text && !input &&
        resolve_first_missing(c->r, callee->decl->name.text, arg->name.text))
        say_no_input(c, callee, arg);
    if (input && input->type && input->type->type)
        check_fits(c, arg->value, input->type->type,
                   arena_printf(c->arena, "the input `%s`", arg->name.text));
    else
        check_expr(c, arg->value);
    check_public(c, arg->value, "given to a flow");
}

/* Whether one of the arguments is a misspelling of this input; the misspelling is reported. */
static bool is_meant(const struct flow_model *callee, const struct arg *args, const char *input)
{
    for (const struct arg *arg = args; arg; arg = arg->next) {
        if (!arg->name.text || find_input(callee, arg->name.text))
            continue;
        const char *near = near_input(callee, arg->name.text);
        if (near && strcmp(near, input) == 0)
            return true;
    }
    return false;
}

static void check_missing(struct checker *c, const struct flow_model *callee,
                          const struct arg *args, struct word name)
{
    struct bytes missing = { 0 };
    struct bytes added = { 0 };
    size_t count = 0;
    for (const struct param *p = callee->decl->params; p; p = p->next) {
        if (!p->name.text || p->value || names_find(&c->seen, p->name.text) ||
            is_meant(callee, args, p->name.text))
            continue;
        bytes_printf(&missing, "%s`%s`", count ? ", " : "", p->name.text);
        bytes_printf(&added, "%s%s: …", count++ ? ", " : "", p->name.text);
    }
    if (count) {
        struct diag *diag = diag_add(c->d, E0702, name.span, "the flow `%s` needs a value for %s",
                                     name.text, bytes_text(&missing));
        diag_note(c->d, diag, callee->decl->name.span, "its inputs are declared here");
        diag_help(c->d, diag, "add `%s`, as in `%s(%s)`", bytes_text(&added), name.text,
                  bytes_text(&added));
    }
    bytes_release(&missing);
    bytes_release(&added);
}

void check_args(struct checker *c, const struct flow_model *callee, struct arg *args,
                struct word name)
{
    names_clear(&c->seen);
    for (struct arg *arg = args; arg; arg = arg->next) {
        if (arg->name.text && names_add(&c->seen, arg->name.text, arg))
            diag_add(c->d, E0309, arg->name.span, "the input `%s` is given twice", arg->name.text);
    }
    if (callee && !resolve_is_before_mistake(c->r, name.span))
        check_missing(c, callee, args, name);
    for (struct arg *arg = args; arg; arg = arg->next)
        check_arg(c, callee, arg);
}

/* Arrows. */

static void say_no_result(struct checker *c, const struct target *to)
{
    struct diag *diag =
        diag_add(c->d, E0704, to->span, "the flow `%s` returns `%s`, but this `end` has no value",
                 c->flow->decl->name.text, check_type_text(c, c->flow->result));
    diag_note(c->d, diag, c->flow->decl->type->span, "the result is declared here");
    diag_help(c->d, diag, "write `end { … }`, or `end (…)` for a value that is not an object");
}

static void check_end(struct checker *c, struct target *to)
{
    const struct type *result = c->flow->result;
    if (to->value && result)
        check_fits_as(c, to->value, result, "the result of the flow", E0704);
    else if (to->value)
        check_expr(c, to->value);
    else if (result && !type_may_be_null(result) && !type_is_open(result) &&
             !resolve_is_before_mistake(c->r, to->span))
        say_no_result(c, to);
    if (to->value)
        check_public(c, to->value, "the result of a flow");
}

static void check_move(struct checker *c, struct target *to)
{
    struct bytes why = { 0 };
    check_args(c, to->flow, to->args, to->name);
    const struct type *theirs = to->flow ? to->flow->result : NULL;
    if (!theirs || !c->flow->result || !type_explain_misfit(&why, theirs, c->flow->result))
        return;
    struct diag *diag =
        diag_add(c->d, E0704, to->name.span,
                 "the run continues in the flow `%s`, whose result has the wrong type: %s",
                 to->name.text, bytes_text(&why));
    diag_note(c->d, diag, c->flow->decl->type->span, "the result of `%s` is declared here",
              c->flow->decl->name.text);
    diag_help(c->d, diag, "`call` the flow instead, and convert its result in the arm `ok`");
    bytes_release(&why);
}

static void check_target(struct checker *c, struct target *to)
{
    switch (to->kind) {
    case TARGET_BAD:
    case TARGET_NODE:
        break;
    case TARGET_FLOW:
        check_move(c, to);
        break;
    case TARGET_END:
        check_end(c, to);
        break;
    case TARGET_FAIL:
        if (to->value) {
            check_expr(c, to->value);
            check_public(c, to->value, "part of a failure");
        }
        break;
    }
}

void check_arrow(struct checker *c, struct arrow *arrow)
{
    check_target(c, &arrow->to);
    struct bound *bound = arrow->bound;
    if (!bound)
        return;
    if (bound->max < 1 || bound->max > UINT32_MAX) {
        struct diag *diag =
            diag_add(c->d, E0605, bound->max_span, "`max` must be from 1 to %u", UINT32_MAX);
        if (bound->max < 1)
            diag_help(c->d, diag, "to never take this arrow, write only the target after `else`");
    }
    check_target(c, &bound->otherwise);
}

/* The flow. */

static void check_inputs(struct checker *c, struct decl *decl)
{
    for (struct param *p = decl->params; p; p = p->next) {
        struct value v;
        if (!p->value || !p->type || !p->type->type)
            continue;
        check_fits(
            c, p->value, p->type->type,
            arena_printf(c->arena, "the default of `%s`", p->name.text ? p->name.text : "…"));
        check_constant_value(c, p->value, &v);
        value_unref(v);
    }
}

static void check_vars(struct checker *c, struct decl *decl)
{
    for (struct var *var = decl->vars; var; var = var->next) {
        if (!var->value)
            continue;
        if (var->type && var->type->type)
            check_fits(c, var->value, var->type->type,
                       arena_printf(c->arena, "the variable `%s`", var->name.text));
        else
            check_expr(c, var->value);
    }
}

static void say_no_nodes(struct checker *c, const struct decl *decl)
{
    struct diag *diag =
        diag_add(c->d, E0406, decl->name.span, "the flow `%s` has no node", decl->name.text);
    diag_help(c->d, diag, "add one, such as `node hello { say \"Hello!\" -> end }`");
}

static void make_room(struct checker *c, size_t count)
{
    if (count > c->secret_cap) {
        c->secret_cap = count * 2;
        c->secret_from = mem_resize(c->secret_from, c->secret_cap, sizeof *c->secret_from);
    }
    if (count)
        memset(c->secret_from, 0, count * sizeof *c->secret_from);
}

void check_flow(struct checker *c, struct flow_model *flow)
{
    c->flow = flow;
    c->fact_count = 0;
    make_room(c, flow->variable_count);
    check_infer(c, flow);
    check_inputs(c, flow->decl);
    check_vars(c, flow->decl);
    for (size_t i = 0; i < flow->node_count; i++)
        check_node(c, flow->nodes[i]);
    if (!flow->node_count && !resolve_is_broken(c->r, flow->decl->span))
        say_no_nodes(c, flow->decl);
    check_graph(c, flow);
    check_set(c, flow);
    c->flow = NULL;
}
