/* What is known of the slots of a frame at one place of the code: a set of bits for each of three
 * facts, for the slots that instructions reach. Sets of a function have as many words as its slots
 * need. For verify*.c only. */
#ifndef FLOW_PROGRAM_VERIFY_SLOTS_H
#define FLOW_PROGRAM_VERIFY_SLOTS_H

#include "program/image.h"

#include <stdbool.h>
#include <stdint.h>

enum slot_fact {
    SLOT_SET,
    SLOT_SECRET,  /* besides SLOT_SET */
    SLOT_MISSING, /* an input or argument that is not given; not SLOT_SET */
    SLOT_FACTS
};

#define SLOT_BITS 64u

/* Of one set, for so many slots, of which IMAGE_NEAR_SLOTS count at most. */
static inline uint32_t slot_words(uint32_t slot_count)
{
    uint32_t near = slot_count < IMAGE_NEAR_SLOTS ? slot_count : IMAGE_NEAR_SLOTS;
    return (near + SLOT_BITS - 1) / SLOT_BITS;
}

/* The bits of up to 64 slots from `first` on, of one fact. */
static inline uint64_t slot_bits(const uint64_t *facts, uint32_t words, enum slot_fact fact,
                                 uint32_t first, uint32_t count)
{
    const uint64_t *set = facts + fact * words;
    uint32_t word = first / SLOT_BITS;
    uint32_t shift = first % SLOT_BITS;
    uint64_t bits = set[word] >> shift;
    if (shift > 0 && word + 1 < words)
        bits |= set[word + 1] << (SLOT_BITS - shift);
    return count < SLOT_BITS ? bits & ((UINT64_C(1) << count) - 1) : bits;
}

/* Makes it hold, or not hold, of slots side by side. */
static inline void slot_mark(uint64_t *facts, uint32_t words, enum slot_fact fact, uint32_t first,
                             uint32_t count, bool holds)
{
    uint64_t *set = facts + fact * words;
    while (count > 0) {
        uint32_t shift = first % SLOT_BITS;
        uint32_t part = count < SLOT_BITS - shift ? count : SLOT_BITS - shift;
        uint64_t bits = (part < SLOT_BITS ? (UINT64_C(1) << part) - 1 : UINT64_MAX) << shift;
        uint64_t *word = &set[first / SLOT_BITS];
        *word = holds ? *word | bits : *word & ~bits;
        first += part;
        count -= part;
    }
}

/* Joins the facts of two ways to a place: a slot is set if it is set on both, secret if it is
 * secret on either, missing only if it is missing on both. True if `to` has changed. */
static inline bool slot_merge(uint64_t *to, const uint64_t *from, uint32_t words)
{
    uint64_t changed = 0;
    for (uint32_t i = 0; i < words; i++) {
        uint64_t *set = &to[SLOT_SET * words + i];
        uint64_t *secret = &to[SLOT_SECRET * words + i];
        uint64_t *missing = &to[SLOT_MISSING * words + i];
        uint64_t both = *set & from[SLOT_SET * words + i];
        uint64_t either = both & (*secret | from[SLOT_SECRET * words + i]);
        uint64_t none = *missing & from[SLOT_MISSING * words + i];
        changed |= (*set ^ both) | (*secret ^ either) | (*missing ^ none);
        *set = both;
        *secret = either;
        *missing = none;
    }
    return changed != 0;
}

#endif
