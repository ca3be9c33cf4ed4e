/* Values to try where a program wants one and nobody says which: of a type, of the names that the
 * code reads, of a question's answer. Guesses only: whoever uses them looks what they bring about.
 */
#ifndef FLOW_ENGINE_SAMPLES_H
#define FLOW_ENGINE_SAMPLES_H

#include "engine/program.h"
#include "program/image.h"

#include <stddef.h>
#include <stdint.h>

#define SAMPLES_MAX 24

/* A list of guesses; each is owned. */
struct samples {
    struct value items[SAMPLES_MAX];
    size_t len;
};

void samples_release(struct samples *s);

/* Takes v; what is there already, or one too many, is let go of. */
void samples_add(struct samples *s, struct value v);

/* Values of a type: one with all that it can have, one with as little, and one per text that the
 * function compares with, in all its texts. */
void samples_of_type(const struct image *image, uint32_t function, uint32_t type,
                     struct samples *out);

/* Bodies for an arm at pc in a function: of its type after `as`, or objects with the members that
 * the function reads. */
void samples_of_body(const struct image *image, uint32_t function, uint32_t pc,
                     struct samples *out);

/* Texts that may answer an ask (of the image); choices: the list of the question, or null. good:
 * that may fit it, else that may not. */
void samples_of_answer(const struct program *program, uint32_t function, uint32_t ask,
                       struct value choices, bool good, struct samples *out);

#endif
