/* Frames of a strand: entering and leaving flows. For vm.c and vm_strand.c only. */
#ifndef FLOW_VM_VM_STRAND_H
#define FLOW_VM_VM_STRAND_H

#include "vm/vm.h"

/* Enters a flow with the arguments in the slots from args on (an index into s->slots); s->pc is
 * where the caller stands. False: too deep. Sets s->pc to the callee's first instruction. */
bool vm_strand_enter(struct strand *s, uint32_t flow, uint32_t args);

/* Replaces the current frame by a flow with the arguments in the slots from args on. */
void vm_strand_move(struct strand *s, uint32_t flow, uint32_t args);

/* The current flow comes to end (ended) or fail. True: its caller goes on, at s->pc. False: the
 * strand is over. v is looked at. */
bool vm_strand_leave(struct strand *s, bool ended, bool has_value, struct value v);

/* Lets go of what the current frame's temporaries hold: none is live while it waits for a call. */
void vm_strand_clear_temps(struct strand *s);

/* NULL, or that v is too large to be written out. */
const char *vm_bounded(struct value v);

/* The fault of flows that call each other too deep. */
const char *vm_too_nested(const struct vm_host *host);

#endif
