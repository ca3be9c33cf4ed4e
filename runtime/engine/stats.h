/* Counts the calls by endpoint and outcome, and their time in each node. One per loop (thread),
 * added up at the end. Has no clock: callers pass the times. */
#ifndef FLOW_ENGINE_STATS_H
#define FLOW_ENGINE_STATS_H

#include "program/image.h"
#include "program/outcome.h"

#include <stdint.h>

/* Times in microseconds, each kept to within a thirty-second of itself, in memory that does not
 * grow with their number. { 0 } is empty. */
struct histogram {
    uint64_t count;
    uint64_t max;
    uint64_t *buckets; /* NULL while empty */
};

void stats_histogram_add(struct histogram *h, uint64_t micros);
void stats_histogram_merge(struct histogram *to, const struct histogram *from);
void stats_histogram_release(struct histogram *h);

/* The time that percent (1 to 100) of all calls did not exceed, at most max; 0 if there were
 * none. */
uint64_t stats_histogram_percentile(const struct histogram *h, unsigned percent);

#define STATS_STATUSES 600

struct endpoint_stats {
    uint64_t *statuses;          /* by status, STATS_STATUSES of them; NULL: none came */
    uint64_t outcomes[OUTCOMES]; /* of ERROR, TIMEOUT and MAX_CONNECTION */
    uint64_t kinds[ERROR_KINDS]; /* of ERROR */
    uint64_t retries;
};

struct stats {
    const struct image *image;
    uint64_t (*micros)(void);         /* any clock that does not go back */
    struct endpoint_stats *endpoints; /* one per endpoint of the image */
    struct histogram *nodes;          /* one per node */
};

/* image outlives s. */
void stats_init(struct stats *s, const struct image *image, uint64_t (*micros)(void));
void stats_release(struct stats *s);
void stats_merge(struct stats *to, const struct stats *from);

/* Counts a finished call: waiting, attempts and pauses together took this long. kind counts for
 * `error`. */
void stats_call(struct stats *s, uint32_t endpoint, uint32_t node, uint16_t label,
                enum error_kind kind, uint64_t micros);

/* Moves a call from label to `error`, because its body does not fit its type. */
void stats_misfit(struct stats *s, uint32_t endpoint, uint16_t label);

void stats_retries(struct stats *s, uint32_t endpoint, uint32_t count);

#endif
