#include "suite.h"

#include "engine/stats.h"

static struct histogram h;
static struct stats s;
static struct image_endpoint endpoints[2];
static struct image_node nodes[2];
static const struct image image = {
    .endpoints = endpoints, .endpoint_count = 2, .nodes = nodes, .node_count = 2
};

static void setup(void)
{
    stats_init(&s, &image, NULL);
}

static void teardown(void)
{
    stats_histogram_release(&h);
    stats_release(&s);
}

START_TEST(an_empty_histogram_has_no_times)
{
    ck_assert_uint_eq(stats_histogram_percentile(&h, 99), 0);
}
END_TEST

START_TEST(one_time_is_every_percentile)
{
    stats_histogram_add(&h, 123457);
    ck_assert_uint_eq(stats_histogram_percentile(&h, 1), 123457);
    ck_assert_uint_eq(stats_histogram_percentile(&h, 100), 123457);
}
END_TEST

START_TEST(short_times_are_exact)
{
    for (uint64_t i = 1; i <= 60; i++)
        stats_histogram_add(&h, i);
    ck_assert_uint_eq(stats_histogram_percentile(&h, 50), 30);
    ck_assert_uint_eq(stats_histogram_percentile(&h, 90), 54);
    ck_assert_uint_eq(h.max, 60);
}
END_TEST

START_TEST(long_times_are_kept_to_a_thirty_second)
{
    for (int bits = 6; bits < 40; bits++) {
        uint64_t t = ((uint64_t)1 << bits) + ((uint64_t)1 << bits) / 3;
        stats_histogram_add(&h, t);
        stats_histogram_add(&h, ((uint64_t)1 << 40) - 1);
        uint64_t found = stats_histogram_percentile(&h, 50);
        ck_assert_uint_ge(found, t);
        ck_assert_uint_le(found, t + t / 32);
        stats_histogram_release(&h);
    }
}
END_TEST

START_TEST(percentiles_stand_where_so_many_have_passed)
{
    for (int i = 0; i < 990; i++)
        stats_histogram_add(&h, 10);
    for (int i = 0; i < 10; i++)
        stats_histogram_add(&h, 50);
    ck_assert_uint_eq(stats_histogram_percentile(&h, 99), 10);
    stats_histogram_add(&h, 50);
    ck_assert_uint_eq(stats_histogram_percentile(&h, 99), 50);
}
END_TEST

START_TEST(a_time_beyond_the_scale_is_kept_as_the_longest)
{
    stats_histogram_add(&h, UINT64_MAX);
    ck_assert_uint_eq(h.max, UINT64_MAX);
    ck_assert_uint_ge(stats_histogram_percentile(&h, 50), ((uint64_t)1 << 40) - 1);
}
END_TEST

START_TEST(merged_histograms_are_as_one)
{
    struct histogram other = { 0 };
    for (uint64_t i = 1; i <= 30; i++) {
        stats_histogram_add(&h, i);
        stats_histogram_add(&other, i + 30);
    }
    stats_histogram_merge(&h, &other);
    stats_histogram_release(&other);
    ck_assert_uint_eq(h.count, 60);
    ck_assert_uint_eq(h.max, 60);
    ck_assert_uint_eq(stats_histogram_percentile(&h, 50), 30);
}
END_TEST

START_TEST(calls_are_counted_by_endpoint_and_outcome)
{
    stats_call(&s, 1, 0, 404, 0, 5);
    stats_call(&s, 1, 0, label_of_outcome(OUTCOME_ERROR), ERROR_TLS, 5);
    stats_call(&s, 1, 1, label_of_outcome(OUTCOME_TIMEOUT), 0, 5);
    ck_assert_uint_eq(s.endpoints[1].statuses[404], 1);
    ck_assert_uint_eq(s.endpoints[1].outcomes[OUTCOME_ERROR], 1);
    ck_assert_uint_eq(s.endpoints[1].kinds[ERROR_TLS], 1);
    ck_assert_uint_eq(s.endpoints[1].outcomes[OUTCOME_TIMEOUT], 1);
    ck_assert_ptr_null(s.endpoints[0].statuses);
    ck_assert_uint_eq(s.nodes[0].count, 2);
}
END_TEST

START_TEST(a_body_that_does_not_fit_makes_a_status_an_error)
{
    stats_call(&s, 0, 0, 200, 0, 5);
    stats_misfit(&s, 0, 200);
    ck_assert_uint_eq(s.endpoints[0].statuses[200], 0);
    ck_assert_uint_eq(s.endpoints[0].outcomes[OUTCOME_ERROR], 1);
    ck_assert_uint_eq(s.endpoints[0].kinds[ERROR_SHAPE], 1);
}
END_TEST

START_TEST(merged_statistics_are_sums)
{
    struct stats other;
    stats_init(&other, &image, NULL);
    stats_call(&s, 0, 0, 200, 0, 5);
    stats_call(&other, 0, 0, 200, 0, 7);
    stats_call(&other, 1, 1, 503, 0, 7);
    stats_retries(&other, 1, 1);
    stats_merge(&s, &other);
    stats_release(&other);
    ck_assert_uint_eq(s.endpoints[0].statuses[200], 2);
    ck_assert_uint_eq(s.endpoints[1].statuses[503], 1);
    ck_assert_uint_eq(s.endpoints[1].retries, 1);
    ck_assert_uint_eq(s.nodes[0].max, 7);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stats");
    TCase *c = tcase_create("stats");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, an_empty_histogram_has_no_times);
    tcase_add_test(c, one_time_is_every_percentile);
    tcase_add_test(c, short_times_are_exact);
    tcase_add_test(c, long_times_are_kept_to_a_thirty_second);
    tcase_add_test(c, percentiles_stand_where_so_many_have_passed);
    tcase_add_test(c, a_time_beyond_the_scale_is_kept_as_the_longest);
    tcase_add_test(c, merged_histograms_are_as_one);
    tcase_add_test(c, calls_are_counted_by_endpoint_and_outcome);
    tcase_add_test(c, a_body_that_does_not_fit_makes_a_status_an_error);
    tcase_add_test(c, merged_statistics_are_sums);
    suite_add_tcase(suite, c);
    return suite_main(suite);
}
