#include "base/utf8.h"

#include "suite.h"

#include <string.h>

static size_t valid(const char *text)
{
    return utf8_valid_prefix(text, strlen(text));
}

START_TEST(every_scalar_value_survives_a_round_trip)
{
    for (uint32_t c = 1; c <= 0x10ffff; c++) {
        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        char out[4];
        size_t len = utf8_encode(c, out);
        size_t width = 0;
        if (utf8_valid_prefix(out, len) != len || utf8_decode(out, len, &width) != c ||
            width != len)
            ck_abort_msg("U+%04X does not survive", c);
    }
}
END_TEST

START_TEST(forms_that_rfc_3629_forbids_are_refused)
{
    static const char *const bad[] = {
        "\xc0\x80",
        "\xc1\xbf",
        "\xe0\x9f\xbf",
        "\xf0\x8f\xbf\xbf",
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\x80",
        "\xbf",
        "\xff",
        "\xfe",
        "\xc3",
        "\xe2\x82",
        "\xf0\x9f\x98",
        "\xc3(",
        "\xe2\x82(",
        "\xf0\x9f\x98(",
        "\xe2(\xa1",
        "\xf8\x88\x80\x80\x80",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(valid(bad[i]) == 0, "form %zu is accepted", i);
}
END_TEST

START_TEST(the_valid_prefix_ends_at_the_bad_byte)
{
    ck_assert_uint_eq(valid("plain ascii of some length"), 26);
    ck_assert_uint_eq(valid("gr\xc3\xbc\xc3\x9f\xff dich"), 6);
    ck_assert_uint_eq(valid("0123456789abcdef0123\xe2\x82"), 20);
    ck_assert_uint_eq(utf8_valid_prefix("a\0b\xff", 4), 3);
    ck_assert_uint_eq(utf8_valid_prefix("", 0), 0);
}
END_TEST

START_TEST(characters_are_counted_and_found)
{
    const char *text = "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80z";
    size_t len = strlen(text);
    ck_assert_uint_eq(utf8_count(text, len), 5);
    static const size_t offsets[] = { 0, 1, 3, 6, 10, 11, 11 };
    for (size_t i = 0; i < 7; i++)
        ck_assert_uint_eq(utf8_offset(text, len, i), offsets[i]);
}
END_TEST

START_TEST(columns_follow_the_terminal)
{
    ck_assert_int_eq(utf8_columns('a'), 1);
    ck_assert_int_eq(utf8_columns(0xfc), 1);
    ck_assert_int_eq(utf8_columns(0x0378), 1);
    ck_assert_int_eq(utf8_columns(0x20ac), 1);
    ck_assert_int_eq(utf8_columns(0x0300), 0);
    ck_assert_int_eq(utf8_columns(0x200d), 0);
    ck_assert_int_eq(utf8_columns(0xfe0f), 0);
    ck_assert_int_eq(utf8_columns(0x1160), 0);
    ck_assert_int_eq(utf8_columns(0x1100), 2);
    ck_assert_int_eq(utf8_columns(0x4e2d), 2);
    ck_assert_int_eq(utf8_columns(0xac00), 2);
    ck_assert_int_eq(utf8_columns(0xff01), 2);
    ck_assert_int_eq(utf8_columns(0xff61), 1);
    ck_assert_int_eq(utf8_columns(0x1f600), 2);
    ck_assert_int_eq(utf8_columns(0x20000), 2);
    ck_assert_int_eq(utf8_columns(0x10ffff), 1);
}
END_TEST

START_TEST(exactly_twelve_characters_are_bidi_controls)
{
    int count = 0;
    for (uint32_t c = 0; c <= 0x10ffff; c++)
        count += utf8_is_bidi_control(c);
    ck_assert_int_eq(count, 12);
    ck_assert(utf8_is_bidi_control(0x202e));
    ck_assert(utf8_is_bidi_control(0x2066));
    ck_assert(utf8_is_bidi_control(0x061c));
    ck_assert(utf8_is_bidi_control(0x200f));
    ck_assert(!utf8_is_bidi_control(0x200d));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("utf8");
    TCase *t = tcase_create("utf8");
    suite_add_tcase(s, t);
    tcase_add_test(t, every_scalar_value_survives_a_round_trip);
    tcase_add_test(t, forms_that_rfc_3629_forbids_are_refused);
    tcase_add_test(t, the_valid_prefix_ends_at_the_bad_byte);
    tcase_add_test(t, characters_are_counted_and_found);
    tcase_add_test(t, columns_follow_the_terminal);
    tcase_add_test(t, exactly_twelve_characters_are_bidi_controls);
    return suite_main(s);
}
