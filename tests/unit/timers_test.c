#include "suite.h"

#include "net/timers.h"

#include <stdlib.h>

/* What fired, in order. One per test: set up anew each time. */
static struct {
    struct timers timers;
    struct timer timer[64];
    int fired[256];
    int len;
} t;

static void note(struct timer *timer)
{
    t.fired[t.len++] = (int)(timer - t.timer);
}

static void setup(void)
{
    memset(&t, 0, sizeof t);
    for (int i = 0; i < 64; i++)
        t.timer[i].fire = note;
}

static void teardown(void)
{
    timers_release(&t.timers);
}

START_TEST(earlier_deadlines_fire_first)
{
    timer_start(&t.timers, &t.timer[0], 30);
    timer_start(&t.timers, &t.timer[1], 10);
    timer_start(&t.timers, &t.timer[2], 20);
    timers_advance(&t.timers, 30);
    ck_assert_int_eq(t.len, 3);
    ck_assert_int_eq(t.fired[0], 1);
    ck_assert_int_eq(t.fired[1], 2);
    ck_assert_int_eq(t.fired[2], 0);
}
END_TEST

START_TEST(equal_deadlines_fire_in_the_order_of_their_start)
{
    for (int i = 0; i < 64; i++)
        timer_start(&t.timers, &t.timer[(i * 7) % 64], 5);
    timers_advance(&t.timers, 5);
    ck_assert_int_eq(t.len, 64);
    for (int i = 0; i < 64; i++)
        ck_assert_int_eq(t.fired[i], (i * 7) % 64);
}
END_TEST

START_TEST(nothing_fires_before_its_time)
{
    timer_start(&t.timers, &t.timer[0], 10);
    timers_advance(&t.timers, 9);
    ck_assert_int_eq(t.len, 0);
    ck_assert(timer_is_running(&t.timer[0]));
}
END_TEST

START_TEST(a_stopped_timer_does_not_fire)
{
    for (int i = 0; i < 10; i++)
        timer_start(&t.timers, &t.timer[i], (uint64_t)i);
    timer_stop(&t.timers, &t.timer[4]);
    timer_stop(&t.timers, &t.timer[4]);
    timers_advance(&t.timers, 100);
    ck_assert_int_eq(t.len, 9);
    for (int i = 0; i < 9; i++)
        ck_assert_int_ne(t.fired[i], 4);
}
END_TEST

START_TEST(starting_again_moves_a_timer)
{
    timer_start(&t.timers, &t.timer[0], 10);
    timer_start(&t.timers, &t.timer[0], 50);
    timers_advance(&t.timers, 49);
    ck_assert_int_eq(t.len, 0);
    timers_advance(&t.timers, 50);
    ck_assert_int_eq(t.len, 1);
}
END_TEST

static void start_next_at_once(struct timer *timer)
{
    note(timer);
    timer_start(&t.timers, timer + 1, 0);
}

START_TEST(what_is_started_without_delay_while_firing_fires_too)
{
    t.timer[0].fire = start_next_at_once;
    timer_start(&t.timers, &t.timer[0], 3);
    timers_advance(&t.timers, 3);
    ck_assert_int_eq(t.len, 2);
    ck_assert_int_eq(t.fired[1], 1);
}
END_TEST

START_TEST(the_clock_never_goes_back)
{
    timers_advance(&t.timers, 100);
    timers_advance(&t.timers, 50);
    ck_assert_uint_eq(timers_now(&t.timers), 100);
}
END_TEST

static uint64_t seven(void *context)
{
    (void)context;
    return 7;
}

START_TEST(a_clock_of_its_own_counts_from_the_moment_of_the_start)
{
    uint64_t due = 0;
    t.timers.clock = seven;
    timer_start(&t.timers, &t.timer[0], 10);
    ck_assert(timers_next(&t.timers, &due));
    ck_assert_uint_eq(due, 17);
}
END_TEST

static uint64_t real;

static uint64_t tell(void *context)
{
    (void)context;
    return real;
}

