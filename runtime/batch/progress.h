/* The progress of a batch: a bar on a terminal, a line every ten seconds elsewhere. */
#ifndef FLOW_BATCH_PROGRESS_H
#define FLOW_BATCH_PROGRESS_H

#include "base/bytes.h"
#include "batch/line_source.h"
#include "batch/screen.h"
#include "batch/worker.h"

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct progress_facts {
    struct counts counts;
    struct line_source_place place;
    uint64_t elapsed_ms;
    double rate; /* runs that finish per second */
};

/* "120 done, 10 running: 118 ended, 2 failed, 0 faulted; 60/s; 3.00 s left" */
void progress_print(const struct progress_facts *f, struct bytes *b);

/* The same after a bar, if the total is known; at most width columns of ASCII. */
void progress_print_bar(const struct progress_facts *f, size_t width, struct bytes *b);

struct progress {
    uv_timer_t timer;
    struct screen *screen;
    /* Fills in all but elapsed_ms and rate. */
    void (*look)(void *context, struct progress_facts *f);
    void *context;
    bool draws; /* else it prints */
    uint64_t started;
    uint64_t last; /* time of the last output; last_done: the runs finished by then */
    uint64_t last_done;
    double rate;
};

/* Starts the progress; on a terminal it draws a bar at once. p must not move until it is closed. */
void progress_start(struct progress *p, uv_loop_t *loop, struct screen *screen,
                    void (*look)(void *context, struct progress_facts *f), void *context);

/* Stops; the loop must run afterwards. Harmless for { 0 }. */
void progress_close(struct progress *p);

#endif
