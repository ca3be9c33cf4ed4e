#include "base/bytes.h"

#include "base/base64.h"
#include "base/mem.h"

#include "suite.h"

#include <string.h>

START_TEST(an_empty_buffer_is_an_empty_text)
{
    struct bytes b = { 0 };
    ck_assert_str_eq(bytes_text(&b), "");
    bytes_clear(&b);
    bytes_release(&b);
}
END_TEST

START_TEST(what_is_added_stands_in_order_and_ends_with_nul)
{
    struct bytes b = { 0 };
    bytes_add(&b, "a\0b", 3);
    bytes_add_char(&b, 'c');
    bytes_add_text(&b, "de");
    bytes_printf(&b, "%d", 42);
    bytes_add(&b, NULL, 0);
    ck_assert_uint_eq(b.len, 8);
    ck_assert_mem_eq(b.data, "a\0bcde42\0", 9);
    bytes_release(&b);
}
END_TEST

START_TEST(many_bytes_one_by_one_are_all_there)
{
    struct bytes b = { 0 };
    for (int i = 0; i < 100000; i++) {
        bytes_add_char(&b, (char)('a' + i % 26));
        ck_assert_int_eq(b.data[b.len], '\0');
    }
    ck_assert_uint_eq(strlen(bytes_text(&b)), 100000);
    for (int i = 0; i < 100000; i++)
        ck_assert_int_eq(b.data[i], 'a' + i % 26);
    bytes_release(&b);
}
END_TEST

START_TEST(printing_grows_to_the_exact_length)
{
    struct bytes b = { 0 };
    for (int i = 0; i < 300; i++)
        bytes_printf(&b, "%*d", i, 7);
    ck_assert_uint_eq(b.len, 300 * 299 / 2 + 1);
    ck_assert_int_eq(b.data[b.len - 1], '7');
    bytes_release(&b);
}
END_TEST

START_TEST(clearing_keeps_the_memory)
{
    struct bytes b = { 0 };
    bytes_add_text(&b, "something");
    size_t cap = b.cap;
    bytes_clear(&b);
    ck_assert_str_eq(bytes_text(&b), "");
    ck_assert_uint_eq(b.cap, cap);
    bytes_release(&b);
}
END_TEST

START_TEST(reserved_room_is_not_moved)
{
    struct bytes b = { 0 };
    bytes_add_text(&b, "x");
    bytes_reserve(&b, 1000);
    char *data = b.data;
    for (int i = 0; i < 1000; i++)
        bytes_add_char(&b, 'y');
    ck_assert_ptr_eq(b.data, data);
    bytes_release(&b);
}
END_TEST

START_TEST(letters_are_made_small_and_nothing_else)
{
    struct bytes b = { 0 };
    bytes_add_lower(&b, "AZaz@[09\xC3\x84", 10);
    ck_assert_str_eq(bytes_text(&b), "azaz@[09\xC3\x84");
    bytes_release(&b);
}
END_TEST

/* RFC 4648, section 10, and the two characters in which the alphabets differ. */
static const char *const base64_pairs[][2] = {
    { "", "" },
    { "f", "Zg==" },
    { "fo", "Zm8=" },
    { "foo", "Zm9v" },
    { "foob", "Zm9vYg==" },
    { "fooba", "Zm9vYmE=" },
    { "foobar", "Zm9vYmFy" },
    { "\xFB\xEF\xFF", "++//" },
};

START_TEST(base64_is_that_of_the_rfc_both_ways)
{
    const char *plain = base64_pairs[_i][0];
    const char *coded = base64_pairs[_i][1];
    struct bytes b = { 0 };
    base64_encode(&b, plain, strlen(plain));
    ck_assert_str_eq(bytes_text(&b), coded);
    bytes_clear(&b);
    ck_assert(base64_decode(&b, coded, strlen(coded)));
    ck_assert_str_eq(bytes_text(&b), plain);
    bytes_release(&b);
}
END_TEST

START_TEST(base64url_has_two_letters_of_its_own_and_is_decoded_too)
{
    struct bytes b = { 0 };
    base64_encode_url(&b, "\xFB\xEF\xFF", 3);
    ck_assert_str_eq(bytes_text(&b), "--__");
    bytes_clear(&b);
    ck_assert(base64_decode(&b, "--__", 4));
    ck_assert_str_eq(bytes_text(&b), "\xFB\xEF\xFF");
    bytes_release(&b);
}
END_TEST

START_TEST(taking_leaves_it_empty)
{
    struct bytes b = { 0 };
    char *nothing = bytes_take(&b);
    ck_assert_str_eq(nothing, "");
    mem_free(nothing);
    bytes_add_text(&b, "mine");
    char *mine = bytes_take(&b);
    ck_assert_str_eq(mine, "mine");
    ck_assert_uint_eq(b.len, 0);
    ck_assert_ptr_null(b.data);
    mem_free(mine);
}
END_TEST

START_TEST(a_few_bytes_are_copied_and_compared_like_many)
{
    size_t len = (size_t)_i;
    char from[40];
    char to[42];
    ck_assert_uint_le(len, sizeof from);
    for (size_t i = 0; i < len; i++)
        from[i] = (char)(i * 7 + 1);
    memset(to, '.', sizeof to);
    bytes_copy_short(to + 1, from, len);
    ck_assert(to[0] == '.' && to[len + 1] == '.');
    ck_assert_mem_eq(to + 1, from, len);
    ck_assert(bytes_equal_short(to + 1, from, len));
    for (size_t i = 0; i < len; i++) {
        to[1 + i] ^= 0x40;
        ck_assert_msg(!bytes_equal_short(to + 1, from, len), "byte %zu of %zu", i, len);
        to[1 + i] ^= 0x40;
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("bytes");
    TCase *t = tcase_create("bytes");
    suite_add_tcase(s, t);
    tcase_add_test(t, an_empty_buffer_is_an_empty_text);
    tcase_add_test(t, what_is_added_stands_in_order_and_ends_with_nul);
    tcase_add_test(t, many_bytes_one_by_one_are_all_there);
    tcase_add_test(t, printing_grows_to_the_exact_length);
    tcase_add_test(t, clearing_keeps_the_memory);
    tcase_add_test(t, reserved_room_is_not_moved);
    tcase_add_test(t, letters_are_made_small_and_nothing_else);
    tcase_add_loop_test(t, base64_is_that_of_the_rfc_both_ways, 0,
                        sizeof base64_pairs / sizeof *base64_pairs);
    tcase_add_test(t, base64url_has_two_letters_of_its_own_and_is_decoded_too);
    tcase_add_test(t, taking_leaves_it_empty);
    tcase_add_loop_test(t, a_few_bytes_are_copied_and_compared_like_many, 0, 40);
    return suite_main(s);
}
