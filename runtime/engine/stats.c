#include "engine/stats.h"

#include "base/mem.h"
#include "program/failure.h"

#include <assert.h>

/* Below 32 a bucket per microsecond; above, 32 to each power of two, up to 2^40 (12 days). */
#define STEPS 32u
#define STEP_BITS 5
#define TOP_BITS 40
#define BUCKETS ((TOP_BITS - STEP_BITS + 1) * STEPS)

static int shift_of(uint64_t micros)
{
    int bits = 64 - __builtin_clzll(micros | 1);
    return bits > STEP_BITS + 1 ? bits - STEP_BITS - 1 : 0;
}

static size_t bucket_of(uint64_t micros)
{
    const uint64_t most = ((uint64_t)1 << TOP_BITS) - 1;
    uint64_t t = micros < most ? micros : most;
    int shift = shift_of(t);
    return (size_t)shift * STEPS + (size_t)(t >> shift);
}

/* The longest time that falls into bucket i. */
static uint64_t end_of(size_t i)
{
    if (i < 2 * STEPS)
        return i;
    uint64_t shift = i / STEPS - 1;
    return ((STEPS + i % STEPS + 1) << shift) - 1;
}

void stats_histogram_add(struct histogram *h, uint64_t micros)
{
    if (!h->buckets)
        h->buckets = mem_alloc_zeroed(BUCKETS, sizeof *h->buckets);
    h->buckets[bucket_of(micros)]++;
    h->count++;
    if (micros > h->max)
        h->max = micros;
}

void stats_histogram_merge(struct histogram *to, const struct histogram *from)
{
    if (from->count == 0)
        return;
    if (!to->buckets)
        to->buckets = mem_alloc_zeroed(BUCKETS, sizeof *to->buckets);
    for (size_t i = 0; i < BUCKETS; i++)
        to->buckets[i] += from->buckets[i];
    to->count += from->count;
    if (from->max > to->max)
        to->max = from->max;
}

void stats_histogram_release(struct histogram *h)
{
    mem_free(h->buckets);
    *h = (struct histogram){ 0 };
}

uint64_t stats_histogram_percentile(const struct histogram *h, unsigned percent)
{
    /* Whole hundreds and the rest apart, so that the product fits. */
    uint64_t wanted = h->count / 100 * percent + (h->count % 100 * percent + 99) / 100;
    uint64_t seen = 0;
    if (h->count == 0)
        return 0;
    for (size_t i = 0; i < BUCKETS; i++) {
        seen += h->buckets[i];
        if (seen >= wanted)
            return end_of(i) < h->max ? end_of(i) : h->max;
    }
    return h->max;
}

void stats_init(struct stats *s, const struct image *image, uint64_t (*micros)(void))
{
    *s = (struct stats){ .image = image, .micros = micros };
    s->endpoints = mem_alloc_zeroed(image->endpoint_count, sizeof *s->endpoints);
    s->nodes = mem_alloc_zeroed(image->node_count, sizeof *s->nodes);
}

void stats_release(struct stats *s)
{
    for (uint32_t i = 0; s->endpoints && i < s->image->endpoint_count; i++)
        mem_free(s->endpoints[i].statuses);
    for (uint32_t i = 0; s->nodes && i < s->image->node_count; i++)
        stats_histogram_release(&s->nodes[i]);
    mem_free(s->endpoints);
    mem_free(s->nodes);
    *s = (struct stats){ 0 };
}

static uint64_t *statuses_of(struct endpoint_stats *e)
{
    if (!e->statuses)
        e->statuses = mem_alloc_zeroed(STATS_STATUSES, sizeof *e->statuses);
    return e->statuses;
}

static void merge_endpoint(struct endpoint_stats *to, const struct endpoint_stats *from)
{
    for (size_t i = 0; from->statuses && i < STATS_STATUSES; i++)
        statuses_of(to)[i] += from->statuses[i];
    for (size_t i = 0; i < OUTCOMES; i++)
        to->outcomes[i] += from->outcomes[i];
    for (size_t i = 0; i < ERROR_KINDS; i++)
        to->kinds[i] += from->kinds[i];
    to->retries += from->retries;
}

void stats_merge(struct stats *to, const struct stats *from)
{
    assert(to->image == from->image);
    for (uint32_t i = 0; i < to->image->endpoint_count; i++)
        merge_endpoint(&to->endpoints[i], &from->endpoints[i]);
    for (uint32_t i = 0; i < to->image->node_count; i++)
        stats_histogram_merge(&to->nodes[i], &from->nodes[i]);
}

void stats_call(struct stats *s, uint32_t endpoint, uint32_t node, uint16_t label,
                enum error_kind kind, uint64_t micros)
{
    struct endpoint_stats *e = &s->endpoints[endpoint];
    if (label < STATS_STATUSES)
        statuses_of(e)[label]++;
    else
        e->outcomes[label - LABEL_OUTCOME]++;
    if (label == label_of_outcome(OUTCOME_ERROR))
        e->kinds[kind]++;
    stats_histogram_add(&s->nodes[node], micros);
}

void stats_misfit(struct stats *s, uint32_t endpoint, uint16_t label)
{
    struct endpoint_stats *e = &s->endpoints[endpoint];
    if (label >= STATS_STATUSES || statuses_of(e)[label] == 0)
        return;
    e->statuses[label]--;
    e->outcomes[OUTCOME_ERROR]++;
    e->kinds[failure_kind(FAILURE_BODY_SHAPE)]++;
}

void stats_retries(struct stats *s, uint32_t endpoint, uint32_t count)
{
    s->endpoints[endpoint].retries += count;
}
