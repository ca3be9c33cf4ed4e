/* What every unit test program does with its suite. */
#ifndef FLOW_TESTS_SUITE_H
#define FLOW_TESTS_SUITE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* Runs s, which is freed, and prints TAP to stdout. Returns an exit status: a suite without a test
 * fails. */
static inline int suite_main(Suite *s)
{
    SRunner *runner = srunner_create(s);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    int run = srunner_ntests_run(runner);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    if (run == 0)
        fprintf(stderr, "the suite holds no test\n");
    return run > 0 && failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
