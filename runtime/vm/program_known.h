/* Whether a program started with `simulated` knows the real url of an endpoint: it does not if
 * the url is made of a configuration value that nobody gave. */
#ifndef FLOW_VM_PROGRAM_KNOWN_H
#define FLOW_VM_PROGRAM_KNOWN_H

#include "vm/program.h"

#include <stdbool.h>
#include <stdint.h>

/* Calls found for each configuration value that the url of the endpoint is made of, in the order of
 * the code. */
void program_url_configs(const struct image *image, uint32_t endpoint,
                         void (*found)(void *context, uint32_t config), void *context);

/* p was started with `simulated`. */
bool program_url_is_known(const struct program *p, uint32_t endpoint);

#endif
