/* The summary of a batch: as text for people, and as JSON for programs. */
#ifndef FLOW_BATCH_REPORT_H
#define FLOW_BATCH_REPORT_H

#include "base/bytes.h"
#include "batch/line_source.h"
#include "batch/worker.h"
#include "engine/stats.h"
#include "net/http.h"

#include <stdbool.h>
#include <stdint.h>

struct report {
    struct counts counts;
    struct line_source_place place;
    struct http_counts http;
    struct stats stats;
    uint64_t elapsed_ms;
    uint32_t threads;
    bool was_stopped; /* before the end of the lines */
};

/* Lines, each with its end. */
void report_print(const struct report *r, struct bytes *b);

/* One object, with a line end. */
void report_print_json(const struct report *r, struct bytes *b);

#endif
