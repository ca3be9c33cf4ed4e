/* Names in tests: the flow that is started, nodes, and values. */
#include "model/bind.h"

#include "base/mem.h"
#include "base/nearest.h"

/* The flow in which a node is searched: the one that is named, else the one that is started. */
static const struct flow_model *flow_of(struct binder *b, const struct node_ref *ref,
                                        const struct flow_model *started)
{
    if (!ref->flow.text)
        return started;
    const struct entry *e = resolve_expect(b->r, ref->flow, DECL_FLOW, E0303);
    return e ? e->flow : NULL;
}

static void say_no_node(struct binder *b, const struct node_ref *ref, const struct flow_model *flow)
{
    struct diags *d = b->r->m->diags;
    const char **names = mem_alloc_zeroed(flow->node_count + 1, sizeof *names);
    size_t count = 0;
    for (size_t i = 0; i < flow->node_count; i++) {
        if (flow->nodes[i]->ast->name.text)
            names[count++] = flow->nodes[i]->ast->name.text;
    }
    const char *near = nearest_word(ref->node.text, names);
    struct diag *diag = diag_add(d, E0302, ref->node.span, "the flow `%s` has no node `%s`",
                                 flow->decl->name.text, ref->node.text);
    if (near)
        diag_help(d, diag, "did you mean `%s`?", near);
    else
        diag_help(d, diag, "to name a node of a called flow, write `flow.node`");
    mem_free(names);
}

/* NULL if reported, or if the flow is unknown. */
static const struct node_model *find_node(struct binder *b, const struct node_ref *ref,
                                          const struct flow_model *started)
{
    const struct flow_model *flow = flow_of(b, ref, started);
    if (!flow || !ref->node.text)
        return NULL;
    for (size_t i = 0; i < flow->node_count; i++) {
        if (flow->nodes[i]->ast->name.text == ref->node.text)
            return flow->nodes[i];
    }
    if (!resolve_is_before_mistake(b->r, ref->node.span) &&
        !resolve_may_be_lost(b->r, flow->decl, ref->node.text) &&
        resolve_first_missing(b->r, flow->decl->name.text, ref->node.text))
        say_no_node(b, ref, flow);
    return NULL;
}

static void bind_start(struct binder *b, struct step *step)
{
    const struct entry *e = resolve_expect(b->r, step->name, DECL_FLOW, E0303);
    step->flow = e ? e->flow : NULL;
    for (struct arg *arg = step->args; arg; arg = arg->next)
        bind_expr(b, arg->value, VIEW_CONSTANT);
}

/* The first `start` of a test counts. */
static struct step *find_start(struct step *steps)
{
    while (steps && steps->kind != IMAGE_STEP_START)
        steps = steps->next;
    return steps;
}

void bind_test(struct binder *b, struct decl *test)
{
    struct step *start = find_start(test->steps);
    if (start)
        bind_start(b, start);
    for (struct step *step = test->steps; step; step = step->next) {
        if (step->kind == IMAGE_STEP_START)
            continue;
        for (struct node_ref *ref = step->nodes; ref; ref = ref->next)
            ref->found = find_node(b, ref, start ? start->flow : NULL);
        bind_expr(b, step->value, VIEW_CONSTANT);
    }
}
