#include "base/number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Both directions go through digits and a power of ten, never through a decimal point, because the
 * point of printf and strtod is the locale's. */

/* Any double's exact value has at most 767 significant digits; the digits after these can only say
 * "a little more". */
#define MAX_DIGITS 768
#define MAX_SHORTEST 17

/* Powers of ten that a double holds exactly. */
static const double power_of_ten[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                       1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
#define MAX_EXACT_POWER 22

/* A number in the text of a caller: 0.DDD * 10^point, its digits from `from` to `to` without zeros
 * at either end; a point may stand among them. Zero has no digits. */
struct decimal {
    const char *from;
    const char *to;
    int64_t point;
    size_t count; /* of digits */
    bool negative;
    bool whole; /* written without a fraction and an exponent */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_digits(const char *p, const char *end)
{
    while (p < end && is_digit(*p))
        p++;
    return p;
}

/* Reads `e`, a sign and digits. Beyond what a text of any length could bring back into the range
 * of a double, the value does not matter. */
static const char *read_exponent(const char *p, const char *end, int64_t *exponent)
{
    const int64_t far_out = INT64_C(1000000000000000);
    bool negative = false;
    p++;
    if (p < end && (*p == '+' || *p == '-'))
        negative = *p++ == '-';
    if (p == end || !is_digit(*p))
        return NULL;
    int64_t value = 0;
    for (; p < end && is_digit(*p); p++)
        value = value < far_out ? value * 10 + (*p - '0') : far_out;
    *exponent = negative ? -value : value;
    return p;
}

/* Drops zeros at both ends; moves the point along. */
static void strip(struct decimal *d)
{
    while (d->from < d->to && (*d->from == '0' || *d->from == '.')) {
        if (*d->from == '0')
            d->point--;
        d->from++;
    }
    while (d->from < d->to && (d->to[-1] == '0' || d->to[-1] == '.'))
        d->to--;
    if (d->from == d->to)
        d->point = 0;
}

static bool scan(const char *p, size_t len, struct decimal *d)
{
    const char *end = p + len;
    *d = (struct decimal){ .whole = true };
    if (p < end && *p == '-') {
        d->negative = true;
        p++;
    }
    d->from = p;
    p = skip_digits(p, end);
    if (p == d->from || (*d->from == '0' && p - d->from > 1))
        return false;
    d->point = p - d->from;
    const char *dot = p;
    if (p < end && *p == '.') {
        d->whole = false;
        p = skip_digits(p + 1, end);
        if (p == dot + 1)
            return false;
    }
    d->to = p;
    int64_t exponent = 0;
    if (p < end && (*p == 'e' || *p == 'E')) {
        d->whole = false;
        p = read_exponent(p, end, &exponent);
    }
    if (p != end)
        return false;
    strip(d);
    d->count = (size_t)(d->to - d->from) - (d->from < dot && dot < d->to);
    d->point += d->count ? exponent : 0;
    return true;
}

/* digits * 10^exponent, correctly rounded, infinite when out of range. */
static double convert(const char *digits, size_t count, int64_t exponent)
{
    char text[MAX_DIGITS + 32];
    int64_t bound = 10000;
    int64_t clamped = exponent > bound ? bound : exponent < -bound ? -bound : exponent;
    snprintf(text, sizeof text, "%.*se%d", (int)count, digits, (int)clamped);
    return strtod(text, NULL);
}

static double nearest_slowly(const struct decimal *d)
{
    char digits[MAX_DIGITS + 2];
    size_t count = 0;
    for (const char *p = d->from; p < d->to && count < MAX_DIGITS; p++)
        if (*p != '.')
            digits[count++] = *p;
    if (d->count > count)
        digits[count++] = '1';
    return convert(digits, count, d->point - (int64_t)count);
}

/* The nearest double to d without its sign; infinite when out of range. */
static double nearest(const struct decimal *d)
{
    int64_t exponent = d->point - (int64_t)d->count;
    if (d->count > DBL_DIG || exponent > MAX_EXACT_POWER || exponent < -MAX_EXACT_POWER)
        return nearest_slowly(d);
    /* Both operands are exact, so the one operation rounds correctly. */
    int64_t digits = 0;
    for (const char *p = d->from; p < d->to; p++)
        if (*p != '.')
            digits = digits * 10 + (*p - '0');
    if (exponent < 0)
        return (double)digits / power_of_ten[-exponent];
    return (double)digits * power_of_ten[exponent];
}

static int next_digit(const char **p, const char *end)
{
    if (*p < end && **p == '.')
        ++*p;
    return *p < end ? *(*p)++ : '0';
}

static int compare_sizes(const struct decimal *a, const struct decimal *b)
{
    if (!a->count || !b->count)
        return (a->count > 0) - (b->count > 0);
    if (a->point != b->point)
        return a->point < b->point ? -1 : 1;
    const char *p = a->from;
    const char *q = b->from;
    while (p < a->to || q < b->to) {
        int difference = next_digit(&p, a->to) - next_digit(&q, b->to);
        if (difference)
            return difference;
    }
    return 0;
}

static int compare(const struct decimal *a, const struct decimal *b)
{
    int sign_a = !a->count ? 0 : a->negative ? -1 : 1;
    int sign_b = !b->count ? 0 : b->negative ? -1 : 1;
    if (sign_a != sign_b)
        return sign_a - sign_b;
    return sign_a < 0 ? compare_sizes(b, a) : compare_sizes(a, b);
}

static bool read_whole(const struct decimal *d, int64_t *i)
{
    if (d->point > 19)
        return false;
    int64_t value = 0;
    const char *p = d->from;
    for (int64_t n = 0; n < d->point; n++) {
        int digit = next_digit(&p, d->to) - '0';
        /* Counted downwards, where there is one more: INT64_MIN has no positive. */
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value))
            return false;
    }
    if (!d->negative && value == INT64_MIN)
        return false;
    *i = d->negative ? value : -value;
    return true;
}

