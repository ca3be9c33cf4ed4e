/* One node: its actions, its verb and its arms. */
#include "check/check.h"

#include "base/nearest.h"
#include "formats/json.h"
#include "program/image.h"

#include <string.h>

const struct type *check_answer_type(const struct node *n)
{
    const struct type *t =
        n->verb->result_type ? n->verb->result_type->type : type_basic(TYPE_TEXT);
    return t ? t : type_basic(TYPE_UNKNOWN);
}

/* Actions. */

static void check_assignment(struct checker *c, struct action *a)
{
    if (a->variable && a->variable->declared)
        check_fits(c, a->value, a->variable->declared,
                   arena_printf(c->arena, "the variable `%s`", a->name.text));
    else
        check_expr(c, a->value);
    if (a->variable)
        check_facts_forget(c, a->variable);
}

static void check_actions(struct checker *c, struct action *actions)
{
    for (struct action *a = actions; a; a = a->next) {
        if (!a->value)
            continue;
        switch (a->kind) {
        case ACTION_SAY:
            check_shown(c, a->value);
            check_public(c, a->value, "said");
            break;
        case ACTION_LOG:
            check_shown(c, a->value);
            check_public(c, a->value, "logged");
            break;
        case ACTION_WAIT:
            check_fits(c, a->value, type_basic(TYPE_DURATION), "the time to wait");
            check_public(c, a->value, "used as a time to wait");
            break;
        case ACTION_ASSIGN:
            check_assignment(c, a);
            break;
        }
    }
}

/* Arms. */

/* What the labels of an arm mean for its values. */
struct arm_labels {
    bool good;     /* a response, or a success, is among them */
    bool other;    /* another outcome is among them */
    bool response; /* there may be a status and headers: an `error` has them if a head came */
    bool error;    /* a body may have come that is not of the type after `as` */
};

static struct arm_labels read_labels(const struct node *n, const struct arm *arm)
{
    struct arm_labels labels = { 0 };
    for (const struct label *l = arm->labels; l; l = l->next) {
        bool is_error = bind_label_means(l, OUTCOME_ERROR);
        bool is_good = n->kind == NODE_CALL_API
                           ? !is_error && !bind_label_means(l, OUTCOME_TIMEOUT) &&
                                 !bind_label_means(l, OUTCOME_MAX_CONNECTION)
                           : !bind_label_means(l, OUTCOME_FAIL);
        labels.good |= is_good;
        labels.other |= !is_good;
        labels.response |= is_good || is_error;
        labels.error |= is_error;
    }
    return labels;
}

static const struct type *where(struct checker *c, const struct type *t, bool here, bool elsewhere)
{
    if (!here)
        return type_basic(TYPE_NULL);
    return elsewhere ? type_optional(c->arena, t) : t;
}

static const struct type *result_type(const struct flow_model *callee)
{
    return callee && callee->result ? callee->result : type_basic(TYPE_ANY);
}

void check_arm_types(struct checker *c, const struct node_model *node, const struct arm *arm)
{
    const struct node *n = node->ast;
    struct arm_labels labels = read_labels(n, arm);
    bool other = labels.other;
    const struct type *as = arm->as && !labels.error ? arm->as->type : NULL;
    const struct type *body = as ? as : type_basic(TYPE_ANY);
    c->arm = (struct arm_types){ .node = node, .is_optional = other };
    c->arm.of[ARM_ERROR] =
        where(c, n->kind == NODE_CALL_API ? c->error : c->fail_error, true, labels.good);
    if (n->kind == NODE_CALL_API) {
        c->arm.of[ARM_STATUS] = where(c, type_basic(TYPE_INT), labels.response, other);
        c->arm.of[ARM_HEADERS] = where(c, c->headers, labels.response, other);
        c->arm.of[ARM_BODY] = where(c, body, labels.response, other);
    } else if (n->kind == NODE_CALL_FLOW) {
        c->arm.of[ARM_RESULT] = where(c, result_type(node->callee), labels.good, other);
    } else if (n->kind == NODE_EACH) {
        c->arm.of[ARM_RESULTS] =
            where(c, type_list(c->arena, result_type(node->callee)), labels.good, other);
    }
}

