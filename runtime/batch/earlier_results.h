/* The results of earlier batches that a batch goes by: what --resume passes over, what --retry runs
 * again, and what an --output that holds them needs before and after. */
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
    const struct resume *held; /* what the output holds that is added to; NULL: it began empty */
};

/* False: why not is added to problems. */
bool earlier_results_read(struct earlier_results *e, const struct options *o,
                          struct bytes *problems);
void earlier_results_release(struct earlier_results *e);

/* Which lines are taken; looks at e as long as the source lives. */
void earlier_results_plan(const struct earlier_results *e, struct source_plan *plan);

/* True, and said on stderr: a standard output that is not added to would overwrite what was read.
 */
bool earlier_results_is_overwritten(const struct earlier_results *e);

/* An output that was read goes on where it ended; another begins empty. False: errno says why. */
bool earlier_results_begin_output(struct earlier_results *e, int fd);

/* Says on stderr where results are of lines that the inputs did not have. */
void earlier_results_check_lines(const struct earlier_results *e,
                                 const struct line_source_place *place);

/* All is written: of a line that was run again, only the new result stays in the output. False:
 * said on stderr why not; the output holds both. */
bool earlier_results_keep_last(const struct earlier_results *e, int fd);

#endif
