#include "suite.h"

#include "base/bytes.h"
#include "formats/json.h"
#include "vm/builtins.h"

#include <string.h>

static int64_t fixed_now(void *context)
{
    (void)context;
    return 1700000000123;
}

static void all_ones(void *context, void *out, size_t len)
{
    (void)context;
    memset(out, 0xff, len);
}

static const struct builtin_world world = { .now_ms = fixed_now, .random = all_ones };

/* The arguments are the items of a JSON list. */
static const char *call(enum builtin b, const char *args, struct value *out)
{
    struct value list;
    struct json_error error = { 0 };
    ck_assert_msg(json_read(args, strlen(args), &list, &error), "%s in %s", error.message, args);
    const char *problem = builtin_call(b, list.list->items, list.list->len, &world, out);
    value_unref(list);
    return problem;
}

static void gives(enum builtin b, const char *args, const char *wanted)
{
    struct value out;
    const char *problem = call(b, args, &out);
    ck_assert_msg(!problem, "%s%s: %s", builtin_rows[b].name, args, problem ? problem : "");
    struct bytes text = { 0 };
    json_write(&text, out);
    ck_assert_msg(strcmp(bytes_text(&text), wanted) == 0, "%s%s gave %s, wanted %s",
                  builtin_rows[b].name, args, bytes_text(&text), wanted);
    bytes_release(&text);
    value_unref(out);
}

static void faults(enum builtin b, const char *args, const char *wanted)
{
    struct value out;
    const char *problem = call(b, args, &out);
    ck_assert_msg(problem != NULL, "%s%s did not fault", builtin_rows[b].name, args);
    ck_assert_str_eq(problem, wanted);
    ck_assert_int_eq(out.tag, VALUE_NULL);
}

static void faults_with(enum builtin b, const struct value *args, uint32_t count,
                        const char *wanted)
{
    struct value out;
    const char *problem = builtin_call(b, args, count, &world, &out);
    ck_assert_msg(problem != NULL, "%s did not fault", builtin_rows[b].name);
    ck_assert_str_eq(problem, wanted);
    ck_assert_int_eq(out.tag, VALUE_NULL);
}

#define GIVES(b, args, wanted) gives(BUILTIN_##b, args, wanted)
#define FAULTS(b, args, wanted) faults(BUILTIN_##b, args, wanted)

#define CASE(name, ...) START_TEST(name){ __VA_ARGS__ } END_TEST

/* One text of len times c. */
static struct value long_text(char c, size_t len)
{
    struct value v = value_text_sized(len);
    memset(v.text->data, c, len);
    return v;
}

CASE(len_counts_characters_not_bytes, {
    GIVES(LEN, "[\"häh\"]", "3");
    GIVES(LEN, "[\"😀e\\u0301\"]", "3");
    GIVES(LEN, "[\"\"]", "0");
    GIVES(LEN, "[\"a\\u0000b\"]", "3");
})

CASE(len_counts_items_and_members, {
    GIVES(LEN, "[[1, null]]", "2");
    GIVES(LEN, "[{\"a\": null}]", "1");
    GIVES(LEN, "[[]]", "0");
    GIVES(LEN, "[{}]", "0");
})

#define WRONG(b, args, name, type)                                                                 \
    FAULTS(b, args,                                                                                \
           "`" name "` cannot take " type " here: `flowc explain " name "` says what it takes")

CASE(a_wrong_type_is_named_with_the_function, {
    WRONG(LEN, "[5]", "len", "an int");
    WRONG(LOWER, "[null]", "lower", "null");
    WRONG(SUM, "[{}]", "sum", "an object");
    WRONG(KEYS, "[[]]", "keys", "a list");
    WRONG(FLOOR, "[\"1\"]", "floor", "a text");
    WRONG(SLICE, "[\"ab\", 1.5]", "slice", "a number");
    WRONG(SLICE, "[\"ab\", 1, \"b\"]", "slice", "a text");
    WRONG(ABS, "[true]", "abs", "a bool");
    WRONG(LOWER, "[123456789012345678901234567890]", "lower", "a number");
})

/* A value of each tag, and the letters that take it. */
static const struct sample {
    const char *json;
    const char *type;
    const char *letters;
} samples[] = {
    { "null", "null", "az" },    { "true", "a bool", "ab" },
    { "1", "an int", "ain" },    { "1.5", "a number", "an" },
    { "\"1\"", "a text", "at" }, { "[]", "a list", "al" },
    { "{}", "an object", "ao" }, { "123456789012345678901", "a number", "an" },
};
#define SAMPLES (sizeof samples / sizeof *samples)

static const char *letters_at(enum builtin b, unsigned place)
{
    const struct builtin_row *row = &builtin_rows[b];
    return row->takes[row->most == BUILTIN_MANY ? 0 : place];
}

