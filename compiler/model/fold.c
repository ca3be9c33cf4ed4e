#include "model/fold.h"

#include "base/arith.h"
#include "formats/json.h"
#include "program/image.h"

static struct folded known(struct value v)
{
    return (struct folded){ .state = FOLD_KNOWN, .value = v };
}

static struct folded fault(const char *why, struct span span)
{
    return (struct folded){ .state = FOLD_FAULT, .fault = why, .span = span };
}

static struct folded open(const struct expr *e)
{
    return (struct folded){ .state = FOLD_OPEN, .span = e->span };
}

/* The result of an operator. Takes ownership of both operands. */
static struct folded result(const char *wrong, struct value out, struct span span)
{
    if (!wrong && value_size_up_to(out, FOLD_MAX_BYTES) > FOLD_MAX_BYTES)
        wrong = "the constant is larger than 16 MiB";
    if (!wrong && value_depth(out) > IMAGE_MAX_DEPTH)
        wrong = "the constant is nested too deeply";
    if (!wrong)
        return known(out);
    value_unref(out);
    return fault(wrong, span);
}

static struct folded fold_name(const struct expr *e)
{
    if (!e->binding)
        return (struct folded){ .state = FOLD_BAD };
    if (e->binding->kind != BIND_CONST)
        return open(e);
    if (!e->binding->constant->is_known)
        return (struct folded){ .state = FOLD_BAD };
    return known(value_ref(e->binding->constant->value));
}

static struct folded fold_template(const struct expr *e)
{
    struct bytes text = { 0 };
    struct folded part = { .state = FOLD_KNOWN };
    for (const struct expr *item = e->items; item && part.state == FOLD_KNOWN; item = item->next) {
        part = fold_expr(item);
        if (part.state == FOLD_KNOWN)
            json_write_interpolated(&text, part.value);
        value_unref(part.value);
        if (text.len > FOLD_MAX_BYTES)
            part = fault("the constant is larger than 16 MiB", e->span);
    }
    if (part.state == FOLD_KNOWN)
        part = known(value_text(bytes_text(&text), text.len));
    bytes_release(&text);
    return part;
}

static struct folded fold_list(const struct expr *e)
{
    struct value list = value_list(0);
    for (const struct expr *item = e->items; item; item = item->next) {
        struct folded part = fold_expr(item);
        if (part.state != FOLD_KNOWN) {
            value_unref(list);
            return part;
        }
        value_list_push(&list, part.value);
    }
    return result(NULL, list, e->span);
}

static struct folded fold_object(const struct expr *e)
{
    struct value object = value_object(0);
    for (const struct pair *pair = e->pairs; pair; pair = pair->next) {
        struct folded part = fold_expr(pair->value);
        if (part.state != FOLD_KNOWN) {
            value_unref(object);
            return part;
        }
        struct value key = value_text_of(pair->key.text ? pair->key.text : "");
        value_object_put(&object, key.text, part.value);
        value_unref(key);
    }
    return result(NULL, object, e->span);
}

/* Whether a value is the bool that a condition needs. */
static struct folded condition(struct folded f, struct span span)
{
    if (f.state != FOLD_KNOWN || f.value.tag == VALUE_BOOL)
        return f;
    const char *why = arith_not_a_condition(f.value);
    value_unref(f.value);
    return fault(why, span);
}

/* `and`, `or`, `??`: the right side counts only if the left side does not decide. */
static struct folded fold_lazy(const struct expr *e)
{
    struct folded left = fold_expr(e->left);
    if (e->op != OP_DEFAULT)
        left = condition(left, e->left->span);
    if (left.state != FOLD_KNOWN)
        return left;
    bool decides =
        e->op == OP_DEFAULT ? left.value.tag != VALUE_NULL : left.value.boolean == (e->op == OP_OR);
    if (decides)
        return left;
    struct folded right = fold_expr(e->right);
    return e->op == OP_DEFAULT ? right : condition(right, e->right->span);
}

static struct folded equality(struct value a, struct value b, bool wanted)
{
    return known(value_bool(value_equal(a, b) == wanted));
}

