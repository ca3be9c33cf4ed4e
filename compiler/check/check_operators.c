/* Types of operators. No operand is converted silently. */
#include "check/check.h"

#include <string.h>

static const char *sign_of(enum expr_operator op)
{
    static const char *const signs[] = {
        [OP_NOT] = "not",          [OP_NEGATE] = "-", [OP_ADD] = "+",         [OP_SUBTRACT] = "-",
        [OP_MULTIPLY] = "*",       [OP_DIVIDE] = "/", [OP_REMAINDER] = "%",   [OP_EQUAL] = "==",
        [OP_NOT_EQUAL] = "!=",     [OP_LESS] = "<",   [OP_LESS_EQUAL] = "<=", [OP_GREATER] = ">",
        [OP_GREATER_EQUAL] = ">=", [OP_IN] = "in",    [OP_AND] = "and",       [OP_OR] = "or",
        [OP_DEFAULT] = "??",
    };
    return signs[op];
}

static const struct type *with_secrets(struct checker *c, enum type_kind kind, const struct type *x,
                                       const struct type *y)
{
    return type_with_secret(c->arena, type_basic(kind), x->secret || y->secret);
}

static bool is_unknown(const struct type *x, const struct type *y)
{
    return x->kind == TYPE_UNKNOWN || y->kind == TYPE_UNKNOWN;
}

/* True if one of the two may be null, which no operator accepts; reported. */
static bool refuse_null(struct checker *c, const struct expr *e)
{
    const struct expr *sides[2] = { e->left, e->right };
    for (size_t i = 0; i < 2; i++) {
        if (!type_may_be_null(sides[i]->type))
            continue;
        const char *source = check_source(c, sides[i]->span);
        if (sides[i]->type->kind == TYPE_NULL) {
            diag_add(c->d, E0701, sides[i]->span, "`%s` cannot take null", sign_of(e->op));
            return true;
        }
        struct diag *diag =
            diag_add(c->d, E0701, sides[i]->span, "`%s` cannot take null, but `%s` may be null",
                     sign_of(e->op), source);
        diag_help(c->d, diag, "write `(%s ?? …)` to give a value for that case", source);
        return true;
    }
    return false;
}

/* How a value is written inside a text: a text without its quotes, everything else in {…}. */
static const char *inside_text(struct checker *c, const struct expr *e)
{
    const char *source = check_source(c, e->span);
    size_t len = strlen(source);
    if (len >= 2 && source[0] == '"' && source[1] != '"' && source[len - 1] == '"')
        return arena_copy(c->arena, source + 1, len - 2);
    return arena_printf(c->arena, "{%s}", source);
}

static const struct type *refuse(struct checker *c, const struct expr *e, const char *wants)
{
    const struct type *x = e->left->type;
    const struct type *y = e->right->type;
    if (is_unknown(x, y) || refuse_null(c, e))
        return type_basic(TYPE_UNKNOWN);
    struct diag *diag =
        diag_add(c->d, E0701, e->op_span, "`%s` takes %s, not `%s` and `%s`", sign_of(e->op), wants,
                 check_type_text(c, x), check_type_text(c, y));
    diag_note(c->d, diag, e->left->span, "this is `%s`", check_type_text(c, x));
    diag_note(c->d, diag, e->right->span, "this is `%s`", check_type_text(c, y));
    if (e->op == OP_ADD && (x->kind == TYPE_TEXT || y->kind == TYPE_TEXT))
        diag_help(c->d, diag, "to join them, write one text with both in it: \"%s%s\"",
                  inside_text(c, e->left), inside_text(c, e->right));
    else if ((x->kind == TYPE_TEXT) != (y->kind == TYPE_TEXT) && e->op != OP_IN)
        diag_help(c->d, diag, "to read a number from a text, write `int(…)` or `number(…)`");
    return type_basic(TYPE_UNKNOWN);
}

