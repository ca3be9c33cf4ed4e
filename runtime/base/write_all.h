/* Writes to a file descriptor until everything is written. */
#ifndef FLOW_BASE_WRITE_ALL_H
#define FLOW_BASE_WRITE_ALL_H

#include <stdbool.h>
#include <stddef.h>

/* Writes all len bytes, even if the descriptor is non-blocking or a signal interrupts. False: errno
 * says why; part of the bytes may have been written. */
bool write_all(int fd, const char *p, size_t len);

#endif
