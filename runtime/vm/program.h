/* A started program: its image, the values of its configuration and secrets, its endpoints. Made
 * once, read-only afterwards, shared by all runs and threads. */
#ifndef FLOW_VM_PROGRAM_H
#define FLOW_VM_PROGRAM_H

#include "base/bytes.h"
#include "base/value.h"
#include "program/image.h"
#include "regex/matcher.h"
#include "vm/endpoint.h"
#include "vm/program_mask.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct program {
    const struct image *image; /* verified; outlives the program */
    struct value *configs;     /* one per config of the image, immortal */
    bool *invented;            /* per config: the program is simulated, and nobody gave the value */
    struct value *secrets;     /* texts, immortal */
    struct endpoint *endpoints;
    struct matcher **matches; /* one per ask of the image; NULL where it has no `match` */
    struct masks masks;
    bool authorizes; /* a flow sends a header Authorization of its own, not of its endpoint */
    const struct host_policy *guard; /* NULL: any host may be called; outlives the program */
    struct value *frozen;            /* the frozen values that configs and secrets consist of */
    size_t frozen_len;
    size_t frozen_cap;
};

/* One name=value from the command line or a file. */
struct setting_pair {
    const char *name; /* as declared, without FLOW_ */
    const char *value;
};

struct setting_pairs {
    struct setting_pair *items;
    size_t len;
};

/* Frees a program whose endpoints no longer hold TLS files: see start_free. */
void program_free(struct program *p);

/* Reads text as a value of a declared type of the image: int, number, bool (true, false), text as
 * it is, null for an optional one written `null`, all else as JSON. False: "expected int, got `x`"
 * goes to problem. */
bool program_read_value(const struct image *image, uint32_t type, const char *text, size_t len,
                        struct value *out, struct bytes *problem);

/* Matches an answer against the regular expression of ask number i, which has one. */
bool program_matches(const struct program *p, uint32_t ask, const struct text *text);

/* Replaces the program's secrets in b by ***, in all their forms (see program_mask_apply).
 * run_masks masks what was written about a run. */
void program_mask(const struct program *p, struct bytes *b);

#endif
