#include "suite.h"

#include "base/bytes.h"
#include "formats/json.h"
#include "net/retry.h"
#include "program/outcome.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE 60000u
#define NOW 784111777 /* Sun, 06 Nov 1994 08:49:37 GMT */

static bool covers(uint16_t in_policy, uint16_t label, bool is_other)
{
    struct retry_policy p = { .attempts = 1, .labels = &in_policy, .label_count = 1 };
    return retry_covers(&p, label, is_other);
}

START_TEST(a_status_covers_itself_only)
{
    ck_assert(covers(503, 503, false));
    ck_assert(!covers(503, 502, false));
    ck_assert(!covers(503, label_of_outcome(OUTCOME_TIMEOUT), false));
}
END_TEST

START_TEST(a_class_covers_its_statuses)
{
    ck_assert(covers(LABEL_CLASS + 5, 500, false));
    ck_assert(covers(LABEL_CLASS + 5, 599, false));
    ck_assert(!covers(LABEL_CLASS + 5, 499, false));
    ck_assert(!covers(LABEL_CLASS + 5, label_of_outcome(OUTCOME_ERROR), false));
}
END_TEST

START_TEST(other_covers_a_status_without_an_arm)
{
    uint16_t other = label_of_outcome(OUTCOME_OTHER);
    ck_assert(covers(other, 418, true));
    ck_assert(!covers(other, 418, false));
    ck_assert(!covers(other, label_of_outcome(OUTCOME_TIMEOUT), true));
}
END_TEST

START_TEST(an_outcome_covers_itself)
{
    ck_assert(covers(label_of_outcome(OUTCOME_TIMEOUT), label_of_outcome(OUTCOME_TIMEOUT), false));
    ck_assert(!covers(label_of_outcome(OUTCOME_TIMEOUT), label_of_outcome(OUTCOME_ERROR), false));
}
END_TEST

START_TEST(no_policy_covers_nothing)
{
    struct retry_policy p = { 0 };
    ck_assert(!retry_covers(&p, 503, true));
}
END_TEST

static uint64_t longest_pause(uint32_t from, uint32_t to, uint32_t n)
{
    struct retry_policy p = { .backoff_from_ms = from, .backoff_to_ms = to };
    uint64_t longest = 0;
    for (uint64_t i = 0; i <= to; i++) {
        uint64_t pause = retry_pause(&p, n, i);
        longest = pause > longest ? pause : longest;
    }
    return longest;
}

START_TEST(pauses_double_up_to_the_end)
{
    ck_assert_uint_eq(longest_pause(250, 2000, 1), 250);
    ck_assert_uint_eq(longest_pause(250, 2000, 2), 500);
    ck_assert_uint_eq(longest_pause(250, 2000, 3), 1000);
    ck_assert_uint_eq(longest_pause(250, 2000, 4), 2000);
    ck_assert_uint_eq(longest_pause(250, 2000, 5), 2000);
    ck_assert_uint_eq(longest_pause(250, 2000, UINT32_MAX), 2000);
}
END_TEST

START_TEST(a_pause_is_between_half_and_all)
{
    struct retry_policy p = { .backoff_from_ms = 1000, .backoff_to_ms = 1000 };
    bool low = false;
    bool high = false;
    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t pause = retry_pause(&p, 1, i * 0x9e3779b97f4a7c15u);
        ck_assert_uint_ge(pause, 500);
        ck_assert_uint_le(pause, 1000);
        low = low || pause < 550;
        high = high || pause > 950;
    }
    ck_assert(low && high);
}
END_TEST

START_TEST(without_backoff_the_next_attempt_is_at_once)
{
    struct retry_policy p = { .attempts = 3 };
    ck_assert_uint_eq(retry_pause(&p, 1, 12345), 0);
    ck_assert_uint_eq(retry_pause(&p, 3, UINT64_MAX), 0);
}
END_TEST

static bool reads(const char *text, int64_t now, uint64_t *ms)
{
    return retry_after(text, strlen(text), now, ms);
}

START_TEST(a_date_counts_from_now)
{
    uint64_t ms = 0;
    ck_assert(reads("Sun, 06 Nov 1994 08:50:37 GMT", NOW, &ms));
    ck_assert_uint_eq(ms, MINUTE);
}
END_TEST

START_TEST(a_date_in_the_past_is_now)
{
    uint64_t ms = 1;
    ck_assert(reads("Sun, 06 Nov 1994 08:49:36 GMT", NOW, &ms));
    ck_assert_uint_eq(ms, 0);
}
END_TEST

