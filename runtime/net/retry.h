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

/* Is an outcome among the policy's labels? label is a status or one of the four defaults; a class
 * in the policy covers its statuses, and `other` covers a status no arm is for when is_other. */
bool retry_covers(const struct retry_policy *p, uint16_t label, bool is_other);

/* The pause before attempt number n (1: the first retry): doubling from `from` up to `to`, drawn
 * between half and all of it. random is uniform over 64 bits. */
uint64_t retry_pause(const struct retry_policy *p, uint32_t n, uint64_t random);

/* Retry-After (RFC 9110, section 10.2.3): delta-seconds, or any of the three HTTP-date forms of
 * section 5.6.7, relative to now (seconds since 1970). False: neither; ignored. *ms from now, 0
 * when in the past. */
bool retry_after(const char *value, size_t len, int64_t now, uint64_t *ms);

#endif
