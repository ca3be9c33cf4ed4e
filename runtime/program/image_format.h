/* The layout of an image file, said once for both directions: the same walk reads or writes.
 * Only image_read.c and image_write.c use it. */
#ifndef FLOW_PROGRAM_IMAGE_FORMAT_H
#define FLOW_PROGRAM_IMAGE_FORMAT_H

#include "base/bytes.h"
#include "program/image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* magic 8, format 4, zero 4, checksum (XXH3, 64 bits) of the rest 8. These bytes, and those of the
 * compiler's version after them, are the same in all formats from 2 on. */
#define IMAGE_HEADER_BYTES 24

/* Either out (writing) or p, len, at (reading) is in use. After a failure reading gives zeros. */
struct image_io {
    struct bytes *out; /* NULL: reading */
    const char *p;
    size_t len;
    size_t at;
    uint32_t *parts; /* writing: see index_parts; freed by the caller */
    uint32_t part_cap;
    const char *failure; /* NULL: none yet */
    size_t failed_at;
};

/* Reads into or writes from image, everything after the header. */
void image_walk(struct image_io *io, struct image *image);

#endif
