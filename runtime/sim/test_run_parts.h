/* Shared by test_run.c (the simulated world) and test_run_expect.c (the expectations). */
#ifndef FLOW_SIM_TEST_RUN_PARTS_H
#define FLOW_SIM_TEST_RUN_PARTS_H

#include "sim/simulation.h"
#include "sim/test_run.h"

struct visit {
    uint32_t node;
    uint64_t order;
};

struct sent {
    uint32_t node;
    struct value
        request; /* { method, path, query, headers, body }, as `expect request` names them */
};

/* One test while it runs. */
struct testing {
    const struct program *program;
    const struct image *image;
    const struct image_test *test;
    struct coverage *coverage;
    struct test_result *result;
    struct simulation world;
    struct run *run; /* NULL when it is over */
    uint8_t *used;   /* per step: whether its reply or answer was used */
    struct visit *visits;
    uint32_t visit_len;
    size_t visit_cap;
    struct sent *sent;
    uint32_t sent_len;
    size_t sent_cap;
    bool broken; /* the test cannot go on: a reply or answer is missing */

    /* Of the run, when it is over. */
    enum run_status status;
    bool has_value;
    struct value value;
    struct value messages;
    char *error;
};

/* Notes a problem at a line of the test's file; more lines follow by testing_detail. */
void test_run_problem(struct testing *t, uint32_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A line "  label: value" under the problem noted last. */
void test_run_detail(struct testing *t, const char *label, struct value v);

/* The request as `expect request` sees it; the caller owns it. */
struct value test_run_request(const struct request *r);

/* Checks every `expect` against what happened. */
void test_run_expect(struct testing *t);

#endif
