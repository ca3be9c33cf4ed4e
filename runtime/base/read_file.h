/* Reads whole files into memory. */
#ifndef FLOW_BASE_READ_FILE_H
#define FLOW_BASE_READ_FILE_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

/* How much room is made for each read. */
#define READ_FILE_CHUNK 65536u

/* Appends to b the bytes of fd up to its end. b does not grow while READ_FILE_CHUNK bytes are free
 * in it. Returns 0, or an errno: EFBIG if b would be longer than `most` bytes. */
int read_file_rest(int fd, uint64_t most, struct bytes *b);

/* Appends all bytes of a file to b. False if the file cannot be read or has more than `most` bytes;
 * then one line that says why is added to problems. */
bool read_file(const char *path, uint64_t most, struct bytes *b, struct bytes *problems);

#endif
