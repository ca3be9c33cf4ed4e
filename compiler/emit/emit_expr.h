/* Expressions and jumps to instructions. For emit*.c only. */
#ifndef FLOW_EMIT_EMIT_EXPR_H
#define FLOW_EMIT_EMIT_EXPR_H

#include "emit/emit_image.h"

/* Variables and counters in near slots; the rest of the near slots are temporaries. */
#define EMIT_NEAR_VARIABLES 200u

/* The next free temporaries of the function, side by side; given back by setting e->next_temp. */
uint32_t emit_temps(struct emitter *e, uint32_t count);

/* Leaves the value in a slot: the variable's own, or a new temporary. */
uint32_t emit_value(struct emitter *e, const struct expr *x);

/* Leaves the value in the given near slot, which is written last of all. */
void emit_value_to(struct emitter *e, const struct expr *x, uint32_t slot);

/* Jumps to label when x comes to `when`. */
void emit_branch(struct emitter *e, const struct expr *x, bool when, uint32_t label);

/* A slot to a variable's slot, near or far. */
void emit_store(struct emitter *e, uint32_t variable_slot, uint32_t from);

void emit_abc(struct emitter *e, enum opcode op, uint32_t a, uint32_t b, uint32_t c);
void emit_w(struct emitter *e, enum opcode op, uint32_t a, uint32_t b, uint32_t c, uint32_t w);
void emit_load(struct emitter *e, uint32_t slot, uint32_t constant);

/* A fault when running unless the value in the slot fits `wanted`; nothing where that is sure. */
void emit_check(struct emitter *e, uint32_t slot, const struct type *from,
                const struct type *wanted);

/* emit_value of x, with that check. A variable that x names is not changed by it. */
uint32_t emit_fitting(struct emitter *e, const struct expr *x, const struct type *wanted);

/* Labels: places in the function's code, named before they are known. */
uint32_t emit_label(struct emitter *e);
void emit_place(struct emitter *e, uint32_t label);
void emit_jump(struct emitter *e, uint32_t label);

/* An instruction of shape AJ or ABCJ that jumps to label. */
void emit_jump_if(struct emitter *e, enum opcode op, uint32_t a, uint32_t b, uint32_t c,
                  uint32_t label);

/* Notes that the last word of the instruction at pc is the jump to label. */
void emit_refer(struct emitter *e, uint32_t pc, uint32_t label);

/* Fills in all jumps and arms of the function, whose code is complete. */
void emit_resolve_labels(struct emitter *e);

#endif
