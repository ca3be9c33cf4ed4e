/* One thread of a batch: an event loop that takes lines while it has room for runs, and writes the
 * result of each run when it ends. The threads share the program, which is read-only, the source of
 * the lines and the writer of the results. */
#ifndef FLOW_BATCH_WORKER_H
#define FLOW_BATCH_WORKER_H

#include "batch/line_source.h"
#include "batch/screen.h"
#include "cli/line_writer.h"
#include "cli/options.h"
#include "cli/recorder.h"
#include "engine/loop.h"
#include "engine/stats.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define WORKER_STATUSES (RUN_CANCELLED + 1)

struct counts {
    uint64_t runs[WORKER_STATUSES]; /* over, by status */
    uint64_t invalid;               /* lines */
    uint64_t live;
};

/* Shared by all workers. */
struct work {
    const struct options *options;
    const struct program *program;
    uint32_t flow;
    struct line_source *source;
    struct line_writer *sink;
    struct screen *screen;
    struct recorder *recorder;
    void (*over)(void *context); /* in the worker's thread: its last run is over */
    void (*stop)(void *context); /* in the worker's thread: no more lines may be started; once */
    void *context;
    struct worker *workers;
    uint32_t count;
    atomic_bool cancelled;
    atomic_bool stopped;       /* stop was called */
    atomic_uint standing_back; /* how many workers do */
};

struct worker {
    struct work *work;
    struct loop *loop;
    struct stats stats;
    uint32_t concurrency; /* its part */
    atomic_uint live;
    atomic_bool is_absent;               /* takes no lines any more, or never did */
    atomic_bool stands_back;             /* and is to be woken when another has begun a run */
    atomic_ullong runs[WORKER_STATUSES]; /* over, by status */
    atomic_ullong invalid;               /* lines */

    /* Its thread's own. */
    uv_async_t wake;
    uv_timer_t later;   /* when the rate allows the next line */
    uv_idle_t more;     /* there may be more lines at once */
    struct bytes block; /* results not written yet */
    struct bytes line;
    bool no_more; /* lines */
    bool is_over;
    atomic_bool stopped;
};

/* work outlives it; it is number part of parts. False: too many open files. */
bool worker_init(struct worker *w, struct work *work, uint32_t part, uint32_t parts);

/* Marks a worker that will not run, so that the others do not wait for it. */
void worker_leave(struct worker *w);

/* Until worker_stop. work.over is called when there are no more lines and no more runs. */
void worker_run(struct worker *w);

/* Ends worker_run. In any thread. */
void worker_stop(struct worker *w);

/* In any thread: makes the worker check again for lines and for cancellation. */
void worker_wake(struct worker *w);

/* Adds to c. In any thread. */
void worker_count(const struct worker *w, struct counts *c);
uint64_t worker_counts_over(const struct counts *c);

/* The lines that did not end well, and the lines whose success is known. Cancelled lines are in
 * neither count. */
uint64_t worker_counts_failed(const struct counts *c);
uint64_t worker_counts_judged(const struct counts *c);

/* Call it when no thread runs or wakes the worker any more. */
void worker_release(struct worker *w);

#endif
