/* One recorded run, run again: offline, by the clock of the record, with its answers. Finds the
 * first place where the program now goes another way. */
#ifndef FLOW_SIM_REPLAY_RUN_H
#define FLOW_SIM_REPLAY_RUN_H

#include "base/bytes.h"
#include "sim/record_read.h"
#include "program/image.h"

#include <stdbool.h>

/* What came of it. */
struct rerun_result {
    bool same;
    char *flow; /* of the node where the ways part; NULL: in none. All three are heap */
    char *node;
    char *place;      /* "order.flow:12"; NULL: not known */
    struct bytes was; /* what the record says of it */
    struct bytes now; /* what the program does instead */
};

/* image outlives it. */
void rerun(const struct image *image, struct past *past, struct rerun_result *result);
void rerun_result_release(struct rerun_result *r);

#endif
