/* How far a batch is: a bar on a terminal, a line now and then elsewhere. */
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
    double rate; /* runs that come to their end in a second */
};

/* "120 done, 10 running: 118 ended, 2 failed, 0 faulted; 60/s; 3.00 s left" */
void progress_print(const struct progress_facts *f, struct bytes *b);

/* The same behind a bar where it is known how much there is, at most width columns of ASCII. */
void progress_print_bar(const struct progress_facts *f, size_t width, struct bytes *b);

struct progress {
    uv_timer_t timer;
    struct screen *screen;
    /* Fills in all but elapsed_ms and rate. */
    void (*look)(void *context, struct progress_facts *f);
    void *context;
    bool draws; /* else it prints */
    uint64_t started;
    uint64_t last; /* when it was said last, and how many were done */
    uint64_t last_done;
    double rate;
};

/* Begins, and draws at once where it draws. Stays where it is until closed. */
void progress_start(struct progress *p, uv_loop_t *loop, struct screen *screen,
                    void (*look)(void *context, struct progress_facts *f), void *context);

/* Stops; the loop must run afterwards. Harmless for { 0 }. */
void progress_close(struct progress *p);

#endif
