/* What a batch prints of how far it is, and the set of lines that are done. */
#include "suite.h"

#include "batch/human_units.h"
#include "batch/progress.h"
#include "cli/lineset.h"
#include "cli/result.h"

#include <string.h>

static struct bytes b;
static struct lineset set;

static void teardown(void)
{
    bytes_release(&b);
    lineset_release(&set);
}

static const char *time_text(uint64_t micros)
{
    bytes_clear(&b);
    human_units_time(&b, micros);
    return bytes_text(&b);
}

static const char *size_text(uint64_t size)
{
    bytes_clear(&b);
    human_units_size(&b, size);
    return bytes_text(&b);
}

START_TEST(counts_have_commas)
{
    human_units_count(&b, 0);
    bytes_add_char(&b, ' ');
    human_units_count(&b, 999);
    bytes_add_char(&b, ' ');
    human_units_count(&b, 1000);
    bytes_add_char(&b, ' ');
    human_units_count(&b, 12345678);
    ck_assert_str_eq(bytes_text(&b), "0 999 1,000 12,345,678");
}
END_TEST

START_TEST(times_have_three_digits)
{
    ck_assert_str_eq(time_text(870), "870 us");
    ck_assert_str_eq(time_text(1250), "1.25 ms");
    ck_assert_str_eq(time_text(12500), "12.5 ms");
    ck_assert_str_eq(time_text(999499), "999 ms");
    ck_assert_str_eq(time_text(999500), "1.00 s");
    ck_assert_str_eq(time_text(59400000), "59.4 s");
    ck_assert_str_eq(time_text(59600000), "1m00s");
    ck_assert_str_eq(time_text(245000000), "4m05s");
    ck_assert_str_eq(time_text(7620000000), "2h07m");
}
END_TEST

START_TEST(sizes_have_their_unit)
{
    ck_assert_str_eq(size_text(1023), "1023 B");
    ck_assert_str_eq(size_text(1536), "1.5 KB");
    ck_assert_str_eq(size_text(20u << 20), "20.0 MB");
    ck_assert_str_eq(size_text((1u << 20) - 1), "1.0 MB");
}
END_TEST

static struct progress_facts facts(void)
{
    return (struct progress_facts){ .counts = { .runs = { 118, 2, 0, 0 }, .live = 10 },
                                    .place = { .bytes = 4000, .taken = 1000 },
                                    .elapsed_ms = 2000,
                                    .rate = 60.4 };
}

START_TEST(progress_says_what_is_done_and_what_is_left)
{
    struct progress_facts f = facts();
    progress_print(&f, &b);
    ck_assert_str_eq(bytes_text(&b), "120 done, 10 running: 118 ended, 2 failed, 0 faulted; 60/s; "
                                     "6.00 s left");
}
END_TEST

START_TEST(where_it_is_not_known_how_much_there_is_nothing_is_said_of_it)
{
    struct progress_facts f = facts();
    f.place.bytes = 0;
    progress_print_bar(&f, 200, &b);
    ck_assert_str_eq(bytes_text(&b), "120 done, 10 running: 118 ended, 2 failed, 0 faulted; 60/s");
}
END_TEST

START_TEST(a_bar_shows_the_part_that_is_done_and_fits_the_screen)
{
    struct progress_facts f = facts();
    progress_print_bar(&f, 32, &b);
    ck_assert_uint_eq(b.len, 31);
    bytes_add_char(&b, '|');
    ck_assert_str_eq(bytes_text(&b), "[#####...............] 120 done|");
}
END_TEST

START_TEST(lines_that_were_added_are_held_and_no_others)
{
    const uint64_t lines[] = { 1, 63, 64, 1048575, 1048576, 1048577, 5000000, LINESET_MAX };
    for (size_t i = 0; i < 8; i++)
        lineset_add(&set, lines[i]);
    for (size_t i = 0; i < 8; i++)
        ck_assert(lineset_has(&set, lines[i]));
    ck_assert(!lineset_has(&set, 2));
    ck_assert(!lineset_has(&set, 65));
    ck_assert(!lineset_has(&set, 1048578));
    ck_assert(!lineset_has(&set, LINESET_MAX - 1));
    ck_assert_uint_eq(set.count, 8);
}
END_TEST