/* Whether number_write gives the decimal that d was read from. */
static bool is_kept(const struct decimal *d, double value)
{
    /* So few digits always survive, except in tiny doubles, and in those that are so large that
     * number_write gives all digits of a whole number. */
    if (d->count <= DBL_DIG && d->point > -300 && d->point <= 16)
        return true;
    if (!isfinite(value))
        return false;
    char text[NUMBER_TEXT];
    struct decimal written;
    size_t len = number_write(value, text);
    return scan(text, len, &written) && compare_sizes(d, &written) == 0;
}

enum number_form number_read(const char *p, size_t len, int64_t *i, double *d)
{
    struct decimal decimal;
    if (!scan(p, len, &decimal))
        return NUMBER_NONE;
    /* No integer is -0. */
    bool minus_zero = decimal.negative && !decimal.count;
    if (decimal.whole && !minus_zero && read_whole(&decimal, i))
        return NUMBER_INT;
    double value = nearest(&decimal);
    bool kept = is_kept(&decimal, value);
    if (!isfinite(value))
        value = DBL_MAX;
    *d = decimal.negative ? -value : value;
    return kept ? NUMBER_DOUBLE : NUMBER_DECIMAL;
}

static bool is_whole(const struct decimal *d)
{
    return d->point >= (int64_t)d->count;
}

bool number_read_whole(const char *p, size_t len, int64_t *i)
{
    struct decimal d;
    return scan(p, len, &d) && is_whole(&d) && read_whole(&d, i);
}

enum number_form number_read_operand(const char *p, size_t len, int64_t *i, double *d)
{
    struct decimal decimal;
    if (!scan(p, len, &decimal))
        return NUMBER_NONE;
    if (is_whole(&decimal) && read_whole(&decimal, i))
        return NUMBER_INT;
    double value = nearest(&decimal);
    *d = decimal.negative ? -value : value;
    if (!isfinite(value) || value == 0)
        return NUMBER_NONE;
    bool held =
        !is_whole(&decimal) || is_kept(&decimal, value) || number_compare_text(p, len, *d) == 0;
    return held ? NUMBER_DOUBLE : NUMBER_NONE;
}

int number_compare_texts(const char *a, size_t a_len, const char *b, size_t b_len)
{
    struct decimal x;
    struct decimal y;
    scan(a, a_len, &x);
    scan(b, b_len, &y);
    return compare(&x, &y);
}

int number_compare_text(const char *p, size_t len, double d)
{
    char text[MAX_DIGITS + 32];
    int written = snprintf(text, sizeof text, "%.*e", MAX_DIGITS - 1, fabs(d));
    /* The locale's point may be several bytes. */
    char *fraction = text + 1;
    while (!is_digit(*fraction))
        fraction++;
    size_t rest = (size_t)(text + written - fraction);
    text[1] = '.';
    memmove(text + 2, fraction, rest);
    struct decimal x;
    struct decimal y;
    scan(p, len, &x);
    scan(text, rest + 2, &y);
    y.negative = d < 0;
    return compare(&x, &y);
}

