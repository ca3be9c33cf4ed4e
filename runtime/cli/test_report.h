/* What `flowrun test` prints of its results: TAP 14, JUnit's XML, and what no test covers. Writes
 * into bytes; opens no file. */
#ifndef FLOW_CLI_TEST_REPORT_H
#define FLOW_CLI_TEST_REPORT_H

#include "base/bytes.h"
#include "program/image.h"
#include "sim/test_run.h"

#include <stdint.h>

struct test_entry {
    uint32_t test; /* of the image */
    struct test_result result;
};

/* One line, and for a test that did not pass a block that says why (testanything.org, TAP 14). */
void test_report_tap(const struct image *image, const struct test_entry *entry, uint32_t number,
                     struct bytes *b);

/* All results as JUnit's XML, which most CI systems read. */
void test_report_junit(const struct image *image, const struct test_entry *entries, uint32_t count,
                       struct bytes *b);

/* The sum, how often each node was entered and each way from it taken, and what no test covers, as
 * TAP comments. */
void test_report_coverage(const struct coverage *c, struct bytes *b);

/* The same as JSON: { taken, all, nodes: [ { flow, node, entered, ways: [ { outcome, guard, arrow,
 * taken } ] } ] }; outcome only of arms, guard only where there is one. */
void test_report_coverage_json(const struct coverage *c, struct bytes *b);

#endif
