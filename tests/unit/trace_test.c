#include "engine/trace.h"

#include "formats/json.h"

#include "suite.h"

#include <string.h>

static struct bytes b;

static void setup(void)
{
    b = (struct bytes){ 0 };
}

static void teardown(void)
{
    bytes_release(&b);
}

static const struct run_step call = { .flow = "f",
                                      .node = "lookup",
                                      .kind = "GET",
                                      .url = "http://shop.test/1",
                                      .outcome = "error",
                                      .error_kind = "dns",
                                      .message = "no such host",
                                      .attempts = 3,
                                      .elapsed_ms = 42,
                                      .to = "sorry" };

static const char *line(const char *text, size_t len)
{
    bytes_clear(&b);
    trace_add_line(&b, text, len);
    return bytes_text(&b);
}

START_TEST(control_characters_are_shown_as_escapes)
{
    ck_assert_str_eq(line("a\x1b[1m\n\r\tb", 9), "a\\u{1B}[1m\\n\\r\\tb");
    ck_assert_str_eq(line("\x7f", 1), "\\u{7F}");
    ck_assert_str_eq(line("\xc2\x9b", 2), "\\u{9B}");
    ck_assert_str_eq(line("a\0b", 3), "a\\u{0}b");
}
END_TEST

START_TEST(what_reorders_a_line_is_shown_as_an_escape)
{
    ck_assert_str_eq(line("a\xe2\x80\xae", 4), "a\\u{202E}");
    ck_assert_str_eq(line("\xe2\x80\xa8", 3), "\\u{2028}");
}
END_TEST

START_TEST(bytes_that_are_no_utf8_are_replaced_one_by_one)
{
    ck_assert_str_eq(line("a\xff\xc3", 3), "a\xef\xbf\xbd\xef\xbf\xbd");
    ck_assert_str_eq(line("\xc3\xa4\x80o", 4), "\xc3\xa4\xef\xbf\xbdo");
}
END_TEST

START_TEST(a_step_is_one_line_with_all_that_is_known)
{
    trace_print_text(&call, "f", false, &b);
    ck_assert_str_eq(bytes_text(&b),
                     "lookup           GET http://shop.test/1                   error dns      "
                     "    42 ms  -> sorry  (3 attempts)  # no such host\n");
}
END_TEST

START_TEST(attempts_are_counted_from_the_second_on)
{
    static const char *const wanted[] = { "", "", "  (2 attempts)", "  (3 attempts)" };
    for (uint32_t n = 0; n < 4; n++) {
        struct run_step step = call;
        step.attempts = n;
        bytes_clear(&b);
        trace_print_text(&step, "f", false, &b);
        const char *end = strstr(bytes_text(&b), "-> sorry") + strlen("-> sorry");
        size_t len = strcspn(end, "#");
        ck_assert_msg(len == strlen(wanted[n]) + 2 &&
                          strncmp(end, wanted[n], strlen(wanted[n])) == 0,
                      "%u attempts give `%s`", (unsigned)n, bytes_text(&b));
    }
}
END_TEST

START_TEST(a_node_of_another_flow_stands_with_its_flow)
{
    trace_print_text(&call, "main", false, &b);
    ck_assert_int_eq(strncmp(bytes_text(&b), "f.lookup ", 9), 0);
}
END_TEST

START_TEST(columns_are_those_of_a_terminal)
{
    struct run_step wide = call;
    wide.url = "\xe6\xbc\xa2\xe5\xad\x97"; /* two characters, four columns, six bytes */
    trace_print_text(&wide, "f", false, &b);
    const char *outcome = strstr(bytes_text(&b), "error dns");
    ck_assert_int_eq(outcome - b.data, 17 + 41 + 2);
}
END_TEST

START_TEST(colour_is_there_only_when_wanted)
{
    trace_print_text(&call, "f", true, &b);
    ck_assert_ptr_nonnull(strstr(bytes_text(&b), "\x1b[31merror dns"));
    bytes_clear(&b);
    trace_print_text(&call, "f", false, &b);
    ck_assert_ptr_null(strchr(bytes_text(&b), '\x1b'));
}
END_TEST

START_TEST(a_step_in_json_reads_back)
{
    struct run_step step = call;
    step.message = "a \"b\" \xff";
    trace_print_json("R", &step, &b);
    struct value v;
    struct json_error error;
    ck_assert_int_eq(b.data[b.len - 1], '\n');
    ck_assert(json_read(b.data, b.len - 1, &v, &error));
    ck_assert_str_eq(value_object_find_bytes(v.object, "message", 7)->text->data,
                     "a \"b\" \xef\xbf\xbd");
    ck_assert_int_eq(value_object_find_bytes(v.object, "ms", 2)->integer, 42);
    value_unref(v);
}
END_TEST

static Suite *trace_suite(void)
{
    Suite *s = suite_create("trace");
    TCase *c = tcase_create("trace");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, control_characters_are_shown_as_escapes);
    tcase_add_test(c, what_reorders_a_line_is_shown_as_an_escape);
    tcase_add_test(c, bytes_that_are_no_utf8_are_replaced_one_by_one);
    tcase_add_test(c, a_step_is_one_line_with_all_that_is_known);
    tcase_add_test(c, attempts_are_counted_from_the_second_on);
    tcase_add_test(c, a_node_of_another_flow_stands_with_its_flow);
    tcase_add_test(c, columns_are_those_of_a_terminal);
    tcase_add_test(c, colour_is_there_only_when_wanted);
    tcase_add_test(c, a_step_in_json_reads_back);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return suite_main(trace_suite());
}
