#include "base/number.h"

#include "suite.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <string.h>

static const struct {
    double d;
    const char *text;
} written[] = {
    { 0, "0" },
    { -0.0, "-0" },
    { 5, "5" },
    { -5, "-5" },
    { 1000, "1000" },
    { 0.1, "0.1" },
    { 0.1 + 0.2, "0.30000000000000004" },
    { 1.0 / 3, "0.3333333333333333" },
    { 12.5, "12.5" },
    { -19.99, "-19.99" },
    { 123456.789, "123456.789" },
    { 0.5, "0.5" },
    { 0.000001, "0.000001" },
    { 0.0000012, "0.0000012" },
    { 1e-7, "1e-7" },
    { 1.5e-7, "1.5e-7" },
    { 9007199254740992.0, "9007199254740992" },
    { 36028797018963968.0, "36028797018963968" },
    { -0x1p63, "-9223372036854776000" },
    { 0x1p63, "9223372036854776000" },
    { 1e20, "100000000000000000000" },
    { 123456789012345680000.0, "123456789012345680000" },
    { 1e21, "1e+21" },
    { 1.5e21, "1.5e+21" },
    { 1e300, "1e+300" },
    { DBL_MAX, "1.7976931348623157e+308" },
    { -DBL_MAX, "-1.7976931348623157e+308" },
    { DBL_MIN, "2.2250738585072014e-308" },
    { 5e-324, "5e-324" },
    { 2251799813685249.5, "2251799813685249.5" },
    { 0.1234567890123456, "0.1234567890123456" },
};

START_TEST(a_number_is_written_in_its_shortest_form)
{
    char out[NUMBER_TEXT];
    size_t len = number_write(written[_i].d, out);
    ck_assert_str_eq(out, written[_i].text);
    ck_assert_uint_eq(len, strlen(out));
}
END_TEST

/* A pseudo-random sequence that is the same in every run. */
static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state ^ *state >> 29;
}

static void check_round_trip(double d)
{
    char out[NUMBER_TEXT];
    size_t len = number_write(d, out);
    int64_t i = 0;
    double back = 0;
    enum number_form form = number_read(out, len, &i, &back);
    if (form == NUMBER_INT)
        back = (double)i;
    if (form == NUMBER_DECIMAL || back != d || strtod(out, NULL) != d)
        ck_abort_msg("%.17g is written %s and read as form %d", d, out, (int)form);
}

START_TEST(every_double_reads_back_as_itself)
{
    uint64_t state = 42;
    for (int n = 0; n < 50000; n++) {
        uint64_t bits = next(&state);
        double d;
        memcpy(&d, &bits, sizeof d);
        if (isfinite(d))
            check_round_trip(d);
        check_round_trip((double)(int64_t)(bits >> 20) / 1000);
    }
}
END_TEST

START_TEST(no_shorter_text_reads_back_the_same)
{
    uint64_t state = 7;
    for (int n = 0; n < 20000; n++) {
        double d = ldexp((double)(next(&state) >> 11), (int)(next(&state) % 80) - 100);
        char out[NUMBER_TEXT];
        number_write(d, out);
        int digits = 0;
        for (int precision = 1; precision <= 17 && !digits; precision++) {
            char text[NUMBER_TEXT];
            snprintf(text, sizeof text, "%.*e", precision - 1, d);
            digits = strtod(text, NULL) == d ? precision : 0;
        }
        int used = 0;
        bool leading = true;
        for (const char *p = out; *p && *p != 'e'; p++) {
            leading = leading && (*p == '0' || *p == '.');
            used += !leading && *p != '.';
        }
        if (d != floor(d) && used != digits)
            ck_abort_msg("%s has %d digits, %d are enough", out, used, digits);
    }
}
END_TEST

START_TEST(integers_are_written_and_read_exactly)
{
    static const char *const texts[] = { "0",
                                         "7",
                                         "-7",
                                         "9007199254740993",
                                         "1000000000000000000",
                                         "9223372036854775807",
                                         "-9223372036854775808" };
    for (size_t n = 0; n < sizeof texts / sizeof *texts; n++) {
        int64_t i = 1;
        double d = 0;
        char out[NUMBER_TEXT];
        ck_assert_int_eq(number_read(texts[n], strlen(texts[n]), &i, &d), NUMBER_INT);
        ck_assert_uint_eq(number_write_int(i, out), strlen(texts[n]));
        ck_assert_str_eq(out, texts[n]);
    }
}
END_TEST

