/* Values to try where a program needs one and nobody gives it: of a type, of the names that the
 * code reads, of a question's answer. They are only guesses: the caller tries them and looks at
 * the result. */
#ifndef FLOW_SIM_SAMPLE_VALUES_H
#define FLOW_SIM_SAMPLE_VALUES_H

#include "program/image.h"
#include "vm/program.h"

#include <stddef.h>
#include <stdint.h>

#define SAMPLES_MAX 64

/* A list of guesses; each is owned. */
struct sample_values {
    struct value items[SAMPLES_MAX];
    size_t len;
};

void sample_values_release(struct sample_values *s);

/* Takes ownership of v; duplicates, and values beyond SAMPLES_MAX, are dropped. */
void sample_values_add(struct sample_values *s, struct value v);

/* Values of an input of a flow: one with everything that its type allows, one with as little as
 * possible, one for each text that the flow compares with (in all its texts), and some that make
 * the flow's comparisons of the input true or false. */
void sample_values_of_input(const struct image *image, uint32_t flow, uint32_t input,
                            struct sample_values *out);

/* Bodies for an arm of a site that calls an API: of the arm's type after `as`, or objects with
 * the members that the flow reads, and some that make the flow's comparisons of the body true or
 * false. */
void sample_values_of_body(const struct image *image, const struct image_site *site,
                           const struct image_arm *arm, struct sample_values *out);

/* Texts that may answer the question of a site. choices: the list of the question, or null.
 * good: texts that are likely to be accepted, otherwise texts that are not. */
void sample_values_of_answer(const struct image *image, const struct image_site *site,
                             struct value choices, bool good, struct sample_values *out);

#endif
