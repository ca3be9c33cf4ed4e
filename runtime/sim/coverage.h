/* Counts how often the tests of a program enter each node and take each way from it: an arm by
 * its label and guard, an arrow of `if` and `switch`, both ways of `max … else`. The ways are
 * marked in a copy of the code, so that runs without coverage pay nothing for it. */
#ifndef FLOW_SIM_COVERAGE_H
#define FLOW_SIM_COVERAGE_H

#include "program/image.h"

#include <stdint.h>

/* The items that are counted: the nodes of the image, then its ways. */
struct coverage {
    const struct image *image;
    uint64_t *counts; /* by item */
    uint32_t count;   /* of items */
    uint32_t *code;   /* for run_engine_mark */
    uint32_t *by_pc;  /* the ways by their pc, those of one pc in their order */
};

/* image outlives c. */
void coverage_init(struct coverage *c, const struct image *image);
void coverage_release(struct coverage *c);

/* The item of a way, or IMAGE_NONE. pc: a mark that a strand reached; label: of the latest
 * outcome there. */
uint32_t coverage_find(const struct coverage *c, uint32_t pc, uint16_t label);

/* The item of a way of the image. */
uint32_t coverage_item_of_way(const struct coverage *c, uint32_t way);

/* The row of the way that an item is; IMAGE_NONE if the item is a node. */
uint32_t coverage_way_of_item(const struct coverage *c, uint32_t item);

/* Adds the condition of a way, in words: "404 when body.n > 1", "n < 0", "max 3", "else". */
void coverage_print_way(const struct coverage *c, uint32_t way, struct bytes *b);

/* Adds the condition of the arrow that a way belongs to, as `flowc graph` names it. An arm has
 * all its outcomes: "404, 5xx when body.n > 1". */
void coverage_print_arrow(const struct coverage *c, uint32_t way, struct bytes *b);

/* The number of items, and of those counted at least once. */
void coverage_sum(const struct coverage *c, uint32_t *taken, uint32_t *all);

#endif
