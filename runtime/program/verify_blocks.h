/* The blocks of a function: each begins where a jump or an arm leads, and goes on, past jumps that
 * may not be taken, to the next block or to where it cannot go on. Their order is the one in which
 * what is known flows through them with the fewest turns. For verify*.c only. */
#ifndef FLOW_PROGRAM_VERIFY_BLOCKS_H
#define FLOW_PROGRAM_VERIFY_BLOCKS_H

#include "program/verify.h"

#include <stdbool.h>
#include <stdint.h>

struct blocks {
    uint32_t first; /* word of the function's code */
    uint32_t count;
    uint32_t *at;    /* per word of the function: 1 + the block that begins there, or 0 */
    uint32_t *start; /* per block: its first word */
    uint32_t *order; /* blocks that can be reached, by reverse postorder */
    uint32_t order_len;
};

/* The function's operands are right, and v->starts is marked. */
void verify_blocks_init(struct blocks *b, const struct verifier *v, const struct image_function *f);
void verify_blocks_release(struct blocks *b);

/* The block that begins at the word pc of the image; false: none does. */
static inline bool blocks_find(const struct blocks *b, uint32_t pc, uint32_t *block)
{
    *block = b->at[pc - b->first] - 1;
    return b->at[pc - b->first] != 0;
}

/* Instructions after which the next one is not reached by going on. */
bool verify_blocks_ends(enum opcode op);

/* Instructions that go on at the arms of their site w. */
bool verify_blocks_has_arms(enum opcode op);

/* Instructions with a jump; see verify_jump_target. */
bool verify_blocks_has_jump(enum opcode op);

/* Whether a jump may lead there: to an instruction of the function. */
bool verify_blocks_may_lead_to(const struct verifier *v, const struct image_function *f,
                               int64_t target);

#endif
