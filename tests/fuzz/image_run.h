/* Runs all that a verified image has, with little fuel and without a way off this machine: each
 * flow and each test in the simulated world, where the world answers in turn with all that there
 * is; then each flow in a real loop, whose connections may only go to a port of 127.0.0.1 that
 * nobody listens at. Every run comes to some end, or is cancelled. */
#ifndef FLOW_TESTS_IMAGE_RUN_H
#define FLOW_TESTS_IMAGE_RUN_H

#include "program/image.h"

#include <stdbool.h>

/* with_tests: the tests too, whose fuel is not bounded: not where the code was changed. */
void image_run(const struct image *image, bool with_tests);

#endif
