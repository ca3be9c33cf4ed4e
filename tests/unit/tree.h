/* A tree as text, for the tests of the parser: what is written about a tree is all that is in it.
 */
#ifndef FLOW_TESTS_TREE_H
#define FLOW_TESTS_TREE_H

#include "base/bytes.h"
#include "syntax/parse.h"

#include <string.h>

static void dump_expr(struct bytes *out, const struct expr *e);

static void dump_pairs(struct bytes *out, const struct pair *pair)
{
    bytes_add_text(out, "{");
    for (; pair; pair = pair->next) {
        bytes_printf(out, "%s: ", pair->key.text);
        dump_expr(out, pair->value);
        bytes_add_text(out, pair->next ? ", " : "");
    }
    bytes_add_text(out, "}");
}

static void dump_items(struct bytes *out, const struct expr *item)
{
    for (; item; item = item->next) {
        bytes_add_text(out, " ");
        dump_expr(out, item);
    }
}

static void dump_text(struct bytes *out, const struct expr *e)
{
    bytes_add_char(out, '"');
    for (size_t i = 0; i < e->len; i++) {
        if (e->bytes[i] == '\n')
            bytes_add_text(out, "\\n");
        else
            bytes_add_char(out, e->bytes[i]);
    }
    bytes_add_char(out, '"');
}

static const char *dump_operator(enum expr_operator op)
{
    static const char *const names[] = { "not", "neg", "+", "-",  "*",  "/",   "%",  "==", "!=",
                                         "<",   "<=",  ">", ">=", "in", "and", "or", "?\?" };
    return names[op];
}

static void dump_operation(struct bytes *out, const char *name, const struct expr *a,
                           const struct expr *b, const struct expr *c)
{
    bytes_printf(out, "(%s ", name);
    dump_expr(out, a);
    const struct expr *rest[] = { b, c };
    for (size_t i = 0; i < 2; i++) {
        if (!rest[i])
            continue;
        bytes_add_text(out, " ");
        dump_expr(out, rest[i]);
    }
    bytes_add_text(out, ")");
}

static void dump_expr(struct bytes *out, const struct expr *e)
{
    switch (e->kind) {
    case EXPR_BAD:
        bytes_add_text(out, "BAD");
        break;
    case EXPR_NULL:
        bytes_add_text(out, "null");
        break;
    case EXPR_BOOL:
        bytes_add_text(out, e->boolean ? "true" : "false");
        break;
    case EXPR_INT:
        bytes_printf(out, "%lld", (long long)e->integer);
        break;
    case EXPR_NUMBER:
        bytes_printf(out, "%gn", e->number);
        break;
    case EXPR_DECIMAL:
        bytes_printf(out, "%.*sn", (int)e->len, e->bytes);
        break;
    case EXPR_DURATION:
        bytes_printf(out, "%lldms", (long long)e->integer);
        break;
    case EXPR_TEXT:
        dump_text(out, e);
        break;
    case EXPR_TEMPLATE:
    case EXPR_LIST:
        bytes_add_text(out, e->kind == EXPR_LIST ? "(list" : "(text");
        dump_items(out, e->items);
        bytes_add_text(out, ")");
        break;
    case EXPR_NAME:
        bytes_add_text(out, e->word.text);
        break;
    case EXPR_OBJECT:
        dump_pairs(out, e->pairs);
        break;
    case EXPR_MEMBER:
        dump_operation(out, ".", e->left, NULL, NULL);
        out->len--;
        bytes_printf(out, " %s)", e->word.text);
        break;
    case EXPR_INDEX:
        dump_operation(out, "at", e->left, e->right, NULL);
        break;
    case EXPR_EACH:
        dump_operation(out, "each", e->left, NULL, NULL);
        break;
    case EXPR_UNARY:
        dump_operation(out, dump_operator(e->op), e->left, NULL, NULL);
        break;
    case EXPR_BINARY:
        dump_operation(out, dump_operator(e->op), e->left, e->right, NULL);
        break;
    case EXPR_IF:
        dump_operation(out, "if", e->left, e->right, e->third);
        break;
    case EXPR_CALL:
        bytes_printf(out, "(call %s", e->word.text);
        dump_items(out, e->items);
        bytes_add_text(out, ")");
        break;
    }
}

static void dump_type(struct bytes *out, const struct type_expr *type)
{
    switch (type->kind) {
    case TYPE_EXPR_NAME:
        bytes_add_text(out, type->name.text);
        break;
    case TYPE_EXPR_LIST:
        bytes_add_text(out, "[");
        dump_type(out, type->inner);
        bytes_add_text(out, "]");
        break;
    case TYPE_EXPR_OPTIONAL:
        dump_type(out, type->inner);
        bytes_add_text(out, "?");
        break;
    case TYPE_EXPR_SHAPE:
        bytes_add_text(out, "{");
        for (const struct type_field *field = type->fields; field; field = field->next) {
            bytes_printf(out, "%s: ", field->name.text);
            dump_type(out, field->type);
            bytes_add_text(out, field->next ? ", " : "");
        }
        bytes_add_text(out, "}");
        break;
    }
}