START_TEST(a_page_that_is_full_is_still_held)
{
    for (uint64_t i = 3000000; i > 0; i--)
        lineset_add(&set, i);
    lineset_add(&set, 1500000);
    ck_assert_uint_eq(set.count, 3000000);
    uint64_t held = 0;
    for (uint64_t i = 1; i <= 3000000; i++)
        held += lineset_has(&set, i);
    ck_assert_uint_eq(held, 3000000);
    ck_assert(!lineset_has(&set, 3000001));
}
END_TEST

START_TEST(lines_that_were_removed_are_not_held_even_from_a_full_page)
{
    for (uint64_t i = 1; i < 1 << 20; i++)
        lineset_add(&set, i);
    lineset_add(&set, 1 << 20);
    lineset_add(&set, (2 << 20) - 1);
    for (uint64_t i = (1 << 20) + 1; i < (2 << 20) - 1; i++)
        lineset_add(&set, i);
    ck_assert(lineset_remove(&set, 5));
    ck_assert(lineset_remove(&set, (1 << 20) + 7));
    ck_assert(!lineset_remove(&set, 5));
    ck_assert(!lineset_remove(&set, 3 << 20));
    ck_assert(!lineset_has(&set, 5));
    ck_assert(!lineset_has(&set, (1 << 20) + 7));
    ck_assert(lineset_has(&set, 6));
    ck_assert(lineset_has(&set, (1 << 20) + 8));
    ck_assert_uint_eq(set.count, (2u << 20) - 1 - 2);
    lineset_add(&set, (1 << 20) + 7);
    ck_assert(lineset_has(&set, (1 << 20) + 7));
    ck_assert(lineset_has(&set, 1 << 20));
}
END_TEST

START_TEST(a_result_is_read_whole)
{
    struct result r;
    const char *text = "{\"line\":7,\"status\":\"invalid\"}";
    ck_assert(result_read(text, strlen(text), &r, &b));
    ck_assert_uint_eq(r.line, 7);
    ck_assert_int_eq(r.status, RESULT_INVALID);
    ck_assert(!result_read(text, strlen(text) - 1, &r, &b));
    ck_assert(result_is_cut(text, strlen(text) - 1));
    ck_assert(result_is_cut(text, 1));
    ck_assert(result_is_cut("\0\0\0", 3));
    ck_assert(!result_is_cut("\0\0x", 3));
    ck_assert(!result_is_cut("{\"lime\":7", 9));
}
END_TEST

START_TEST(a_set_of_statuses_is_read_by_their_names)
{
    unsigned statuses;
    ck_assert(result_read_statuses("faulted,ended", &statuses));
    ck_assert_uint_eq(statuses, RESULT_BIT(RESULT_FAULTED) | RESULT_BIT(RESULT_ENDED));
    ck_assert(!result_read_statuses("faulted,", &statuses));
    ck_assert(!result_read_statuses("fault", &statuses));
    ck_assert(!result_read_statuses("", &statuses));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("batch");
    TCase *c = tcase_create("batch");
    tcase_add_checked_fixture(c, NULL, teardown);
    tcase_add_test(c, counts_have_commas);
    tcase_add_test(c, times_have_three_digits);
    tcase_add_test(c, sizes_have_their_unit);
    tcase_add_test(c, progress_says_what_is_done_and_what_is_left);
    tcase_add_test(c, where_it_is_not_known_how_much_there_is_nothing_is_said_of_it);
    tcase_add_test(c, a_bar_shows_the_part_that_is_done_and_fits_the_screen);
    tcase_add_test(c, lines_that_were_added_are_held_and_no_others);
    tcase_add_test(c, a_page_that_is_full_is_still_held);
    tcase_add_test(c, lines_that_were_removed_are_not_held_even_from_a_full_page);
    tcase_add_test(c, a_result_is_read_whole);
    tcase_add_test(c, a_set_of_statuses_is_read_by_their_names);
    suite_add_tcase(suite, c);
    return suite_main(suite);
}
