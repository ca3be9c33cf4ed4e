#include "syntax/ast_build.h"

#include "base/number.h"

#include <float.h>
#include <math.h>
#include <string.h>

const char *ast_bytes(const struct builder *b, struct span span)
{
    return b->source->data + (span.start - b->source->base);
}

struct word ast_word(struct builder *b, struct span span)
{
    size_t len = span.end - span.start;
    return (struct word){ intern_add(b->words, ast_bytes(b, span), len), span };
}

static struct expr *make(struct builder *b, enum expr_kind kind, struct span span)
{
    struct expr *e = arena_alloc(b->arena, sizeof(*e));
    e->kind = kind;
    e->span = span;
    return e;
}

/* Makes e one deeper than child. If e becomes too deep, it is reported once and becomes BAD, and so
 * does every expression that contains it. */
static void deepen(struct builder *b, struct expr *e, const struct expr *child)
{
    if (!child || child->depth < e->depth)
        return;
    e->depth = child->depth > AST_MAX_DEPTH ? child->depth : (uint16_t)(child->depth + 1);
    if (e->depth <= AST_MAX_DEPTH)
        return;
    *e = (struct expr){ .kind = EXPR_BAD, .span = e->span, .depth = e->depth };
    if (child->depth > AST_MAX_DEPTH)
        return;
    struct diag *diag = diag_add(b->diags, E0202, child->span,
                                 "this expression has more than %d parts in a row", AST_MAX_DEPTH);
    diag_help(b->diags, diag, "put the first parts into a `var`, and use its name");
}

struct expr *ast_bad(struct builder *b, struct span span)
{
    return make(b, EXPR_BAD, span);
}

struct expr *ast_null(struct builder *b, struct span span)
{
    return make(b, EXPR_NULL, span);
}

struct expr *ast_bool(struct builder *b, struct span span, bool value)
{
    struct expr *e = make(b, EXPR_BOOL, span);
    e->boolean = value;
    return e;
}

/* The source of span without its `_`, NUL-terminated. */
static const char *digits_of(struct builder *b, struct span span)
{
    size_t len = span.end - span.start;
    char *copy = arena_copy(b->arena, ast_bytes(b, span), len);
    char *to = copy;
    for (const char *from = copy; *from; from++)
        if (*from != '_')
            *to++ = *from;
    *to = '\0';
    return copy;
}

/* Stands in for an invalid number; within all limits, so no follow-up error is reported. */
#define WRONG_COUNT 1

static void too_large(struct builder *b, struct span span, const char *what, const char *limit)
{
    int len = (int)(span.end - span.start);
    struct diag *diag = diag_add(b->diags, E0104, span, "the %s `%.*s` is too large", what,
                                 len > 60 ? 60 : len, ast_bytes(b, span));
    diag_help(b->diags, diag, "the largest is %s", limit);
}

/* The number at the beginning of span. False if it does not fit an int64. */
static bool read_count(struct builder *b, struct span span, int64_t *count, const char **unit)
{
    const char *p = ast_bytes(b, span);
    const char *end = p + (span.end - span.start);
    *count = 0;
    for (; p < end && (*p == '_' || (*p >= '0' && *p <= '9')); p++) {
        if (*p == '_')
            continue;
        if (__builtin_mul_overflow(*count, 10, count) ||
            __builtin_add_overflow(*count, *p - '0', count))
            return false;
    }
    *unit = p;
    return true;
}

int64_t ast_count(struct builder *b, struct span span)
{
    int64_t count;
    const char *unit;
    if (read_count(b, span, &count, &unit))
        return count;
    too_large(b, span, "number", "9223372036854775807");
    return WRONG_COUNT;
}

int64_t ast_milliseconds(struct builder *b, struct span span)
{
    int64_t count;
    const char *unit;
    if (read_count(b, span, &count, &unit)) {
        int64_t factor = unit[0] == 's'   ? 1000
                         : unit[0] == 'h' ? 3600000
                         : unit[0] == 'd' ? 86400000
                         : unit[1] == 's' ? 1
                                          : 60000;
        if (!__builtin_mul_overflow(count, factor, &count))
            return count;
    }
    too_large(b, span, "duration", "106751991167d");
    return WRONG_COUNT;
}

int64_t ast_bytes_of_size(struct builder *b, struct span span)
{
    int64_t count;
    const char *unit;
    if (read_count(b, span, &count, &unit)) {
        int64_t factor = unit[0] == 'K' ? 1 << 10 : unit[0] == 'M' ? 1 << 20 : 1 << 30;
        if (!__builtin_mul_overflow(count, factor, &count))
            return count;
    }
    too_large(b, span, "size", "8589934591GB");
    return WRONG_COUNT;
}

/* Whether there is a minus before pos. */
static bool after_minus(const struct builder *b, uint32_t pos)
{
    const char *p = b->source->data + (pos - b->source->base);
    while (p > b->source->data && strchr(" \t\r\n", p[-1]))
        p--;
    return p > b->source->data && p[-1] == '-';
}