static const struct {
    const char *text;
    enum number_form form;
    double d;
} read[] = {
    { "1.0", NUMBER_DOUBLE, 1 },
    { "1e3", NUMBER_DOUBLE, 1000 },
    { "1E+3", NUMBER_DOUBLE, 1000 },
    { "100.00", NUMBER_DOUBLE, 100 },
    { "0.1", NUMBER_DOUBLE, 0.1 },
    { "-0", NUMBER_DOUBLE, -0.0 },
    { "0e999999999999999999999", NUMBER_DOUBLE, 0 },
    { "5e-324", NUMBER_DOUBLE, 5e-324 },
    { "1.7976931348623157e308", NUMBER_DOUBLE, DBL_MAX },
    { "1e22", NUMBER_DOUBLE, 1e22 },
    { "0.30000000000000004", NUMBER_DOUBLE, 0.1 + 0.2 },
    { "1000000000000000000000000e-24", NUMBER_DOUBLE, 1 },
    { "9223372036854775808", NUMBER_DECIMAL, 0x1p63 },
    { "-9223372036854775809", NUMBER_DECIMAL, -0x1p63 },
    { "12345678901234567890", NUMBER_DECIMAL, 12345678901234567890.0 },
    { "9007199254740993.0", NUMBER_DECIMAL, 9007199254740992.0 },
    { "3.14159265358979323846", NUMBER_DECIMAL, 3.14159265358979323846 },
    { "0.1000000000000000055511151231257827", NUMBER_DECIMAL, 0.1 },
    { "1.2345678901234e18", NUMBER_DECIMAL, 1.2345678901234e18 },
    { "1e400", NUMBER_DECIMAL, DBL_MAX },
    { "-1e400", NUMBER_DECIMAL, -DBL_MAX },
    { "1e-400", NUMBER_DECIMAL, 0 },
    { "1e99999999999999999999999", NUMBER_DECIMAL, DBL_MAX },
    { "1e-99999999999999999999999", NUMBER_DECIMAL, 0 },
};

START_TEST(a_number_is_a_double_only_if_it_loses_nothing)
{
    int64_t i = 0;
    double d = 123;
    ck_assert_int_eq(number_read(read[_i].text, strlen(read[_i].text), &i, &d), read[_i].form);
    ck_assert_msg(d == read[_i].d, "%s is read as %.17g", read[_i].text, d);
    ck_assert_int_eq(!!signbit(d), read[_i].text[0] == '-');
}
END_TEST

START_TEST(a_number_counts_in_arithmetic_as_what_holds_it)
{
    static const struct {
        const char *text;
        enum number_form form;
        int64_t i;
        double d;
    } rows[] = {
        { "7.0", NUMBER_INT, 7, 0 },
        { "-0", NUMBER_INT, 0, 0 },
        { "-0.0e5", NUMBER_INT, 0, 0 },
        { "92233720368547758070e-1", NUMBER_INT, INT64_MAX, 0 },
        { "-9223372036854775808.000", NUMBER_INT, INT64_MIN, 0 },
        { "9223372036854775808", NUMBER_DOUBLE, 0, 0x1p63 },
        { "9223372036854775809", NUMBER_NONE, 0, 0 },
        { "1e22", NUMBER_DOUBLE, 0, 1e22 },
        { "1e23", NUMBER_DOUBLE, 0, 1e23 },
        { "0.1", NUMBER_DOUBLE, 0, 0.1 },
        { "-12345678901234567890.5", NUMBER_DOUBLE, 0, -12345678901234567890.5 },
        { "1e400", NUMBER_NONE, 0, 0 },
        { "1e-400", NUMBER_NONE, 0, 0 },
        { "4e-324", NUMBER_DOUBLE, 0, 4e-324 },
        { "five", NUMBER_NONE, 0, 0 },
    };
    for (size_t n = 0; n < sizeof rows / sizeof *rows; n++) {
        int64_t i = 0;
        double d = 0;
        enum number_form form = number_read_operand(rows[n].text, strlen(rows[n].text), &i, &d);
        ck_assert_msg(form == rows[n].form, "%s", rows[n].text);
        ck_assert(form != NUMBER_INT || i == rows[n].i);
        ck_assert(form != NUMBER_DOUBLE || d == rows[n].d);
    }
}
END_TEST

START_TEST(digits_far_behind_decide_how_a_tie_rounds)
{
    /* Half way between 1 and the next double, then above it by the last of 1,000 digits. */
    char text[1100] = "1.00000000000000011102230246251565404236316680908203125";
    size_t len = strlen(text);
    int64_t i = 0;
    double d = 0;
    ck_assert_int_eq(number_read(text, len, &i, &d), NUMBER_DECIMAL);
    ck_assert(d == 1);
    memset(text + len, '0', 1000);
    text[len + 1000] = '1';
    ck_assert_int_eq(number_read(text, len + 1001, &i, &d), NUMBER_DECIMAL);
    ck_assert(d == 1 + DBL_EPSILON);
}
END_TEST

