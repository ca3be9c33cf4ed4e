/* Shared by the parts of the proof: the limits of all fields (verify_tables.c), what fields mean
 * together (verify.c), operands (verify_operands.c) and ways through the code (verify_code.c).
 * Other code uses verify_image in image.h. */
#ifndef FLOW_PROGRAM_VERIFY_H
#define FLOW_PROGRAM_VERIFY_H

#include "program/image.h"
#include "program/opcode.h"

#include <stdbool.h>
#include <stdint.h>

#define VERIFY_INPUT_WORDS 2u /* with a bit for each input of a flow */

struct verifier {
    const struct image *image;
    uint8_t *starts;      /* per word of code: 1 where an instruction begins */
    uint8_t *awaited;     /* per site: 1 when an instruction waits at it */
    uint64_t *defaults;   /* per function VERIFY_INPUT_WORDS: a bit where an input has a default */
    int64_t steps;        /* that following the ways may still take */
    struct bytes problem; /* empty: none */
};

/* Notes the first problem; always false. */
bool verify_fail(struct verifier *v, uint32_t pc, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

bool verify_is_text(const struct image *image, uint32_t constant);

/* Proves that every field of every table is within the bounds that image_tables.def gives it. */
bool verify_tables(struct verifier *v);

/* Proves the code of one function, whose row in the tables is right. */
bool verify_code(struct verifier *v, uint32_t function);

/* Decodes the function's instructions: known opcodes, whole instructions, operands in range;
 * marks v->starts. */
bool verify_operands(struct verifier *v, uint32_t function);

/* How many slots a `parallel` or `each` brings at `join`: its results and the error. */
uint32_t verify_join_slots(const struct image_site *site);

/* The pc that the jump of the instruction at pc goes to; it must have one. */
int64_t verify_jump_target(const struct image *image, uint32_t pc);

#endif