static const char *fitting_json(const char *letters)
{
    unsigned i = 0;
    while (!strpbrk(letters, samples[i].letters))
        i++;
    return samples[i].json;
}

/* Calls with a sample at one place and what fits at the others, as few as there may be. */
static const char *call_with(enum builtin b, unsigned place, const struct sample *sample)
{
    struct bytes args = { 0 };
    struct value out;
    for (unsigned i = 0; i <= place || i < builtin_rows[b].least; i++)
        bytes_printf(&args, "%s%s", i ? "," : "[",
                     i == place ? sample->json : fitting_json(letters_at(b, i)));
    bytes_add_char(&args, ']');
    const char *problem = call(b, bytes_text(&args), &out);
    bytes_release(&args);
    ck_assert_msg(!problem || out.tag == VALUE_NULL, "%s", builtin_rows[b].name);
    value_unref(out);
    return problem;
}

static void check_place(enum builtin b, unsigned place)
{
    for (unsigned i = 0; i < SAMPLES; i++) {
        struct bytes wanted = { 0 };
        bytes_printf(&wanted, "`%s` cannot take %s here", builtin_rows[b].name, samples[i].type);
        const char *problem = call_with(b, place, &samples[i]);
        bool refused = problem && strstr(problem, bytes_text(&wanted)) == problem;
        bool takes = strpbrk(letters_at(b, place), samples[i].letters) != NULL;
        ck_assert_msg(refused != takes, "`%s` at %u of %s: %s", builtin_rows[b].name, place,
                      samples[i].json, problem ? problem : "no fault");
        bytes_release(&wanted);
    }
}

CASE(every_row_takes_the_types_of_its_letters_and_refuses_all_others, {
    unsigned places = 0;
    for (unsigned b = 0; b < BUILTINS; b++) {
        for (unsigned i = 0; i < builtin_rows[b].most && i < 3; i++, places++)
            check_place((enum builtin)b, i);
    }
    ck_assert_uint_gt(places, BUILTINS);
})

CASE(text_shows_what_interpolation_shows, {
    GIVES(TEXT, "[4.50]", "\"4.5\"");
    GIVES(TEXT, "[null]", "\"\"");
    GIVES(TEXT, "[\"a\\\"b\"]", "\"a\\\"b\"");
    GIVES(TEXT, "[[1, null, \"a\"]]", "\"[1,null,\\\"a\\\"]\"");
    GIVES(TEXT, "[9007199254740993]", "\"9007199254740993\"");
})

CASE(json_is_compact_and_quotes_texts, {
    GIVES(JSON, "[\"a\"]", "\"\\\"a\\\"\"");
    GIVES(JSON, "[null]", "\"null\"");
    GIVES(JSON, "[{\"b\": 1, \"a\": [true]}]", "\"{\\\"b\\\":1,\\\"a\\\":[true]}\"");
})

CASE(parse_json_gives_null_for_what_is_none, {
    GIVES(PARSE_JSON, "[\"[1, {\\\"a\\\": 9007199254740993}]\"]", "[1,{\"a\":9007199254740993}]");
    GIVES(PARSE_JSON, "[\"\"]", "null");
    GIVES(PARSE_JSON, "[\"{\"]", "null");
    GIVES(PARSE_JSON, "[\"1 2\"]", "null");
})

CASE(int_reads_whole_numbers_only, {
    GIVES(INT, "[\"42\"]", "42");
    GIVES(INT, "[\"-9223372036854775808\"]", "-9223372036854775808");
    GIVES(INT, "[\"1e3\"]", "1000");
    GIVES(INT, "[3.0]", "3");
    GIVES(INT, "[\"12a\"]", "null");
    GIVES(INT, "[\" 1\"]", "null");
    GIVES(INT, "[\"\"]", "null");
    GIVES(INT, "[1.5]", "null");
    GIVES(INT, "[null]", "null");
    GIVES(INT, "[9007199254740993.0]", "9007199254740993");
    GIVES(INT, "[9007199254740993.5]", "null");
})

CASE(int_gives_null_beyond_64_bits, {
    GIVES(INT, "[\"9223372036854775808\"]", "null");
    GIVES(INT, "[9223372036854775808]", "null");
    GIVES(INT, "[1e300]", "null");
    GIVES(INT, "[-9223372036854775808.0]", "-9223372036854775808");
})

CASE(number_reads_without_loss, {
    GIVES(NUMBER, "[\"4.50\"]", "4.5");
    GIVES(NUMBER, "[\"7\"]", "7");
    GIVES(NUMBER, "[\"123456789012345678901234567890\"]", "123456789012345678901234567890");
    GIVES(NUMBER, "[\"0x10\"]", "null");
    GIVES(NUMBER, "[\"NaN\"]", "null");
    GIVES(NUMBER, "[null]", "null");
    GIVES(NUMBER, "[2]", "2");
})

