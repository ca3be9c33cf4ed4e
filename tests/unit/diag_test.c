#include "syntax/diag.h"

#include "base/mem.h"
#include "tests/unit/suite.h"

#include <cjson/cJSON.h>
#include <string.h>

struct fixture {
    struct sources sources;
    struct diags diags;
    struct source *source;
};

static struct fixture fixture_of(const char *text)
{
    struct fixture f = { 0 };
    f.source = sources_add(&f.sources, "a.flow", text, strlen(text));
    return f;
}

static void fixture_release(struct fixture *f)
{
    diags_release(&f->diags);
    sources_release(&f->sources);
}

static struct diag *add(struct fixture *f, enum diag_code code, uint32_t start, uint32_t end)
{
    struct span span = { f->source->base + start, f->source->base + end };
    return diag_add(&f->diags, code, span, "message %u", start);
}

/* The caller frees. */
static char *print(struct fixture *f, struct diag_style style)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    diags_print(&f->diags, &f->sources, style, out);
    fclose(out);
    return text;
}

static void check_print(struct fixture *f, enum diag_format format, const char *wanted)
{
    char *text = print(f, (struct diag_style){ .format = format });
    ck_assert_str_eq(text, wanted);
    free(text);
    fixture_release(f);
}

START_TEST(the_text_form_quotes_the_line_with_carets)
{
    struct fixture f = fixture_of("one\n    node lookup {\n");
    struct diag *diag = add(&f, E0402, 13, 19);
    diag_help(&f.diags, diag, "add %d", 1);
    check_print(&f, DIAG_TEXT,
                "a.flow:2:10: error[E0402]: message 13\n"
                "  |\n"
                "2 |     node lookup {\n"
                "  |          ^^^^^^\n"
                "  = help: add 1\n");
}
END_TEST

START_TEST(the_gutter_is_as_wide_as_the_number)
{
    struct fixture f = fixture_of("\n\n\n\n\n\n\n\n\nx\n");
    add(&f, W0901, 9, 10);
    check_print(&f, DIAG_TEXT,
                "a.flow:10:1: warning[W0901]: message 9\n"
                "   |\n"
                "10 | x\n"
                "   | ^\n");
}
END_TEST

START_TEST(carets_stand_right_after_tabs_and_wide_characters)
{
    struct fixture f = fixture_of("\t\xE4\xBD\xA0\xE5\xA5\xBDx y\n");
    add(&f, E0201, 7, 8);
    check_print(&f, DIAG_TEXT,
                "a.flow:1:4: error[E0201]: message 7\n"
                "  |\n"
                "1 |     \xE4\xBD\xA0\xE5\xA5\xBDx y\n"
                "  |         ^\n");
    f = fixture_of("\xE4\xBD\xA0\xE5\xA5\xBD\n");
    add(&f, E0201, 3, 6);
    check_print(&f, DIAG_TEXT,
                "a.flow:1:2: error[E0201]: message 3\n"
                "  |\n"
                "1 | \xE4\xBD\xA0\xE5\xA5\xBD\n"
                "  |   ^^\n");
}
END_TEST

START_TEST(an_empty_place_has_one_caret)
{
    struct fixture f = fixture_of("ab\n");
    add(&f, E0201, 2, 2);
    check_print(&f, DIAG_TEXT,
                "a.flow:1:3: error[E0201]: message 2\n"
                "  |\n"
                "1 | ab\n"
                "  |   ^\n");
}
END_TEST

START_TEST(a_place_over_lines_shows_the_first_and_the_last)
{
    struct fixture f = fixture_of("say {\n    a\n    b\n  } x\n");
    add(&f, E0201, 4, 21);
    check_print(&f, DIAG_TEXT,
                "a.flow:1:5: error[E0201]: message 4\n"
                "  |\n"
                "1 | say {\n"
                "  |     ^\n"
                "...\n"
                "4 |   } x\n"
                "  |   ^\n");
}
END_TEST

START_TEST(a_note_has_its_place)
{
    struct fixture f = fixture_of("a\nb\n");
    struct diag *diag = add(&f, E0309, 2, 3);
    diag_note(&f.diags, diag, (struct span){ 0, 1 }, "first %s", "here");
    check_print(&f, DIAG_TEXT,
                "a.flow:2:1: error[E0309]: message 2\n"
                "  |\n"
                "2 | b\n"
                "  | ^\n"
                "a.flow:1:1: note: first here\n"
                "  |\n"
                "1 | a\n"
                "  | ^\n");
}
END_TEST

START_TEST(nothing_in_a_source_acts_on_the_terminal)
{
    struct fixture f = fixture_of("\x1b[31m\xE2\x80\xAE\xFF\x7F x\n");
    struct span span = { 11, 12 };
    diag_add(&f.diags, E0106, span, "found `\x1b`");
    check_print(&f, DIAG_TEXT,
                "a.flow:1:10: error[E0106]: found `\xE2\x90\x9B`\n"
                "  |\n"
                "1 | \xE2\x90\x9B[31m\xEF\xBF\xBD\xEF\xBF\xBD\xE2\x90\xA1 x\n"
                "  |          ^\n");
}
END_TEST