START_TEST(all_three_forms_are_the_same_moment)
{
    static const char *const forms[] = { "Sun, 06 Nov 1994 08:50:37 GMT",
                                         "Sunday, 06-Nov-94 08:50:37 GMT",
                                         "Sun Nov  6 08:50:37 1994" };
    uint64_t ms = 0;
    ck_assert(reads(forms[_i], NOW, &ms));
    ck_assert_uint_eq(ms, MINUTE);
}
END_TEST

START_TEST(a_year_of_two_digits_is_at_most_fifty_years_ahead)
{
    int64_t in_2026 = 1767225600;
    uint64_t ms = 0;
    ck_assert(reads("Sunday, 06-Nov-94 08:49:37 GMT", in_2026, &ms));
    ck_assert_uint_eq(ms, 0);
    ck_assert(reads("Friday, 06-Nov-76 08:49:37 GMT", in_2026, &ms));
    ck_assert_uint_gt(ms, 0);
    ck_assert(reads("Saturday, 06-Nov-77 08:49:37 GMT", in_2026, &ms));
    ck_assert_uint_eq(ms, 0);
}
END_TEST

START_TEST(a_day_that_is_not_in_the_calendar_is_ignored)
{
    uint64_t ms = 0;
    ck_assert(!reads("Thu, 29 Feb 2001 08:49:37 GMT", NOW, &ms));
    ck_assert(reads("Thu, 29 Feb 1996 08:49:37 GMT", NOW, &ms));
    ck_assert(!reads("Thu, 31 Apr 2001 08:49:37 GMT", NOW, &ms));
    ck_assert(!reads("Thu, 00 Apr 2001 08:49:37 GMT", NOW, &ms));
}
END_TEST

static const char *const forms_of_a_date[] = { "Sun, 06 Nov 1994 08:50:37 GMT",
                                               "Sunday, 06-Nov-94 08:50:37 GMT",
                                               "Sun Nov  6 08:50:37 1994",
                                               "Sun Nov 16 08:50:37 1994" };

START_TEST(a_beginning_of_a_date_is_none)
{
    const char *date = forms_of_a_date[_i];
    uint64_t ms = 0;
    for (size_t len = 0; len < strlen(date); len++)
        ck_assert_msg(!retry_after(date, len, NOW, &ms), "%.*s", (int)len, date);
    ck_assert(retry_after(date, strlen(date), NOW, &ms));
}
END_TEST

/* A digit may be another: that is a date still, or a day that there is not. */
START_TEST(a_date_with_another_character_anywhere_is_none)
{
    char date[40];
    uint64_t ms = 0;
    for (size_t i = 0; i < strlen(forms_of_a_date[_i]); i++) {
        for (const char *c = "!/:;a A@\x7f"; *c; c++) {
            strcpy(date, forms_of_a_date[_i]);
            if (date[i] == *c || (date[i] == '1' && *c == ' '))
                continue;
            date[i] = *c;
            ck_assert_msg(!retry_after(date, strlen(date), NOW, &ms), "%s", date);
        }
    }
    strcpy(date, forms_of_a_date[_i]);
    strcat(date, "x");
    ck_assert(!retry_after(date, strlen(date), NOW, &ms));
}
END_TEST

START_TEST(a_time_that_no_clock_shows_is_ignored)
{
    uint64_t ms = 0;
    ck_assert(!reads("Sun, 06 Nov 1994 24:00:00 GMT", NOW, &ms));
    ck_assert(!reads("Sun, 06 Nov 1994 08:60:00 GMT", NOW, &ms));
    ck_assert(!reads("Sun, 06 Nov 1994 08:50:61 GMT", NOW, &ms));
    ck_assert(reads("Sun, 06 Nov 1994 08:50:60 GMT", NOW, &ms)); /* a leap second */
    ck_assert(!reads("Sun, 06 Nov 0000 08:50:37 GMT", NOW, &ms));
    ck_assert(!reads("Thu, 29 Feb 1900 08:49:37 GMT", NOW, &ms));
    ck_assert(reads("Tue, 29 Feb 2000 08:49:37 GMT", NOW, &ms));
}
END_TEST

/* The suite of dates: ../shared/suites/http-dates. */