CASE(parse_json_skips_a_byte_order_mark, {
    GIVES(PARSE_JSON, "[\"\\ufeff{\\\"ok\\\":7}\"]", "{\"ok\":7}");
    GIVES(PARSE_JSON, "[\"\\ufeff\"]", "null");
    GIVES(PARSE_JSON, "[\"\\ufeff\\ufeff1\"]", "null");
    GIVES(PARSE_JSON, "[\"1\\ufeff\"]", "null");
})

CASE(join_shows_items_as_interpolation_does, {
    GIVES(JOIN, "[[1, 2.5, \"a\", null, true], \", \"]", "\"1, 2.5, a, , true\"");
    GIVES(JOIN, "[[\"a\", \"b\"]]", "\"ab\"");
    GIVES(JOIN, "[[], \"-\"]", "\"\"");
    GIVES(JOIN, "[[\"only\"], \"-\"]", "\"only\"");
})

CASE(split_keeps_empty_parts, {
    GIVES(SPLIT, "[\",a,,b,\", \",\"]", "[\"\",\"a\",\"\",\"b\",\"\"]");
    GIVES(SPLIT, "[\"\", \",\"]", "[\"\"]");
    GIVES(SPLIT, "[\"aaa\", \"aa\"]", "[\"\",\"a\"]");
    GIVES(SPLIT, "[\"a\\u0000b\", \"\\u0000\"]", "[\"a\",\"b\"]");
})

CASE(split_by_an_empty_text_gives_characters, {
    GIVES(SPLIT, "[\"hä😀\", \"\"]", "[\"h\",\"ä\",\"😀\"]");
    GIVES(SPLIT, "[\"\", \"\"]", "[]");
})

CASE(lower_and_upper_change_a_to_z_only, {
    GIVES(LOWER, "[\"ABZ[@ÄÖ\"]", "\"abz[@ÄÖ\"");
    GIVES(UPPER, "[\"abz{`äß\"]", "\"ABZ{`äß\"");
    GIVES(UPPER, "[\"\"]", "\"\"");
})

CASE(trim_takes_blanks_from_both_ends, {
    GIVES(TRIM, "[\" \\t\\r\\n a b \\n\"]", "\"a b\"");
    GIVES(TRIM, "[\"  \"]", "\"\"");
    GIVES(TRIM, "[\"\\u00a0a\"]", "\"\u00a0a\"");
})

CASE(replace_replaces_each_once_from_the_left, {
    GIVES(REPLACE, "[\"a-b-c\", \"-\", \"+-\"]", "\"a+-b+-c\"");
    GIVES(REPLACE, "[\"aaa\", \"aa\", \"b\"]", "\"ba\"");
    GIVES(REPLACE, "[\"abc\", \"x\", \"y\"]", "\"abc\"");
    GIVES(REPLACE, "[\"abc\", \"b\", \"\"]", "\"ac\"");
    GIVES(REPLACE, "[\"\", \"b\", \"c\"]", "\"\"");
})

CASE(replacing_an_empty_text_faults,
     { FAULTS(REPLACE, "[\"abc\", \"\", \"-\"]", "`replace` cannot search for an empty text"); })

CASE(contains_looks_into_texts_and_lists, {
    GIVES(CONTAINS, "[\"flow\", \"lo\"]", "true");
    GIVES(CONTAINS, "[\"flow\", \"ol\"]", "false");
    GIVES(CONTAINS, "[\"flow\", \"\"]", "true");
    GIVES(CONTAINS, "[[1, {\"a\": 2}], {\"a\": 2.0}]", "true");
    GIVES(CONTAINS, "[[\"12\"], 12]", "false");
    GIVES(CONTAINS, "[[], null]", "false");
    GIVES(CONTAINS, "[[[1, [2]]], [1, [2]]]", "true");
})

CASE(contains_of_a_text_wants_a_text,
     { FAULTS(CONTAINS, "[\"a1\", 1]", "`contains` looks in a text for a text"); })

CASE(starts_with_and_ends_with_compare_whole_texts, {
    GIVES(STARTS_WITH, "[\"flow\", \"fl\"]", "true");
    GIVES(STARTS_WITH, "[\"fl\", \"flow\"]", "false");
    GIVES(STARTS_WITH, "[\"\", \"\"]", "true");
    GIVES(ENDS_WITH, "[\"flow\", \"ow\"]", "true");
    GIVES(ENDS_WITH, "[\"ow\", \"flow\"]", "false");
    GIVES(ENDS_WITH, "[\"flow\", \"\"]", "true");
})

CASE(matches_takes_regular_expressions_anywhere, {
    GIVES(MATCHES, "[\"order AB12!\", \"[A-Z]{2}[0-9]+\"]", "true");
    GIVES(MATCHES, "[\"AB\", \"^(A|B)$\"]", "false");
    GIVES(MATCHES, "[\"\", \"^$\"]", "true");
    GIVES(MATCHES, "[\"a\\nb\", \"^b$\"]", "false");
    GIVES(MATCHES, "[\"4711\", \"^\\\\d+$\"]", "true");
    GIVES(MATCHES, "[\"ddd\", \"^\\\\d+$\"]", "false");
})

