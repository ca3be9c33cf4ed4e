/* Whole files in memory. */
#ifndef FLOW_BASE_READ_FILE_H
#define FLOW_BASE_READ_FILE_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

/* Appends all bytes of a file to b, and a zero behind them that does not count. False if it cannot
 * be read or is larger than `most` bytes: why is added to problems, one line. */
bool read_file(const char *path, uint64_t most, struct bytes *b, struct bytes *problems);

#endif
