/* Built-ins on numbers. */
#include "vm/builtins_parts.h"

#include "base/arith.h"
#include "base/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The arguments themselves, or the items of one list. */
static void numbers_of(const struct value *args, uint32_t count, const struct value **items,
                       uint32_t *len)
{
    bool list = count == 1 && args[0].tag == VALUE_LIST;
    *items = list ? args[0].list->items : args;
    *len = list ? args[0].list->len : count;
}

#define NOT_HELD                                                                                   \
    " cannot calculate with a number that neither a 64-bit integer nor a double can hold"

/* NULL, or what is wrong with an item of `min`, `max` or `sum`. */
static const char *not_a_number(struct value item, const char *no_number, const char *not_held)
{
    if (!value_is_numeric(item))
        return no_number;
    return arith_operand(&item) ? NULL : not_held;
}

static const char *extreme(const struct value *args, uint32_t count, int wanted,
                           const char *no_number, const char *not_held, struct value *out)
{
    const struct value *items;
    uint32_t len;
    numbers_of(args, count, &items, &len);
    for (uint32_t i = 0; i < len; i++) {
        int order = 0;
        const char *problem = not_a_number(items[i], no_number, not_held);
        if (problem)
            return problem;
        if (i > 0 && value_order(items[i], *out, &order) && order * wanted <= 0)
            continue;
        value_unref(*out);
        *out = value_ref(items[i]);
    }
    return NULL;
}

const char *builtin_MIN(ARGS)
{
    (void)world;
    return extreme(args, count, -1, "`min` needs numbers, or one list of numbers", "`min`" NOT_HELD,
                   out);
}

const char *builtin_MAX(ARGS)
{
    (void)world;
    return extreme(args, count, 1, "`max` needs numbers, or one list of numbers", "`max`" NOT_HELD,
                   out);
}

const char *builtin_SUM(ARGS)
{
    UNUSED;
    *out = value_int(0);
    for (uint32_t i = 0; i < args[0].list->len; i++) {
        struct value item = args[0].list->items[i];
        struct value sum;
        const char *problem = not_a_number(item, "`sum` needs a list of numbers", "`sum`" NOT_HELD);
        if (problem)
            return problem;
        if (arith_add(*out, item, &sum))
            return "the result of `sum` is too large for a number";
        *out = sum;
    }
    return NULL;
}

/* A number without its sign, cut after a decimal place. */
struct cut {
    uint64_t whole; /* the part kept, as a whole number of units of that place */
    bool half;      /* what goes is half a unit or more */
    bool rest;      /* what goes is not zero */
    bool negative;
};

static bool add_digit(uint64_t *whole, char digit)
{
    return !__builtin_mul_overflow(*whole, 10, whole) &&
           !__builtin_add_overflow(*whole, (unsigned)(digit - '0'), whole);
}

/* The exponent of a JSON number; beyond the length of any text its value does not matter. */
static int64_t exponent_of(const char *number)
{
    const int64_t far_out = INT64_C(1000000000000000);
    const char *e = strpbrk(number, "eE");
    int64_t exponent = e ? strtoll(e + 1, NULL, 10) : 0;
    if (exponent > far_out)
        return far_out;
    return exponent < -far_out ? -far_out : exponent;
}

/* Cuts the digits of a JSON number, exactly. False if the part kept does not fit into c->whole. */
static bool cut_digits(const char *p, int places, struct cut *c)
{
    bool fits = true;
    *c = (struct cut){ .negative = *p == '-' };
    p += c->negative;
    /* The number of digits kept; negative if the cut is before the first digit. */
    int64_t stay = (int64_t)strspn(p, "0123456789") + places + exponent_of(p);
    for (; *p && *p != 'e' && *p != 'E'; p++) {
        if (*p == '.')
            continue;
        if (stay > 0)
            fits = fits && add_digit(&c->whole, *p);
        c->half |= stay == 0 && *p >= '5';
        c->rest |= stay <= 0 && *p != '0';
        stay--;
    }
    for (; stay > 0 && c->whole && fits; stay--)
        fits = add_digit(&c->whole, '0');
    return fits;
}

