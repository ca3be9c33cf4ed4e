#include "suite.h"

#include "engine/secrets_file.h"

#include <string.h>

static struct secrets_file file;
static struct bytes problems;

static bool read_text(const char *text)
{
    return secrets_file_read(&file, "my.env", text, strlen(text), &problems);
}

static void teardown(void)
{
    secrets_file_release(&file);
    bytes_release(&problems);
}

#define ASSERT_PAIR(i, wanted_name, wanted_value)                                                  \
    do {                                                                                           \
        ck_assert_uint_gt(file.len, i);                                                            \
        ck_assert_str_eq(file.pairs[i].name, wanted_name);                                         \
        ck_assert_str_eq(file.pairs[i].value, wanted_value);                                       \
    } while (0)

START_TEST(a_line_is_a_name_and_a_value)
{
    ck_assert(read_text("FLOW_SHOP_KEY=abc=1#2\n"));
    ASSERT_PAIR(0, "SHOP_KEY", "abc=1#2");
}
END_TEST

START_TEST(comments_empty_lines_and_export_are_understood)
{
    ck_assert(read_text("# mine\n\n  \nexport FLOW_A = b c  \r\nFLOW_B=2"));
    ck_assert_uint_eq(file.len, 2);
    ASSERT_PAIR(0, "A", "b c");
    ASSERT_PAIR(1, "B", "2");
}
END_TEST

START_TEST(quotes_keep_blanks_and_only_double_ones_have_escapes)
{
    ck_assert(read_text("FLOW_A=\" x\\ty \" # note\nFLOW_B=' \\t '\n"));
    ASSERT_PAIR(0, "A", " x\ty ");
    ASSERT_PAIR(1, "B", " \\t ");
}
END_TEST

START_TEST(an_empty_value_is_one)
{
    ck_assert(read_text("FLOW_A=\n"));
    ASSERT_PAIR(0, "A", "");
}
END_TEST

START_TEST(a_bad_line_is_named_by_its_number_without_its_value)
{
    ck_assert(!read_text("FLOW_A=1\nSHOP_KEY=hunter2\nFLOW_=hunter2\nFLOW_B=\"hunter2\n"));
    ck_assert_str_eq(bytes_text(&problems),
                     "my.env:2: expected a line such as FLOW_NAME=value\n"
                     "my.env:3: expected a line such as FLOW_NAME=value\n"
                     "my.env:4: the quote of the value is not closed\n");
    ck_assert_uint_eq(file.len, 1);
}
END_TEST

START_TEST(something_behind_a_closing_quote_is_a_mistake)
{
    ck_assert(!read_text("FLOW_A='1'2\n"));
    ck_assert_ptr_nonnull(strstr(bytes_text(&problems), "follows the closing quote"));
}
END_TEST

START_TEST(a_nul_byte_is_a_mistake)
{
    ck_assert(!secrets_file_read(&file, "my.env", "FLOW_A=a\0b\n", 11, &problems));
    ck_assert_ptr_nonnull(strstr(bytes_text(&problems), "NUL"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("secrets_file");
    TCase *c = tcase_create("secrets_file");
    tcase_add_checked_fixture(c, NULL, teardown);
    tcase_add_test(c, a_line_is_a_name_and_a_value);
    tcase_add_test(c, comments_empty_lines_and_export_are_understood);
    tcase_add_test(c, quotes_keep_blanks_and_only_double_ones_have_escapes);
    tcase_add_test(c, an_empty_value_is_one);
    tcase_add_test(c, a_bad_line_is_named_by_its_number_without_its_value);
    tcase_add_test(c, something_behind_a_closing_quote_is_a_mistake);
    tcase_add_test(c, a_nul_byte_is_a_mistake);
    suite_add_tcase(s, c);
    return suite_main(s);
}