CASE(matches_sees_what_stands_after_a_nul, {
    GIVES(MATCHES, "[\"AB12\\u0000<script>\", \"^[A-Z]+[0-9]+$\"]", "false");
    GIVES(MATCHES, "[\"a\\u0000b\", \"b$\"]", "true");
})

CASE(matches_counts_characters, {
    GIVES(MATCHES, "[\"häh\", \"^.{3}$\"]", "true");
    GIVES(MATCHES, "[\"ß\", \"^\\\\pL$\"]", "true");
    GIVES(MATCHES, "[\"😀\", \"^[^a-z]$\"]", "true");
})

CASE(a_pattern_that_is_none_faults, {
    const char *why =
        "the second argument of `matches` is not a regular expression as RE2 takes it, or "
        "it is too large";
    FAULTS(MATCHES, "[\"a\", \"[\"]", why);
    FAULTS(MATCHES, "[\"a\", \"(a\"]", why);
    FAULTS(MATCHES, "[\"a\", \"a\\u0000(\"]", why);
})

CASE(keys_and_values_keep_the_order, {
    GIVES(KEYS, "[{\"b\": 1, \"a\": null}]", "[\"b\",\"a\"]");
    GIVES(VALUES, "[{\"b\": 1, \"a\": null}]", "[1,null]");
    GIVES(KEYS, "[{}]", "[]");
    GIVES(VALUES, "[{}]", "[]");
})

CASE(has_knows_a_member_that_is_null, {
    GIVES(HAS, "[{\"a\": null}, \"a\"]", "true");
    GIVES(HAS, "[{\"a\": null}, \"b\"]", "false");
    GIVES(HAS, "[null, \"a\"]", "false");
})

CASE(first_and_last_of_nothing_are_null, {
    GIVES(FIRST, "[[4, 5]]", "4");
    GIVES(LAST, "[[4, 5]]", "5");
    GIVES(FIRST, "[[]]", "null");
    GIVES(LAST, "[[]]", "null");
})

CASE(slice_of_a_text_counts_characters, {
    GIVES(SLICE, "[\"häuser\", 1, 3]", "\"äu\"");
    GIVES(SLICE, "[\"häuser\", 2]", "\"user\"");
    GIVES(SLICE, "[\"häuser\", -2]", "\"er\"");
    GIVES(SLICE, "[\"häuser\", 0, -5]", "\"h\"");
    GIVES(SLICE, "[\"😀😁😂\", 1, 2]", "\"😁\"");
})

CASE(slice_beyond_the_ends_is_what_is_there, {
    GIVES(SLICE, "[\"abc\", 5]", "\"\"");
    GIVES(SLICE, "[\"abc\", 2, 1]", "\"\"");
    GIVES(SLICE, "[\"abc\", -99, 99]", "\"abc\"");
    GIVES(SLICE, "[\"abc\", -9223372036854775808, 9223372036854775807]", "\"abc\"");
    GIVES(SLICE, "[[], -1, 1]", "[]");
})

CASE(slice_of_a_list_is_a_list, {
    GIVES(SLICE, "[[1, 2, 3, 4], 1, 3]", "[2,3]");
    GIVES(SLICE, "[[1, 2, 3, 4], -1]", "[4]");
    GIVES(SLICE, "[[1, 2], 2]", "[]");
})

CASE(min_and_max_of_arguments_or_of_a_list, {
    GIVES(MIN, "[3, 1.5, 2]", "1.5");
    GIVES(MAX, "[3, 1, 2]", "3");
    GIVES(MAX, "[[3, 7, 2]]", "7");
    GIVES(MIN, "[[]]", "null");
    GIVES(MIN, "[5]", "5");
})

CASE(min_and_max_compare_exactly, {
    GIVES(MAX, "[9007199254740993, 9007199254740992.0]", "9007199254740993");
    GIVES(MIN, "[0.1234567890123456789012, 0.1234567890123456789011]", "0.1234567890123456789011");
})

#define NOT_HELD                                                                                   \
    " cannot calculate with a number that neither a 64-bit integer nor a double can hold"

CASE(min_max_and_sum_of_a_number_that_does_not_fit_fault, {
    FAULTS(MIN, "[123456789012345678901, 1]", "`min`" NOT_HELD);
    FAULTS(MAX, "[[1e400]]", "`max`" NOT_HELD);
    FAULTS(MAX, "[1, 1e-400]", "`max`" NOT_HELD);
    FAULTS(SUM, "[[1, 12345678901234567890]]", "`sum`" NOT_HELD);
    GIVES(SUM, "[[9007199254740993.0, 1]]", "9007199254740994");
})

