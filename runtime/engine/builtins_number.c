/* Built-ins on numbers. */
#include "engine/builtins_parts.h"

#include "base/arith.h"
#include "base/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARGS                                                                                       \
    const struct value *args, uint32_t count, const struct builtin_world *world, struct value *out

#define UNUSED                                                                                     \
    do {                                                                                           \
        (void)count;                                                                               \
        (void)world;                                                                               \
    } while (0)

/* The numbers themselves, or the items of one list. */
static void numbers_of(const struct value *args, uint32_t count, const struct value **items,
                       uint32_t *len)
{
    bool list = count == 1 && args[0].tag == VALUE_LIST;
    *items = list ? args[0].list->items : args;
    *len = list ? args[0].list->len : count;
}

static const char *extreme(const struct value *args, uint32_t count, int wanted,
                           const char *problem, struct value *out)
{
    const struct value *items;
    uint32_t len;
    numbers_of(args, count, &items, &len);
    for (uint32_t i = 0; i < len; i++) {
        int order = 0;
        if (!value_is_numeric(items[i]))
            return problem;
        if (i > 0 && !value_order(items[i], *out, &order))
            return problem;
        if (i > 0 && order * wanted <= 0)
            continue;
        value_unref(*out);
        *out = value_ref(items[i]);
    }
    return NULL;
}

const char *builtin_MIN(ARGS)
{
    (void)world;
    return extreme(args, count, -1, "`min` wants numbers, or one list of numbers", out);
}

const char *builtin_MAX(ARGS)
{
    (void)world;
    return extreme(args, count, 1, "`max` wants numbers, or one list of numbers", out);
}

const char *builtin_SUM(ARGS)
{
    UNUSED;
    *out = value_int(0);
    for (uint32_t i = 0; i < args[0].list->len; i++) {
        struct value item = args[0].list->items[i];
        struct value sum;
        if (!value_is_numeric(item))
            return "`sum` wants a list of numbers";
        const char *problem = arith_add(*out, item, &sum);
        value_unref(*out);
        *out = sum;
        if (problem)
            return problem;
    }
    return NULL;
}

static const char *to_int(double d, struct value *out)
{
    if (!(d >= -0x1p63 && d < 0x1p63))
        return "the rounded number is too large for an integer";
    *out = value_int((int64_t)d);
    return NULL;
}

#define ROUND_PLACES 15

/* Rounds the shortest decimal form, which is what the author sees: 2.345 becomes 2.35, although the
 * double is a little less. |d| < 2^53, so that the digits which stay fit an int64. */
static double round_decimal(double d, int places)
{
    char text[NUMBER_TEXT];
    number_write(fabs(d), text);
    const char *exponent = strchr(text, 'e');
    int keep = places + (exponent ? atoi(exponent + 1) : 0); /* so many after the point stay */
    int after = 0;
    int64_t digits = 0;
    const char *p = text;
    for (bool fraction = false; *p && *p != 'e'; p++) {
        if (*p == '.') {
            fraction = true;
            continue;
        }
        after += fraction;
        if (after > keep)
            break;
        digits = digits * 10 + (*p - '0');
    }
    if (!*p || *p == 'e')
        return d;
    digits += keep >= -1 && *p >= '5';
    snprintf(text, sizeof text, "%" PRId64 "e-%d", digits, places);
    return digits ? copysign(strtod(text, NULL), d) : 0;
}

static const char *round_places(struct value v, int64_t places, struct value *out)
{
    if (places < 0 || places > ROUND_PLACES)
        return "`round` rounds to 0 to 15 decimal places";
    double d = value_as_double(v);
    if (v.tag == VALUE_INT)
        *out = v;
    else
        *out = value_number(fabs(d) < 0x1p53 ? round_decimal(d, (int)places) : d);
    return NULL;
}

const char *builtin_ROUND(ARGS)
{
    (void)world;
    if (count > 1)
        return round_places(args[0], args[1].integer, out);
    if (args[0].tag != VALUE_INT)
        return to_int(round(value_as_double(args[0])), out);
    *out = args[0];
    return NULL;
}

const char *builtin_FLOOR(ARGS)
{
    UNUSED;
    if (args[0].tag == VALUE_INT) {
        *out = args[0];
        return NULL;
    }
    return to_int(floor(value_as_double(args[0])), out);
}

const char *builtin_CEIL(ARGS)
{
    UNUSED;
    if (args[0].tag == VALUE_INT) {
        *out = args[0];
        return NULL;
    }
    return to_int(ceil(value_as_double(args[0])), out);
}

const char *builtin_ABS(ARGS)
{
    UNUSED;
    if (args[0].tag == VALUE_INT && args[0].integer < 0)
        return arith_negate(args[0], out);
    if (args[0].tag == VALUE_INT)
        *out = args[0];
    else
        *out = value_number(fabs(value_as_double(args[0])));
    return NULL;
}

const char *builtin_NOW(ARGS)
{
    (void)args;
    UNUSED;
    *out = value_int(world->now_ms(world->context));
    return NULL;
}
