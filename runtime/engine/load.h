/* From a file's name to a program that has started. */
#ifndef FLOW_ENGINE_LOAD_H
#define FLOW_ENGINE_LOAD_H

#include "base/bytes.h"
#include "engine/start.h"
#include "program/image.h"

/* The bytes of a file that is not source. False: the reason is added to problems. */
bool load_bytes(const char *path, struct bytes *b, struct bytes *problems);

/* The verified image of such bytes; the caller owns it. NULL: the reason is added to problems. */
struct image *load_read(const char *path, const struct bytes *b, struct bytes *problems);

/* Reads and verifies the image; the caller owns it. NULL: the reason is added to problems. */
struct image *load_image(const char *path, struct bytes *problems);

/* Starts the program; the caller owns it. The secrets are those of the file at secrets_path,
 * unless that is NULL, and of the environment; options->secrets and options->environment are
 * ignored. NULL: see problems. */
struct program *load_program(const struct image *image, const struct start_options *options,
                             const char *secrets_path, struct bytes *problems);

#endif