CASE(of_equal_numbers_the_first_is_taken, { GIVES(MAX, "[1, 1.0]", "1"); })

CASE(min_and_max_of_what_are_no_numbers_fault, {
    FAULTS(MIN, "[[1, \"2\"]]", "`min` needs numbers, or one list of numbers");
    FAULTS(MAX, "[[null]]", "`max` needs numbers, or one list of numbers");
    FAULTS(MAX, "[[1], 2]", "`max` needs numbers, or one list of numbers");
})

CASE(sum_of_ints_is_an_int, {
    GIVES(SUM, "[[1, 2, 3]]", "6");
    GIVES(SUM, "[[]]", "0");
    GIVES(SUM, "[[9007199254740993, 1]]", "9007199254740994");
    GIVES(SUM, "[[1, 0.5]]", "1.5");
})

CASE(a_sum_that_overflows_faults, {
    FAULTS(SUM, "[[9223372036854775807, 1]]", "the result of `sum` is too large for a number");
    FAULTS(SUM, "[[1.7e308, 1.7e308]]", "the result of `sum` is too large for a number");
})

CASE(a_sum_of_what_are_no_numbers_faults,
     { FAULTS(SUM, "[[1, null]]", "`sum` needs a list of numbers"); })

CASE(round_takes_halves_away_from_zero, {
    GIVES(ROUND, "[2.5]", "3");
    GIVES(ROUND, "[-2.5]", "-3");
    GIVES(ROUND, "[2.4999999999999996]", "2");
    GIVES(ROUND, "[-0.2]", "0");
    GIVES(ROUND, "[7]", "7");
})

CASE(round_to_places_rounds_what_is_written, {
    GIVES(ROUND, "[2.345, 2]", "2.35");
    GIVES(ROUND, "[1.005, 2]", "1.01");
    GIVES(ROUND, "[-1.005, 2]", "-1.01");
    GIVES(ROUND, "[2.344999999999, 2]", "2.34");
    GIVES(ROUND, "[0.49999999999999994, 0]", "0");
    GIVES(ROUND, "[9.995, 2]", "10");
    GIVES(ROUND, "[0.1, 15]", "0.1");
    GIVES(ROUND, "[5e-7, 6]", "0.000001");
    GIVES(ROUND, "[4e-7, 6]", "0");
    GIVES(ROUND, "[5e-8, 6]", "0");
    GIVES(ROUND, "[-0.001, 2]", "0");
    GIVES(ROUND, "[7, 2]", "7");
})

CASE(round_to_places_never_nudges, {
    /* 400 digits, then .55 */
    char long_fraction[420] = "[";
    memset(long_fraction + 1, '9', 400);
    strcpy(long_fraction + 401, ".55, 1]");
    GIVES(ROUND, "[2.4999999999999996, 0]", "2");
    GIVES(ROUND, "[1e16, 2]", "10000000000000000");
    GIVES(ROUND, "[123456789012.34, 5]", "123456789012.34");
    GIVES(ROUND, "[-123456789012.34, 1]", "-123456789012.3");
    GIVES(ROUND, "[12345678901234567890123, 2]", "12345678901234567890123");
    GIVES(ROUND, "[12345678901234567890.5, 2]", "12345678901234567890.5");
    GIVES(ROUND, "[9007199254740993.5678, 3]", "9007199254740994");
    GIVES(ROUND, "[15e-401, 2]", "0");
    FAULTS(ROUND, long_fraction, "`round`" NOT_HELD);
})

CASE(round_leaves_numbers_without_a_fraction, {
    GIVES(ROUND, "[1e20, 2]", "100000000000000000000");
    GIVES(ROUND, "[123456789012345.67, 2]", "123456789012345.67");
    GIVES(ROUND, "[1e300, 15]", "1e+300");
    GIVES(ROUND, "[2251799813685248.5, 15]", "2251799813685248.5");
})

CASE(round_to_too_many_places_faults, {
    FAULTS(ROUND, "[1.5, 16]", "`round` rounds to 0 to 15 decimal places");
    FAULTS(ROUND, "[1.5, -1]", "`round` rounds to 0 to 15 decimal places");
    FAULTS(ROUND, "[1, -1]", "`round` rounds to 0 to 15 decimal places");
})

CASE(floor_and_ceil_give_ints, {
    GIVES(FLOOR, "[-1.5]", "-2");
    GIVES(FLOOR, "[1.5]", "1");
    GIVES(CEIL, "[1.2]", "2");
    GIVES(CEIL, "[-0.5]", "0");
    GIVES(FLOOR, "[9223372036854775807]", "9223372036854775807");
})