/* Drops the fraction of a double. */
static bool cut_fraction(double d, struct cut *c)
{
    double whole = trunc(fabs(d));
    double fraction = fabs(d) - whole;
    *c = (struct cut){ .half = fraction >= 0.5, .rest = fraction > 0, .negative = d < 0 };
    if (whole > 0x1p63)
        return false;
    c->whole = (uint64_t)whole;
    return true;
}

enum direction { DOWN, UP, NEAREST };

static const char *to_int(struct value v, enum direction direction, const char *problem,
                          struct value *out)
{
    struct cut c;
    if (v.tag == VALUE_INT) {
        *out = v;
        return NULL;
    }
    bool fits =
        v.tag == VALUE_DECIMAL ? cut_digits(v.text->data, 0, &c) : cut_fraction(v.number, &c);
    bool away = direction == NEAREST ? c.half : c.rest && c.negative == (direction == DOWN);
    if (!fits || __builtin_add_overflow(c.whole, (unsigned)away, &c.whole) ||
        c.whole > (uint64_t)INT64_MAX + c.negative)
        return problem;
    *out = value_int((int64_t)(c.negative ? 0 - c.whole : c.whole));
    return NULL;
}

#define ROUND_PLACES 15

/* Rounds the decimal form, because the author sees that: 2.345 becomes 2.35, although the double
 * is a little less. If a digit of a double is dropped, the rest always fits: a double has 17
 * digits at most; longer decimals become the nearest double. */
static const char *round_decimal(struct value v, int places, struct value *out)
{
    char text[NUMBER_TEXT];
    struct cut c;
    const char *digits = text;
    if (v.tag == VALUE_DECIMAL)
        digits = v.text->data;
    else
        number_write(v.number, text);
    bool fits = cut_digits(digits, places, &c);
    if (!c.rest) {
        *out = value_ref(v);
        return NULL;
    }
    if (!fits || __builtin_add_overflow(c.whole, (unsigned)c.half, &c.whole)) {
        bool held = arith_operand(&v);
        *out = held ? v : value_null();
        return held ? NULL : "`round`" NOT_HELD;
    }
    snprintf(text, sizeof text, "%" PRIu64 "e-%d", c.whole, places);
    double rounded = strtod(text, NULL);
    *out = value_number(c.negative && c.whole ? -rounded : rounded);
    return NULL;
}

const char *builtin_ROUND(ARGS)
{
    (void)world;
    if (count < 2)
        return to_int(args[0], NEAREST, "`round` gives an int, and this is too large for one", out);
    if (args[1].integer < 0 || args[1].integer > ROUND_PLACES)
        return "`round` rounds to 0 to 15 decimal places";
    if (args[0].tag != VALUE_INT)
        return round_decimal(args[0], (int)args[1].integer, out);
    *out = args[0];
    return NULL;
}

const char *builtin_FLOOR(ARGS)
{
    UNUSED;
    return to_int(args[0], DOWN, "`floor` gives an int, and this is too large for one", out);
}

const char *builtin_CEIL(ARGS)
{
    UNUSED;
    return to_int(args[0], UP, "`ceil` gives an int, and this is too large for one", out);
}

const char *builtin_ABS(ARGS)
{
    UNUSED;
    struct value v = args[0];
    if (v.tag == VALUE_NUMBER)
        *out = value_number(fabs(v.number));
    else if (v.tag == VALUE_DECIMAL && v.text->data[0] == '-')
        *out = value_decimal(v.text->data + 1, v.text->len - 1);
    else if (v.tag == VALUE_DECIMAL || v.integer >= 0)
        *out = value_ref(v);
    else if (v.integer == INT64_MIN)
        return "`abs` of -9223372036854775808 is too large for an int";
    else
        *out = value_int(-v.integer);
    return NULL;
}

const char *builtin_NOW(ARGS)
{
    (void)args;
    UNUSED;
    *out = value_int(world->now_ms(world->context));
    return NULL;
}
