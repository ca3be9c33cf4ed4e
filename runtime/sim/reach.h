/* The flows that a flow can reach: those that it calls or moves to, and those that they reach. */
#ifndef FLOW_SIM_REACH_H
#define FLOW_SIM_REACH_H

#include "program/image.h"

#include <stdbool.h>
#include <stdint.h>

/* Sets the place of each function in reached (one per function of the image), the flow's own
 * included. */
void reach_find(const struct image *image, uint32_t flow, bool *reached);

#endif
