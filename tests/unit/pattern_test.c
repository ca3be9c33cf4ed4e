#include "base/pattern.h"

#include "base/bytes.h"
#include "suite.h"

#include <string.h>

/* Whether it can be compiled; then whether it matches text, which may be NULL. */
static bool compiles(const char *pattern, const char *text)
{
    regex_t regex;
    char why[100] = "";
    if (!pattern_compile(&regex, pattern, why, sizeof why)) {
        ck_assert_str_ne(why, "");
        return false;
    }
    if (text)
        ck_assert_int_eq(regexec(&regex, text, 0, NULL, 0), 0);
    regfree(&regex);
    return true;
}

static bool compiles_repeated(const char *part, size_t times)
{
    struct bytes b = { 0 };
    for (size_t i = 0; i < times; i++)
        bytes_add_text(&b, part);
    bool good = compiles(bytes_text(&b), NULL);
    bytes_release(&b);
    return good;
}

static bool compiles_nested(size_t depth)
{
    struct bytes b = { 0 };
    for (size_t i = 0; i < depth; i++)
        bytes_add_char(&b, '(');
    bytes_add_char(&b, 'a');
    for (size_t i = 0; i < depth; i++)
        bytes_add_char(&b, ')');
    bool good = compiles(bytes_text(&b), NULL);
    bytes_release(&b);
    return good;
}

START_TEST(what_people_write_is_compiled)
{
    ck_assert(compiles("^[A-Z]{2}[0-9]{6}$", "AB123456"));
    ck_assert(compiles("^.{1,2000}$", "abc"));
    ck_assert(compiles("^(yes|no|maybe)$", "maybe"));
    ck_assert(compiles("^([a-z0-9]+ ?)*$", "a bc d"));
    ck_assert(compiles("^[^@ ]+@([a-z0-9-]+\\.)+[a-z]{2,63}$", "a.b@c.example"));
    ck_assert(compiles("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
                       "01234567-89ab-cdef-0123-456789abcdef"));
    ck_assert(compiles("^(https?://)?([a-z0-9-]{1,63}\\.){1,8}[a-z]+(:[0-9]{1,5})?(/.*)?$",
                       "https://a.b.example:80/x"));
    ck_assert(compiles("\\bfoo\\b|\\<bar\\>", "a foo"));
    ck_assert(compiles("[]a]+[^]b]+[[:digit:]({*]{3}", "]]x1(*"));
    ck_assert(compiles("a\\(\\{\\1\\)", NULL) == false);
    ck_assert(compiles("(^| )(a|b|c)( |$)", "x b"));
    ck_assert(compiles("a)|b)){2}", "b)))"));
    ck_assert(compiles("", ""));
}
END_TEST

START_TEST(what_is_no_pattern_is_said_to_be_none)
{
    ck_assert(!compiles("(", NULL));
    ck_assert(!compiles("[a", NULL));
    ck_assert(!compiles("[[:none:]]", NULL));
    ck_assert(!compiles("a{2,1}", NULL));
    ck_assert(!compiles("a\\", NULL));
}
END_TEST

START_TEST(groups_are_nested_100_deep_at_most)
{
    ck_assert(compiles_nested(100));
    ck_assert(!compiles_nested(101));
    ck_assert(!compiles_nested(300000));
}
END_TEST

START_TEST(a_pattern_that_refers_back_is_refused)
{
    ck_assert(!compiles("(a*)*\\1", NULL));
    ck_assert(compiles("(a*)\\\\1", "\\1"));
}
END_TEST

/* Each took seconds or gigabytes, or never came to an end. */
START_TEST(what_the_library_cannot_bear_is_refused)
{
    ck_assert(!compiles("((((a{1,255}){1,255}){1,255}){1,255})", NULL));
    ck_assert(!compiles("a{1,32767}", NULL));
    ck_assert(!compiles("a){1,32767}", NULL));
    ck_assert(!compiles("((a*)+){1,500}", NULL));
    ck_assert(!compiles("(\\b|\\B|\\<|\\>)*", NULL));
    ck_assert(!compiles_repeated("(a*)*", 1000));
    ck_assert(!compiles_repeated("(a*|)+", 25));
    ck_assert(!compiles_repeated("(\\b|a)+", 10));
    ck_assert(!compiles_repeated("(^|a)*", 50));
    ck_assert(!compiles_repeated("(^|$)", 117));
    ck_assert(!compiles_repeated("\\b", 100));
    ck_assert(!compiles_repeated("a?", 30000));
    ck_assert(!compiles_repeated("|", 60000));
    ck_assert(!compiles_repeated("a|", 30000));
    ck_assert(!compiles_repeated("()", 20000));
    /* Ways to be empty within a loop, of which the library looks at all pairs. */
    ck_assert(!compiles("a??{20}+2", NULL));
    ck_assert(!compiles("}??{255}+2", NULL));
    ck_assert(!compiles("(b|(a?)?{12})+", NULL));
    ck_assert(!compiles("(a?|b?|c?){8}*", NULL));
    ck_assert(!compiles("(a?{0,2}){8}+", NULL));
    ck_assert(!compiles("((a*)+?){12}{1,}", NULL));
    ck_assert(!compiles("(^|a?){8}+", NULL));
    ck_assert(!compiles(".?{,3}{12}()+", NULL));
    ck_assert(!compiles("(xa??{12})()+", NULL));
    ck_assert(!compiles("()*|a??{12}()*", NULL));
}
END_TEST

/* The heaviest of their kind that are let through are compiled within the suite's time. */
START_TEST(what_is_let_through_is_compiled_in_time)
{
    ck_assert(compiles("a{1,2000}", NULL));
    ck_assert(compiles_repeated("a*", 2000));
    ck_assert(compiles_repeated("()", 2000));
    ck_assert(compiles_repeated("(^|$)", 36));
    ck_assert(compiles_repeated("(\\b|\\B)", 9));
    ck_assert(compiles_repeated("\\b", 20));
    ck_assert(compiles_repeated("(a|)", 800));
    ck_assert(compiles_repeated("(a*|)+", 3));
    ck_assert(compiles("a??{6}+", "a"));
    ck_assert(compiles("(a??b)+", "ab"));
    ck_assert(compiles("a??{40}b", "b"));
    ck_assert(compiles("^([0-9]?[a-z]?[.]?)+$", "1a."));
    ck_assert(compiles("^((a|b)?(c|d)?)*$", "acbd"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pattern");
    TCase *c = tcase_create("pattern");
    tcase_add_test(c, what_people_write_is_compiled);
    tcase_add_test(c, what_is_no_pattern_is_said_to_be_none);
    tcase_add_test(c, groups_are_nested_100_deep_at_most);
    tcase_add_test(c, a_pattern_that_refers_back_is_refused);
    tcase_add_test(c, what_the_library_cannot_bear_is_refused);
    tcase_add_test(c, what_is_let_through_is_compiled_in_time);
    suite_add_tcase(s, c);
    return suite_main(s);
}
