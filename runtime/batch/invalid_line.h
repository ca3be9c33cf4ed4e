/* The result of a line whose inputs are invalid, so that no run was started. */
#ifndef FLOW_BATCH_INVALID_LINE_H
#define FLOW_BATCH_INVALID_LINE_H

#include "base/bytes.h"
#include "vm/program.h"

#include <stdint.h>

/* Adds the object to b, without a line end. input: the value of the line, or NULL to omit it.
 * problems: one on each line. The secrets in masks are masked. */
void invalid_line_print(const struct masks *masks, uint64_t line, const struct value *input,
                        const struct bytes *problems, struct bytes *b);

#endif
