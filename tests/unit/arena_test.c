#include "base/arena.h"

#include "suite.h"

#include <stdint.h>
#include <string.h>

START_TEST(pieces_are_zeroed_aligned_and_apart)
{
    struct arena a = { 0 };
    unsigned char *before = NULL;
    for (size_t size = 0; size < 3000; size += 7) {
        unsigned char *p = arena_alloc(&a, size);
        ck_assert_uint_eq((uintptr_t)p % _Alignof(max_align_t), 0);
        ck_assert_ptr_ne(p, before);
        for (size_t i = 0; i < size; i++)
            ck_assert_uint_eq(p[i], 0);
        memset(p, 0xff, size);
        before = p;
    }
    arena_release(&a);
}
END_TEST

START_TEST(a_piece_larger_than_a_block_is_given)
{
    struct arena a = { 0 };
    char *small = arena_copy(&a, "small", 5);
    char *large = arena_array(&a, 1000, 1000);
    memset(large, 'x', 1000000);
    char *after = arena_copy(&a, "after", 5);
    ck_assert_str_eq(small, "small");
    ck_assert_str_eq(after, "after");
    ck_assert_int_eq(large[999999], 'x');
    arena_release(&a);
}
END_TEST

START_TEST(a_released_arena_is_empty_and_usable)
{
    struct arena a = { 0 };
    arena_release(&a);
    arena_alloc(&a, 1);
    arena_release(&a);
    ck_assert_ptr_null(a.blocks);
    ck_assert_str_eq(arena_copy(&a, "again", 5), "again");
    arena_release(&a);
}
END_TEST

START_TEST(a_copy_ends_with_nul_and_keeps_nul_inside)
{
    struct arena a = { 0 };
    ck_assert_mem_eq(arena_copy(&a, "a\0bcd", 3), "a\0b\0", 4);
    ck_assert_str_eq(arena_copy(&a, NULL, 0), "");
    arena_release(&a);
}
END_TEST

START_TEST(printing_formats)
{
    struct arena a = { 0 };
    ck_assert_str_eq(arena_printf(&a, "%s=%d", "n", 42), "n=42");
    arena_release(&a);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("arena");
    TCase *t = tcase_create("arena");
    suite_add_tcase(s, t);
    tcase_add_test(t, pieces_are_zeroed_aligned_and_apart);
    tcase_add_test(t, a_piece_larger_than_a_block_is_given);
    tcase_add_test(t, a_released_arena_is_empty_and_usable);
    tcase_add_test(t, a_copy_ends_with_nul_and_keeps_nul_inside);
    tcase_add_test(t, printing_formats);
    return suite_main(s);
}
