/* Tests: their values fit, and their replies and answers are possible. */
#include "check/check.h"

static void check_value(struct checker *c, struct expr *e)
{
    struct value v;
    if (!e)
        return;
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

static void check_start(struct checker *c, const struct step *step)
{
    check_args(c, step->flow, step->args, step->name);
    for (struct arg *arg = step->args; arg; arg = arg->next)
        check_value(c, arg->value);
}

static void check_step(struct checker *c, const struct step *step)
{
    const struct node *n = NULL;
    for (const struct node_ref *ref = step->nodes; ref; ref = ref->next)
        n = ref->found ? ref->found->ast : NULL;
    check_value(c, step->value);
    if (step->kind == IMAGE_STEP_REPLY)
        check_reply(c, step, n);
    else if (step->kind == IMAGE_STEP_ANSWER)
        check_answer(c, step, n);
}

static void say_second_start(struct checker *c, const struct step *step, const struct step *first)
{
    struct diag *diag = diag_add(c->d, E0311, step->name.span, "the test starts a second flow");
    diag_note(c->d, diag, first->name.span, "the first is here");
    diag_help(c->d, diag, "write one test for each flow");
}

/* NULL if there is none. */
static const struct step *check_starts(struct checker *c, const struct decl *test)
{
    const struct step *first = NULL;
    for (const struct step *step = test->steps; step; step = step->next) {
        if (step->kind != IMAGE_STEP_START)
            continue;
        if (first)
            say_second_start(c, step, first);
        else
            check_start(c, first = step);
    }
    return first;
}

static void check_test(struct checker *c, const struct decl *test)
{
    resolve_enter(c->r, c->m->files[0]->scope->tests);
    bool has_start = check_starts(c, test) != NULL;
    for (const struct step *step = test->steps; step; step = step->next) {
        if (step->kind != IMAGE_STEP_START)
            check_step(c, step);
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
