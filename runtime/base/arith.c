#include "base/arith.h"

#include "base/number.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* A sentence for every pair of types, so that a message is static and still names both. */
#define NOT_THERE ": null is what is not there, so test for it or write `??`"
#define ROW(first, a, second, hint)                                                                \
    {                                                                                              \
        first a second "null" NOT_THERE, first a second "bool" hint, first a second "int" hint,    \
            first a second "number" hint, first a second "text" hint, first a second "list" hint,  \
            first a second "object" hint                                                           \
    }
#define TABLE(first, second, hint)                                                                 \
    {                                                                                              \
        ROW(first, "null", second, NOT_THERE), ROW(first, "bool", second, hint),                   \
            ROW(first, "int", second, hint), ROW(first, "number", second, hint),                   \
            ROW(first, "text", second, hint), ROW(first, "list", second, hint),                    \
            ROW(first, "object", second, hint)                                                     \
    }
#define TYPES 7

typedef const char *const sentences[TYPES][TYPES];

static sentences no_add = TABLE("cannot add ", " and ", "");
static sentences no_join = TABLE("cannot add ", " and ", ": write \"{x}\" to join them");
static sentences no_subtract = TABLE("cannot subtract ", " from ", "");
static sentences no_multiply = TABLE("cannot multiply ", " by ", "");
static sentences no_divide = TABLE("cannot divide ", " by ", "");
static sentences no_remainder = TABLE("`%` works on two ints, not on ", " and ", "");
static sentences no_compare = TABLE("cannot compare ", " with ", "");
static sentences no_look = TABLE("cannot look for ", " in ", "");

static const char *const no_negate[TYPES] = {
    "cannot negate null" NOT_THERE,
    "cannot negate bool: write `not x`",
    NULL,
    NULL,
    "cannot negate text",
    "cannot negate list",
    "cannot negate object",
};

#define NO_CONDITION "a condition must be true or false, got "
static const char *const no_condition[TYPES] = {
    NO_CONDITION "null", NO_CONDITION "bool", NO_CONDITION "int",    NO_CONDITION "number",
    NO_CONDITION "text", NO_CONDITION "list", NO_CONDITION "object",
};

static const char overflow[] = "the result does not fit into a 64-bit integer";
static const char not_finite[] = "the result is too large for a number";
static const char by_zero[] = "division by zero";
static const char not_held[] = "cannot calculate with a number that neither a 64-bit integer nor a "
                               "double can hold: it can be passed on and compared";

/* The row of a value's type in the tables: a decimal is a number. */
static unsigned row(struct value v)
{
    return v.tag > VALUE_NUMBER ? v.tag - 1 : v.tag;
}

static const char *refuse(sentences table, struct value a, struct value b, struct value *out)
{
    *out = value_null();
    return table[row(a)][row(b)];
}

static const char *fault(const char *why, struct value *out)
{
    *out = value_null();
    return why;
}

static const char *give_int(bool overflowed, int64_t i, struct value *out)
{
    if (overflowed)
        return fault(overflow, out);
    *out = value_int(i);
    return NULL;
}

static const char *give_number(double d, struct value *out)
{
    if (!isfinite(d))
        return fault(not_finite, out);
    *out = value_number(d);
    return NULL;
}

static bool are_ints(struct value a, struct value b)
{
    return a.tag == VALUE_INT && b.tag == VALUE_INT;
}

static bool are_numeric(struct value a, struct value b)
{
    return value_is_numeric(a) && value_is_numeric(b);
}

bool arith_operand(struct value *v)
{
    if (v->tag != VALUE_DECIMAL)
        return true;
    int64_t i;
    double d;
    switch (number_read_operand(v->text->data, v->text->len, &i, &d)) {
    case NUMBER_INT:
        *v = value_int(i);
        return true;
    case NUMBER_DOUBLE:
        *v = value_number(d);
        return true;
    case NUMBER_DECIMAL:
    case NUMBER_NONE:
        break;
    }
    return false;
}

/* One operation, on two ints (true: it overflowed) and on two doubles. */
struct operation {
    bool (*ints)(int64_t a, int64_t b, int64_t *out);
    double (*doubles)(double a, double b);
};

static const char *calculate(const struct operation *operation, struct value a, struct value b,
                             struct value *out)
{
    int64_t i;
    if (!arith_operand(&a) || !arith_operand(&b))
        return fault(not_held, out);
    if (!are_ints(a, b))
        return give_number(operation->doubles(value_as_double(a), value_as_double(b)), out);
    bool overflowed = operation->ints(a.integer, b.integer, &i);
    return give_int(overflowed, i, out);
}

static bool add_ints(int64_t a, int64_t b, int64_t *out)
{
    return __builtin_add_overflow(a, b, out);
}

static double add_doubles(double a, double b)
{
    return a + b;
}

static bool subtract_ints(int64_t a, int64_t b, int64_t *out)
{
    return __builtin_sub_overflow(a, b, out);
}

static double subtract_doubles(double a, double b)
{
    return a - b;
}

static bool multiply_ints(int64_t a, int64_t b, int64_t *out)
{
    return __builtin_mul_overflow(a, b, out);
}

static double multiply_doubles(double a, double b)
{
    return a * b;
}

static const struct operation addition = { add_ints, add_doubles };
static const struct operation subtraction = { subtract_ints, subtract_doubles };
static const struct operation multiplication = { multiply_ints, multiply_doubles };

static const char too_long_text[] = "a text became longer than 64 MB";
static const char too_long_list[] = "a list became longer than 10,000,000 items";

