/* From a verified image to a program that can run: configuration and secrets are read, every
 * endpoint is set up, and the files of `tls` are read. */
#ifndef FLOW_ENGINE_START_H
#define FLOW_ENGINE_START_H

#include "net/host_policy.h"
#include "vm/program.h"

struct start_options {
    const struct setting_pair *sets; /* --set */
    size_t set_count;
    const struct setting_pair *secrets; /* of the secrets file */
    size_t secret_count;
    const char *(*environment)(const char *name); /* getenv, or a test's; NULL: none */
    const struct host_policy *guard;              /* NULL: any host may be called */
    uint64_t max_response; /* bytes, at most, of any endpoint; 0: as each says */
    bool simulated;        /* tests: a secret is the text of its own name, a config its default, or
                              without one something of its type */
    bool is_shown; /* simulated: missing configuration is not an error; such configs are null, and
                      endpoints made of them have no url */
    const char *secret; /* simulated: the text of every secret instead; NULL: see there */
};

/* Starts a program: reads configuration and secrets, computes every endpoint. Reports all
 * mistakes at once, one line each, in problems ("config `shop_url` must be set: --set shop_url=…
 * or FLOW_SHOP_URL"), and then returns NULL. The caller frees the program with start_free. */
struct program *start_program(const struct image *image, const struct start_options *options,
                              struct bytes *problems);
void start_free(struct program *p);

#endif
