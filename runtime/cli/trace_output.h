/* The lines of --trace, with secrets masked. The caller writes them. */
#ifndef FLOW_CLI_TRACE_OUTPUT_H
#define FLOW_CLI_TRACE_OUTPUT_H

#include "base/bytes.h"
#include "cli/options.h"
#include "engine/run.h"

#include <stdbool.h>

/* Adds the line of a step of the run with its end, as text or as JSON: form is not TRACE_NONE. The
 * image is that of the run; colour matters for text only. */
void trace_output_step(const struct image *image, const struct run *run, const struct run_step *s,
                       enum trace_form form, bool colour, struct bytes *b);

#endif
