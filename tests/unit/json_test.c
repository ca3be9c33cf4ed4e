#include "formats/json.h"

#include "suite.h"

#include <dirent.h>
#include <string.h>

static struct value read_len(const char *text, size_t len)
{
    struct value v;
    struct json_error error;
    if (!json_read(text, len, &v, &error))
        ck_abort_msg("%.60s: %s at %zu", text, error.message, error.offset);
    return v;
}

static struct value read_text(const char *text)
{
    return read_len(text, strlen(text));
}

static void check_written(const char *text, const char *expected)
{
    struct value v = read_text(text);
    struct bytes b = { 0 };
    json_write(&b, v);
    ck_assert_str_eq(bytes_text(&b), expected);
    bytes_release(&b);
    value_unref(v);
}

static void check_refused(const char *text, size_t offset, const char *message)
{
    /* A copy without anything behind it, so that a sanitizer sees a read past the end. */
    size_t len = strlen(text);
    char *copy = malloc(len ? len : 1);
    memcpy(copy, text, len);
    struct value v = value_bool(true);
    struct json_error error = { 0 };
    ck_assert_msg(!json_read(copy, len, &v, &error), "%s is accepted", text);
    ck_assert_uint_eq(v.tag, VALUE_NULL);
    ck_assert_str_eq(error.message, message);
    ck_assert_msg(error.offset == offset, "%s fails at %zu", text, error.offset);
    free(copy);
}

