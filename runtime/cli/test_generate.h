/* Generates tests for ways that no test takes, as text to add to the source. */
#ifndef FLOW_CLI_TEST_GENERATE_H
#define FLOW_CLI_TEST_GENERATE_H

#include "base/bytes.h"
#include "sim/test_run.h"
#include "vm/program.h"

/* Adds a `test` block for each way that was found to outcomes that coverage does not have, and
 * counts them there; then, as comments, the outcomes for which no way was found. */
void test_generate(const struct program *program, struct coverage *coverage, struct bytes *b);

/* Adds a value as it is written in a source. */
void test_generate_value(struct value v, struct bytes *b);

#endif