static void check_as(struct checker *c, const struct node *n, const struct arm *arm)
{
    if (n->kind == NODE_CALL_API || n->kind == NODE_BAD)
        return;
    struct diag *diag =
        diag_add(c->d, E0406, arm->as->span,
                 "`as` gives a type to the body of a response, but this node does not call an API");
    diag_help(c->d, diag, "remove `as`%s",
              n->kind == NODE_ASK
                  ? "; to give the answer of an `ask` a type, write `ask \"…\" as name: int`"
                  : "");
}

static void check_arm(struct checker *c, struct node_model *node, struct arm *arm)
{
    size_t facts = c->fact_count;
    if (arm->as)
        check_as(c, node->ast, arm);
    check_arm_types(c, node, arm);
    if (arm->when) {
        check_condition(c, arm->when);
        check_facts_add(c, arm->when, true);
    }
    check_actions(c, arm->actions);
    check_arrow(c, &arm->arrow);
    c->fact_count = facts;
    c->arm = (struct arm_types){ .node = NULL };
}

/* Verbs. */

static void check_ask(struct checker *c, struct node_model *node)
{
    struct node *n = node->ast;
    const struct type *answer = check_answer_type(n);
    check_shown(c, n->verb->subject);
    check_public(c, n->verb->subject, "asked");
    bool is_plain = !answer->optional && answer->kind != TYPE_LIST && answer->kind != TYPE_OBJECT &&
                    answer->kind != TYPE_ANY;
    if (!is_plain) {
        struct diag *diag =
            diag_add(c->d, E0701, n->verb->result_type->span,
                     "an answer must be `text`, `int`, `number` or `bool`, not `%s`",
                     check_type_text(c, answer));
        diag_help(c->d, diag, "ask for a text, and convert it afterwards");
    }
    if (is_plain && node->answer && node->answer->declared &&
        !type_fits(answer, node->answer->declared)) {
        struct diag *diag =
            diag_add(c->d, E0701, n->verb->result.span, "the answer is `%s`, but `%s` is `%s`",
                     check_type_text(c, answer), n->verb->result.text,
                     check_type_text(c, node->answer->declared));
        diag_help(c->d, diag, "write `as %s: %s`", n->verb->result.text,
                  check_type_text(c, node->answer->declared));
    }
    check_ask_settings(c, node, is_plain ? answer : type_basic(TYPE_UNKNOWN));
}

static void check_conditions(struct checker *c, struct node_model *node)
{
    bool has_else = false;
    size_t facts = c->fact_count;
    for (struct condition *k = node->ast->verb->conditions; k; k = k->next) {
        has_else |= k->when == NULL;
        size_t before = c->fact_count;
        if (k->when) {
            check_condition(c, k->when);
            check_facts_add(c, k->when, true);
        }
        check_arrow(c, &k->arrow);
        c->fact_count = before;
        check_facts_add(c, k->when, false);
    }
    c->fact_count = facts;
    if (has_else || resolve_is_broken(c->r, node->ast->span))
        return;
    struct diag *diag = diag_add(c->d, E0402, node->ast->name.span, "node `%s` does not map `else`",
                                 node->ast->name.text);
    diag_help(c->d, diag, "add `else -> …` to say where the run goes when no condition is true");
}

static void check_case_constant(struct checker *c, struct expr *e, const struct type *subject)
{
    struct value v;
    struct bytes text = { 0 };
    const struct type *t = check_expr(c, e);
    if (!check_constant_value(c, e, &v))
        return;
    if (!type_comparable(t, subject)) {
        struct diag *diag = diag_add(c->d, E0701, e->span, "this is `%s`, which never equals `%s`",
                                     check_type_text(c, t), check_type_text(c, subject));
        diag_help(c->d, diag,
                  "values are never converted silently: write a text in quotes, a number without");
    }
    if (v.tag == VALUE_INT)
        v = value_number((double)v.integer == 0 ? 0 : (double)v.integer);
    json_write(&text, v);
    const char *word = intern_add(&c->m->words, bytes_text(&text), text.len);
    struct expr *first = names_add(&c->seen, word, e);
    if (first) {
        struct diag *diag = diag_add(c->d, E0405, e->span, "the case %s can never be taken",
                                     check_source(c, e->span));
        diag_note(c->d, diag, first->span, "the same case is here");
    }
    bytes_release(&text);
    value_unref(v);
}

