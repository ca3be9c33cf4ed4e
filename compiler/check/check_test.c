/* Tests: what they name is there, and what they say can happen. */
#include "check/check.h"

#include "base/mem.h"

#include <string.h>

/* The flow that a node is looked for in: the one that is named, else the one that is started. */
static const struct flow_model *flow_of(struct checker *c, const struct node_ref *ref,
                                        const struct flow_model *started)
{
    if (!ref->flow.text)
        return started;
    const struct entry *e = resolve_expect(c->r, ref->flow, DECL_FLOW, E0303);
    return e ? e->flow : NULL;
}

static void say_no_node(struct checker *c, const struct node_ref *ref,
                        const struct flow_model *flow)
{
    const char **names = mem_alloc_zeroed(flow->node_count + 1, sizeof *names);
    size_t count = 0;
    for (size_t i = 0; i < flow->node_count; i++) {
        if (flow->nodes[i]->ast->name.text)
            names[count++] = flow->nodes[i]->ast->name.text;
    }
    const char *near = diag_nearest(ref->node.text, names);
    struct diag *diag = diag_add(c->d, E0302, ref->node.span, "the flow `%s` has no node `%s`",
                                 flow->decl->name.text, ref->node.text);
    if (near)
        diag_help(c->d, diag, "did you mean `%s`?", near);
    else
        diag_help(c->d, diag, "to name a node of a called flow, write `flow.node`");
    mem_free(names);
}

/* NULL: reported, or the flow is not known. */
static const struct node *find_node(struct checker *c, const struct node_ref *ref,
                                    const struct flow_model *started)
{
    const struct flow_model *flow = flow_of(c, ref, started);
    if (!flow || !ref->node.text)
        return NULL;
    for (size_t i = 0; i < flow->node_count; i++) {
        if (flow->nodes[i]->ast->name.text == ref->node.text)
            return flow->nodes[i]->ast;
    }
    if (!resolve_is_before_mistake(c->r, ref->node.span) &&
        !resolve_may_be_lost(c->r, flow->decl, ref->node.text) &&
        resolve_first_missing(c->r, flow->decl->name.text, ref->node.text))
        say_no_node(c, ref, flow);
    return NULL;
}

static void check_value(struct checker *c, struct expr *e)
{
    struct value v;
    if (!e)
        return;
    bind_expr(c->b, e, VIEW_CONSTANT);
    check_expr(c, e);
    check_constant_value(c, e, &v);
    value_unref(v);
}

static void check_reply(struct checker *c, const struct step *step, const struct node *n)
{
    uint16_t label;
    if (n && n->kind != NODE_CALL_API && n->kind != NODE_BAD) {
        struct diag *diag =
            diag_add(c->d, E0406, step->nodes->node.span,
                     "`%s` does not call an API, so nothing can reply to it", n->name.text);
        if (n->kind == NODE_ASK)
            diag_help(c->d, diag, "write `answer %s: \"…\"`", n->name.text);
    } else if (n && n->kind != NODE_BAD && step->label && step->label->word.text &&
               check_label(c, n, step->label->word, &label) && label >= LABEL_CLASS &&
               (label < LABEL_OUTCOME || label == label_of_outcome(OUTCOME_OTHER))) {
        struct diag *diag = diag_add(c->d, E0406, step->label->word.span,
                                     "a server replies with a "
                                     "status, not with `%s`",
                                     step->label->word.text);
        diag_help(c->d, diag, "write a status such as 404, or timeout, error or max-connection");
    }
}

static void check_answer(struct checker *c, const struct step *step, const struct node *n)
{
    if (!n || n->kind == NODE_ASK || n->kind == NODE_BAD)
        return;
    struct diag *diag =
        diag_add(c->d, E0406, step->nodes->node.span,
                 "`%s` does not ask a question, so there is nothing to answer", n->name.text);
    if (n->kind == NODE_CALL_API)
        diag_help(c->d, diag, "write `reply %s: 200 { … }`", n->name.text);
}

static const struct flow_model *check_start(struct checker *c, const struct step *step)
{
    const struct entry *e = resolve_expect(c->r, step->name, DECL_FLOW, E0303);
    for (struct arg *arg = step->args; arg; arg = arg->next)
        bind_expr(c->b, arg->value, VIEW_CONSTANT);
    check_args(c, e ? e->flow : NULL, step->args, step->name);
    for (struct arg *arg = step->args; arg; arg = arg->next)
        check_value(c, arg->value);
    return e ? e->flow : NULL;
}

static void check_step(struct checker *c, const struct step *step, const struct flow_model *started)
{
    const struct node *n = NULL;
    for (const struct node_ref *ref = step->nodes; ref; ref = ref->next)
        n = find_node(c, ref, started);
    check_value(c, step->value);
    if (step->kind == STEP_REPLY)
        check_reply(c, step, n);
    else if (step->kind == STEP_ANSWER)
        check_answer(c, step, n);
}

static void check_test(struct checker *c, const struct decl *test)
{
    const struct flow_model *started = NULL;
    bool has_start = false;
    resolve_enter(c->r, c->m->files[0]->scope->tests);
    for (const struct step *step = test->steps; step; step = step->next) {
        if (step->kind != STEP_START)
            continue;
        started = check_start(c, step);
        has_start = true;
        break;
    }
    for (const struct step *step = test->steps; step; step = step->next) {
        if (step->kind != STEP_START)
            check_step(c, step, started);
    }
    if (has_start || resolve_is_broken(c->r, test->span))
        return;
    struct diag *diag = diag_add(c->d, E0702, test->name.span, "the test does not start a flow");
    diag_help(c->d, diag, "begin with `start FLOW(…)`");
}

void check_tests(struct checker *c)
{
    for (size_t i = 0; i < c->m->test_count; i++)
        check_test(c, c->m->tests[i]);
}
