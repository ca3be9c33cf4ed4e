/* Where the threads of a batch take their lines from: one reader for all, with a number to each
 * line, at most so many in a second. Lines that are blank or done already are passed over. */
#ifndef FLOW_BATCH_LINE_SOURCE_H
#define FLOW_BATCH_LINE_SOURCE_H

#include "base/bytes.h"
#include "cli/lineset.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct line_source;

enum source_state {
    SOURCE_LINE,  /* there is one, and it is the caller's alone */
    SOURCE_LONG,  /* there was one that is too long: LINES_TOO_LONG */
    SOURCE_AGAIN, /* lines, or a part of one, were passed over; ask again once other things had
                     their turn */
    SOURCE_LATER, /* the rate does not allow one yet */
    SOURCE_WAIT,  /* none has come yet: wake will be called */
    SOURCE_END,   /* no more, or stopped */
};

/* How far reading has come. */
struct line_source_place {
    uint64_t line;    /* the last that was taken or passed over */
    uint64_t skipped; /* lines that are done, or that are not among the only ones */
    bool is_end;      /* it was the last */
    uint64_t bytes;   /* of what is to be done; 0: not known */
    uint64_t taken;   /* of these */
};

/* Which lines, and how fast. The sets outlive the source. */
struct source_plan {
    double rate;                /* lines in a second; 0: as many as wanted */
    const struct lineset *done; /* passed over; may be NULL */
    const struct lineset *only; /* all others are passed over; may be NULL */
    uint64_t (*clock)(void);    /* in nanoseconds; NULL: the system's */
};

/* fd is taken. loop is where waiting is done. */
struct line_source *line_source_new(uv_loop_t *loop, int fd, const struct source_plan *plan);

/* In the loop's thread, when all others have stopped; the loop must run afterwards. */
void line_source_free(struct line_source *s);

/* Who waits is woken in the loop's thread by this; it must only make others look again. */
void line_source_on_ready(struct line_source *s, void (*wake)(void *context), void *context);

/* In any thread. SOURCE_LINE: *line is the line. *number is its number, or that of the line that is
 * too long. SOURCE_LATER: *wait_ms says when. */
enum source_state line_source_take(struct line_source *s, struct bytes *line, uint64_t *number,
                                   uint64_t *wait_ms);

/* From now on there are no more lines; returns the last that was taken. */
uint64_t line_source_stop(struct line_source *s);

struct line_source_place line_source_place(struct line_source *s);

/* Why the lines ended before their end; NULL: they did not. */
const char *line_source_problem(struct line_source *s);

#endif