/* Whether a case that is an unknown name is a misspelled `else`. */
static bool has_misspelled_else(const struct node *n)
{
    static const char *const words[] = { "else", NULL };
    for (const struct switch_case *k = n->verb->cases; k; k = k->next) {
        const struct expr *e = k->constants;
        if (e && e->kind == EXPR_NAME && !e->binding && e->word.text &&
            nearest_word(e->word.text, words))
            return true;
    }
    return false;
}

void check_switch(struct checker *c, struct node_model *node)
{
    struct node *n = node->ast;
    const struct switch_case *otherwise = NULL;
    const struct type *subject = check_expr(c, n->verb->subject);
    names_clear(&c->seen);
    for (struct switch_case *k = n->verb->cases; k; k = k->next) {
        for (struct expr *e = k->constants; e; e = e->next)
            check_case_constant(c, e, subject);
        if (otherwise) {
            struct diag *diag = diag_add(c->d, E0405, k->span, "this case can never be taken");
            diag_note(c->d, diag, otherwise->span, "`else` takes everything");
            diag_help(c->d, diag, "write `else` once, as the last case");
        }
        if (k->is_else)
            otherwise = k;
    }
    for (struct switch_case *k = n->verb->cases; k; k = k->next) {
        check_actions(c, k->actions);
        check_arrow(c, &k->arrow);
    }
    if (otherwise || resolve_is_broken(c->r, n->span) || has_misspelled_else(n))
        return;
    struct diag *diag =
        diag_add(c->d, E0402, n->name.span, "node `%s` does not map `else`", n->name.text);
    diag_help(c->d, diag,
              "add `else -> …` as the last case, to say where the run goes with any other value");
}

static void check_each(struct checker *c, struct node_model *node)
{
    struct node *n = node->ast;
    const struct type *list =
        check_fits(c, n->verb->subject, type_basic(TYPE_LIST), "`each` needs a list");
    c->item = list->kind == TYPE_LIST ? list->item : type_basic(TYPE_ANY);
    c->item = type_with_secret(c->arena, c->item, c->item->secret || list->secret);
    check_args(c, node->callee, n->verb->args, n->verb->flow);
    c->item = NULL;
    if (n->verb->concurrency < 1 || n->verb->concurrency > IMAGE_MAX_CONCURRENCY)
        diag_add(c->d, E0605, n->verb_span, "`concurrency` must be from 1 to %u",
                 IMAGE_MAX_CONCURRENCY);
}

static void check_no_way(struct checker *c, const struct node *n)
{
    if (n->arrow || resolve_is_broken(c->r, n->span) || !n->name.text)
        return;
    struct diag *diag = diag_add(c->d, E0406, n->name.span,
                                 "node `%s` does not say where to go next", n->name.text);
    diag_help(c->d, diag, "end it with `-> NODE`, `-> flow NAME(…)`, `-> end` or `-> fail`");
}

static void check_verb(struct checker *c, struct node_model *node)
{
    struct node *n = node->ast;
    switch (n->kind) {
    case NODE_BAD:
        break;
    case NODE_PLAIN:
        check_no_way(c, n);
        break;
    case NODE_CALL_API:
        check_path(c, n->verb->path);
        check_call_settings(c, node);
        break;
    case NODE_ASK:
        check_ask(c, node);
        break;
    case NODE_IF:
        check_conditions(c, node);
        break;
    case NODE_SWITCH:
        check_switch(c, node);
        break;
    case NODE_CALL_FLOW:
        check_args(c, node->callee, n->verb->args, n->verb->flow);
        break;
    case NODE_EACH:
        check_each(c, node);
        break;
    case NODE_PARALLEL:
        for (struct branch *b = n->verb->branches; b; b = b->next)
            check_args(c, b->flow_model, b->args, b->flow);
        break;
    }
}

static bool has_outcomes(enum node_kind kind)
{
    return kind != NODE_BAD && kind != NODE_PLAIN && kind != NODE_IF && kind != NODE_SWITCH;
}

void check_node(struct checker *c, struct node_model *node)
{
    struct node *n = node->ast;
    check_actions(c, n->actions);
    check_verb(c, node);
    if (n->arrow)
        check_arrow(c, n->arrow);
    if (has_outcomes(n->kind))
        check_outcomes(c, node);
    for (struct arm *arm = n->arms; arm; arm = arm->next)
        check_arm(c, node, arm);
    c->fact_count = 0;
}
