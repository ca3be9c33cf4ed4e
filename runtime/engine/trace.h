/* Steps of runs as lines: for people, aligned, or as JSON for programs. Writes nothing itself. */
#ifndef FLOW_ENGINE_TRACE_H
#define FLOW_ENGINE_TRACE_H

#include "base/bytes.h"
#include "engine/run.h"

#include <stdbool.h>

/* Adds one line with its end: node, what it does, outcome, milliseconds, where it goes. A node of
 * another flow than the run's stands with its flow. What is not valid UTF-8 or not printable is
 * shown as an escape. Secrets are not masked here. */
void trace_print_text(const struct run_step *step, const char *flow_of_run, bool colour,
                      struct bytes *b);

/* Adds one JSON object with the line's end: run and all members of the step. */
void trace_print_json(const char *run_id, const struct run_step *step, struct bytes *b);

/* Adds len bytes as one line of valid UTF-8 that a terminal shows as text: control characters as
 * \n, \t or \u{1B}, bytes that are no UTF-8 as U+FFFD. */
void trace_add_line(struct bytes *b, const char *p, size_t len);

#endif
