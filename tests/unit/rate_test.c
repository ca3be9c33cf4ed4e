/* How fast a batch takes its lines, by a clock of the test's own. */
#include "suite.h"

#include "batch/line_source.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define MS UINT64_C(1000000)
#define CATCH_UP_MS 50 /* as source.c has it */

static struct {
    uv_loop_t loop;
    uint64_t now;
    struct line_source *source;
    struct bytes line;
} t;

static uint64_t now(void)
{
    return t.now;
}

/* A file of 10,000 lines, which nobody else can see. */
static int open_lines(void)
{
    char path[] = "/tmp/flow-rate-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    unlink(path);
    for (int i = 0; i < 10000; i++)
        ck_assert_int_eq(write(fd, "{}\n", 3), 3);
    lseek(fd, 0, SEEK_SET);
    return fd;
}

static void begin(double rate)
{
    t.now = 1000 * MS;
    ck_assert_int_eq(uv_loop_init(&t.loop), 0);
    t.source =
        line_source_new(&t.loop, open_lines(), &(struct source_plan){ .rate = rate, .clock = now });
}

static void teardown(void)
{
    line_source_free(t.source);
    uv_run(&t.loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(uv_loop_close(&t.loop), 0);
    bytes_release(&t.line);
    memset(&t, 0, sizeof t);
}

/* The lines that are to be had now, and how long the next one is to be waited for. */
static int take_all(uint64_t *wait_ms)
{
    uint64_t number;
    int count = 0;
    while (line_source_take(t.source, &t.line, &number, wait_ms) == SOURCE_LINE)
        count++;
    return count;
}

static void pass(uint64_t ms)
{
    t.now += ms * MS;
}

START_TEST(the_first_line_comes_at_once_and_the_next_ones_at_their_times)
{
    uint64_t wait;
    begin(100);
    ck_assert_int_eq(take_all(&wait), 1);
    ck_assert_uint_eq(wait, 10);
    pass(9);
    ck_assert_int_eq(take_all(&wait), 0);
    ck_assert_uint_eq(wait, 1);
    pass(1);
    ck_assert_int_eq(take_all(&wait), 1);
    ck_assert_uint_eq(wait, 10);
}
END_TEST

START_TEST(a_pause_is_followed_by_no_burst)
{
    uint64_t wait;
    begin(100);
    take_all(&wait);
    pass(60000);
    ck_assert_int_eq(take_all(&wait), 1 + CATCH_UP_MS / 10);
    ck_assert_uint_eq(wait, 10);
    pass(10);
    ck_assert_int_eq(take_all(&wait), 1);
}
END_TEST

START_TEST(a_slow_rate_makes_up_for_no_pause_at_all)
{
    uint64_t wait;
    begin(0.5);
    take_all(&wait);
    ck_assert_uint_eq(wait, 2000);
    pass(600000);
    ck_assert_int_eq(take_all(&wait), 1);
    ck_assert_uint_eq(wait, 2000 - CATCH_UP_MS);
}
END_TEST

START_TEST(what_a_late_wake_up_lost_is_made_up_for)
{
    uint64_t wait;
    int count = 0;
    begin(1000);
    for (int i = 0; i < 100; i++) {
        count += take_all(&wait);
        pass(i % 2 ? 3 : 20);
    }
    /* 49 times 23 ms, and 20 ms at the end. */
    ck_assert_int_eq(count, 1 + 49 * 23 + 20);
}
END_TEST

START_TEST(without_a_rate_all_lines_are_there_at_once)
{
    uint64_t wait;
    begin(0);
    ck_assert_int_eq(take_all(&wait), 10000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rate");
    TCase *c = tcase_create("rate");
    tcase_add_checked_fixture(c, NULL, teardown);
    tcase_add_test(c, the_first_line_comes_at_once_and_the_next_ones_at_their_times);
    tcase_add_test(c, a_pause_is_followed_by_no_burst);
    tcase_add_test(c, a_slow_rate_makes_up_for_no_pause_at_all);
    tcase_add_test(c, what_a_late_wake_up_lost_is_made_up_for);
    tcase_add_test(c, without_a_rate_all_lines_are_there_at_once);
    suite_add_tcase(suite, c);
    return suite_main(suite);
}