CASE(a_rounded_number_beyond_64_bits_faults, {
    FAULTS(ROUND, "[1e300]", "`round` gives an int, and this is too large for one");
    FAULTS(FLOOR, "[-1e19]", "`floor` gives an int, and this is too large for one");
    FAULTS(CEIL, "[9223372036854775808.0]", "`ceil` gives an int, and this is too large for one");
    FAULTS(CEIL, "[9223372036854775807.5]", "`ceil` gives an int, and this is too large for one");
    FAULTS(FLOOR, "[1e400]", "`floor` gives an int, and this is too large for one");
})

CASE(the_least_int_is_not_beyond_64_bits, {
    GIVES(FLOOR, "[-9223372036854775808.0]", "-9223372036854775808");
    GIVES(CEIL, "[-9223372036854775808.5]", "-9223372036854775808");
    GIVES(ROUND, "[-9223372036854775808.4]", "-9223372036854775808");
    GIVES(FLOOR, "[9223372036854775807.5]", "9223372036854775807");
})

/* None of these is a double; the nearest one is on the other side of the cut. */
CASE(digits_that_no_double_holds_are_rounded_exactly, {
    GIVES(FLOOR, "[0.99999999999999999999999]", "0");
    GIVES(FLOOR, "[-1.00000000000000000000001]", "-2");
    GIVES(CEIL, "[1.00000000000000000000001]", "2");
    GIVES(CEIL, "[-0.99999999999999999999999]", "0");
    GIVES(ROUND, "[2.49999999999999999999999]", "2");
    GIVES(ROUND, "[-2.5000000000000000000001]", "-3");
    GIVES(ROUND, "[9007199254740993.25]", "9007199254740993");
    GIVES(ROUND, "[1.00499999999999999999999, 2]", "1");
    GIVES(ROUND, "[0.12499999999999999999999, 2]", "0.12");
})

CASE(exponents_are_part_of_the_digits, {
    GIVES(FLOOR, "[1e-400]", "0");
    GIVES(CEIL, "[1e-400]", "1");
    GIVES(FLOOR, "[-1e-400]", "-1");
    GIVES(FLOOR, "[9007199254740993.5E0]", "9007199254740993");
    GIVES(FLOOR, "[900719925474.09935e+4]", "9007199254740993");
    GIVES(CEIL, "[90071992547409935e-1]", "9007199254740994");
    GIVES(ROUND, "[1e-99999999999999999999, 15]", "0");
    GIVES(ROUND, "[0e99999999999999999999]", "0");
})

CASE(abs_keeps_the_kind_of_number, {
    GIVES(ABS, "[-3]", "3");
    GIVES(ABS, "[-1.5]", "1.5");
    GIVES(ABS, "[0]", "0");
    GIVES(ABS, "[-9223372036854775807]", "9223372036854775807");
})

CASE(abs_keeps_every_digit, {
    GIVES(ABS, "[-0.99999999999999999999999]", "0.99999999999999999999999");
    GIVES(ABS, "[123456789012345678901]", "123456789012345678901");
})

CASE(abs_of_the_least_int_faults, {
    FAULTS(ABS, "[-9223372036854775808]", "`abs` of -9223372036854775808 is too large for an int");
})

CASE(range_stops_before_its_end, {
    GIVES(RANGE, "[3]", "[0,1,2]");
    GIVES(RANGE, "[2, 5]", "[2,3,4]");
    GIVES(RANGE, "[-1, 1]", "[-1,0]");
    GIVES(RANGE, "[0]", "[]");
    GIVES(RANGE, "[5, 2]", "[]");
})

CASE(a_range_that_is_too_long_faults, {
    const char *why = "`range` gives more than 10,000,000 numbers";
    FAULTS(RANGE, "[10000001]", why);
    FAULTS(RANGE, "[-9223372036854775808, 9223372036854775807]", why);
    GIVES(RANGE, "[9223372036854775807, -9223372036854775808]", "[]");
})

CASE(now_is_the_clock_of_the_world, { GIVES(NOW, "[]", "1700000000123"); })

CASE(uuid_has_the_bits_of_version_4,
     { GIVES(UUID, "[]", "\"ffffffff-ffff-4fff-bfff-ffffffffffff\""); })

/* The vectors of RFC 4648, section 10. */
CASE(base64_pads, {
    GIVES(BASE64, "[\"\"]", "\"\"");
    GIVES(BASE64, "[\"f\"]", "\"Zg==\"");
    GIVES(BASE64, "[\"fo\"]", "\"Zm8=\"");
    GIVES(BASE64, "[\"foobar\"]", "\"Zm9vYmFy\"");
    GIVES(BASE64, "[\"ÿ?>\"]", "\"w78/Pg==\"");
    GIVES(BASE64, "[\"a\\u0000b\"]", "\"YQBi\"");
})

