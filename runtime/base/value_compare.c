/* Equality and order. Numbers compare by their exact values: no integer is rounded to a double. */
#include "base/value.h"

#include "base/number.h"

#include <assert.h>
#include <string.h>

double value_as_double(struct value v)
{
    assert(v.tag == VALUE_INT || v.tag == VALUE_NUMBER);
    return v.tag == VALUE_INT ? (double)v.integer : v.number;
}

static int compare_ints(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_doubles(double a, double b)
{
    return (a > b) - (a < b);
}

static int compare_int_double(int64_t i, double d)
{
    if (d >= 0x1p63)
        return -1;
    if (d < -0x1p63)
        return 1;
    int64_t whole = (int64_t)d;
    if (i != whole)
        return compare_ints(i, whole);
    return compare_doubles((double)whole, d);
}

/* a is a decimal. */
static int compare_decimal(struct value a, struct value b)
{
    if (b.tag == VALUE_NUMBER)
        return number_compare_text(a.text->data, a.text->len, b.number);
    if (b.tag == VALUE_DECIMAL)
        return number_compare_texts(a.text->data, a.text->len, b.text->data, b.text->len);
    char digits[NUMBER_TEXT];
    size_t len = number_write_int(b.integer, digits);
    return number_compare_texts(a.text->data, a.text->len, digits, len);
}

static int compare_numbers(struct value a, struct value b)
{
    if (a.tag == VALUE_INT && b.tag == VALUE_INT)
        return compare_ints(a.integer, b.integer);
    if (a.tag == VALUE_NUMBER && b.tag == VALUE_NUMBER)
        return compare_doubles(a.number, b.number);
    if (a.tag == VALUE_DECIMAL)
        return compare_decimal(a, b);
    if (b.tag == VALUE_DECIMAL)
        return -compare_decimal(b, a);
    if (a.tag == VALUE_INT)
        return compare_int_double(a.integer, b.number);
    return -compare_int_double(b.integer, a.number);
}

static int compare_texts(const struct text *a, const struct text *b)
{
    int order = memcmp(a->data, b->data, a->len < b->len ? a->len : b->len);
    return order ? order : (a->len > b->len) - (a->len < b->len);
}

bool value_order(struct value a, struct value b, int *order)
{
    if (value_is_numeric(a) && value_is_numeric(b))
        *order = compare_numbers(a, b);
    else if (a.tag == VALUE_TEXT && b.tag == VALUE_TEXT)
        *order = compare_texts(a.text, b.text);
    else
        return false;
    return true;
}

static bool equal_texts(const struct text *a, const struct text *b)
{
    return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static bool equal_lists(const struct list *a, const struct list *b)
{
    if (a->len != b->len)
        return false;
    for (uint32_t i = 0; i < a->len; i++)
        if (!value_equal(a->items[i], b->items[i]))
            return false;
    return true;
}

static bool equal_objects(const struct object *a, const struct object *b)
{
    if (a->len != b->len)
        return false;
    for (uint32_t i = 0; i < a->len; i++) {
        const struct value *other = value_object_find(b, a->members[i].key);
        if (!other || !value_equal(a->members[i].value, *other))
            return false;
    }
    return true;
}

bool value_equal(struct value a, struct value b)
{
    if (value_is_numeric(a) && value_is_numeric(b))
        return compare_numbers(a, b) == 0;
    if (a.tag != b.tag)
        return false;
    if (a.tag == VALUE_NULL)
        return true;
    if (a.tag == VALUE_BOOL)
        return a.boolean == b.boolean;
    if (a.counted == b.counted)
        return true;
    if (a.tag == VALUE_TEXT)
        return equal_texts(a.text, b.text);
    return a.tag == VALUE_LIST ? equal_lists(a.list, b.list) : equal_objects(a.object, b.object);
}
