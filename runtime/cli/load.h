/* From a file's name to a program that has started. */
#ifndef FLOW_CLI_LOAD_H
#define FLOW_CLI_LOAD_H

#include "base/bytes.h"
#include "cli/options.h"
#include "engine/program.h"
#include "program/image.h"

#include <stdint.h>

/* The bytes of a file that is not source. False: why not is added to problems. */
bool load_bytes(const char *path, struct bytes *b, struct bytes *problems);

/* The image of such bytes, proved. NULL: why not is added to problems. The caller's. */
struct image *load_read(const char *path, const struct bytes *b, struct bytes *problems);

/* Reads and proves the image. NULL: why not is added to problems. The caller's. */
struct image *load_image(const char *path, struct bytes *problems);

/* Starts it with --set, --secrets and the environment. NULL: see problems. The caller's. */
struct program *load_program(const struct image *image, const struct options *o,
                             struct bytes *problems);

/* For one run: loads image and program, finds the flow and reads its inputs. go gets them, and
 * gives the exit status; what it does not take of inputs is freed. Without all of them: says why,
 * and STATUS_MISUSE. */
int load_and_go(const struct options *o,
                int (*go)(const struct options *o, const struct program *program, uint32_t flow,
                          struct value *inputs));

/* All bytes of a file, `most` of them at most, into b. False: why not is added to problems. */
bool load_file(const char *path, uint64_t most, struct bytes *b, struct bytes *problems);

#endif
