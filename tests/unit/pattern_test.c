#include "regex/pattern.h"

#include "base/bytes.h"
#include "suite.h"

#include <string.h>

static bool compiles(const char *text)
{
    char why[PATTERN_MAX_WHY] = "";
    struct pattern *p = pattern_new(text, why, sizeof why);
    ck_assert_msg(p || why[0] != '\0', "%s", text);
    ck_assert(!p || p->weight <= PATTERN_MAX_WEIGHT);
    pattern_free(p);
    return p != NULL;
}

static bool compiles_repeated(const char *part, size_t times)
{
    struct bytes b = { 0 };
    for (size_t i = 0; i < times; i++)
        bytes_add_text(&b, part);
    bool good = compiles(bytes_text(&b));
    bytes_release(&b);
    return good;
}

static bool compiles_nested(const char *opening, size_t depth)
{
    struct bytes b = { 0 };
    for (size_t i = 0; i < depth; i++)
        bytes_add_text(&b, opening);
    bytes_add_char(&b, 'a');
    for (size_t i = 0; i < depth; i++)
        bytes_add_char(&b, ')');
    bool good = compiles(bytes_text(&b));
    bytes_release(&b);
    return good;
}

START_TEST(what_people_write_is_compiled)
{
    static const char *const good[] = {
        "",
        "^[A-Z]{2}[0-9]{6}$",
        "^\\d+$",
        "^.{1,2000}$",
        "^(yes|no|maybe)$",
        "^([a-z0-9]+ ?)*$",
        "^[\\w.+-]+@[\\w-]+(\\.[\\w-]+)+$",
        "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        "^(https?://)?([a-z0-9-]{1,63}\\.){1,8}[a-z]+(:[0-9]{1,5})?(/.*)?$",
        "(?P<year>\\d{4})-(?P<month>\\d\\d)",
        "(?<year>\\d{4})",
        "(?i)foo(?-i:Bar)(?s:.)",
        "(?im-sU)a",
        "(?i:a|b)",
        "\\bfoo\\b|\\Bbar\\B",
        "\\Aa\\z",
        "a+?b*?c??d{2}?e{2,}?f{2,3}?",
        "\\pL\\p{Lu}\\PN\\P{Greek}\\p{^Lu}[\\pL\\PN]",
        "[]a]+[^]b]+[[:digit:]({*]{3}",
        "[[:^alpha:]\\d\\]\\-]",
        "[a-c-e][-a][a-]",
        "\\t\\n\\r\\f\\v\\a\\x41\\x{1F600}",
        "\\Qa.b*\\E+c\\Q",
        "\\.\\*\\_\\/\\ ",
        "{\"a\":{1}}",
        "a{,b{x}{",
        "]}",
        "(|a)(a||b)()(?:)",
        "^*$?\\b+",
        "a{0}(b){0,0}",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ck_assert_msg(compiles(good[i]), "%s", good[i]);
}
END_TEST

static const struct {
    const char *pattern;
    const char *why; /* a part of it */
} bad[] = {
    { "(a)\\1", "back-references such as `\\1` are not supported" },
    { "\\9", "back-references such as `\\9`" },
    { "\\k<a>", "back-references such as `\\k`" },
    { "(?P<n>a)(?P=n)", "back-references such as `(?P=`" },
    { "a(?=b)", "look-around such as `(?=` is not supported" },
    { "a(?!b)", "look-around such as `(?!`" },
    { "(?<=a)b", "look-around such as `(?<=`" },
    { "(?<!a)b", "look-around such as `(?<!`" },
    { "(?>a)", "`(?>` is not supported: there are the flags i, m, s, U, groups `(?:…)` and" },
    { "(?x)a", "`(?x` is not supported" },
    { "(?i--s)a", "`(?-` is not supported" },
    { "(?ä)", "`(?ä` is not supported" },
    { "(?", "a `(` is not closed" },
    { "(?i", "a `(` is not closed" },
    { "(?P<>a)", "the name of a group is made of letters, digits and `_`" },
    { "(?P<a-b>a)", "the name of a group" },
    { "(?P<a", "the name of a group" },
    { "(?P<a>x)(?P<a>y)", "two groups have the name `a`" },
    { "(", "a `(` is not closed: `)` is missing, or write `\\(`" },
    { "(a|", "a `(` is not closed" },
    { "a)", "a `)` closes no group: write `\\)`" },
    { "[a", "a `[` is not closed: `]` is missing, or write `\\[`" },
    { "[]", "a `[` is not closed" },
    { "[^]", "a `[` is not closed" },
    { "[a-", "a `[` is not closed" },
    { "[\\", "it ends with a backslash" },
    { "a\\", "it ends with a backslash: write `\\\\`" },
    { "[c-a]", "the range `c-a` goes backwards" },
    { "[a-\\d]", "a class cannot be the end of a range" },
    { "[a-[:digit:]]", "a class cannot be the end of a range" },
    { "[:digit:]+", "`[:digit:]` needs brackets of its own around it: `[[:digit:]]`" },
    { "[[:letter:]]", "`[:letter:]` is not a class: there are alnum," },
    { "[[:<:]]", "`[:<:]` is not a class" },
    { "[[.a.]]", "`[.….]` between brackets is not supported" },
    { "[[=a=]]", "`[=…=]` between brackets is not supported" },
    { "*", "`*` has nothing to repeat: write `\\*`" },
    { "a|+", "`+` has nothing to repeat" },
    { "(?)", NULL },
    { "(?i)*", "`*` has nothing to repeat" },
    { "{2}", "`{2}` has nothing to repeat: write `\\{`" },
    { "a**", "`**` repeats a repetition: put the first into a group" },
    { "a{2}{3}", "`{2}{3}` repeats a repetition" },
    { "a*??", "`*??` repeats a repetition" },
    { "a++", "possessive repetitions such as `++` are not supported" },
    { "a{2}+", "possessive repetitions such as `{2}+`" },
    { "a{,2}", "`{,2}` has no least count: write `{0,2}`, or `\\{`" },
    { "a{2,1}", "the counts of `{2,1}` are the wrong way round" },
    { "a{5000}", NULL },
    { "a{99999999999}", "too large" },
    { "a{5001}", "too large" },
    { "\\Z", "the end of the text is `\\z`" },
    { "\\u0041", "a character by its number is `\\x{1F600}`" },
    { "\\0", "a character by its number is `\\x00`" },
    { "\\q", "`\\q` has no meaning here: there are `\\d \\D" },
    { "[\\b]", "`\\b` has no meaning here" },
    { "\\C", "`\\C` has no meaning here" },
    { "\\ä", "a backslash before `ä` has no meaning" },
    { "\\E", "`\\E` has no `\\Q`" },
    { "\\x4", "`\\x` takes two hexadecimal digits" },
    { "\\x{}", "`\\x` takes two hexadecimal digits" },
    { "\\x{41", "`\\x` takes two hexadecimal digits" },
    { "\\x{110000}", "is not that of a character" },
    { "\\x{d800}", "is not that of a character" },
    { "\\p", "is not a class of Unicode" },
    { "\\p{", "`\\p{` is not a class of Unicode" },
    { "\\pX", "`\\pX` is not a class of Unicode" },
    { "\\p{Letter}", "`\\p{Letter}` is not a class of Unicode: there are general categories" },
};

START_TEST(what_is_not_a_pattern_is_refused_with_what_to_write_instead)
{
    char why[PATTERN_MAX_WHY] = "";
    struct pattern *p = pattern_new(bad[_i].pattern, why, sizeof why);
    ck_assert_msg(!p == (bad[_i].why != NULL), "`%s`: %s", bad[_i].pattern, why);
    ck_assert_msg(p || strstr(why, bad[_i].why), "`%s`: %s", bad[_i].pattern, why);
    ck_assert_uint_lt(strlen(why), PATTERN_MAX_WHY - 1);
    pattern_free(p);
}
END_TEST

START_TEST(a_reason_fits_into_any_room)
{
    char why[4] = "xxx";
    ck_assert_ptr_null(pattern_new("(", why, 1));
    ck_assert_str_eq(why, "");
    ck_assert_ptr_null(pattern_new("(", why, 4));
    ck_assert_uint_eq(strlen(why), 3);
}
END_TEST

START_TEST(groups_are_nested_100_deep_at_most)
{
    static const char *const openings[] = { "(", "(?:", "(?i:", "(b|" };
    for (size_t i = 0; i < sizeof openings / sizeof *openings; i++) {
        ck_assert(compiles_nested(openings[i], 100));
        ck_assert(!compiles_nested(openings[i], 101));
        ck_assert(!compiles_nested(openings[i], 300000));
    }
}
END_TEST

START_TEST(what_would_be_too_large_is_refused)
{
    ck_assert(!compiles("((((a{1,255}){1,255}){1,255}){1,255})"));
    ck_assert(!compiles("((((a{1,255}){1,255}){1,255}){1,255}){0}"));
    ck_assert(!compiles("a{1,32767}"));
    ck_assert(!compiles("(a{100}){1,32767}"));
    ck_assert(!compiles("((a*)+){1,2000}"));
    ck_assert(compiles_repeated("(a*)*", 400));
    ck_assert(!compiles_repeated("(a*)*", 1000));
    ck_assert(!compiles_repeated("a?", 30000));
    ck_assert(!compiles_repeated("|", 60000));
    ck_assert(!compiles_repeated("()", 20000));
    ck_assert(!compiles_repeated("(a){0}", 20000));
    ck_assert(!compiles_repeated("(?:){0}", 20000));
    ck_assert(!compiles_repeated("\\pL", 100));
    ck_assert(!compiles_repeated("(?i)[\\pLa]", 100));
    ck_assert(compiles_repeated("a", 5000));
    ck_assert(!compiles_repeated("a", 5001));
    ck_assert(compiles_repeated("(?i)", 100000));
}
END_TEST

/* Loops in loops of what may be empty: each is made twice. */
START_TEST(nested_loops_of_what_may_be_empty_are_of_bounded_weight)
{
    struct bytes b = { 0 };
    char why[PATTERN_MAX_WHY];
    for (int i = 0; i < 60; i++)
        bytes_add_text(&b, "(?:");
    bytes_add_text(&b, "a?");
    for (int i = 0; i < 60; i++)
        bytes_add_text(&b, ")*");
    struct pattern *p = pattern_new(bytes_text(&b), why, sizeof why);
    ck_assert_msg(p != NULL, "%s", why);
    ck_assert_uint_lt(p->weight, PATTERN_MAX_WEIGHT);
    pattern_free(p);
    bytes_release(&b);
}
END_TEST

START_TEST(groups_are_numbered_and_named)
{
    char why[PATTERN_MAX_WHY];
    struct pattern *p = pattern_new("(a)(?:b)(?P<n>c(d))(?<m_1>e)", why, sizeof why);
    ck_assert_msg(p != NULL, "%s", why);
    ck_assert_uint_eq(p->groups, 4);
    ck_assert_ptr_null(p->names[0]);
    ck_assert_str_eq(p->names[1], "n");
    ck_assert_ptr_null(p->names[2]);
    ck_assert_str_eq(p->names[3], "m_1");
    pattern_free(p);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pattern");
    TCase *c = tcase_create("pattern");
    tcase_add_test(c, what_people_write_is_compiled);
    tcase_add_loop_test(c, what_is_not_a_pattern_is_refused_with_what_to_write_instead, 0,
                        sizeof bad / sizeof *bad);
    tcase_add_test(c, a_reason_fits_into_any_room);
    tcase_add_test(c, groups_are_nested_100_deep_at_most);
    tcase_add_test(c, what_would_be_too_large_is_refused);
    tcase_add_test(c, nested_loops_of_what_may_be_empty_are_of_bounded_weight);
    tcase_add_test(c, groups_are_numbered_and_named);
    suite_add_tcase(s, c);
    return suite_main(s);
}
