/* The result of a line for which no run was begun. */
#ifndef FLOW_BATCH_INVALID_LINE_H
#define FLOW_BATCH_INVALID_LINE_H

#include "base/bytes.h"
#include "vm/program.h"

#include <stdint.h>

/* Adds the object to b, without a line end. input: what the line holds, NULL: not shown. problems:
 * a line each. What masks hold is masked. */
void invalid_line_print(const struct masks *masks, uint64_t line, const struct value *input,
                        const struct bytes *problems, struct bytes *b);

#endif
