/* Assignments that add to their own variable, such as `xs = xs + [x]`: the variable grows in its
 * place, so that a loop of them takes time by what it adds. For emit*.c only. */
#ifndef FLOW_EMIT_EMIT_APPEND_H
#define FLOW_EMIT_EMIT_APPEND_H

#include "emit/emit_image.h"

#include <stdbool.h>

/* Emits `variable = value` where value is the variable and what is added to it, and the variable
 * may hold a text or a list: `v + a + b`, or "{v}…" of a text. False: it is not, and nothing was
 * emitted. */
bool emit_append(struct emitter *e, const struct variable *variable, const struct expr *value);

#endif
