#include "base/mem.h"

#include "suite.h"

#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

START_TEST(an_allocation_of_nothing_can_be_freed)
{
    void *p = mem_alloc(0);
    ck_assert_ptr_nonnull(p);
    mem_free(p);
    mem_free(NULL);
}
END_TEST

START_TEST(zeroed_memory_is_zero)
{
    unsigned char *p = mem_alloc_zeroed(100, 3);
    for (int i = 0; i < 300; i++)
        ck_assert_uint_eq(p[i], 0);
    mem_free(p);
}
END_TEST

START_TEST(resizing_keeps_the_contents)
{
    char *p = mem_resize(NULL, 4, 1);
    memcpy(p, "abcd", 4);
    p = mem_resize(p, 1000, 10);
    ck_assert_mem_eq(p, "abcd", 4);
    mem_free(p);
}
END_TEST

START_TEST(an_array_that_is_full_doubles_and_keeps_its_items)
{
    uint32_t *items = NULL;
    size_t cap = 0;
    for (uint32_t len = 0; len < 100; len++) {
        size_t before = cap;
        items = mem_grow(items, &cap, len, sizeof *items);
        ck_assert_uint_gt(cap, len);
        ck_assert_uint_eq(cap, len < before || !before ? cap : before * 2);
        items[len] = len;
    }
    for (uint32_t i = 0; i < 100; i++)
        ck_assert_uint_eq(items[i], i);
    mem_free(items);
}
END_TEST

START_TEST(the_owner_of_a_member_is_found)
{
    struct owner {
        int first;
        struct part {
            int second;
        } part;
    } owner = { 1, { 2 } };
    ck_assert_ptr_eq(OWNER_OF(&owner.part, struct owner, part), &owner);
}
END_TEST

START_TEST(a_copied_text_ends_with_nul)
{
    char *p = mem_copy_text("abc\0def", 5);
    ck_assert_mem_eq(p, "abc\0d\0", 6);
    mem_free(p);
}
END_TEST

START_TEST(a_product_that_overflows_ends_with_the_status)
{
    mem_on_exhausted("prog", 2, NULL);
    mem_resize(NULL, SIZE_MAX / 2, 3);
}
END_TEST

START_TEST(a_zeroed_product_that_overflows_ends_with_the_status)
{
    mem_on_exhausted("prog", 2, NULL);
    mem_alloc_zeroed(SIZE_MAX / 2, 3);
}
END_TEST

static void tidy(void)
{
    ck_assert_int_eq(write(STDERR_FILENO, "tidied;", 7), 7);
}

static void run_out_of_memory(int messages)
{
    dup2(messages, STDERR_FILENO);
    mem_on_exhausted("flowc", 7, tidy);
    mem_exhausted();
}

START_TEST(exhaustion_cleans_up_and_names_the_program)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0)
        run_out_of_memory(ends[1]);
    close(ends[1]);
    char said[200] = "";
    size_t len = 0;
    for (ssize_t n; len < sizeof said - 1 && (n = read(ends[0], said + len, 50)) > 0;)
        len += (size_t)n;
    close(ends[0]);
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 7);
    ck_assert_str_eq(said, "tidied;flowc: out of memory\n");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("mem");
    TCase *t = tcase_create("mem");
    suite_add_tcase(s, t);
    tcase_add_test(t, an_allocation_of_nothing_can_be_freed);
    tcase_add_test(t, zeroed_memory_is_zero);
    tcase_add_test(t, resizing_keeps_the_contents);
    tcase_add_test(t, an_array_that_is_full_doubles_and_keeps_its_items);
    tcase_add_test(t, the_owner_of_a_member_is_found);
    tcase_add_test(t, a_copied_text_ends_with_nul);
    tcase_add_exit_test(t, a_product_that_overflows_ends_with_the_status, 2);
    tcase_add_exit_test(t, a_zeroed_product_that_overflows_ends_with_the_status, 2);
    tcase_add_test(t, exhaustion_cleans_up_and_names_the_program);
    return suite_main(s);
}