static size_t count_digits(uint64_t n)
{
    size_t count = 1;
    for (; n >= 10000; n /= 10000)
        count += 4;
    return count + (n >= 10) + (n >= 100) + (n >= 1000);
}

/* Two digits at a time, from the last on: half the divisions. */
size_t number_write_int(int64_t i, char out[NUMBER_TEXT])
{
    static const char pairs[] =
        "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
        "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
        "8081828384858687888990919293949596979899";
    uint64_t left = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
    size_t count = count_digits(left) + (i < 0);
    char *p = out + count;
    *p = '\0';
    for (; left >= 100; left /= 100) {
        p -= 2;
        memcpy(p, pairs + left % 100 * 2, 2);
    }
    if (left >= 10)
        memcpy(p - 2, pairs + left * 2, 2);
    else
        p[-1] = (char)('0' + left);
    if (i < 0)
        out[0] = '-';
    return count;
}

/* The fewest digits that read back as d, which is positive: 0.DDD * 10^point. */
static size_t find_digits(double d, char digits[MAX_SHORTEST], int *point)
{
    char text[64];
    size_t count = 0;
    for (int precision = d < DBL_MIN ? 1 : DBL_DIG; precision <= MAX_SHORTEST; precision++) {
        snprintf(text, sizeof text, "%.*e", precision - 1, d);
        const char *p = text;
        for (count = 0; *p != 'e'; p++)
            if (is_digit(*p))
                digits[count++] = *p;
        *point = (int)strtol(p + 1, NULL, 10) + 1;
        if (precision == MAX_SHORTEST || convert(digits, count, *point - precision) == d)
            break;
    }
    while (count > 1 && digits[count - 1] == '0')
        count--;
    return count;
}

/* Prices and the like, without printf: at most DBL_DIG digits, a few of them after the point. Two
 * such decimals never read as the same double, so the first that fits is the shortest. */
static size_t find_digits_fast(double d, char digits[MAX_SHORTEST], int *point)
{
    for (int places = 1; places <= 6; places++) {
        double scaled = nearbyint(d * power_of_ten[places]);
        if (scaled >= power_of_ten[DBL_DIG])
            return 0;
        if (scaled / power_of_ten[places] != d)
            continue;
        char text[NUMBER_TEXT];
        size_t count = number_write_int((int64_t)scaled, text);
        memcpy(digits, text, count);
        *point = (int)count - places;
        return count;
    }
    return 0;
}

static char *put_zeros(char *out, int count)
{
    for (int n = 0; n < count; n++)
        *out++ = '0';
    return out;
}

static char *put(char *out, const char *p, size_t len)
{
    memcpy(out, p, len);
    return out + len;
}

static char *put_exponent(char *out, int exponent)
{
    char text[NUMBER_TEXT];
    *out++ = 'e';
    *out++ = exponent < 0 ? '-' : '+';
    return put(out, text, number_write_int(exponent < 0 ? -exponent : exponent, text));
}

/* The layout of ECMA-262, Number::toString. */
static char *lay_out(char *out, const char *digits, size_t count, int point)
{
    int n = (int)count;
    if (point >= n && point <= 21)
        return put_zeros(put(out, digits, count), point - n);
    if (point > 0 && point <= 21) {
        out = put(out, digits, (size_t)point);
        *out++ = '.';
        return put(out, digits + point, (size_t)(n - point));
    }
    if (point > -6 && point <= 0)
        return put(put_zeros(put(out, "0.", 2), -point), digits, count);
    *out++ = digits[0];
    if (n > 1) {
        *out++ = '.';
        out = put(out, digits + 1, count - 1);
    }
    return put_exponent(out, point - 1);
}

size_t number_write(double d, char out[NUMBER_TEXT])
{
    /* 2^63 and beyond do not fit; below, the exact digits are as short as any and stay exact when
     * they are read as an integer. */
    if (d > -0x1p63 && d < 0x1p63 && d == (double)(int64_t)d && !(d == 0 && signbit(d)))
        return number_write_int((int64_t)d, out);
    char *p = out;
    if (signbit(d))
        *p++ = '-';
    char digits[MAX_SHORTEST] = "0";
    int point = 1;
    size_t count = 1;
    if (d != 0) {
        count = find_digits_fast(fabs(d), digits, &point);
        if (!count)
            count = find_digits(fabs(d), digits, &point);
    }
    p = lay_out(p, digits, count, point);
    *p = '\0';
    return (size_t)(p - out);
}
