#include "base/arith.h"

#include "formats/json.h"

#include "suite.h"

#include <string.h>

static struct value json(const char *text)
{
    struct value v;
    struct json_error error;
    if (!json_read(text, strlen(text), &v, &error))
        ck_abort_msg("%s: %s at %zu", text, error.message, error.offset);
    return v;
}

static const char *less(struct value a, struct value b, struct value *out)
{
    return arith_compare(ARITH_LESS, a, b, out);
}

static const char *less_equal(struct value a, struct value b, struct value *out)
{
    return arith_compare(ARITH_LESS_EQUAL, a, b, out);
}

static const char *negate(struct value a, struct value b, struct value *out)
{
    (void)b;
    return arith_negate(a, out);
}

static const char *item(struct value a, struct value b, struct value *out)
{
    *out = arith_index(a, b);
    return NULL;
}

static const char *each(struct value a, struct value b, struct value *out)
{
    (void)b;
    *out = arith_each(a);
    return NULL;
}

#define OVERFLOW "!the result does not fit into a 64-bit integer"
#define TOO_LARGE "!the result is too large for a number"
#define BY_ZERO "!division by zero"
#define NOT_HELD                                                                                   \
    "!cannot calculate with a number that neither a 64-bit integer nor a double can hold: it can " \
    "be passed on and compared"
#define NOT_THERE ": null is what is not there, so test for it or write `??`"
#define MAX "9223372036854775807"
#define MIN "-9223372036854775808"