static bool both(const struct type *x, const struct type *y, enum type_kind kind)
{
    return x->kind == kind && y->kind == kind && !x->optional && !y->optional;
}

static bool is_number(const struct type *t)
{
    return type_is_numeric(t) && !t->optional;
}

static bool one_is_open(const struct type *x, const struct type *y)
{
    return type_is_open(x) || type_is_open(y);
}

/* Durations are integers of milliseconds: adding keeps the unit, multiplying by an int too. */
static enum type_kind arithmetic_kind(enum expr_operator op, const struct type *x,
                                      const struct type *y)
{
    bool x_time = x->kind == TYPE_DURATION;
    bool y_time = y->kind == TYPE_DURATION;
    if (op == OP_DIVIDE || x->kind == TYPE_NUMBER || y->kind == TYPE_NUMBER)
        return TYPE_NUMBER;
    if (op == OP_MULTIPLY)
        return x_time != y_time ? TYPE_DURATION : TYPE_INT;
    if (op == OP_REMAINDER)
        return x_time ? TYPE_DURATION : TYPE_INT;
    return x_time && y_time ? TYPE_DURATION : TYPE_INT;
}

/* The result if the type of one side is known only when running. */
static const struct type *open_arithmetic(struct checker *c, const struct expr *e)
{
    const struct type *x = e->left->type;
    const struct type *y = e->right->type;
    const struct type *other = type_is_open(x) ? y : x;
    bool may_add = other->kind == TYPE_TEXT || other->kind == TYPE_LIST;
    if (type_may_be_null(other) ||
        !(type_is_open(other) || type_is_numeric(other) || (e->op == OP_ADD && may_add)))
        return refuse(c, e, e->op == OP_ADD ? "two numbers, texts or lists" : "two numbers");
    if (is_unknown(x, y))
        return type_basic(TYPE_UNKNOWN);
    enum type_kind kind = e->op == OP_ADD         ? TYPE_ANY
                          : e->op == OP_REMAINDER ? TYPE_INT
                                                  : TYPE_NUMBER;
    if (e->op == OP_ADD && may_add)
        kind = other->kind;
    /* Two ints give an int, but whether both are ints is known only when running. */
    return with_secrets(c, kind == TYPE_NUMBER && e->op != OP_DIVIDE ? TYPE_ANY : kind, x, y);
}

static const struct type *arithmetic(struct checker *c, const struct expr *e)
{
    const struct type *x = e->left->type;
    const struct type *y = e->right->type;
    if (one_is_open(x, y))
        return open_arithmetic(c, e);
    if (is_number(x) && is_number(y)) {
        if (e->op == OP_REMAINDER && (x->kind == TYPE_NUMBER || y->kind == TYPE_NUMBER))
            return refuse(c, e, "two ints");
        return with_secrets(c, arithmetic_kind(e->op, x, y), x, y);
    }
    if (e->op != OP_ADD)
        return refuse(c, e, e->op == OP_REMAINDER ? "two ints" : "two numbers");
    if (both(x, y, TYPE_TEXT))
        return with_secrets(c, TYPE_TEXT, x, y);
    if (both(x, y, TYPE_LIST))
        return type_join(c->arena, x, y);
    return refuse(c, e, "two numbers, texts or lists");
}

static const struct type *ordering(struct checker *c, const struct expr *e)
{
    const struct type *x = e->left->type;
    const struct type *y = e->right->type;
    const struct type *known = type_is_open(x) ? y : x;
    bool fine = one_is_open(x, y) ? type_is_open(known) || is_number(known) ||
                                        (known->kind == TYPE_TEXT && !known->optional)
                                  : (is_number(x) && is_number(y)) || both(x, y, TYPE_TEXT);
    if (!fine)
        refuse(c, e, "two numbers or two texts");
    return type_basic(TYPE_BOOL);
}

