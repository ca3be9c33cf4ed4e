#include "base/number_value.h"

#include "base/bytes.h"
#include "base/number.h"

#include <assert.h>
#include <math.h>

bool number_value_read(const char *p, size_t len, struct value *out)
{
    int64_t i = 0;
    double d = 0;
    *out = value_null();
    switch (number_read(p, len, &i, &d)) {
    case NUMBER_INT:
        *out = value_int(i);
        return true;
    case NUMBER_DOUBLE:
        *out = value_number(d);
        return true;
    case NUMBER_DECIMAL:
        *out = value_decimal(p, len);
        return true;
    case NUMBER_NONE:
        break;
    }
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Adds the typed number as JSON writes it; what is not a number is still none afterwards. */
static bool normalize(const char *p, size_t len, struct bytes *b)
{
    const char *end = p + len;
    if (p < end && (*p == '+' || *p == '-')) {
        if (*p++ == '-')
            bytes_add_char(b, '-');
    }
    if (p == end || (!is_digit(*p) && *p != '.'))
        return false;
    while (end - p > 1 && *p == '0' && is_digit(p[1]))
        p++;
    if (*p == '.')
        bytes_add_char(b, '0');
    bytes_add(b, p, (size_t)(end - p));
    return true;
}

bool number_value_read_typed(const char *p, size_t len, struct value *out)
{
    if (number_value_read(p, len, out))
        return true;
    struct bytes b = { 0 };
    bool is_number = normalize(p, len, &b) && number_value_read(bytes_text(&b), b.len, out);
    bytes_release(&b);
    return is_number;
}

bool number_value_read_int(const char *p, size_t len, struct value *out)
{
    struct value number;
    *out = value_null();
    if (!number_value_read_typed(p, len, &number))
        return false;
    *out = number_value_to_int(number);
    value_unref(number);
    return out->tag == VALUE_INT;
}

static struct value int_of_double(double d)
{
    bool exact = d == floor(d) && d >= -0x1p63 && d < 0x1p63;
    return exact ? value_int((int64_t)d) : value_null();
}

struct value number_value_to_int(struct value v)
{
    int64_t i;
    assert(value_is_numeric(v));
    if (v.tag == VALUE_INT)
        return v;
    if (v.tag == VALUE_NUMBER)
        return int_of_double(v.number);
    return number_read_whole(v.text->data, v.text->len, &i) ? value_int(i) : value_null();
}