static struct folded apply(enum expr_operator op, struct value a, struct value b, struct span span)
{
    struct value out = value_null();
    switch (op) {
    case OP_ADD:
        return result(arith_add(a, b, &out), out, span);
    case OP_SUBTRACT:
        return result(arith_subtract(a, b, &out), out, span);
    case OP_MULTIPLY:
        return result(arith_multiply(a, b, &out), out, span);
    case OP_DIVIDE:
        return result(arith_divide(a, b, &out), out, span);
    case OP_REMAINDER:
        return result(arith_remainder(a, b, &out), out, span);
    case OP_EQUAL:
    case OP_NOT_EQUAL:
        return equality(a, b, op == OP_EQUAL);
    case OP_LESS:
        return result(arith_compare(ARITH_LESS, a, b, &out), out, span);
    case OP_LESS_EQUAL:
        return result(arith_compare(ARITH_LESS_EQUAL, a, b, &out), out, span);
    case OP_GREATER:
        return result(arith_compare(ARITH_LESS, b, a, &out), out, span);
    case OP_GREATER_EQUAL:
        return result(arith_compare(ARITH_LESS_EQUAL, b, a, &out), out, span);
    case OP_IN:
        return result(arith_in(a, b, &out), out, span);
    case OP_NOT:
    case OP_NEGATE:
    case OP_AND:
    case OP_OR:
    case OP_DEFAULT:
        break;
    }
    return fault("not an operator of two values", span);
}

static struct folded fold_binary(const struct expr *e)
{
    if (e->op == OP_AND || e->op == OP_OR || e->op == OP_DEFAULT)
        return fold_lazy(e);
    struct folded left = fold_expr(e->left);
    if (left.state != FOLD_KNOWN)
        return left;
    struct folded right = fold_expr(e->right);
    struct folded both = right;
    if (right.state == FOLD_KNOWN)
        both = apply(e->op, left.value, right.value, e->span);
    value_unref(left.value);
    value_unref(right.value);
    return both;
}

static struct folded fold_unary(const struct expr *e)
{
    struct folded operand = fold_expr(e->left);
    if (operand.state != FOLD_KNOWN)
        return operand;
    if (e->op == OP_NOT) {
        operand = condition(operand, e->left->span);
        return operand.state == FOLD_KNOWN ? known(value_bool(!operand.value.boolean)) : operand;
    }
    struct value out = value_null();
    const char *wrong = arith_negate(operand.value, &out);
    value_unref(operand.value);
    return result(wrong, out, e->span);
}

static struct folded fold_if(const struct expr *e)
{
    struct folded when = condition(fold_expr(e->left), e->left->span);
    if (when.state != FOLD_KNOWN)
        return when;
    return fold_expr(when.value.boolean ? e->right : e->third);
}

/* Members of constants. `a[]` and what follows it is left to the VM. */
static struct folded fold_step(const struct expr *e)
{
    struct folded base = e->kind == EXPR_EACH ? open(e) : fold_expr(e->left);
    if (base.state != FOLD_KNOWN)
        return base;
    struct folded key = e->kind == EXPR_INDEX
                            ? fold_expr(e->right)
                            : known(value_text_of(e->word.text ? e->word.text : ""));
    struct folded found = key;
    if (key.state == FOLD_KNOWN)
        found = known(arith_index(base.value, key.value));
    value_unref(key.value);
    value_unref(base.value);
    return found;
}

struct folded fold_expr(const struct expr *e)
{
    switch (e->kind) {
    case EXPR_BAD:
        return (struct folded){ .state = FOLD_BAD };
    case EXPR_NULL:
        return known(value_null());
    case EXPR_BOOL:
        return known(value_bool(e->boolean));
    case EXPR_INT:
    case EXPR_DURATION:
        return known(value_int(e->integer));
    case EXPR_NUMBER:
        return known(value_number(e->number));
    case EXPR_DECIMAL:
        return known(value_decimal(e->bytes, e->len));
    case EXPR_TEXT:
        return known(value_text(e->bytes, e->len));
    case EXPR_TEMPLATE:
        return fold_template(e);
    case EXPR_NAME:
        return fold_name(e);
    case EXPR_LIST:
        return fold_list(e);
    case EXPR_OBJECT:
        return fold_object(e);
    case EXPR_MEMBER:
    case EXPR_INDEX:
    case EXPR_EACH:
        return fold_step(e);
    case EXPR_UNARY:
        return fold_unary(e);
    case EXPR_BINARY:
        return fold_binary(e);
    case EXPR_IF:
        return fold_if(e);
    case EXPR_CALL:
        return e->binding ? open(e) : (struct folded){ .state = FOLD_BAD };
    }
    return open(e);
}
