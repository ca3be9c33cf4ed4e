/* Searches for tests that a program lacks: for each node, arm and arrow that no test reaches, a
 * run of the program that does. The runs are in the simulated world with guessed values,
 * shortest runs first. */
#ifndef FLOW_SIM_TEST_SEARCH_H
#define FLOW_SIM_TEST_SEARCH_H

#include "engine/run.h"
#include "sim/test_run.h"

#include <stdbool.h>
#include <stdint.h>

/* The reply or answer of the world at one place of a run. */
struct choice {
    uint32_t site;
    uint16_t label;     /* of the reply; for an answer: ok, invalid or timeout */
    struct value value; /* the body, or the answer; null: none */
};

/* A run that came to its end. */
struct exploration {
    uint32_t flow;
    const struct value *inputs; /* vm_missing() where the default is taken */
    const struct choice *choices;
    uint32_t choice_count;
    const uint32_t *visits; /* nodes, as they were entered */
    uint32_t visit_count;
    bool failed; /* else ended */
    bool has_value;
    struct value value;
    uint32_t item; /* of coverage: the first way, or else node, that nothing has covered so far */
};

/* Calls found for each run that reaches an item that coverage lacks, and counts the item there.
 * Starts only flows of the file where the program starts, because a test names flows of its own
 * file. Makes at most some ten thousand runs; opens no socket. */
void test_search_run(const struct program *program, struct coverage *coverage,
                     void (*found)(void *context, const struct exploration *e), void *context);

#endif
