/* Retry-After: eight bytes are the present time, the rest is the value. And a policy of these
 * bytes: no pause is longer than its longest. */
#include "net/retry.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* The years 1970 to 9999, in seconds. */
#define MOST_SECONDS 253402300800

static void check_date(int64_t now, const char *value, size_t len)
{
    uint64_t ms = UINT64_MAX;
    if (!retry_after(value, len, now, &ms))
        return;
    uint64_t most = (uint64_t)MOST_SECONDS * 1000;
    if (ms > most || ms % 1000 != 0)
        fuzz_fail("a pause that no value of Retry-After stands for", NULL);
}

static void check_pause(uint64_t random, uint32_t from, uint32_t to, uint8_t n)
{
    const struct retry_policy p = { .backoff_from_ms = from, .backoff_to_ms = to };
    uint64_t pause = retry_pause(&p, n, random);
    if (pause > to)
        fuzz_fail("a pause longer than the longest", NULL);
}

static void check_cover(const struct retry_policy *p, uint16_t label)
{
    bool narrow = retry_covers(p, label, false);
    if (narrow && !retry_covers(p, label, true))
        fuzz_fail("what is covered is not covered as `other`", NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t number = 0;
    uint32_t times[2];
    uint16_t labels[4];
    if (size < sizeof number)
        return 0;
    memcpy(&number, data, sizeof number);
    memcpy(times, data, sizeof times);
    memcpy(labels, data, sizeof labels);
    const struct retry_policy p = { .labels = labels, .label_count = 3 };
    fuzz_begin(0);
    check_date((int64_t)(number % MOST_SECONDS), (const char *)data + sizeof number,
               size - sizeof number);
    check_pause(number * 0x9e3779b97f4a7c15u, times[0], times[1], data[0]);
    check_cover(&p, labels[3]);
    fuzz_end();
    return 0;
}
