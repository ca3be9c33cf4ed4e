/* Runs one recorded run again: offline, with the clock and the responses of the record. Finds
 * the first place where the program now goes another way. */
#ifndef FLOW_SIM_REPLAY_RUN_H
#define FLOW_SIM_REPLAY_RUN_H

#include "base/bytes.h"
#include "program/image.h"
#include "sim/record_read.h"

#include <stdbool.h>

/* What came of it. */
struct replay_result {
    bool same;
    char *flow; /* of the node where the ways part; NULL: in none. All three are heap */
    char *node;
    char *place;      /* "order.flow:12"; NULL: not known */
    struct bytes was; /* what the record says of it */
    struct bytes now; /* what the program does instead */
};

/* image outlives it. */
void replay_run(const struct image *image, struct recorded_run *past, struct replay_result *result);
void replay_run_result_release(struct replay_result *r);

#endif