START_TEST(what_is_no_json_number_is_refused)
{
    static const char *const bad[] = { "",    "-",     "+1",    "01", "-01", ".5",  "5.",   "1e",
                                       "1e+", "0x1",   "1 ",    " 1", "NaN", "inf", "1.e1", "--1",
                                       "1,5", "1e1.5", "1.2.3", "00", "1a",  "-a" };
    int64_t i;
    double d;
    for (size_t n = 0; n < sizeof bad / sizeof *bad; n++)
        ck_assert_msg(number_read(bad[n], strlen(bad[n]), &i, &d) == NUMBER_NONE,
                      "`%s` is accepted", bad[n]);
    ck_assert_int_eq(number_read("123", 2, &i, &d), NUMBER_INT);
    ck_assert_int_eq(i, 12);
}
END_TEST

static int order(const char *a, const char *b)
{
    int forth = number_compare_texts(a, strlen(a), b, strlen(b));
    int back = number_compare_texts(b, strlen(b), a, strlen(a));
    ck_assert_int_eq((forth > 0) - (forth < 0), (back < 0) - (back > 0));
    return (forth > 0) - (forth < 0);
}

START_TEST(texts_compare_by_exact_value)
{
    ck_assert_int_eq(order("1", "1.000"), 0);
    ck_assert_int_eq(order("100", "1e2"), 0);
    ck_assert_int_eq(order("0.001", "10e-4"), 0);
    ck_assert_int_eq(order("0", "-0.0e5"), 0);
    ck_assert_int_eq(order("9223372036854775807", "9223372036854775808"), -1);
    ck_assert_int_eq(order("-9223372036854775807", "-9223372036854775808"), 1);
    ck_assert_int_eq(order("1e400", "1e401"), -1);
    ck_assert_int_eq(order("-1e400", "1e-400"), -1);
    ck_assert_int_eq(order("0", "1e-400"), -1);
    ck_assert_int_eq(order("0", "-1e-400"), 1);
    ck_assert_int_eq(order("1.5", "1.49999999999999999999999"), 1);
}
END_TEST

START_TEST(a_text_compares_with_the_exact_value_of_a_double)
{
    const char *tenth = "0.1000000000000000055511151231257827021181583404541015625";
    ck_assert_int_eq(number_compare_text(tenth, strlen(tenth), 0.1), 0);
    ck_assert_int_gt(number_compare_text(tenth, strlen(tenth), 0.05), 0);
    ck_assert_int_lt(number_compare_text("0.1", 3, 0.1), 0);
    ck_assert_int_gt(number_compare_text("-0.1", 4, -0.1), 0);
    ck_assert_int_eq(number_compare_text("9223372036854775808", 19, 0x1p63), 0);
    ck_assert_int_eq(number_compare_text("0", 1, -0.0), 0);
    ck_assert_int_lt(number_compare_text("5e-324", 6, 1), 0);
}
END_TEST

START_TEST(the_locale_changes_nothing)
{
    static const char *const names[] = { "de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "ps_AF.utf8" };
    for (size_t n = 0; n < sizeof names / sizeof *names; n++)
        if (setlocale(LC_ALL, names[n]))
            break;
    char out[NUMBER_TEXT];
    int64_t i = 0;
    double d = 0;
    number_write(1.0 / 3, out);
    ck_assert_str_eq(out, "0.3333333333333333");
    ck_assert_int_eq(number_read("0.30000000000000004", 19, &i, &d), NUMBER_DOUBLE);
    ck_assert(d == 0.1 + 0.2);
    ck_assert_int_lt(number_compare_text("0.1", 3, 0.1), 0);
    setlocale(LC_ALL, "C");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("number");
    TCase *t = tcase_create("number");
    suite_add_tcase(s, t);
    tcase_add_loop_test(t, a_number_is_written_in_its_shortest_form, 0,
                        (int)(sizeof written / sizeof *written));
    tcase_add_test(t, every_double_reads_back_as_itself);
    tcase_add_test(t, no_shorter_text_reads_back_the_same);
    tcase_add_test(t, integers_are_written_and_read_exactly);
    tcase_add_loop_test(t, a_number_is_a_double_only_if_it_loses_nothing, 0,
                        (int)(sizeof read / sizeof *read));
    tcase_add_test(t, a_number_counts_in_arithmetic_as_what_holds_it);
    tcase_add_test(t, digits_far_behind_decide_how_a_tie_rounds);
    tcase_add_test(t, what_is_no_json_number_is_refused);
    tcase_add_test(t, texts_compare_by_exact_value);
    tcase_add_test(t, a_text_compares_with_the_exact_value_of_a_double);
    tcase_add_test(t, the_locale_changes_nothing);
    return suite_main(s);
}
