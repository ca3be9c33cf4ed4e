#include "suite.h"

#include "net/pool.h"

/* Waiters by number, and what they were told, in order: n + 1 granted, -(n + 1) refused. */
static struct {
    struct timers timers;
    struct pool pool;
    struct pool_waiter waiter[16];
    int told[64];
    int len;
} t;

static void note(struct pool_waiter *w, bool granted)
{
    int n = (int)(w - t.waiter) + 1;
    t.told[t.len++] = granted ? n : -n;
}

static void setup_with(uint32_t slots, uint32_t wait_ms)
{
    memset(&t, 0, sizeof t);
    pool_init(&t.pool, &t.timers, slots, wait_ms);
    for (int i = 0; i < 16; i++)
        t.waiter[i].turn = note;
}

static void setup(void)
{
    setup_with(2, 100);
}

static void teardown(void)
{
    timers_release(&t.timers);
}

static void take_all_slots(void)
{
    for (uint32_t i = 0; i < t.pool.slots; i++)
        ck_assert(pool_take(&t.pool, &t.waiter[15]));
}

START_TEST(free_slots_are_given_at_once_up_to_the_limit)
{
    ck_assert(pool_take(&t.pool, &t.waiter[0]));
    ck_assert(pool_take(&t.pool, &t.waiter[1]));
    ck_assert(!pool_take(&t.pool, &t.waiter[2]));
    ck_assert_uint_eq(t.pool.used, 2);
    ck_assert_uint_eq(t.pool.waiting, 1);
}
END_TEST

START_TEST(who_came_first_is_served_first)
{
    take_all_slots();
    for (int i = 0; i < 3; i++)
        pool_take(&t.pool, &t.waiter[i]);
    for (int i = 0; i < 3; i++)
        pool_give(&t.pool);
    ck_assert_int_eq(t.len, 3);
    ck_assert_int_eq(t.told[0], 1);
    ck_assert_int_eq(t.told[1], 2);
    ck_assert_int_eq(t.told[2], 3);
}
END_TEST

START_TEST(a_wait_that_runs_out_is_refused_at_its_time)
{
    take_all_slots();
    pool_take(&t.pool, &t.waiter[0]);
    timers_advance(&t.timers, 99);
    ck_assert_int_eq(t.len, 0);
    timers_advance(&t.timers, 100);
    ck_assert_int_eq(t.len, 1);
    ck_assert_int_eq(t.told[0], -1);
    ck_assert_uint_eq(t.pool.waiting, 0);
}
END_TEST

START_TEST(each_waiter_has_its_own_wait)
{
    take_all_slots();
    pool_take(&t.pool, &t.waiter[0]);
    timers_advance(&t.timers, 60);
    pool_take(&t.pool, &t.waiter[1]);
    timers_advance(&t.timers, 100);
    ck_assert_int_eq(t.len, 1);
    timers_advance(&t.timers, 159);
    ck_assert_int_eq(t.len, 1);
    timers_advance(&t.timers, 160);
    ck_assert_int_eq(t.len, 2);
    ck_assert_int_eq(t.told[1], -2);
}
END_TEST

START_TEST(a_wait_counts_from_its_own_start_after_an_early_timer)
{
    take_all_slots();
    pool_take(&t.pool, &t.waiter[0]);
    timers_advance(&t.timers, 90);
    pool_give(&t.pool); /* waiter 0 has it; the timer still stands for 100 */
    pool_take(&t.pool, &t.waiter[1]);
    timers_advance(&t.timers, 189);
    ck_assert_int_eq(t.len, 1);
    timers_advance(&t.timers, 190);
    ck_assert_int_eq(t.told[1], -2);
}
END_TEST

START_TEST(who_left_is_not_called)
{
    take_all_slots();
    for (int i = 0; i < 3; i++)
        pool_take(&t.pool, &t.waiter[i]);
    pool_leave(&t.waiter[1]);
    pool_leave(&t.waiter[1]);
    pool_give(&t.pool);
    pool_give(&t.pool);
    timers_advance(&t.timers, 1000);
    ck_assert_int_eq(t.len, 2);
    ck_assert_int_eq(t.told[0], 1);
    ck_assert_int_eq(t.told[1], 3);
}
END_TEST

START_TEST(the_first_and_the_last_may_leave)
{
    take_all_slots();
    for (int i = 0; i < 3; i++)
        pool_take(&t.pool, &t.waiter[i]);
    pool_leave(&t.waiter[0]);
    pool_leave(&t.waiter[2]);
    pool_take(&t.pool, &t.waiter[3]);
    pool_give(&t.pool);
    pool_give(&t.pool);
    ck_assert_int_eq(t.told[0], 2);
    ck_assert_int_eq(t.told[1], 4);
}
END_TEST

START_TEST(nobody_overtakes_the_queue)
{
    setup_with(1, 100);
    take_all_slots();
    pool_take(&t.pool, &t.waiter[0]);
    pool_give(&t.pool);
    ck_assert(!pool_take(&t.pool, &t.waiter[1]));
    ck_assert_int_eq(t.told[0], 1);
}
END_TEST

START_TEST(a_slot_given_back_with_no_one_waiting_is_free)
{
    take_all_slots();
    pool_give(&t.pool);
    ck_assert_uint_eq(t.pool.used, 1);
    ck_assert(pool_take(&t.pool, &t.waiter[0]));
}
END_TEST

static void queue_again(struct pool_waiter *w, bool granted)
{
    note(w, granted);
    if (t.len < 3)
        ck_assert(!pool_take(&t.pool, w));
}

START_TEST(who_is_refused_may_queue_again_with_no_wait)
{
    setup_with(1, 0);
    take_all_slots();
    t.waiter[0].turn = queue_again;
    ck_assert(!pool_take(&t.pool, &t.waiter[0]));
    ck_assert_int_eq(t.len, 0);
    timers_advance(&t.timers, 0);
    ck_assert_int_eq(t.len, 3);
    ck_assert_uint_eq(t.pool.waiting, 0);
}
END_TEST

START_TEST(the_most_that_was_used_is_known)
{
    take_all_slots();
    pool_give(&t.pool);
    ck_assert_uint_eq(t.pool.most_used, 2);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pool");
    TCase *c = tcase_create("pool");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, free_slots_are_given_at_once_up_to_the_limit);
    tcase_add_test(c, who_came_first_is_served_first);
    tcase_add_test(c, a_wait_that_runs_out_is_refused_at_its_time);
    tcase_add_test(c, each_waiter_has_its_own_wait);
    tcase_add_test(c, a_wait_counts_from_its_own_start_after_an_early_timer);
    tcase_add_test(c, who_left_is_not_called);
    tcase_add_test(c, the_first_and_the_last_may_leave);
    tcase_add_test(c, nobody_overtakes_the_queue);
    tcase_add_test(c, a_slot_given_back_with_no_one_waiting_is_free);
    tcase_add_test(c, who_is_refused_may_queue_again_with_no_wait);
    tcase_add_test(c, the_most_that_was_used_is_known);
    suite_add_tcase(s, c);
    return suite_main(s);
}
