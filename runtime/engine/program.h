/* A program that has started: its image, the values of its configuration and secrets, its
 * endpoints. Made once, read-only afterwards, shared by all runs and threads. */
#ifndef FLOW_ENGINE_PROGRAM_H
#define FLOW_ENGINE_PROGRAM_H

#include "base/bytes.h"
#include "base/matcher.h"
#include "base/value.h"
#include "engine/endpoint.h"
#include "engine/program_mask.h"
#include "program/image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct program {
    const struct image *image; /* verified; outlives the program */
    struct value *configs;     /* one per config of the image, immortal */
    bool *invented;            /* per config: simulated, and nobody gave it */
    struct value *secrets;     /* texts, immortal */
    struct endpoint *endpoints;
    struct matcher **matches;  /* one per ask of the image; NULL where it has no `match` */
    struct masks masks;
    bool authorizes; /* a flow sends a header Authorization of its own, not of its endpoint */
    const struct guard *guard; /* NULL: any host may be called; outlives the program */
    struct value *frozen; /* all that configs and secrets are made of */
    size_t frozen_len;
    size_t frozen_cap;
};

/* One name=value from the command line or a file. */
struct guard; /* engine/guard.h */

struct setting_pair {
    const char *name; /* as declared, without FLOW_ */
    const char *value;
};

struct setting_pairs {
    struct setting_pair *items;
    size_t len;
};

struct program_options {
    const struct setting_pair *sets; /* --set */
    size_t set_count;
    const struct setting_pair *secrets; /* of the secrets file */
    size_t secret_count;
    const char *(*environment)(const char *name); /* getenv, or a test's; NULL: none */
    const struct guard *guard; /* NULL: any host may be called */
    uint64_t max_response;     /* bytes, at most, of any endpoint; 0: as each says */
    bool simulated; /* tests: a secret is the text of its own name, a config its default, or
                       without one something of its type */
    bool is_shown; /* simulated: what cannot be had without configuration is no problem; configs are
                      null then, and endpoints have no url */
    const char *secret; /* simulated: the text of every secret instead; NULL: see there */
};

/* Starts a program: reads configuration and secrets, computes every endpoint. All mistakes are
 * found at once, one line each, added to problems ("config `shop_url` must be set: --set
 * shop_url=… or FLOW_SHOP_URL"). NULL: there were some. Owned by the caller. */
struct program *program_start(const struct image *image, const struct program_options *options,
                              struct bytes *problems);
void program_free(struct program *p);

/* Reads text as a value of a declared type of the image: int, number, bool (true, false), text as
 * it is, null for an optional one written `null`, all else as JSON. False: "wanted int, got `x`"
 * goes to problem. */
bool program_read_value(const struct image *image, uint32_t type, const char *text, size_t len,
                        struct value *out, struct bytes *problem);

/* Matches an answer against the regular expression of ask number i, which has one. */
bool program_matches(const struct program *p, uint32_t ask, const struct text *text);

/* Puts *** for the program's secrets in b, in all their forms (see masks_apply). What was written
 * about a run is masked by run_masks. */
void program_mask(const struct program *p, struct bytes *b);

#endif
