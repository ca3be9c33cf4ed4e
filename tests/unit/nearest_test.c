/* "did you mean": what is a misspelling, and what is another word. */
#include "base/nearest.h"

#include "tests/unit/suite.h"

#include <stdbool.h>

static void check_nearest(const char *word, const char *candidate, bool is_near)
{
    const char *candidates[] = { candidate, NULL };
    ck_assert_msg((nearest_word(word, candidates) != NULL) == is_near, "%s and %s", word,
                  candidate);
}

START_TEST(a_word_of_one_letter_or_two_is_near_in_another_case_only)
{
    check_nearest("g", "f", false);
    check_nearest("g", "G", true);
    check_nearest("g", "go", false);
    check_nearest("ok", "oh", false);
    check_nearest("ko", "ok", false);
    check_nearest("OK", "ok", true);
}
END_TEST

START_TEST(a_word_of_three_letters_has_one_mistake_at_most)
{
    check_nearest("shp", "shop", true);
    check_nearest("ned", "end", true);
    check_nearest("edn", "end", true);
    check_nearest("sya", "say", true);
    check_nearest("and", "ok", false);
    check_nearest("put", "pot", true);
    check_nearest("put", "port", false);
}
END_TEST

START_TEST(a_longer_word_has_a_third_of_its_letters_wrong_at_most)
{
    check_nearest("tiemuot", "timeout", true);
    check_nearest("max_conection", "max-connection", true);
    check_nearest("apologise", "returned", false);
    check_nearest("greter", "greeter", true);
}
END_TEST

START_TEST(the_nearest_is_chosen_and_of_two_the_first)
{
    const char *candidates[] = { "order_it", "orders", "order", NULL };
    const char *equals[] = { "bat", "cat", NULL };
    ck_assert_str_eq(nearest_word("ordr", candidates), "order");
    ck_assert_str_eq(nearest_word("ORDERS", candidates), "orders");
    ck_assert_str_eq(nearest_word("hat", equals), "bat");
}
END_TEST

START_TEST(without_candidates_there_is_none)
{
    const char *candidates[] = { NULL };
    ck_assert_ptr_null(nearest_word("order", candidates));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("nearest");
    TCase *c = tcase_create("words");
    tcase_add_test(c, a_word_of_one_letter_or_two_is_near_in_another_case_only);
    tcase_add_test(c, a_word_of_three_letters_has_one_mistake_at_most);
    tcase_add_test(c, a_longer_word_has_a_third_of_its_letters_wrong_at_most);
    tcase_add_test(c, the_nearest_is_chosen_and_of_two_the_first);
    tcase_add_test(c, without_candidates_there_is_none);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return suite_main(suite());
}
