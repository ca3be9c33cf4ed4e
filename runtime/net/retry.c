#include "net/retry.h"

#include "program/outcome.h"

#include <string.h>

bool retry_covers(const struct retry_policy *p, uint16_t label, bool is_other)
{
    bool is_status = label < LABEL_CLASS;
    for (uint32_t i = 0; i < p->label_count; i++) {
        uint16_t covered = p->labels[i];
        if (covered == label)
            return true;
        if (is_status && covered == LABEL_CLASS + label / 100)
            return true;
        if (is_status && is_other && covered == label_of_outcome(OUTCOME_OTHER))
            return true;
    }
    return false;
}

uint64_t retry_pause(const struct retry_policy *p, uint32_t n, uint64_t random)
{
    uint64_t pause = p->backoff_from_ms;
    for (uint32_t i = 1; i < n && pause < p->backoff_to_ms; i++)
        pause *= 2;
    if (pause > p->backoff_to_ms)
        pause = p->backoff_to_ms;
    uint64_t half = pause / 2;
    return half + random % (pause - half + 1);
}

/* A reader of dates: the rest of the text. After the first mismatch every step returns false. */
struct reader {
    const char *p;
    const char *end;
};

static bool take(struct reader *r, const char *text)
{
    size_t len = strlen(text);
    if ((size_t)(r->end - r->p) < len || memcmp(r->p, text, len) != 0)
        return false;
    r->p += len;
    return true;
}

/* Exactly `digits` digits. */
static bool take_number(struct reader *r, int digits, int *n)
{
    *n = 0;
    for (int i = 0; i < digits; i++, r->p++) {
        if (r->p == r->end || *r->p < '0' || *r->p > '9')
            return false;
        *n = *n * 10 + (*r->p - '0');
    }
    return true;
}

/* One of count names; sets *n to its index. */
static bool take_name(struct reader *r, const char *const *names, int count, int *n)
{
    for (int i = 0; i < count; i++) {
        if (take(r, names[i])) {
            *n = i;
            return true;
        }
    }
    return false;
}

struct date {
    int year, month, day, hour, minute, second;
};

static const char *const short_days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
static const char *const long_days[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
                                         "Friday", "Saturday", "Sunday" };
static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

static bool take_month(struct reader *r, struct date *d)
{
    if (!take_name(r, months, 12, &d->month))
        return false;
    d->month++;
    return true;
}

static bool take_time(struct reader *r, struct date *d)
{
    return take_number(r, 2, &d->hour) && take(r, ":") && take_number(r, 2, &d->minute) &&
           take(r, ":") && take_number(r, 2, &d->second);
}

/* Sun, 06 Nov 1994 08:49:37 GMT */
static bool read_imf_fixdate(struct reader r, struct date *d)
{
    int weekday;
    return take_name(&r, short_days, 7, &weekday) && take(&r, ", ") &&
           take_number(&r, 2, &d->day) && take(&r, " ") && take_month(&r, d) && take(&r, " ") &&
           take_number(&r, 4, &d->year) && take(&r, " ") && take_time(&r, d) && take(&r, " GMT") &&
           r.p == r.end;
}

/* Sunday, 06-Nov-94 08:49:37 GMT; the year is still of two digits. */
static bool read_rfc850(struct reader r, struct date *d)
{
    int weekday;
    return take_name(&r, long_days, 7, &weekday) && take(&r, ", ") && take_number(&r, 2, &d->day) &&
           take(&r, "-") && take_month(&r, d) && take(&r, "-") && take_number(&r, 2, &d->year) &&
           take(&r, " ") && take_time(&r, d) && take(&r, " GMT") && r.p == r.end;
}

/* Sun Nov  6 08:49:37 1994 */
static bool read_asctime(struct reader r, struct date *d)
{
    int weekday;
    return take_name(&r, short_days, 7, &weekday) && take(&r, " ") && take_month(&r, d) &&
           take(&r, " ") &&
           (take(&r, " ") ? take_number(&r, 1, &d->day) : take_number(&r, 2, &d->day)) &&
           take(&r, " ") && take_time(&r, d) && take(&r, " ") && take_number(&r, 4, &d->year) &&
           r.p == r.end;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool is_possible(const struct date *d)
{
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int days = lengths[d->month - 1] + (d->month == 2 && is_leap(d->year));
    return d->day >= 1 && d->day <= days && d->hour < 24 && d->minute < 60 && d->second <= 60;
}

/* Days of the proleptic Gregorian calendar before the year. */
static int64_t days_before(int64_t year)
{
    int64_t y = year - 1;
    return y * 365 + y / 4 - y / 100 + y / 400;
}

static int64_t seconds_of(const struct date *d)
{
    static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
    int64_t days = days_before(d->year) - days_before(1970) + before[d->month - 1] + d->day - 1;
    if (d->month > 2 && is_leap(d->year))
        days++;
    return ((days * 24 + d->hour) * 60 + d->minute) * 60 + d->second;
}

/* The year of two digits that is at most 50 years ahead (RFC 9110, section 5.6.7). */
static int full_year(int two_digits, int64_t now)
{
    int this_year = 1970 + (int)(now / 31556952);
    int year = this_year - this_year % 100 + two_digits;
    if (year > this_year + 50)
        year -= 100;
    return year;
}

static bool read_date(struct reader r, int64_t now, int64_t *seconds)
{
    struct date d = { 0 };
    if (read_rfc850(r, &d))
        d.year = full_year(d.year, now);
    else if (!read_imf_fixdate(r, &d) && !read_asctime(r, &d))
        return false;
    if (d.year == 0 || !is_possible(&d))
        return false;
    *seconds = seconds_of(&d);
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* A delay that is too long to be represented becomes the longest that can be. */
static bool read_delay(struct reader r, uint64_t *ms)
{
    uint64_t seconds = 0;
    while (r.p < r.end && is_blank(*r.p))
        r.p++;
    while (r.p < r.end && is_blank(r.end[-1]))
        r.end--;
    if (r.p == r.end)
        return false;
    for (; r.p < r.end; r.p++) {
        if (*r.p < '0' || *r.p > '9')
            return false;
        if (seconds < UINT32_MAX)
            seconds = seconds * 10 + (uint64_t)(*r.p - '0');
    }
    *ms = seconds * 1000;
    return true;
}

bool retry_after(const char *value, size_t len, int64_t now, uint64_t *ms)
{
    struct reader r = { value, value + len };
    if (read_delay(r, ms))
        return true;
    int64_t then;
    if (!read_date(r, now, &then))
        return false;
    *ms = then > now ? (uint64_t)(then - now) * 1000 : 0;
    return true;
}
