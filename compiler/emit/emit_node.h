/* Nodes to instructions. For emit*.c only. */
#ifndef FLOW_EMIT_EMIT_NODE_H
#define FLOW_EMIT_EMIT_NODE_H

#include "emit/emit_image.h"

/* Emits the whole node: its actions, its call or question, its arms. Its label is already
 * placed. */
void emit_node(struct emitter *e, const struct node_model *n);

/* Emits the request of an API call: from `request` to before `send`. */
void emit_request(struct emitter *e, const struct node_model *n, uint32_t site);

/* `header` or `query` or `form` pairs. */
void emit_pairs(struct emitter *e, enum opcode op, const struct pair *pairs);

/* The arms of a site, whose values are in the slots from e->arm_base on. answer_from: a temporary
 * that `ok` copies to the far slot answer_to; IMAGE_NONE: nothing to copy. */
void emit_arms(struct emitter *e, const struct node_model *n, uint32_t site, uint32_t answer_from,
               uint32_t answer_to);

/* Gives a variable a value, checked when running where its declared type asks for it. */
void emit_assign(struct emitter *e, const struct variable *variable, const struct expr *value);

void emit_actions(struct emitter *e, const struct action *actions);

/* ways: two labels, to be placed at the two ways of an arrow with a bound; see emit_arrow_labels.
 */
void emit_arrow(struct emitter *e, const struct arrow *arrow, uint32_t ways);

/* New labels for emit_arrow; IMAGE_NONE: it wants none. */
uint32_t emit_arrow_labels(struct emitter *e, const struct arrow *arrow);

/* Rows for coverage: what takes an arrow of this node. ways: the labels for emit_arrow. */

/* Of an arrow by itself: its two ways where it has a bound. */
void emit_ways_of_arrow(struct emitter *e, const struct node_model *n, const struct arrow *arrow,
                        uint32_t ways);

/* Of an `if` or a `switch`, whose arrow is emitted next. */
void emit_ways_of_condition(struct emitter *e, const struct node_model *n,
                            const struct condition *c, uint32_t ways);
void emit_ways_of_case(struct emitter *e, const struct node_model *n, const struct switch_case *c,
                       uint32_t ways);

/* Of all arms; bodies: by arm its label, which those of its arrow follow. */
void emit_ways_of_arms(struct emitter *e, const struct node_model *n, const uint32_t *bodies);

/* The argument of this name; NULL: it is not given. */
const struct arg *emit_find_arg(const struct arg *args, const char *name);

/* The arguments of a flow, side by side in new temporaries; gives the first. */
uint32_t emit_arguments(struct emitter *e, const struct flow_model *flow, const struct arg *args);

#endif