START_TEST(the_clock_takes_back_what_long_work_took)
{
    real = 1000;
    t.timers.clock = tell;
    timer_start(&t.timers, &t.timer[0], 100);
    uint64_t began = timers_now(&t.timers);
    real += 5000;
    ck_assert_uint_eq(timers_now(&t.timers), 6000);
    ck_assert_uint_eq(timers_hold(&t.timers, began), 5000 - TIMERS_WORK_MS);
    ck_assert_uint_eq(timers_now(&t.timers), 1000 + TIMERS_WORK_MS);
    timers_advance(&t.timers, timers_now(&t.timers));
    ck_assert_int_eq(t.len, 0);
    real += 100 - TIMERS_WORK_MS;
    timers_advance(&t.timers, timers_now(&t.timers));
    ck_assert_int_eq(t.len, 1);
}
END_TEST

START_TEST(short_work_and_what_has_no_clock_take_nothing_back)
{
    ck_assert_uint_eq(timers_hold(&t.timers, 0), 0);
    timers_advance(&t.timers, 500);
    ck_assert_uint_eq(timers_hold(&t.timers, 0), 0);
    real = 1000;
    t.timers.clock = tell;
    uint64_t began = timers_now(&t.timers);
    real += TIMERS_WORK_MS;
    ck_assert_uint_eq(timers_hold(&t.timers, began), 0);
    ck_assert_uint_eq(timers_since(&t.timers, began), TIMERS_WORK_MS);
    ck_assert_uint_eq(timers_since(&t.timers, began + 100), 0);
}
END_TEST

START_TEST(a_delay_beyond_all_time_never_fires)
{
    timers_advance(&t.timers, 1000);
    timer_start(&t.timers, &t.timer[0], UINT64_MAX);
    timers_advance(&t.timers, UINT64_MAX - 1);
    ck_assert_int_eq(t.len, 0);
}
END_TEST

START_TEST(no_timer_no_next)
{
    uint64_t due = 0;
    ck_assert(!timers_next(&t.timers, &due));
    timer_start(&t.timers, &t.timer[0], 1);
    timer_stop(&t.timers, &t.timer[0]);
    ck_assert(!timers_next(&t.timers, &due));
}
END_TEST

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

START_TEST(many_starts_and_stops_keep_the_order)
{
    uint64_t random = 12345;
    uint64_t due[64];
    for (int round = 0; round < 200; round++) {
        int n = 0;
        for (int i = 0; i < 64; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            timer_start(&t.timers, &t.timer[i], (random >> 33) % 1000);
        }
        for (int i = 0; i < 64; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            if ((random >> 33) % 3 == 0)
                timer_stop(&t.timers, &t.timer[i]);
            else
                due[n++] = t.timer[i].due;
        }
        qsort(due, (size_t)n, sizeof *due, compare);
        t.len = 0;
        timers_advance(&t.timers, timers_now(&t.timers) + 1000);
        ck_assert_int_eq(t.len, n);
        for (int i = 0; i < n; i++)
            ck_assert_uint_eq(t.timer[t.fired[i]].due, due[i]);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("timers");
    TCase *c = tcase_create("timers");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, earlier_deadlines_fire_first);
    tcase_add_test(c, equal_deadlines_fire_in_the_order_of_their_start);
    tcase_add_test(c, nothing_fires_before_its_time);
    tcase_add_test(c, a_stopped_timer_does_not_fire);
    tcase_add_test(c, starting_again_moves_a_timer);
    tcase_add_test(c, what_is_started_without_delay_while_firing_fires_too);
    tcase_add_test(c, the_clock_never_goes_back);
    tcase_add_test(c, a_clock_of_its_own_counts_from_the_moment_of_the_start);
    tcase_add_test(c, the_clock_takes_back_what_long_work_took);
    tcase_add_test(c, short_work_and_what_has_no_clock_take_nothing_back);
    tcase_add_test(c, a_delay_beyond_all_time_never_fires);
    tcase_add_test(c, no_timer_no_next);
    tcase_add_test(c, many_starts_and_stops_keep_the_order);
    suite_add_tcase(s, c);
    return suite_main(s);
}
