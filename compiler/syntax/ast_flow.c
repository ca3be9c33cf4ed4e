/* Flows: actions, arrows, arms, nodes. */
#include "syntax/ast_build.h"

#include <string.h>

struct action *ast_action(struct builder *b, enum action_kind kind, struct span span,
                          struct expr *value)
{
    struct action *action = arena_alloc(b->arena, sizeof(*action));
    action->kind = kind;
    action->span = span;
    action->value = value;
    return action;
}

struct action *ast_assign(struct builder *b, struct span span, struct word name, struct expr *value)
{
    struct action *action = ast_action(b, ACTION_ASSIGN, span, value);
    action->name = name;
    return action;
}

struct target *ast_target(struct builder *b, enum target_kind kind, struct span span)
{
    struct target *target =
        b->spare_target ? b->spare_target : arena_alloc(b->arena, sizeof *target);
    b->spare_target = NULL;
    *target = (struct target){ .kind = kind, .span = span };
    return target;
}

struct target *ast_target_node(struct builder *b, struct word name)
{
    struct target *target = ast_target(b, TARGET_NODE, name.span);
    target->name = name;
    return target;
}

struct target *ast_target_flow(struct builder *b, struct span span, struct word name,
                               struct arg_list args)
{
    struct target *target = ast_target(b, TARGET_FLOW, span);
    target->name = name;
    target->args = args.first;
    return target;
}

struct target *ast_target_end(struct builder *b, enum target_kind kind, struct span span,
                              struct expr *value)
{
    struct target *target = ast_target(b, kind, span);
    target->value = value;
    return target;
}

struct arrow *ast_arrow(struct builder *b, struct span span, struct target *to)
{
    struct arrow *arrow = arena_alloc(b->arena, sizeof(*arrow));
    arrow->span = span;
    arrow->to = *to;
    b->spare_target = to;
    return arrow;
}

struct arrow *ast_bounded_arrow(struct builder *b, struct span span, struct target *to,
                                struct span max, const struct target *otherwise)
{
    struct arrow *arrow = ast_arrow(b, span, to);
    arrow->bound = arena_alloc(b->arena, sizeof *arrow->bound);
    *arrow->bound =
        (struct bound){ .max = ast_count(b, max), .max_span = max, .otherwise = *otherwise };
    return arrow;
}

struct arm *ast_arm(struct builder *b, struct span span, struct label_list labels,
                    struct type_expr *as, struct expr *when, struct action_list actions,
                    const struct arrow *arrow)
{
    struct arm *arm = arena_alloc(b->arena, sizeof(*arm));
    arm->span = span;
    arm->labels = labels.first;
    arm->as = as;
    arm->when = when;
    arm->actions = actions.first;
    arm->arrow = *arrow;
    return arm;
}

struct switch_case *ast_case(struct builder *b, struct span span, struct expr_list constants,
                             struct action_list actions, const struct arrow *arrow)
{
    struct switch_case *item = arena_alloc(b->arena, sizeof(*item));
    item->span = span;
    item->constants = constants.first;
    item->is_else = constants.first == NULL;
    item->actions = actions.first;
    item->arrow = *arrow;
    return item;
}

struct condition *ast_condition(struct builder *b, struct span span, struct expr *when,
                                const struct arrow *arrow)
{
    struct condition *condition = arena_alloc(b->arena, sizeof(*condition));
    condition->span = span;
    condition->when = when;
    condition->arrow = *arrow;
    return condition;
}

struct condition_list ast_conditions(struct builder *b, struct span span, struct expr *first,
                                     const struct arrow *arrow, struct condition_list more,
                                     const struct arrow *otherwise)
{
    struct condition *start =
        ast_condition(b, (struct span){ span.start, arrow->span.end }, first, arrow);
    struct condition *end = ast_condition(b, otherwise->span, NULL, otherwise);
    start->next = more.first;
    struct condition_list all = { start, more.last ? more.last : start };
    return ast_condition_list_add(all, end);
}

