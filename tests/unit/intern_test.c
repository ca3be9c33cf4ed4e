#include "syntax/intern.h"

#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>

START_TEST(equal_bytes_have_one_pointer)
{
    struct arena arena = { 0 };
    struct intern words = { .arena = &arena };
    const char *a = intern_add(&words, "abcd", 3);
    ck_assert_str_eq(a, "abc");
    ck_assert_ptr_eq(intern_of(&words, "abc"), a);
    ck_assert_ptr_ne(intern_of(&words, "abcd"), a);
    ck_assert_ptr_eq(intern_add(&words, "", 0), intern_of(&words, ""));
    intern_release(&words);
    arena_release(&arena);
}
END_TEST

START_TEST(pointers_stay_as_the_table_grows)
{
    struct arena arena = { 0 };
    struct intern words = { .arena = &arena };
    const char *first[5000];
    char text[16];
    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof(text), "w%d", i);
        first[i] = intern_of(&words, text);
    }
    ck_assert_uint_eq(words.len, 5000);
    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof(text), "w%d", i);
        ck_assert_ptr_eq(intern_of(&words, text), first[i]);
        ck_assert_str_eq(first[i], text);
    }
    intern_release(&words);
    arena_release(&arena);
}
END_TEST

START_TEST(words_outlive_their_table)
{
    struct arena arena = { 0 };
    struct intern words = { .arena = &arena };
    const char *a = intern_of(&words, "abc");
    intern_release(&words);
    ck_assert_str_eq(a, "abc");
    arena_release(&arena);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("words");
    TCase *c = tcase_create("words");
    tcase_add_test(c, equal_bytes_have_one_pointer);
    tcase_add_test(c, pointers_stay_as_the_table_grows);
    tcase_add_test(c, words_outlive_their_table);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return suite_main(suite());
}
