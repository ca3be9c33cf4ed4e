/* From a file's name to a program that has started. */
#ifndef FLOW_ENGINE_LOAD_H
#define FLOW_ENGINE_LOAD_H

#include "base/bytes.h"
#include "engine/start.h"
#include "program/image.h"

/* The bytes of a file that is not source. False: why not is added to problems. */
bool load_bytes(const char *path, struct bytes *b, struct bytes *problems);

/* The image of such bytes, proved. NULL: why not is added to problems. The caller's. */
struct image *load_read(const char *path, const struct bytes *b, struct bytes *problems);

/* Reads and proves the image. NULL: why not is added to problems. The caller's. */
struct image *load_image(const char *path, struct bytes *problems);

/* Starts it. The secrets are those of the file at secrets_path, unless that is NULL, and of the
 * environment; options->secrets and options->environment are not looked at. NULL: see problems. The
 * caller's. */
struct program *load_program(const struct image *image, const struct start_options *options,
                             const char *secrets_path, struct bytes *problems);

#endif
