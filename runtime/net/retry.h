/* Whether and when the next attempt is made. Pure arithmetic: no clock, no I/O. */
#ifndef FLOW_NET_RETRY_H
#define FLOW_NET_RETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct retry_policy {
    uint32_t attempts;      /* further ones after the first; 0: none */
    const uint16_t *labels; /* outcome labels (program/outcome.h) */
    uint32_t label_count;
    uint32_t backoff_from_ms; /* 0: at once */
    uint32_t backoff_to_ms;
};

/* True if the outcome is one of the labels of the policy. label is a status or one of the four
 * defaults. A class in the policy covers its statuses, and `other` covers a status without an arm,
 * for which is_other is true. */
bool retry_covers(const struct retry_policy *p, uint16_t label, bool is_other);

/* The pause before attempt number n (1 is the first retry): it doubles from backoff_from_ms up to
 * backoff_to_ms, and a random share between half and all of it is taken. random is uniform over 64
 * bits. */
uint64_t retry_pause(const struct retry_policy *p, uint32_t n, uint64_t random);

/* Reads Retry-After (RFC 9110, section 10.2.3): delta-seconds, or one of the three forms of HTTP-
 * date (section 5.6.7) relative to now, in seconds since 1970. *ms is from now on, 0 for a date in
 * the past. False if the value is neither; it is ignored then. */
bool retry_after(const char *value, size_t len, int64_t now, uint64_t *ms);

#endif