CASE(base64_decode_reads_both_alphabets, {
    GIVES(BASE64_DECODE, "[\"Zm9vYg==\"]", "\"foob\"");
    GIVES(BASE64_DECODE, "[\"Zm9vYg\"]", "\"foob\"");
    GIVES(BASE64_DECODE, "[\"w78/Pg==\"]", "\"ÿ?>\"");
    GIVES(BASE64_DECODE, "[\"w78_Pg\"]", "\"ÿ?>\"");
    GIVES(BASE64_DECODE, "[\"\"]", "\"\"");
})

CASE(base64_decode_gives_null_for_what_is_none, {
    GIVES(BASE64_DECODE, "[\"Z\"]", "null");
    GIVES(BASE64_DECODE, "[\"Zg=\"]", "null");
    GIVES(BASE64_DECODE, "[\"Zg===\"]", "null");
    GIVES(BASE64_DECODE, "[\"Zm9v====\"]", "null");
    GIVES(BASE64_DECODE, "[\"Zm 9v\"]", "null");
    GIVES(BASE64_DECODE, "[\"Zh==\"]", "null");
})

CASE(base64_decode_gives_null_for_bytes_that_are_no_text, {
    GIVES(BASE64_DECODE, "[\"/w==\"]", "null");
    GIVES(BASE64_DECODE, "[\"7aCA\"]", "null");
})