struct branch *ast_branch(struct builder *b, struct span span, struct word name, struct word flow,
                          struct arg_list args)
{
    struct branch *branch = arena_alloc(b->arena, sizeof(*branch));
    branch->span = span;
    branch->name = name;
    branch->flow = flow;
    branch->args = args.first;
    return branch;
}

static const struct verb no_verb = { .concurrency = 1 };

static struct node *make_node(struct builder *b, enum node_kind kind, struct span verb_span)
{
    struct node *node = arena_alloc(b->arena, sizeof *node);
    node->kind = kind;
    node->verb_span = verb_span;
    node->verb = &no_verb;
    return node;
}

static struct node *make_verb(struct builder *b, enum node_kind kind, struct span verb_span,
                              struct verb verb)
{
    struct node *node = make_node(b, kind, verb_span);
    struct verb *own = arena_alloc(b->arena, sizeof *own);
    *own = verb;
    node->verb = own;
    return node;
}

struct node *ast_api_call(struct builder *b, enum http_method method, struct span verb_span,
                          struct word endpoint, struct expr *path)
{
    return make_verb(b, NODE_CALL_API, verb_span,
                     (struct verb){ .method = method, .endpoint = endpoint, .path = path });
}

struct node *ast_ask(struct builder *b, struct span verb_span, struct expr *question,
                     struct word result, struct type_expr *type)
{
    return make_verb(b, NODE_ASK, verb_span,
                     (struct verb){ .subject = question, .result = result, .result_type = type });
}

struct node *ast_if_node(struct builder *b, struct span verb_span, struct condition_list conditions)
{
    return make_verb(b, NODE_IF, verb_span, (struct verb){ .conditions = conditions.first });
}

struct node *ast_switch(struct builder *b, struct span verb_span, struct expr *subject,
                        struct switch_case_list cases)
{
    return make_verb(b, NODE_SWITCH, verb_span,
                     (struct verb){ .subject = subject, .cases = cases.first });
}

struct node *ast_flow_call(struct builder *b, struct span verb_span, struct word flow,
                           struct arg_list args)
{
    return make_verb(b, NODE_CALL_FLOW, verb_span,
                     (struct verb){ .flow = flow, .args = args.first });
}

struct node *ast_lost_call(struct builder *b, struct span span)
{
    return make_node(b, NODE_BAD, span);
}

struct node *ast_each_node(struct builder *b, struct span verb_span, struct word item,
                           struct expr *list, int64_t concurrency, struct node *call)
{
    return make_verb(b, NODE_EACH, verb_span,
                     (struct verb){ .subject = list,
                                    .result = item,
                                    .concurrency = concurrency,
                                    .flow = call->verb->flow,
                                    .args = call->verb->args });
}

struct node *ast_parallel(struct builder *b, struct span verb_span, struct branch_list branches)
{
    return make_verb(b, NODE_PARALLEL, verb_span, (struct verb){ .branches = branches.first });
}

struct node_body *ast_body(struct builder *b)
{
    struct node_body *body = b->spare_body ? b->spare_body : arena_alloc(b->arena, sizeof *body);
    b->spare_body = NULL;
    *body = (struct node_body){ .lost = b->lost };
    return body;
}

/* Makes body bad. True if it was good so far, and nothing in it was lost that could be the
 * cause. */
static bool spoil(const struct builder *b, struct node_body *body)
{
    bool first = !body->bad && b->lost == body->lost;
    body->bad = true;
    return first;
}

struct node_body *ast_body_action(struct builder *b, struct node_body *body, struct action *action)
{
    if (!body->verb && !body->arrow && !body->arms.first) {
        body->actions = ast_action_list_add(body->actions, action);
        return body;
    }
    if (!spoil(b, body))
        return body;
    struct diag *diag =
        ast_misplaced(b, action->span,
                      "an action must be at the start of the node, or in the braces of an outcome");
    diag_help(b->diags, diag, "write `200 { say \"…\" } -> next`");
    return body;
}