static bool read_suite(const char *file, struct value *out)
{
    const char *root = getenv("FLOW_SUITES");
    const char *srcdir = getenv("srcdir");
    struct bytes path = { 0 };
    if (root)
        bytes_printf(&path, "%s/http-dates/%s", root, file);
    else
        bytes_printf(&path, "%s/../shared/suites/http-dates/%s", srcdir ? srcdir : ".", file);
    FILE *f = fopen(bytes_text(&path), "rb");
    bytes_release(&path);
    if (!f)
        return false;
    struct bytes text = { 0 };
    char buffer[4096];
    for (size_t n; (n = fread(buffer, 1, sizeof buffer, f)) > 0;)
        bytes_add(&text, buffer, n);
    fclose(f);
    struct json_error error;
    ck_assert_msg(json_read(text.data, text.len, out, &error), "%s", file);
    bytes_release(&text);
    return true;
}

static const struct value *member(struct value object, const char *name)
{
    const struct value *v = value_object_find_bytes(object.object, name, strlen(name));
    ck_assert_ptr_nonnull(v);
    return v;
}

/* A moment before all of them, so that none is in the past. */
#define LONG_AGO (-6000000000)

static void check_date(struct value row)
{
    const struct text *input = member(row, "input")->text;
    int64_t epoch = member(row, "epoch")->integer;
    bool legal = strcmp(member(row, "form")->text->data, "not-http-date") != 0 && epoch != -1;
    bool two_digits = strcmp(member(row, "form")->text->data, "rfc850") == 0;
    int64_t now = two_digits ? NOW - 1000 : LONG_AGO;
    uint64_t ms = 0;
    ck_assert_msg(retry_after(input->data, input->len, now, &ms) == legal, "%s", input->data);
    if (legal)
        ck_assert_uint_eq(ms, (uint64_t)(epoch - now) * 1000);
}

START_TEST(legal_dates_of_the_suite_are_read_and_all_others_ignored)
{
    struct value rows;
    if (!read_suite("derived-forms.json", &rows))
        return;
    ck_assert_uint_ge(rows.list->len, 178);
    for (uint32_t i = 0; i < rows.list->len; i++)
        check_date(rows.list->items[i]);
    value_unref(rows);
}
END_TEST

static void check_delays(struct value list, bool legal)
{
    ck_assert_uint_gt(list.list->len, 0);
    for (uint32_t i = 0; i < list.list->len; i++) {
        const struct text *text = list.list->items[i].text;
        uint64_t ms = 0;
        ck_assert_msg(retry_after(text->data, text->len, NOW, &ms) == legal, "%s", text->data);
        if (legal)
            ck_assert_uint_ge(ms, strtoull(text->data, NULL, 10) > UINT32_MAX
                                      ? UINT32_MAX
                                      : strtoull(text->data, NULL, 10) * 1000);
    }
}

START_TEST(legal_delays_of_the_suite_are_read_and_all_others_ignored)
{
    struct value suite;
    if (!read_suite("retry-after-delta.json", &suite))
        return;
    check_delays(*member(suite, "delta_seconds_ok"), true);
    check_delays(*member(suite, "delta_over_cap"), true);
    check_delays(*member(suite, "trimmed_ok"), true);
    check_delays(*member(suite, "must_be_ignored"), false);
    value_unref(suite);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("retry");
    TCase *c = tcase_create("retry");
    tcase_add_test(c, a_status_covers_itself_only);
    tcase_add_test(c, a_class_covers_its_statuses);
    tcase_add_test(c, other_covers_a_status_without_an_arm);
    tcase_add_test(c, an_outcome_covers_itself);
    tcase_add_test(c, no_policy_covers_nothing);
    tcase_add_test(c, pauses_double_up_to_the_end);
    tcase_add_test(c, a_pause_is_between_half_and_all);
    tcase_add_test(c, without_backoff_the_next_attempt_is_at_once);
    tcase_add_test(c, a_date_counts_from_now);
    tcase_add_test(c, a_date_in_the_past_is_now);
    tcase_add_loop_test(c, all_three_forms_are_the_same_moment, 0, 3);
    tcase_add_test(c, a_year_of_two_digits_is_at_most_fifty_years_ahead);
    tcase_add_test(c, a_day_that_is_not_in_the_calendar_is_ignored);
    tcase_add_loop_test(c, a_beginning_of_a_date_is_none, 0, 4);
    tcase_add_loop_test(c, a_date_with_another_character_anywhere_is_none, 0, 4);
    tcase_add_test(c, a_time_that_no_clock_shows_is_ignored);
    tcase_add_test(c, legal_dates_of_the_suite_are_read_and_all_others_ignored);
    tcase_add_test(c, legal_delays_of_the_suite_are_read_and_all_others_ignored);
    suite_add_tcase(s, c);
    return suite_main(s);
}