/* NULL, or that a text or list of so many bytes or items and then as many more is too long. */
static const char *too_long(uint32_t tag, uint64_t len, uint64_t more)
{
    if (tag == VALUE_TEXT)
        return len + more > VALUE_MAX_BYTES ? too_long_text : NULL;
    return len + more > ARITH_MAX_ITEMS ? too_long_list : NULL;
}

static const char *join_texts(const struct text *a, const struct text *b, struct value *out)
{
    const char *problem = too_long(VALUE_TEXT, a->len, b->len);
    if (problem)
        return fault(problem, out);
    *out = value_text_sized((size_t)a->len + b->len);
    memcpy(out->text->data, a->data, a->len);
    memcpy(out->text->data + a->len, b->data, b->len);
    return NULL;
}

static const char *join_lists(const struct list *a, const struct list *b, struct value *out)
{
    const char *problem = too_long(VALUE_LIST, a->len, b->len);
    if (problem)
        return fault(problem, out);
    *out = value_list((size_t)a->len + b->len);
    value_list_append(out, a);
    value_list_append(out, b);
    return NULL;
}

const char *arith_add(struct value a, struct value b, struct value *out)
{
    if (are_numeric(a, b))
        return calculate(&addition, a, b, out);
    if (a.tag == VALUE_TEXT && b.tag == VALUE_TEXT)
        return join_texts(a.text, b.text, out);
    if (a.tag == VALUE_LIST && b.tag == VALUE_LIST)
        return join_lists(a.list, b.list, out);
    bool has_text = a.tag == VALUE_TEXT || b.tag == VALUE_TEXT;
    return refuse(has_text ? no_join : no_add, a, b, out);
}

const char *arith_append(struct value *a, struct value b)
{
    bool joins = a->tag == b.tag && (a->tag == VALUE_TEXT || a->tag == VALUE_LIST);
    if (!joins || a->counted == b.counted) {
        struct value sum;
        const char *problem = arith_add(*a, b, &sum);
        if (problem)
            return problem;
        value_unref(*a);
        *a = sum;
        return NULL;
    }
    const char *problem = too_long(a->tag, a->counted->len, b.counted->len);
    if (problem)
        return problem;
    if (a->tag == VALUE_TEXT)
        value_text_append(a, b.text->data, b.text->len);
    else
        value_list_append(a, b.list);
    return NULL;
}

const char *arith_subtract(struct value a, struct value b, struct value *out)
{
    if (are_numeric(a, b))
        return calculate(&subtraction, a, b, out);
    return refuse(no_subtract, b, a, out);
}

const char *arith_multiply(struct value a, struct value b, struct value *out)
{
    if (are_numeric(a, b))
        return calculate(&multiplication, a, b, out);
    return refuse(no_multiply, a, b, out);
}

const char *arith_divide(struct value a, struct value b, struct value *out)
{
    if (!are_numeric(a, b))
        return refuse(no_divide, a, b, out);
    if (!arith_operand(&a) || !arith_operand(&b))
        return fault(not_held, out);
    double divisor = value_as_double(b);
    if (divisor == 0)
        return fault(by_zero, out);
    return give_number(value_as_double(a) / divisor, out);
}

const char *arith_remainder(struct value a, struct value b, struct value *out)
{
    if (!are_ints(a, b))
        return refuse(no_remainder, a, b, out);
    if (b.integer == 0)
        return fault(by_zero, out);
    /* INT64_MIN % -1 is 0, but the processor traps on it. */
    *out = value_int(b.integer == -1 ? 0 : a.integer % b.integer);
    return NULL;
}

const char *arith_negate(struct value a, struct value *out)
{
    if (!value_is_numeric(a))
        return fault(no_negate[row(a)], out);
    if (!arith_operand(&a))
        return fault(not_held, out);
    if (a.tag == VALUE_INT)
        return arith_subtract(value_int(0), a, out);
    return give_number(-value_as_double(a), out);
}

const char *arith_compare(enum arith_relation relation, struct value a, struct value b,
                          struct value *out)
{
    int order;
    if (!value_order(a, b, &order))
        return refuse(no_compare, a, b, out);
    *out = value_bool(relation == ARITH_LESS ? order < 0 : order <= 0);
    return NULL;
}

const char *arith_not_a_condition(struct value v)
{
    assert(v.tag != VALUE_BOOL);
    return no_condition[row(v)];
}

static bool list_has(const struct list *list, struct value item)
{
    for (uint32_t i = 0; i < list->len; i++)
        if (value_equal(list->items[i], item))
            return true;
    return false;
}

const char *arith_in(struct value a, struct value b, struct value *out)
{
    bool found = false;
    if (b.tag == VALUE_LIST)
        found = list_has(b.list, a);
    else if (b.tag == VALUE_TEXT && a.tag == VALUE_TEXT)
        found = memmem(b.text->data, b.text->len, a.text->data, a.text->len) != NULL;
    else if (b.tag == VALUE_OBJECT && a.tag == VALUE_TEXT)
        found = value_object_find(b.object, a.text) != NULL;
    else if (b.tag != VALUE_NULL)
        return refuse(no_look, a, b, out);
    *out = value_bool(found);
    return NULL;
}

struct value arith_index(struct value a, struct value i)
{
    if (a.tag == VALUE_OBJECT && i.tag == VALUE_TEXT) {
        const struct value *member = value_object_find(a.object, i.text);
        return member ? value_ref(*member) : value_null();
    }
    if (a.tag != VALUE_LIST || i.tag != VALUE_INT)
        return value_null();
    int64_t at = i.integer < 0 ? i.integer + a.list->len : i.integer;
    return at >= 0 && at < a.list->len ? value_ref(a.list->items[at]) : value_null();
}

struct value arith_each(struct value a)
{
    return a.tag == VALUE_LIST ? value_ref(a) : value_null();
}