static const struct type *equality(struct checker *c, const struct expr *e)
{
    const struct type *x = e->left->type;
    const struct type *y = e->right->type;
    if (!type_comparable(x, y) && check_warns(c) && !resolve_is_before_mistake(c->r, e->span)) {
        struct diag *diag = diag_add(c->d, W0910, e->op_span, "`%s` and `%s` are never equal",
                                     check_type_text(c, x), check_type_text(c, y));
        if (x->kind == TYPE_TEXT || y->kind == TYPE_TEXT)
            diag_help(c->d, diag,
                      "values are never converted silently: compare two texts or two numbers");
    }
    return type_basic(TYPE_BOOL);
}

static const struct type *membership(struct checker *c, const struct expr *e)
{
    const struct type *item = e->left->type;
    const struct type *set = e->right->type;
    bool takes_text = set->kind == TYPE_TEXT || set->kind == TYPE_OBJECT;
    bool is_set =
        takes_text || set->kind == TYPE_LIST || set->kind == TYPE_NULL || type_is_open(set);
    bool is_text = (item->kind == TYPE_TEXT && !item->optional) || type_is_open(item);
    if (!is_set || (takes_text && !is_text)) {
        if (!is_unknown(item, set))
            diag_add(c->d, E0701, e->op_span,
                     "`in` looks for an item in a list, a text in a text or a "
                     "name in an object, not for `%s` in `%s`",
                     check_type_text(c, item), check_type_text(c, set));
    }
    return type_basic(TYPE_BOOL);
}

static const struct type *logic(struct checker *c, struct expr *e)
{
    size_t facts = c->fact_count;
    const char *what = e->op == OP_AND ? "`and` needs two conditions" : "`or` needs two conditions";
    check_fits(c, e->left, type_basic(TYPE_BOOL), what);
    check_facts_add(c, e->left, e->op == OP_AND);
    check_fits(c, e->right, type_basic(TYPE_BOOL), what);
    c->fact_count = facts;
    return type_basic(TYPE_BOOL);
}

static const struct type *with_default(struct checker *c, const struct expr *e)
{
    const struct type *x = e->left->type;
    const struct type *y = e->right->type;
    if (x->kind == TYPE_NULL)
        return type_with_secret(c->arena, y, x->secret || y->secret);
    return type_join(c->arena, type_without_null(c->arena, x), y);
}

const struct type *check_binary(struct checker *c, struct expr *e)
{
    if (e->op == OP_AND || e->op == OP_OR)
        return logic(c, e);
    check_expr(c, e->left);
    check_expr(c, e->right);
    switch (e->op) {
    case OP_ADD:
    case OP_SUBTRACT:
    case OP_MULTIPLY:
    case OP_DIVIDE:
    case OP_REMAINDER:
        return arithmetic(c, e);
    case OP_EQUAL:
    case OP_NOT_EQUAL:
        return equality(c, e);
    case OP_LESS:
    case OP_LESS_EQUAL:
    case OP_GREATER:
    case OP_GREATER_EQUAL:
        return ordering(c, e);
    case OP_IN:
        return membership(c, e);
    case OP_DEFAULT:
        return with_default(c, e);
    case OP_AND:
    case OP_OR:
    case OP_NOT:
    case OP_NEGATE:
        break;
    }
    return type_basic(TYPE_UNKNOWN);
}

const struct type *check_unary(struct checker *c, struct expr *e)
{
    if (e->op == OP_NOT) {
        check_fits(c, e->left, type_basic(TYPE_BOOL), "`not` needs a condition");
        return type_basic(TYPE_BOOL);
    }
    const struct type *t = check_expr(c, e->left);
    if (type_is_open(t) || is_number(t))
        return t;
    /* The operand is not checked again: a chain of `-` would double the work at each. */
    check_misfit(c, e->left, type_basic(TYPE_NUMBER), "`-` needs a number", E0701);
    return type_basic(TYPE_UNKNOWN);
}
