/* Reads whole files into memory. */
#ifndef FLOW_BASE_READ_FILE_H
#define FLOW_BASE_READ_FILE_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

/* Appends all bytes of a file to b. False if the file cannot be read or has more than `most` bytes;
 * then one line that says why is added to problems. */
bool read_file(const char *path, uint64_t most, struct bytes *b, struct bytes *problems);

#endif