/* FIPS 180-4's examples. */
CASE(sha256_is_the_standard_one, {
    GIVES(SHA256, "[\"\"]", "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"");
    GIVES(SHA256, "[\"abc\"]",
          "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"");
})

/* RFC 4231, test case 2. */
CASE(hmac_sha256_takes_the_key_first, {
    GIVES(HMAC_SHA256, "[\"Jefe\", \"what do ya want for nothing?\"]",
          "\"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843\"");
    GIVES(HMAC_SHA256, "[\"\", \"\"]",
          "\"b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad\"");
})

CASE(url_encode_leaves_the_unreserved, {
    GIVES(URL_ENCODE, "[\"a b/c?&=+%\"]", "\"a%20b%2Fc%3F%26%3D%2B%25\"");
    GIVES(URL_ENCODE, "[\"AZaz09-._~\"]", "\"AZaz09-._~\"");
    GIVES(URL_ENCODE, "[\"ä\\u0000\"]", "\"%C3%A4%00\"");
})

CASE(a_text_beyond_64_mb_faults, {
    struct value text = long_text(' ', VALUE_MAX_BYTES / 3 + 1);
    faults_with(BUILTIN_URL_ENCODE, &text, 1, "`url_encode` takes and gives at most 64 MB");
    value_unref(text);
    text = long_text(' ', VALUE_MAX_BYTES / 4 * 3 + 1);
    faults_with(BUILTIN_BASE64, &text, 1, "`base64` takes and gives at most 64 MB");
    value_unref(text);
})

CASE(replacing_into_more_than_64_mb_faults, {
    struct value args[] = { long_text('a', 20000), value_text_of("a"), long_text('b', 20000) };
    faults_with(BUILTIN_REPLACE, args, 3, "`replace` takes and gives at most 64 MB");
    for (int i = 0; i < 3; i++)
        value_unref(args[i]);
})

/* 2 to the 60th times the same text. */
static struct value many_shared_parts(void)
{
    struct value v = value_text_of("x");
    for (int i = 0; i < 60; i++) {
        struct value twice[] = { value_ref(v), v };
        v = value_list_of(twice, 2);
    }
    return v;
}

CASE(a_value_of_many_shared_parts_is_not_walked, {
    struct value args[] = { many_shared_parts(), many_shared_parts() };
    faults_with(BUILTIN_JSON, args, 1, "`json` takes and gives at most 64 MB");
    faults_with(BUILTIN_TEXT, args, 1, "`text` takes and gives at most 64 MB");
    faults_with(BUILTIN_JOIN, args, 1, "`join` takes and gives at most 64 MB");
    faults_with(BUILTIN_CONTAINS, args, 2, "`contains` takes and gives at most 64 MB");
    value_unref(args[0]);
    value_unref(args[1]);
})

CASE(arguments_are_left_as_they_were, {
    struct value list = value_list(2);
    value_list_push(&list, value_text_of("b"));
    struct value out;
    ck_assert_ptr_null(builtin_call(BUILTIN_FIRST, &list, 1, &world, &out));
    ck_assert_uint_eq(out.counted->refs, 2);
    value_unref(list);
    ck_assert_str_eq(out.text->data, "b");
    value_unref(out);
})

static void add_text_tests(TCase *c)
{
    tcase_add_test(c, text_shows_what_interpolation_shows);
    tcase_add_test(c, json_is_compact_and_quotes_texts);
    tcase_add_test(c, parse_json_gives_null_for_what_is_none);
    tcase_add_test(c, parse_json_skips_a_byte_order_mark);
    tcase_add_test(c, join_shows_items_as_interpolation_does);
    tcase_add_test(c, split_keeps_empty_parts);
    tcase_add_test(c, split_by_an_empty_text_gives_characters);
    tcase_add_test(c, lower_and_upper_change_a_to_z_only);
    tcase_add_test(c, trim_takes_blanks_from_both_ends);
    tcase_add_test(c, replace_replaces_each_once_from_the_left);
    tcase_add_test(c, replacing_an_empty_text_faults);
    tcase_add_test(c, contains_looks_into_texts_and_lists);
    tcase_add_test(c, contains_of_a_text_wants_a_text);
    tcase_add_test(c, starts_with_and_ends_with_compare_whole_texts);
    tcase_add_test(c, matches_takes_regular_expressions_anywhere);
    tcase_add_test(c, matches_sees_what_stands_after_a_nul);
    tcase_add_test(c, matches_counts_characters);
    tcase_add_test(c, a_pattern_that_is_none_faults);
}

static void add_list_tests(TCase *c)
{
    tcase_add_test(c, len_counts_characters_not_bytes);
    tcase_add_test(c, len_counts_items_and_members);
    tcase_add_test(c, keys_and_values_keep_the_order);
    tcase_add_test(c, has_knows_a_member_that_is_null);
    tcase_add_test(c, first_and_last_of_nothing_are_null);
    tcase_add_test(c, slice_of_a_text_counts_characters);
    tcase_add_test(c, slice_beyond_the_ends_is_what_is_there);
    tcase_add_test(c, slice_of_a_list_is_a_list);
    tcase_add_test(c, range_stops_before_its_end);
    tcase_add_test(c, a_range_that_is_too_long_faults);
}

static void add_number_tests(TCase *c)
{
    tcase_add_test(c, int_reads_whole_numbers_only);
    tcase_add_test(c, int_gives_null_beyond_64_bits);
    tcase_add_test(c, number_reads_without_loss);
    tcase_add_test(c, min_and_max_of_arguments_or_of_a_list);
    tcase_add_test(c, min_and_max_compare_exactly);
    tcase_add_test(c, min_max_and_sum_of_a_number_that_does_not_fit_fault);
    tcase_add_test(c, of_equal_numbers_the_first_is_taken);
    tcase_add_test(c, min_and_max_of_what_are_no_numbers_fault);
    tcase_add_test(c, sum_of_ints_is_an_int);
    tcase_add_test(c, a_sum_that_overflows_faults);
    tcase_add_test(c, a_sum_of_what_are_no_numbers_faults);
    tcase_add_test(c, round_takes_halves_away_from_zero);
    tcase_add_test(c, round_to_places_rounds_what_is_written);
    tcase_add_test(c, round_to_places_never_nudges);
    tcase_add_test(c, round_leaves_numbers_without_a_fraction);
    tcase_add_test(c, round_to_too_many_places_faults);
    tcase_add_test(c, floor_and_ceil_give_ints);
    tcase_add_test(c, a_rounded_number_beyond_64_bits_faults);
    tcase_add_test(c, the_least_int_is_not_beyond_64_bits);
    tcase_add_test(c, digits_that_no_double_holds_are_rounded_exactly);
    tcase_add_test(c, exponents_are_part_of_the_digits);
    tcase_add_test(c, abs_keeps_the_kind_of_number);
    tcase_add_test(c, abs_keeps_every_digit);
    tcase_add_test(c, abs_of_the_least_int_faults);
    tcase_add_test(c, now_is_the_clock_of_the_world);
}

static void add_crypto_tests(TCase *c)
{
    tcase_add_test(c, uuid_has_the_bits_of_version_4);
    tcase_add_test(c, base64_pads);
    tcase_add_test(c, base64_decode_reads_both_alphabets);
    tcase_add_test(c, base64_decode_gives_null_for_what_is_none);
    tcase_add_test(c, base64_decode_gives_null_for_bytes_that_are_no_text);
    tcase_add_test(c, sha256_is_the_standard_one);
    tcase_add_test(c, hmac_sha256_takes_the_key_first);
    tcase_add_test(c, url_encode_leaves_the_unreserved);
}

static void add_contract_tests(TCase *c)
{
    tcase_add_test(c, a_wrong_type_is_named_with_the_function);
    tcase_add_test(c, every_row_takes_the_types_of_its_letters_and_refuses_all_others);
    tcase_add_test(c, a_text_beyond_64_mb_faults);
    tcase_add_test(c, replacing_into_more_than_64_mb_faults);
    tcase_add_test(c, a_value_of_many_shared_parts_is_not_walked);
    tcase_add_test(c, arguments_are_left_as_they_were);
}

int main(void)
{
    Suite *s = suite_create("builtins");
    TCase *c = tcase_create("builtins");
    add_text_tests(c);
    add_list_tests(c);
    add_number_tests(c);
    add_crypto_tests(c);
    add_contract_tests(c);
    suite_add_tcase(s, c);
    return suite_main(s);
}
