/* Writing to a descriptor until all is written. */
#ifndef FLOW_BASE_WRITE_ALL_H
#define FLOW_BASE_WRITE_ALL_H

#include <stdbool.h>
#include <stddef.h>

/* All len bytes, also where the descriptor does not block or a signal interrupts. False: errno says
 * why; a part may be written. */
bool write_all(int fd, const char *p, size_t len);

#endif
