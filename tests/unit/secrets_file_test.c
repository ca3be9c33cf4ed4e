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
    ck_assert(read_text("FLOW_A=\" x\\ty \" # note\nFLOW_B=' \\t '\n"
                        "FLOW_C=\"a\\\"b\\\\c\\$d\\'\"\nFLOW_D=\"DOMAIN\\user\"\nFLOW_E=a\\tb\n"));
    ASSERT_PAIR(0, "A", " x\ty ");
    ASSERT_PAIR(1, "B", " \\t ");
    ASSERT_PAIR(2, "C", "a\"b\\c$d'");
    ASSERT_PAIR(3, "D", "DOMAIN\\user");
    ASSERT_PAIR(4, "E", "a\\tb");
}
END_TEST

START_TEST(an_empty_value_is_one)
{
    ck_assert(read_text("FLOW_A=\nFLOW_B=''\nFLOW_C= # none\n"));
    ASSERT_PAIR(0, "A", "");
    ASSERT_PAIR(1, "B", "");
    ASSERT_PAIR(2, "C", "");
}
END_TEST

START_TEST(a_comment_begins_behind_a_blank_and_not_within_a_value)
{
    ck_assert(read_text(
        "FLOW_A=a#b # c\nFLOW_B=#a\nFLOW_C='a # b'# c\nFLOW_D=a\t#b\nFLOW_E=$X${Y}`z`\n"));
    ASSERT_PAIR(0, "A", "a#b");
    ASSERT_PAIR(1, "B", "#a");
    ASSERT_PAIR(2, "C", "a # b");
    ASSERT_PAIR(3, "D", "a");
    ASSERT_PAIR(4, "E", "$X${Y}`z`");
}
END_TEST

START_TEST(a_byte_order_mark_and_carriage_returns_are_no_part_of_it)
{
    ck_assert(read_text("\xef\xbb\xbf"
                        "FLOW_A=1\r\n\r\n# c\r\nexport FLOW_B='2' \r\nFLOW_C=\"3\r\n4\"\r"));
    ck_assert_uint_eq(file.len, 3);
    ASSERT_PAIR(0, "A", "1");
    ASSERT_PAIR(1, "B", "2");
    ASSERT_PAIR(2, "C", "3\n4");
}
END_TEST

START_TEST(a_value_in_quotes_goes_on_over_lines)
{
    ck_assert(read_text("FLOW_A=\"1\n2 # 3\n\"\nFLOW_B='x\n\ny'\nFLOW_C=z\n"));
    ck_assert_uint_eq(file.len, 3);
    ASSERT_PAIR(0, "A", "1\n2 # 3\n");
    ASSERT_PAIR(1, "B", "x\n\ny");
    ASSERT_PAIR(2, "C", "z");
}
END_TEST

START_TEST(lines_of_other_programs_are_passed_over)
{
    ck_assert(
        read_text("SHOP_KEY=hunter2\nexport PATH=/bin:$PATH\nFLOW=1\nflow_x=2\nA.B-C=\"3\" junk\n"
                  "YAML: 'x'\nBARE\nexport BARE_TOO\nD= # c\nE=it's\n"
                  "PEM=\"-----BEGIN KEY-----\nabc+/=\n-----END KEY-----\"\nFLOW_A=1\n"
                  "JSON={\"a\": \"b\"}\n9=x\n"));
    ck_assert_uint_eq(file.len, 1);
    ASSERT_PAIR(0, "A", "1");
}
END_TEST

START_TEST(a_nul_byte_in_a_line_of_another_program_is_passed_over)
{
    static const char text[] = "A=x\0y\nFLOW_A=1\nB='\0'\n";
    ck_assert(secrets_file_read(&file, "my.env", text, sizeof text - 1, &problems));
    ck_assert_uint_eq(file.len, 1);
    ASSERT_PAIR(0, "A", "1");
}
END_TEST

START_TEST(a_quote_of_another_program_that_is_not_closed_takes_no_line_of_ours)
{
    ck_assert(read_text("A='it\nFLOW_A='1'\nB=\"x\nC=y\n export FLOW_B = \"2\"\nD='\n"));
    ck_assert_uint_eq(file.len, 2);
    ASSERT_PAIR(0, "A", "1");
    ASSERT_PAIR(1, "B", "2");
}
END_TEST

START_TEST(a_bad_line_is_named_by_its_number_without_its_value)
{
    ck_assert(
        !read_text("FLOW_A=1\nSHOP KEY=hunter2\nFLOW_=hunter2\nFLOW_B=\"hunter2\n"
                   "FLOW_C-D=hunter2\nFLOW_E\nFLOW_F=\"a\nb\" hunter2\nhunter2!\nFLOW_G: hunter2\n"
                   "FLOW_H='hunter2\nhunter3\nhunter4"));
    ck_assert_str_eq(bytes_text(&problems), "my.env:2: expected a line such as FLOW_NAME=value\n"
                                            "my.env:3: expected a line such as FLOW_NAME=value\n"
                                            "my.env:4: the quote of the value is not closed\n"
                                            "my.env:5: expected a line such as FLOW_NAME=value\n"
                                            "my.env:6: expected a line such as FLOW_NAME=value\n"
                                            "my.env:7: something follows the closing quote\n"
                                            "my.env:9: expected a line such as FLOW_NAME=value\n"
                                            "my.env:10: expected a line such as FLOW_NAME=value\n"
                                            "my.env:11: the quote of the value is not closed\n");
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
    tcase_add_test(c, a_comment_begins_behind_a_blank_and_not_within_a_value);
    tcase_add_test(c, a_byte_order_mark_and_carriage_returns_are_no_part_of_it);
    tcase_add_test(c, a_value_in_quotes_goes_on_over_lines);
    tcase_add_test(c, lines_of_other_programs_are_passed_over);
    tcase_add_test(c, a_nul_byte_in_a_line_of_another_program_is_passed_over);
    tcase_add_test(c, a_quote_of_another_program_that_is_not_closed_takes_no_line_of_ours);
    tcase_add_test(c, a_bad_line_is_named_by_its_number_without_its_value);
    tcase_add_test(c, something_behind_a_closing_quote_is_a_mistake);
    tcase_add_test(c, a_nul_byte_is_a_mistake);
    suite_add_tcase(s, c);
    return suite_main(s);
}