START_TEST(a_very_long_line_is_cut_around_the_place)
{
    char line[1001];
    memset(line, 'x', 1000);
    line[1000] = '\0';
    struct fixture f = fixture_of(line);
    add(&f, E0106, 500, 503);
    char *text = print(&f, (struct diag_style){ 0 });
    const char *marks = strstr(text, "^^^");
    ck_assert_ptr_nonnull(marks);
    ck_assert_uint_lt(strlen(text), 400);
    ck_assert_ptr_nonnull(strstr(text, "\xE2\x80\xA6"));
    free(text);
    fixture_release(&f);
}
END_TEST

START_TEST(messages_come_in_the_order_of_their_places)
{
    struct fixture f = fixture_of("abc\n");
    add(&f, E0201, 2, 3);
    add(&f, E0301, 1, 2);
    add(&f, E0302, 1, 3);
    add(&f, E0303, 0, 1);
    check_print(&f, DIAG_SHORT,
                "a.flow:1:1: error[E0303]: message 0\n"
                "a.flow:1:2: error[E0301]: message 1\n"
                "a.flow:1:2: error[E0302]: message 1\n"
                "a.flow:1:3: error[E0201]: message 2\n");
}
END_TEST

START_TEST(the_same_mistake_at_the_same_place_is_said_once)
{
    struct fixture f = fixture_of("abc\n");
    add(&f, E0201, 1, 2);
    ck_assert_ptr_nonnull(add(&f, E0201, 1, 2));
    add(&f, E0202, 1, 2);
    ck_assert_uint_eq(f.diags.len, 2);
    ck_assert_uint_eq(f.diags.errors, 2);
    fixture_release(&f);
}
END_TEST

START_TEST(errors_and_warnings_are_counted)
{
    struct fixture f = fixture_of("abc\n");
    add(&f, E0201, 0, 1);
    add(&f, W0901, 1, 2);
    add(&f, W0902, 1, 2);
    ck_assert_uint_eq(f.diags.errors, 1);
    ck_assert_uint_eq(f.diags.warnings, 2);
    fixture_release(&f);
}
END_TEST

START_TEST(warnings_may_be_errors)
{
    struct fixture f = fixture_of("abc\n");
    add(&f, W0901, 0, 1);
    char *text =
        print(&f, (struct diag_style){ .format = DIAG_SHORT, .warnings_are_errors = true });
    ck_assert_str_eq(text, "a.flow:1:1: error[W0901]: message 0\n");
    free(text);
    fixture_release(&f);
}
END_TEST

START_TEST(after_100_only_the_number_is_said)
{
    char line[200];
    memset(line, 'x', sizeof(line));
    line[199] = '\0';
    struct fixture f = fixture_of(line);
    for (uint32_t i = 0; i < 123; i++)
        add(&f, E0201, i, i + 1);
    char *text = print(&f, (struct diag_style){ .format = DIAG_SHORT });
    ck_assert_ptr_nonnull(strstr(text, "message 99\nand 23 more\n"));
    ck_assert_ptr_null(strstr(text, "message 100"));
    free(text);
    fixture_release(&f);
}
END_TEST

START_TEST(colours_change_nothing_but_colours)
{
    struct fixture f = fixture_of("abc\n");
    add(&f, E0201, 0, 1);
    char *text = print(&f, (struct diag_style){ .colour = true });
    ck_assert_ptr_nonnull(strstr(text, "\x1b[1;31merror[E0201]:\x1b[0m"));
    free(text);
    fixture_release(&f);
}
END_TEST

static const char *json_text(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(object, key));
    ck_assert_ptr_nonnull(text);
    return text;
}

static double json_number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItem(object, key);
    ck_assert(cJSON_IsNumber(item));
    return item->valuedouble;
}

START_TEST(json_has_every_part)
{
    struct fixture f = fixture_of("a\nbcd\n");
    struct diag *diag = add(&f, E0309, 3, 5);
    diag_help(&f.diags, diag, "help \"me\"");
    diag_note(&f.diags, diag, (struct span){ 0, 1 }, "first here");
    char *text = print(&f, (struct diag_style){ .format = DIAG_JSON });
    cJSON *root = cJSON_Parse(text);
    const cJSON *item = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "diagnostics"), 0);
    ck_assert_str_eq(json_text(item, "code"), "E0309");
    ck_assert_str_eq(json_text(item, "severity"), "error");
    ck_assert_str_eq(json_text(item, "message"), "message 3");
    ck_assert_str_eq(json_text(item, "help"), "help \"me\"");
    ck_assert_str_eq(json_text(item, "file"), "a.flow");
    ck_assert_double_eq(json_number(item, "line"), 2);
    ck_assert_double_eq(json_number(item, "column"), 2);
    ck_assert_double_eq(json_number(item, "end_column"), 4);
    const cJSON *note = cJSON_GetArrayItem(cJSON_GetObjectItem(item, "notes"), 0);
    ck_assert_str_eq(json_text(note, "message"), "first here");
    cJSON_Delete(root);
    free(text);
    fixture_release(&f);
}
END_TEST

