/* The source of the lines of a batch: one reader for all threads, which numbers the lines and
 * limits how many are taken per second. Blank lines and finished lines are skipped. */
#ifndef FLOW_BATCH_LINE_SOURCE_H
#define FLOW_BATCH_LINE_SOURCE_H

#include "base/bytes.h"
#include "cli/lineset.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct line_source;

enum source_state {
    SOURCE_LINE,  /* a line, which the caller owns */
    SOURCE_LONG,  /* a line that is too long: LINES_TOO_LONG */
    SOURCE_AGAIN, /* lines, or a part of one, were skipped; ask again after other work had its
                     turn */
    SOURCE_LATER, /* the rate does not allow one yet */
    SOURCE_WAIT,  /* no line yet: wake will be called */
    SOURCE_END,   /* no more, or stopped */
};

/* How far reading has come. */
struct line_source_place {
    uint64_t line;    /* the last that was taken or skipped */
    uint64_t skipped; /* lines in plan.done, or not in plan.only */
    bool is_end;      /* it was the last */
    uint64_t bytes;   /* size of the lines to read; 0: unknown */
    uint64_t taken;   /* bytes of the lines taken */
};

/* Which lines, and how fast. The sets outlive the source. */
struct source_plan {
    double rate;                /* lines per second; 0: no limit */
    const struct lineset *done; /* skipped; may be NULL */
    const struct lineset *only; /* all others are skipped; may be NULL */
    uint64_t (*clock)(void);    /* in nanoseconds; NULL: the system's */
};

/* Takes ownership of fd. Waits in loop. */
struct line_source *line_source_new(uv_loop_t *loop, int fd, const struct source_plan *plan);

/* Call it in the loop's thread after all other threads stopped. The loop must run afterwards. */
void line_source_free(struct line_source *s);

/* Sets the function that wakes waiting threads. It is called in the loop's thread and must only
 * make them call line_source_take again. */
void line_source_on_ready(struct line_source *s, void (*wake)(void *context), void *context);

/* In any thread. SOURCE_LINE: *line is the line. *number is the number of the line, also of one
 * that is too long. SOURCE_LATER: *wait_ms is the time to wait. */
enum source_state line_source_take(struct line_source *s, struct bytes *line, uint64_t *number,
                                   uint64_t *wait_ms);

/* Ends the lines, and returns the number of the last one that was taken. */
uint64_t line_source_stop(struct line_source *s);

struct line_source_place line_source_place(struct line_source *s);

/* Why reading failed before the end of the lines; NULL: it did not. */
const char *line_source_problem(struct line_source *s);

#endif