/* A result in JSON with its type where that matters, or `!` and the sentence. */
static const struct {
    const char *(*operate)(struct value a, struct value b, struct value *out);
    const char *a;
    const char *b;
    const char *result;
} rows[] = {
    { arith_add, "1", "2", "int 3" },
    { arith_add, "1", "2.5", "number 3.5" },
    { arith_add, "1.5", "1.5", "number 3" },
    { arith_add, MAX, "1", OVERFLOW },
    { arith_add, "1e308", "1e308", TOO_LARGE },
    { arith_add, "\"a\\u0000\"", "\"b\"", "text \"a\\u0000b\"" },
    { arith_add, "\"\"", "\"\"", "text \"\"" },
    { arith_add, "[1]", "[[2],3]", "list [1,[2],3]" },
    { arith_add, "12345678901234567890", "0", NOT_HELD },
    { arith_add, "1.5", "1e400", NOT_HELD },
    { arith_add, "1e-400", "1", NOT_HELD },
    { arith_add, "12345678901234567890", "1e400", NOT_HELD },
    { arith_add, "18446744073709551616", "0", "number 18446744073709552000" },
    { arith_add, "9007199254740993.0", "1", "int 9007199254740994" },
    { arith_add, "9223372036854775807.0", "1", OVERFLOW },
    { arith_add, "0.12345678901234567890123", "1", "number 1.1234567890123457" },
    { arith_subtract, "12345678901234567891", "12345678901234567890", NOT_HELD },
    { arith_multiply, "0", "1e400", NOT_HELD },
    { arith_divide, "1", "1e400", NOT_HELD },
    { arith_divide, "1e-400", "0", NOT_HELD },
    { negate, "12345678901234567890", "null", NOT_HELD },
    { negate, "9007199254740993.0", "null", "int -9007199254740993" },
    { less, "12345678901234567890", "12345678901234567891", "bool true" },
    { less, "1e400", "1e401", "bool true" },
    { arith_add, "\"n\"", "1", "!cannot add text and int: write \"{x}\" to join them" },
    { arith_add, "1.5", "\"n\"", "!cannot add number and text: write \"{x}\" to join them" },
    { arith_add, "12345678901234567890", "{}", "!cannot add number and object" },
    { arith_add, "[]", "1", "!cannot add list and int" },
    { arith_add, "null", "1", "!cannot add null and int" NOT_THERE },
    { arith_add, "\"n\"", "null", "!cannot add text and null" NOT_THERE },
    { arith_add, "true", "true", "!cannot add bool and bool" },
    { arith_subtract, "5", "7", "int -2" },
    { arith_subtract, MIN, "1", OVERFLOW },
    { arith_subtract, "0", MIN, OVERFLOW },
    { arith_subtract, "1.5", "1", "number 0.5" },
    { arith_subtract, "-1e308", "1e308", TOO_LARGE },
    { arith_subtract, "\"n\"", "1", "!cannot subtract int from text" },
    { arith_multiply, "6", "7", "int 42" },
    { arith_multiply, MIN, "-1", OVERFLOW },
    { arith_multiply, "4294967296", "4294967296", OVERFLOW },
    { arith_multiply, "2", "0.5", "number 1" },
    { arith_multiply, "1e200", "1e200", TOO_LARGE },
    { arith_multiply, "\"n\"", "3", "!cannot multiply text by int" },
    { arith_divide, "10", "2", "number 5" },
    { arith_divide, "1", "3", "number 0.3333333333333333" },
    { arith_divide, "1", "0", BY_ZERO },
    { arith_divide, "1.5", "-0.0", BY_ZERO },
    { arith_divide, "1e308", "1e-308", TOO_LARGE },
    { arith_divide, "1", "[]", "!cannot divide int by list" },
    { arith_remainder, "7", "3", "int 1" },
    { arith_remainder, "-7", "3", "int -1" },
    { arith_remainder, "7", "-3", "int 1" },
    { arith_remainder, MIN, "-1", "int 0" },
    { arith_remainder, "7", "0", BY_ZERO },
    { arith_remainder, "7.0", "2", "!`%` works on two ints, not on number and int" },
    { negate, "5", "null", "int -5" },
    { negate, "2.5", "null", "number -2.5" },
    { negate, MIN, "null", OVERFLOW },
    { negate, "\"n\"", "null", "!cannot negate text" },
    { negate, "true", "null", "!cannot negate bool: write `not x`" },
    { negate, "{}", "null", "!cannot negate object" },
    { negate, "null", "null", "!cannot negate null" NOT_THERE },
    { less, "1", "2", "bool true" },
    { less, "2", "2", "bool false" },
    { less, "9007199254740992.0", "9007199254740993", "bool true" },
    { less, "9007199254740993", "9007199254740992.0", "bool false" },
    { less, "\"a\"", "\"b\"", "bool true" },
    { less, "1", "\"2\"", "!cannot compare int with text" },
    { less, "null", "2", "!cannot compare null with int" NOT_THERE },
    { less_equal, "2", "2.0", "bool true" },
    { less_equal, "3", "2", "bool false" },
    { less_equal, "[]", "[]", "!cannot compare list with list" },
    { arith_in, "{\"a\":1.0}", "[0,{\"a\":1}]", "bool true" },
    { arith_in, "2", "[1]", "bool false" },
    { arith_in, "null", "[null]", "bool true" },
    { arith_in, "\"ell\"", "\"hello\"", "bool true" },
    { arith_in, "\"\"", "\"\"", "bool true" },
    { arith_in, "\"\\u0000b\"", "\"a\\u0000b\"", "bool true" },
    { arith_in, "\"x\"", "\"hello\"", "bool false" },
    { arith_in, "\"a\"", "{\"a\":null}", "bool true" },
    { arith_in, "\"b\"", "{\"a\":null}", "bool false" },
    { arith_in, "1", "null", "bool false" },
    { arith_in, "1", "\"1\"", "!cannot look for int in text" },
    { arith_in, "1", "{}", "!cannot look for int in object" },
    { arith_in, "1", "5", "!cannot look for int in int" },
    { item, "[1,2,3]", "0", "int 1" },
    { item, "[1,2,3]", "-1", "int 3" },
    { item, "[1,2,3]", "-3", "int 1" },
    { item, "[1,2,3]", "-4", "null null" },
    { item, "[1,2,3]", "3", "null null" },
    { item, "[1,2,3]", MIN, "null null" },
    { item, "[1,2,3]", MAX, "null null" },
    { item, "{\"a\":[1]}", "\"a\"", "list [1]" },
    { item, "{\"a\":[1]}", "\"b\"", "null null" },
    { item, "{\"a\":[1]}", "0", "null null" },
    { item, "[1]", "\"a\"", "null null" },
    { item, "\"text\"", "0", "null null" },
    { item, "null", "\"a\"", "null null" },
    { item, "5", "5", "null null" },
    { each, "[1,2]", "null", "list [1,2]" },
    { each, "{}", "null", "null null" },
    { each, "\"ab\"", "null", "null null" },
};

START_TEST(an_operator_gives_its_result_or_says_why_not)
{
    struct value a = json(rows[_i].a);
    struct value b = json(rows[_i].b);
    struct value out = value_bool(true);
    const char *why = rows[_i].operate(a, b, &out);
    struct bytes got = { 0 };
    if (why) {
        bytes_printf(&got, "!%s", why);
        ck_assert_uint_eq(out.tag, VALUE_NULL);
    } else {
        bytes_printf(&got, "%s ", value_type_name(out));
        json_write(&got, out);
    }
    ck_assert_msg(strcmp(bytes_text(&got), rows[_i].result) == 0, "row %d: %s with %s gives %s", _i,
                  rows[_i].a, rows[_i].b, bytes_text(&got));
    bytes_release(&got);
    value_unref(out);
    value_unref(a);
    value_unref(b);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("arith");
    TCase *t = tcase_create("arith");
    suite_add_tcase(s, t);
    tcase_add_loop_test(t, an_operator_gives_its_result_or_says_why_not, 0,
                        (int)(sizeof rows / sizeof *rows));
    return suite_main(s);
}