static void dump_args(struct bytes *out, const struct arg *arg)
{
    for (; arg; arg = arg->next) {
        bytes_printf(out, " %s: ", arg->name.text);
        dump_expr(out, arg->value);
    }
}

static void dump_labels(struct bytes *out, const struct label *label)
{
    for (; label; label = label->next)
        bytes_printf(out, "%s%s", label->word.text, label->next ? "," : "");
}

static void dump_setting(struct bytes *out, const struct setting *s)
{
    static const char *const kinds[] = {
        "url",     "bearer", "basic",       "header",    "query",        "separator", "connect",
        "timeout", "within", "connections", "redirects", "max-response", "tls",       "retry",
        "body",    "form",   "xml",         "text",      "match",        "choices",   "UNKNOWN"
    };
    bytes_printf(out, "(%s", kinds[s->kind]);
    if (s->kind == SETTING_SEPARATOR || s->kind == SETTING_UNKNOWN)
        bytes_printf(out, " %s", s->word.text);
    dump_items(out, s->first);
    dump_items(out, s->second);
    if (s->pairs) {
        bytes_add_text(out, " ");
        dump_pairs(out, s->pairs);
    }
    if (s->amount)
        bytes_printf(out, " %lld", (long long)s->amount);
    if (s->wait >= 0)
        bytes_printf(out, " wait %lld", (long long)s->wait);
    if (s->labels)
        bytes_add_text(out, " on ");
    dump_labels(out, s->labels);
    if (s->backoff_from >= 0)
        bytes_printf(out, " backoff %lld..%lld", (long long)s->backoff_from,
                     (long long)s->backoff_to);
    bytes_add_text(out, ")");
}

static void dump_settings(struct bytes *out, const struct setting *s)
{
    for (; s; s = s->next) {
        bytes_add_text(out, " ");
        dump_setting(out, s);
    }
}

static void dump_target(struct bytes *out, const struct target *target)
{
    static const char *const kinds[] = { "BAD", "", "flow ", "end", "fail" };
    bytes_printf(out, "%s%s", kinds[target->kind], target->name.text ? target->name.text : "");
    if (target->kind == TARGET_FLOW)
        dump_args(out, target->args);
    else if (target->kind == TARGET_END || target->kind == TARGET_FAIL)
        dump_items(out, target->value);
}

static void dump_arrow(struct bytes *out, const struct arrow *arrow)
{
    bytes_add_text(out, " -> ");
    dump_target(out, &arrow->to);
    if (!arrow->bound)
        return;
    bytes_printf(out, " max %lld else ", (long long)arrow->bound->max);
    dump_target(out, &arrow->bound->otherwise);
}

static void dump_actions(struct bytes *out, const struct action *action)
{
    static const char *const kinds[] = { "say", "log", "wait" };
    for (; action; action = action->next) {
        if (action->kind == ACTION_ASSIGN)
            bytes_printf(out, " (%s = ", action->name.text);
        else
            bytes_printf(out, " (%s ", kinds[action->kind]);
        dump_expr(out, action->value);
        bytes_add_text(out, ")");
    }
}

static void dump_arms(struct bytes *out, const struct arm *arm)
{
    for (; arm; arm = arm->next) {
        bytes_add_text(out, " [");
        dump_labels(out, arm->labels);
        if (arm->as)
            bytes_add_text(out, " as ");
        if (arm->as)
            dump_type(out, arm->as);
        if (arm->when)
            bytes_add_text(out, " when ");
        if (arm->when)
            dump_expr(out, arm->when);
        dump_actions(out, arm->actions);
        dump_arrow(out, &arm->arrow);
        bytes_add_text(out, "]");
    }
}

static void dump_cases(struct bytes *out, const struct switch_case *item)
{
    for (; item; item = item->next) {
        bytes_add_text(out, item->is_else ? " [else" : " [case");
        dump_items(out, item->constants);
        dump_actions(out, item->actions);
        dump_arrow(out, &item->arrow);
        bytes_add_text(out, "]");
    }
}

static void dump_conditions(struct bytes *out, const struct condition *condition)
{
    for (; condition; condition = condition->next) {
        bytes_add_text(out, condition->when ? " [if " : " [else");
        if (condition->when)
            dump_expr(out, condition->when);
        dump_arrow(out, &condition->arrow);
        bytes_add_text(out, "]");
    }
}

