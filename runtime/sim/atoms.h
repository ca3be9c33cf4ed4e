/* The comparisons of one value, or of its parts, with constants that code makes; and values that
 * make them true or false. With them a search finds a body that satisfies a guard. Reads the
 * code in order, without following jumps: the results are guesses, and the caller must try them. */
#ifndef FLOW_SIM_ATOMS_H
#define FLOW_SIM_ATOMS_H

#include "program/image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ATOMS_MAX 8u
#define ATOMS_MAX_STEPS 6u

enum atom_relation {
    ATOM_EQUAL,      /* the part is the constant */
    ATOM_LESS,       /* below it */
    ATOM_LESS_EQUAL, /* below it, or the same */
    ATOM_TRUE,       /* is true */
    ATOM_GIVEN,      /* is not null */
};

/* A part of the value, as the steps to it: members, as constants of the image, and items, as in
 * `path`. */
struct atom_path {
    uint32_t steps[ATOMS_MAX_STEPS];
    uint32_t len;
};

struct atom {
    struct atom_path path;
    bool is_length; /* of the part, else the part itself */
    enum atom_relation relation;
    bool is_wanted; /* the truth with which the code goes on to its end and does not jump elsewhere
                     */
    struct value constant; /* of the image, or a scalar */
};

struct atoms {
    struct atom items[ATOMS_MAX];
    size_t len;
};

/* Where a slot has its value from. */
struct atom_origin {
    bool is_part; /* of the value: path, else nothing is known */
    bool is_length;
    bool is_constant;
    bool is_kept; /* whatever is written there */
    struct atom_path path;
    struct value constant;
};

/* Of the near slots. { 0 } knows nothing. */
struct atom_origins {
    struct atom_origin at[IMAGE_NEAR_SLOTS];
    uint32_t default_slot; /* what is written there before default_end is only for null: a ?? b */
    uint32_t default_end;
};

/* The slot holds the value itself. */
void atoms_begin(struct atom_origins *o, uint32_t slot);

/* Reads code from one pc to another, the place that it reaches if nothing fails. Adds the
 * comparisons; afterwards o knows the source of the value in each slot. */
void atoms_find(const struct image *image, struct atom_origins *o, uint32_t from, uint32_t to,
                struct atoms *out);

/* Keeps what the slots below first_temp hold from now on and forgets the others. */
void atoms_keep(struct atom_origins *o, uint32_t first_temp);

/* v (taken), changed so that each atom is as it is wanted, or is not where its bit is set.
 * has_lists: what has a length is a list, else a text. */
struct value atoms_apply(const struct image *image, const struct atoms *a, struct value v,
                         unsigned bits, bool has_lists);

#endif
