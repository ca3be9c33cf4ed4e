/* Steps of runs as lines: for people, aligned, or as JSON for programs. Writes nothing itself. */
#ifndef FLOW_ENGINE_TRACE_H
#define FLOW_ENGINE_TRACE_H

#include "base/bytes.h"
#include "engine/run.h"

#include <stdbool.h>

/* Adds one line with its line end: node, action, outcome, milliseconds, next node. A node of a
 * flow other than the run's is shown with its flow. Invalid UTF-8 and unprintable characters are
 * shown as escapes. Does not mask secrets. */
void trace_print_text(const struct run_step *step, const char *flow_of_run, bool colour,
                      struct bytes *b);

/* Adds one JSON object with the line's end: run and all members of the step. */
void trace_print_json(const char *run_id, const struct run_step *step, struct bytes *b);

/* Adds len bytes as one line of valid UTF-8 that a terminal shows as text: control characters as
 * \n, \t or \u{1B}, bytes that are no UTF-8 as U+FFFD. */
void trace_add_line(struct bytes *b, const char *p, size_t len);

#endif