static void dump_branches(struct bytes *out, const struct branch *branch)
{
    for (; branch; branch = branch->next) {
        bytes_printf(out, " [%s: %s", branch->name.text, branch->flow.text);
        dump_args(out, branch->args);
        bytes_add_text(out, "]");
    }
}

static void dump_verb(struct bytes *out, const struct node *node)
{
    static const char *const kinds[] = { "BAD",    "plain", "api",  "ask",     "if",
                                         "switch", "call",  "each", "parallel" };
    static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD" };
    bytes_printf(out, " %s", kinds[node->kind]);
    if (node->kind == NODE_CALL_API)
        bytes_printf(out, " %s %s", methods[node->verb->method], node->verb->endpoint.text);
    dump_items(out, node->verb->path);
    dump_items(out, node->verb->subject);
    if (node->verb->result.text)
        bytes_printf(out, " as %s", node->verb->result.text);
    if (node->verb->result_type)
        bytes_add_text(out, ": ");
    if (node->verb->result_type)
        dump_type(out, node->verb->result_type);
    if (node->kind == NODE_EACH)
        bytes_printf(out, " by %lld", (long long)node->verb->concurrency);
    if (node->verb->flow.text)
        bytes_printf(out, " %s", node->verb->flow.text);
    dump_args(out, node->verb->args);
}

static void dump_node(struct bytes *out, const struct node *node)
{
    bytes_printf(out, "(node %s", node->name.text);
    dump_actions(out, node->actions);
    dump_verb(out, node);
    dump_settings(out, node->settings);
    dump_conditions(out, node->verb->conditions);
    dump_cases(out, node->verb->cases);
    dump_branches(out, node->verb->branches);
    dump_arms(out, node->arms);
    if (node->arrow)
        dump_arrow(out, node->arrow);
    bytes_add_text(out, ")");
}

static void dump_flow(struct bytes *out, const struct decl *decl)
{
    for (const struct param *param = decl->params; param; param = param->next) {
        bytes_printf(out, " (in %s: ", param->name.text);
        dump_type(out, param->type);
        dump_items(out, param->value);
        bytes_add_text(out, ")");
    }
    for (const struct var *var = decl->vars; var; var = var->next) {
        bytes_printf(out, " (var %s", var->name.text);
        if (var->type)
            bytes_add_text(out, ": ");
        if (var->type)
            dump_type(out, var->type);
        dump_items(out, var->value);
        bytes_add_text(out, ")");
    }
    for (const struct node *node = decl->nodes; node; node = node->next) {
        bytes_add_text(out, " ");
        dump_node(out, node);
    }
}

static void dump_steps(struct bytes *out, const struct step *step)
{
    static const char *const kinds[] = { "start",       "reply",         "answer",
                                         "expect-say",  "expect-visit",  "expect-end",
                                         "expect-fail", "expect-request" };
    for (; step; step = step->next) {
        bytes_printf(out, " (%s", kinds[step->kind]);
        if (step->name.text)
            bytes_printf(out, " %s", step->name.text);
        dump_args(out, step->args);
        for (const struct node_ref *ref = step->nodes; ref; ref = ref->next)
            bytes_printf(out, " %s%s%s", ref->flow.text ? ref->flow.text : "",
                         ref->flow.text ? "." : "", ref->node.text);
        if (step->label)
            bytes_printf(out, " %s", step->label->word.text);
        if (step->timed_out)
            bytes_add_text(out, " timeout");
        dump_items(out, step->value);
        bytes_add_text(out, ")");
    }
}

static void dump_imports(struct bytes *out, const struct decl *decl)
{
    for (const struct import_name *import = decl->imports; import; import = import->next)
        bytes_printf(out, " %s=%s", import->local.text, import->name.text);
    if (decl->path.text)
        bytes_printf(out, " from %s", decl->path.text);
}

static void dump_decl(struct bytes *out, const struct decl *decl)
{
    static const char *const kinds[] = { "BAD",  "import",   "const", "config", "secret",
                                         "type", "endpoint", "flow",  "test" };
    bytes_printf(out, "(%s", kinds[decl->kind]);
    if (decl->name.text)
        bytes_printf(out, " %s", decl->name.text);
    dump_imports(out, decl);
    if (decl->type)
        bytes_add_text(out, ": ");
    if (decl->type)
        dump_type(out, decl->type);
    dump_items(out, decl->value);
    dump_settings(out, decl->settings);
    dump_flow(out, decl);
    dump_steps(out, decl->steps);
    bytes_add_text(out, ")");
}

/* One declaration per line. */
static void dump_ast(struct bytes *out, const struct ast *ast)
{
    for (const struct decl *decl = ast->decls; decl; decl = decl->next) {
        dump_decl(out, decl);
        bytes_add_text(out, decl->next ? "\n" : "");
    }
}

#endif