struct node_body *ast_body_verb(struct builder *b, struct node_body *body, struct node *verb)
{
    if (!body->verb) {
        body->verb = verb;
        return body;
    }
    if (!spoil(b, body))
        return body;
    struct diag *diag = ast_misplaced(
        b, verb->verb_span, "a node can do only one thing, and this one already does another");
    diag_help(b->diags, diag, "move it to a node of its own, and point an arrow to that node");
    diag_note(b->diags, diag, body->verb->verb_span, "this is the first");
    return body;
}

static bool is_method(const struct expr *value)
{
    static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD" };
    for (size_t i = 0; value && value->kind == EXPR_NAME && i < sizeof(methods) / sizeof(*methods);
         i++) {
        if (strcmp(value->word.text, methods[i]) == 0)
            return true;
    }
    return false;
}

/* `x = GET shop "/"` is read as `x = GET` and a setting `shop "/"`. */
static void say_unknown_action(struct builder *b, const struct node_body *body, struct word word)
{
    struct action *last = body->actions.last;
    if (last && last->kind == ACTION_ASSIGN && is_method(last->value)) {
        struct diag *diag = ast_misplaced(b, last->value->span, "a call is not a value");
        diag_help(b->diags, diag,
                  "write `%s %s \"…\"`, and in an outcome `200 { %s = body } -> next`",
                  last->value->word.text, word.text, last->name.text);
        last->value = ast_bad(b, last->value->span);
        return;
    }
    const char *help = ast_habit(word.text);
    struct diag *diag = ast_misplaced(b, word.span, "`%s` is not an action", word.text);
    diag_help(b->diags, diag, "%s",
              help ? help : "the actions are `say`, `log`, `wait` and `name = value`");
}

struct node_body *ast_body_setting(struct builder *b, struct node_body *body,
                                   struct setting *setting)
{
    if (body->verb && !body->arms.first) {
        body->settings = ast_setting_list_add(body->settings, setting);
        return body;
    }
    if (!spoil(b, body))
        return body;
    if (setting->kind == SETTING_UNKNOWN && !body->verb)
        say_unknown_action(b, body, setting->word);
    else
        ast_misplaced(b, setting->word.span,
                      body->verb ? "`%s` must be before the outcomes of the node"
                                 : "`%s` must be after the call or the `ask` of the node",
                      setting->word.text);
    return body;
}

struct node_body *ast_body_arm(struct builder *b, struct node_body *body, struct arm *arm)
{
    (void)b;
    body->arms = ast_arm_list_add(body->arms, arm);
    return body;
}

struct node_body *ast_body_arrow(struct builder *b, struct node_body *body, struct arrow *arrow)
{
    if (!body->verb && !body->arrow && !body->arms.first) {
        body->arrow = arrow;
        return body;
    }
    if (!spoil(b, body))
        return body;
    if (body->arrow) {
        struct diag *diag = ast_misplaced(
            b, arrow->span,
            "a node can have only one arrow without an outcome, and this one already has it");
        diag_help(b->diags, diag,
                  "to choose between two targets, write `if … -> one else -> other`");
        return body;
    }
    struct diag *diag =
        ast_misplaced(b, arrow->span, "expected an outcome before `->`, such as `200` or `other`");
    diag_help(b->diags, diag, "this node can have several outcomes, and each needs an arrow");
    return body;
}

/* A node of which a part was lost is BAD as a whole, so that no check reports that part as
 * missing. */
struct node *ast_node(struct builder *b, struct span span, struct word name, struct node_body *body)
{
    struct node *node = body->verb ? body->verb : make_node(b, NODE_PLAIN, name.span);
    if (body->bad || b->lost > span.start)
        node->kind = NODE_BAD;
    node->name = name;
    node->span = span;
    node->doc = ast_doc(b, span.start);
    node->actions = body->actions.first;
    node->arms = body->arms.first;
    node->settings = body->settings.first;
    node->arrow = body->arrow;
    b->spare_body = body;
    return node;
}