START_TEST(json_of_no_mistake_is_an_empty_list)
{
    struct fixture f = fixture_of("");
    char *text = print(&f, (struct diag_style){ .format = DIAG_JSON });
    cJSON *root = cJSON_Parse(text);
    const cJSON *items = cJSON_GetObjectItem(root, "diagnostics");
    ck_assert(cJSON_IsArray(items));
    ck_assert_int_eq(cJSON_GetArraySize(items), 0);
    cJSON_Delete(root);
    free(text);
    fixture_release(&f);
}
END_TEST

START_TEST(sarif_has_rules_and_results)
{
    struct fixture f = fixture_of("a\nbcd\n");
    f.source->path = strcpy(mem_resize((char *)f.source->path, 16, 1), "a b.flow");
    add(&f, W0902, 3, 5);
    char *text = print(&f, (struct diag_style){ .format = DIAG_SARIF });
    cJSON *root = cJSON_Parse(text);
    ck_assert_str_eq(json_text(root, "version"), "2.1.0");
    const cJSON *run = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "runs"), 0);
    const cJSON *driver = cJSON_GetObjectItem(cJSON_GetObjectItem(run, "tool"), "driver");
    const cJSON *rules = cJSON_GetObjectItem(driver, "rules");
    ck_assert_int_eq(cJSON_GetArraySize(rules), DIAG_CODES);
    const cJSON *result = cJSON_GetArrayItem(cJSON_GetObjectItem(run, "results"), 0);
    ck_assert_str_eq(json_text(result, "ruleId"), "W0902");
    const cJSON *rule = cJSON_GetArrayItem(rules, (int)json_number(result, "ruleIndex"));
    ck_assert_str_eq(json_text(rule, "id"), "W0902");
    ck_assert_str_eq(json_text(result, "level"), "warning");
    const cJSON *location = cJSON_GetArrayItem(cJSON_GetObjectItem(result, "locations"), 0);
    const cJSON *physical = cJSON_GetObjectItem(location, "physicalLocation");
    ck_assert_str_eq(json_text(cJSON_GetObjectItem(physical, "artifactLocation"), "uri"),
                     "a%20b.flow");
    ck_assert_double_eq(json_number(cJSON_GetObjectItem(physical, "region"), "startLine"), 2);
    cJSON_Delete(root);
    free(text);
    fixture_release(&f);
}
END_TEST

START_TEST(every_code_has_a_page_with_an_example)
{
    for (enum diag_code code = 0; code < DIAG_CODES; code++) {
        const char *page = diag_explain(diag_code_name(code));
        ck_assert_ptr_nonnull(page);
        bool both = strstr(page, "\nwrong:\n    ") && strstr(page, "\nright:\n    ");
        ck_assert_msg(both || strstr(page, "\nfor example:\n    "), "%s has no example",
                      diag_code_name(code));
    }
    ck_assert_ptr_null(diag_explain("E9999"));
    ck_assert_ptr_eq(diag_explain("e0402"), diag_explain("E0402"));
}
END_TEST

START_TEST(a_code_says_by_its_letter_how_bad_it_is)
{
    for (enum diag_code code = 0; code < DIAG_CODES; code++)
        ck_assert_int_eq(*diag_code_name(code) == 'W', diag_severity(code) == DIAG_WARNING);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("diag");
    TCase *c = tcase_create("diag");
    tcase_add_test(c, the_text_form_quotes_the_line_with_carets);
    tcase_add_test(c, the_gutter_is_as_wide_as_the_number);
    tcase_add_test(c, carets_stand_right_after_tabs_and_wide_characters);
    tcase_add_test(c, an_empty_place_has_one_caret);
    tcase_add_test(c, a_place_over_lines_shows_the_first_and_the_last);
    tcase_add_test(c, a_note_has_its_place);
    tcase_add_test(c, nothing_in_a_source_acts_on_the_terminal);
    tcase_add_test(c, a_very_long_line_is_cut_around_the_place);
    tcase_add_test(c, messages_come_in_the_order_of_their_places);
    tcase_add_test(c, the_same_mistake_at_the_same_place_is_said_once);
    tcase_add_test(c, errors_and_warnings_are_counted);
    tcase_add_test(c, warnings_may_be_errors);
    tcase_add_test(c, after_100_only_the_number_is_said);
    tcase_add_test(c, colours_change_nothing_but_colours);
    tcase_add_test(c, json_has_every_part);
    tcase_add_test(c, json_of_no_mistake_is_an_empty_list);
    tcase_add_test(c, sarif_has_rules_and_results);
    tcase_add_test(c, every_code_has_a_page_with_an_example);
    tcase_add_test(c, a_code_says_by_its_letter_how_bad_it_is);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return suite_main(suite());
}
