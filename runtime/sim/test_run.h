/* Runs the `test` blocks of a program without a network and without passing time: replies,
 * answers and the clock are simulated, everything else is the code of real runs. Opens no
 * socket. */
#ifndef FLOW_SIM_TEST_RUN_H
#define FLOW_SIM_TEST_RUN_H

#include "base/bytes.h"
#include "net/transport.h"
#include "program/image.h"
#include "sim/coverage.h"
#include "vm/program.h"

#include <stdbool.h>
#include <stdint.h>

/* What a test came to. */
struct test_result {
    bool passed;
    struct bytes problems; /* per problem: "FILE:LINE: what", continued on lines that begin with two
                              blanks; empty when passed */
    struct bytes way;      /* the nodes in the order of entering them: "menu -> pick -> …" */
};

void test_run_result_release(struct test_result *r);

/* Ends the exchange as a `reply` of a test does: a status with a body (null: none), `error` or
 * `max-connection`. For `timeout` there is no reply: the declared time runs out, as in a real
 * run. */
void test_run_reply(struct exchange *x, uint16_t label, struct value body);

/* Runs test number i and counts the items that it reaches in coverage. program was started with
 * `simulated`. */
void test_run_run(const struct program *program, uint32_t i, struct coverage *coverage,
                  struct test_result *result);

#endif