/* The lowest integer has no positive counterpart. It is accepted here, and ast_unary or ast_binary
 * decides which kind of minus precedes it. */
struct expr *ast_integer(struct builder *b, struct span span)
{
    struct expr *e = make(b, EXPR_INT, span);
    const char *unit;
    if (read_count(b, span, &e->integer, &unit))
        return e;
    e->integer = INT64_MIN;
    if (!after_minus(b, span.start) || strcmp(digits_of(b, span), "9223372036854775808") != 0) {
        too_large(b, span, "number", "9223372036854775807");
        e->kind = EXPR_BAD;
    }
    return e;
}

struct expr *ast_number(struct builder *b, struct span span)
{
    struct expr *e = make(b, EXPR_NUMBER, span);
    const char *digits = digits_of(b, span);
    int64_t i = 0;
    switch (number_read(digits, strlen(digits), &i, &e->number)) {
    case NUMBER_INT:
        e->number = (double)i;
        break;
    case NUMBER_DOUBLE:
        break;
    case NUMBER_DECIMAL:
        if (fabs(e->number) >= DBL_MAX) {
            too_large(b, span, "number", "about 1.8e308");
            e->kind = EXPR_BAD;
            break;
        }
        e->kind = EXPR_DECIMAL;
        e->bytes = digits;
        e->len = strlen(digits);
        break;
    case NUMBER_NONE:
        e->kind = EXPR_BAD;
        break;
    }
    return e;
}

struct expr *ast_duration(struct builder *b, struct span span)
{
    struct expr *e = make(b, EXPR_DURATION, span);
    e->integer = ast_milliseconds(b, span);
    return e;
}

struct expr *ast_name(struct builder *b, struct word word)
{
    struct expr *e = make(b, EXPR_NAME, word.span);
    e->word = word;
    return e;
}

struct expr *ast_list(struct builder *b, struct span span, struct expr_list items)
{
    struct expr *e = make(b, EXPR_LIST, span);
    e->items = items.first;
    for (const struct expr *item = items.first; item; item = item->next)
        deepen(b, e, item);
    return e;
}

struct expr *ast_object(struct builder *b, struct span span, struct pair_list pairs)
{
    struct expr *e = make(b, EXPR_OBJECT, span);
    e->pairs = pairs.first;
    for (const struct pair *pair = pairs.first; pair; pair = pair->next)
        deepen(b, e, pair->value);
    return e;
}

struct expr *ast_member(struct builder *b, struct span span, struct expr *base, struct word key)
{
    struct expr *e = make(b, EXPR_MEMBER, span);
    e->left = base;
    e->word = key;
    deepen(b, e, base);
    return e;
}

struct expr *ast_index(struct builder *b, struct span span, struct expr *base, struct expr *index)
{
    struct expr *e = make(b, EXPR_INDEX, span);
    e->left = base;
    e->right = index;
    deepen(b, e, base);
    deepen(b, e, index);
    return e;
}

struct expr *ast_each(struct builder *b, struct span span, struct expr *base)
{
    struct expr *e = make(b, EXPR_EACH, span);
    e->left = base;
    deepen(b, e, base);
    return e;
}

static bool is_unsigned_lowest(const struct expr *e)
{
    return e->kind == EXPR_INT && e->integer == INT64_MIN && e->op != OP_NEGATE;
}

struct expr *ast_unary(struct builder *b, struct span span, enum expr_operator op,
                       struct expr *operand)
{
    if (op == OP_NEGATE && is_unsigned_lowest(operand)) {
        operand->op = OP_NEGATE;
        operand->span = span;
        return operand;
    }
    struct expr *e = make(b, EXPR_UNARY, span);
    e->op = op;
    e->left = operand;
    deepen(b, e, operand);
    return e;
}

struct expr *ast_binary(struct builder *b, enum expr_operator op, struct span op_span,
                        struct expr *left, struct expr *right)
{
    struct expr *e = make(b, EXPR_BINARY, span_join(left->span, right->span));
    if (is_unsigned_lowest(right))
        too_large(b, right->span, "number", "9223372036854775807");
    e->op = op;
    e->op_span = op_span;
    e->left = left;
    e->right = right;
    deepen(b, e, left);
    deepen(b, e, right);
    return e;
}

struct expr *ast_if(struct builder *b, struct span span, struct expr *condition, struct expr *yes,
                    struct expr *no)
{
    struct expr *e = make(b, EXPR_IF, span);
    e->left = condition;
    e->right = yes;
    e->third = no;
    deepen(b, e, condition);
    deepen(b, e, yes);
    deepen(b, e, no);
    return e;
}

struct expr *ast_builtin(struct builder *b, struct span span, struct word word,
                         struct expr_list items)
{
    struct expr *e = ast_list(b, span, items);
    if (e->kind == EXPR_LIST)
        e->kind = EXPR_CALL;
    e->word = word;
    return e;
}

struct expr *ast_parenthesised(struct expr *e, struct span span)
{
    e->parenthesised = true;
    e->span = span;
    return e;
}