START_TEST(values_come_out_as_they_went_in)
{
    static const char *const texts[] = {
        "null",
        "true",
        "false",
        "0",
        "-1",
        "\"\"",
        "[]",
        "{}",
        "9007199254740993",
        "-9223372036854775808",
        "9223372036854775808",
        "3.14159265358979323846",
        "1e400",
        "0.1",
        "[1,[2,[]],{\"a\":{\"b\":[null]}}]",
        "{\"b\":1,\"a\":2,\"\":3}",
        "\"\\u0000\\u001f\\b\\f\\n\\r\\t\\\"\\\\\"",
        "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80 /\"",
        "{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,\"i\":9,\"j\":10}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_written(texts[i], texts[i]);
}
END_TEST

START_TEST(space_is_allowed_between_tokens)
{
    check_written(" \t\r\n{ \"a\" : [ 1 , 2 ] , \"b\" : { } , \"c\" : [ ] } \n",
                  "{\"a\":[1,2],\"b\":{},\"c\":[]}");
}
END_TEST

START_TEST(escapes_become_their_characters)
{
    struct value v = read_text("\"\\\"\\\\\\/\\b\\f\\n\\r\\t"
                               "\\u00fC\\u20ac\\uD83D\\ude00\\u0000.\"");
    ck_assert_uint_eq(v.text->len, 19);
    ck_assert_mem_eq(v.text->data, "\"\\/\b\f\n\r\t\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\0.", 20);
    value_unref(v);
}
END_TEST

START_TEST(long_strings_with_a_special_byte_anywhere_survive)
{
    char text[64];
    for (size_t at = 1; at < 40; at++) {
        memset(text, 'x', sizeof text);
        text[0] = text[40] = '"';
        memcpy(text + at, at < 39 ? "\\n" : "yz", at < 39 ? 2 : 1);
        struct value v = read_len(text, 41);
        ck_assert_uint_eq(v.text->len, at < 39 ? 38 : 39);
        ck_assert_int_eq(v.text->data[at - 1], at < 39 ? '\n' : 'y');
        value_unref(v);
    }
}
END_TEST

START_TEST(numbers_get_the_type_that_loses_nothing)
{
    static const struct {
        const char *text;
        enum value_tag tag;
    } cases[] = { { "1", VALUE_INT },
                  { "-0", VALUE_NUMBER },
                  { "999999999999999999", VALUE_INT },
                  { "9223372036854775807", VALUE_INT },
                  { "9223372036854775808", VALUE_DECIMAL },
                  { "1.0", VALUE_NUMBER },
                  { "1e2", VALUE_NUMBER },
                  { "0.12345678901234567890", VALUE_DECIMAL } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct value v = read_text(cases[i].text);
        ck_assert_msg(v.tag == cases[i].tag, "%s has tag %u", cases[i].text, v.tag);
        value_unref(v);
    }
}
END_TEST

START_TEST(of_equal_keys_the_last_wins)
{
    check_written("{\"a\":[1],\"b\":2,\"a\":{\"x\":1}}", "{\"a\":{\"x\":1},\"b\":2}");
    check_written("{\"a\":1,\"\\u0061\":2}", "{\"a\":2}");
    check_written("{\"1\":0,\"2\":0,\"3\":0,\"4\":0,\"5\":0,\"6\":0,\"7\":0,\"8\":0,\"9\":0,"
                  "\"1\":1,\"9\":9}",
                  "{\"1\":1,\"2\":0,\"3\":0,\"4\":0,\"5\":0,\"6\":0,\"7\":0,\"8\":0,\"9\":9}");
}
END_TEST

START_TEST(objects_of_one_shape_share_their_keys)
{
    struct value v = read_text("[{\"name\":1},{\"name\":2}]");
    struct value *items = v.list->items;
    ck_assert_ptr_eq(items[0].object->members[0].key, items[1].object->members[0].key);
    value_unref(v);
}
END_TEST

START_TEST(a_refusal_says_what_and_where)
{
    check_refused("", 0, "expected a value, found the end");
    check_refused("  ", 2, "expected a value, found the end");
    check_refused("\xef\xbb\xbf{}", 0, "JSON must not begin with a byte-order mark");
    check_refused("[1,]", 3, "a comma must be followed by another item");
    check_refused("{\"a\":1,}", 7, "a comma must be followed by another item");
    check_refused("[1 2]", 3, "expected `,` or `]`");
    check_refused("[1", 2, "expected `,` or `]`");
    check_refused("[1}", 2, "expected `,` or `]`");
    check_refused("[", 1, "expected a value, found the end");
    check_refused("{\"a\":1", 6, "expected `,` or `}`");
    check_refused("{\"a\" 1}", 5, "expected `:`");
    check_refused("{\"a\":}", 5, "expected a value");
    check_refused("{a:1}", 1, "expected a key in quotes");
    check_refused("{", 1, "expected a key in quotes");
    check_refused("{\"a\":1,", 7, "expected a key in quotes");
    check_refused("nul", 0, "expected a value");
    check_refused("[tru]", 1, "expected a value");
    check_refused("1 2", 2, "expected the end after the value");
    check_refused("[\"a\"]]", 5, "expected the end after the value");
    check_refused("[01]", 1, "a number is malformed");
    check_refused("-", 0, "a number is malformed");
    check_refused("[1.]", 1, "a number is malformed");
    check_refused("NaN", 0, "expected a value");
    check_refused("[\"abc", 1, "a string is not closed");
    check_refused("\"abc\\", 0, "a string is not closed");
    check_refused("\"abc\\\"", 0, "a string is not closed");
    check_refused("\"a\nb\"", 2, "a control character in a string must be escaped");
    check_refused("\"a\\xb\"", 2, "unknown escape");
    check_refused("\"\\u12g4\"", 1, "expected four hexadecimal digits after `\\u`");
    check_refused("\"\\u12\"", 1, "expected four hexadecimal digits after `\\u`");
    check_refused("\"ab\xff\"", 3, "a string is not UTF-8");
    check_refused("\"\xed\xa0\x80\"", 1, "a string is not UTF-8");
    check_refused("{\"k\xc3\":1}", 3, "a string is not UTF-8");
}
END_TEST

START_TEST(half_a_surrogate_pair_is_refused)
{
    static const char *const texts[] = { "\"\\ud83d\"",        "\"\\ude00\"",
                                         "\"\\ud83d\\u0041\"", "\"\\ud83dx\"",
                                         "\"\\ud83d\\ud83d\"", "\"\\ude00\\ud83d\"",
                                         "\"\\ude00\\ude00\"", "\"\\ud83d\\n\"",
                                         "\"\\udbff\\u\"" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_refused(texts[i], 1, "half of a surrogate pair is missing");
}
END_TEST

static char *nested(size_t depth, const char *open, const char *close)
{
    struct bytes b = { 0 };
    for (size_t i = 0; i < depth; i++)
        bytes_add_text(&b, open);
    bytes_add_text(&b, "1");
    for (size_t i = 0; i < depth; i++)
        bytes_add_text(&b, close);
    return bytes_take(&b);
}

START_TEST(nesting_is_bounded)
{
    static const char deep[] = "lists and objects are nested more than 512 deep";
    char *text = nested(JSON_MAX_DEPTH, "[", "]");
    check_written(text, text);
    free(text);
    text = nested(JSON_MAX_DEPTH + 1, "[", "]");
    check_refused(text, JSON_MAX_DEPTH, deep);
    free(text);
    text = nested(100000, "{\"a\":", "}");
    check_refused(text, 5 * JSON_MAX_DEPTH, deep);
    free(text);
}
END_TEST

START_TEST(every_cut_of_a_document_is_refused_without_a_crash)
{
    static const char text[] = "{\"a\":[1,-2.5e3,\"\\u00fc\\ud83d\\ude00\xc3\xbc\","
                               "true,false,null,{}],\"b\":12345678901234567890}";
    for (size_t len = 0; len < sizeof text - 1; len++) {
        char *copy = malloc(len ? len : 1);
        memcpy(copy, text, len);
        struct value v;
        struct json_error error;
        ck_assert_msg(!json_read(copy, len, &v, &error), "cut at %zu is accepted", len);
        ck_assert_uint_le(error.offset, len);
        free(copy);
    }
}
END_TEST

START_TEST(a_nul_byte_outside_a_string_is_refused)
{
    struct value v;
    struct json_error error;
    ck_assert(!json_read(NULL, 0, &v, &error));
    ck_assert(!json_read("[1]\0", 4, &v, &error));
    ck_assert_uint_eq(error.offset, 3);
    ck_assert(!json_read("\"\\\0\"", 4, &v, &error));
    ck_assert_str_eq(error.message, "unknown escape");
}
END_TEST

START_TEST(interpolation_writes_texts_plain_and_null_as_nothing)
{
    static const char *const cases[][2] = {
        { "\"a\\\"b\"", "a\"b" },
        { "null", "" },
        { "5", "5" },
        { "1e3", "1000" },
        { "true", "true" },
        { "[\"a\",null]", "[\"a\",null]" },
        { "{\"a\":1}", "{\"a\":1}" },
        { "12345678901234567890", "12345678901234567890" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct value v = read_text(cases[i][0]);
        struct bytes b = { 0 };
        json_write_interpolated(&b, v);
        ck_assert_str_eq(bytes_text(&b), cases[i][1]);
        bytes_release(&b);
        value_unref(v);
    }
}
END_TEST

/* The folder of the public suite's files; caller frees. */
static char *suite_folder(void)
{
    const char *suites = getenv("FLOW_SUITES");
    const char *source = getenv("srcdir");
    struct bytes path = { 0 };
    if (suites)
        bytes_printf(&path, "%s", suites);
    else
        bytes_printf(&path, "%s/../shared/suites", source ? source : ".");
    bytes_add_text(&path, "/jsontestsuite/test_parsing");
    return bytes_take(&path);
}

static void read_file(const char *folder, const char *name, struct bytes *out)
{
    char path[4096];
    char part[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    ck_assert_msg(f != NULL, "%s cannot be read", path);
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
        bytes_add(out, part, n);
    fclose(f);
}

/* The first letter of a file's name says whether it must be accepted, refused, or either. */
static void check_file(const char *folder, const char *name)
{
    struct bytes text = { 0 };
    read_file(folder, name, &text);
    struct value v;
    struct json_error error;
    bool accepted = json_read(bytes_text(&text), text.len, &v, &error);
    if (accepted)
        value_unref(v);
    ck_assert_msg(name[0] != 'y' || accepted, "%s is refused", name);
    ck_assert_msg(name[0] != 'n' || !accepted, "%s is accepted", name);
    bytes_release(&text);
}

START_TEST(the_public_suite_is_judged_as_it_says)
{
    char *folder = suite_folder();
    DIR *dir = opendir(folder);
    if (!dir) {
        fprintf(stderr, "# skipped, there is no %s\n", folder);
        free(folder);
        return;
    }
    int count = 0;
    for (struct dirent *entry; (entry = readdir(dir));)
        if (strstr(entry->d_name, ".json")) {
            check_file(folder, entry->d_name);
            count++;
        }
    closedir(dir);
    ck_assert_msg(count > 0, "%s holds no case", folder);
    fprintf(stderr, "# %d files of the public suite\n", count);
    free(folder);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("json");
    TCase *t = tcase_create("json");
    suite_add_tcase(s, t);
    tcase_add_test(t, values_come_out_as_they_went_in);
    tcase_add_test(t, space_is_allowed_between_tokens);
    tcase_add_test(t, escapes_become_their_characters);
    tcase_add_test(t, long_strings_with_a_special_byte_anywhere_survive);
    tcase_add_test(t, numbers_get_the_type_that_loses_nothing);
    tcase_add_test(t, of_equal_keys_the_last_wins);
    tcase_add_test(t, objects_of_one_shape_share_their_keys);
    tcase_add_test(t, a_refusal_says_what_and_where);
    tcase_add_test(t, half_a_surrogate_pair_is_refused);
    tcase_add_test(t, nesting_is_bounded);
    tcase_add_test(t, every_cut_of_a_document_is_refused_without_a_crash);
    tcase_add_test(t, a_nul_byte_outside_a_string_is_refused);
    tcase_add_test(t, interpolation_writes_texts_plain_and_null_as_nothing);
    tcase_add_test(t, the_public_suite_is_judged_as_it_says);
    return suite_main(s);
}
