/* Nodes to instructions. For emit*.c only. */
#ifndef FLOW_COMPILER_EMIT_NODE_H
#define FLOW_COMPILER_EMIT_NODE_H

#include "compiler/emit_image.h"

/* The whole node: its actions, what it does, its arms. Its label is placed. */
void emit_node(struct emitter *e, const struct node_model *n);

/* What an API call sends: from `request` to before `send`. */
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
void emit_arrow(struct emitter *e, const struct arrow *arrow);

/* The argument of this name; NULL: it is not given. */
const struct arg *emit_find_arg(const struct arg *args, const char *name);

/* The arguments of a flow, side by side in new temporaries; gives the first. */
uint32_t emit_arguments(struct emitter *e, const struct flow_model *flow, const struct arg *args);

#endif
