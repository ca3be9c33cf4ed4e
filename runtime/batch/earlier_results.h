/* The results of earlier batches: the lines that --resume skips and --retry runs again, and the
 * care of an --output that already holds results. */
#ifndef FLOW_BATCH_EARLIER_RESULTS_H
#define FLOW_BATCH_EARLIER_RESULTS_H

#include "base/bytes.h"
#include "batch/line_source.h"
#include "batch/resume.h"
#include "cli/options.h"

#include <stdbool.h>

/* { 0 } is empty. */
struct earlier_results {
    struct resume resume;
    struct resume retry;
    const struct resume *held; /* the earlier results in the output; NULL: it began empty */
};

/* False if it fails: the reason is added to problems. */
bool earlier_results_read(struct earlier_results *e, const struct options *o,
                          struct bytes *problems);
void earlier_results_release(struct earlier_results *e);

/* Plans which lines are taken. e must outlive the source. */
void earlier_results_plan(const struct earlier_results *e, struct source_plan *plan);

/* True, with a message on stderr, if a standard output that is not appended to would overwrite the
 * file that was read. */
bool earlier_results_is_overwritten(const struct earlier_results *e);

/* Appends to an output that was read, and empties any other. False sets errno. */
bool earlier_results_begin_output(struct earlier_results *e, int fd);

/* Complains on stderr about results of lines that the inputs do not have. */
void earlier_results_check_lines(const struct earlier_results *e,
                                 const struct line_source_place *place);

/* After all results are written: keeps only the new result of each line that was run again. False,
 * with a message on stderr, if that fails: the output then holds both. */
bool earlier_results_keep_last(const struct earlier_results *e, int fd);

#endif
