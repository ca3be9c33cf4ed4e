/* Writing a file so that it is either the old one or the complete new one. */
#ifndef FLOW_COMPILER_OUTPUT_H
#define FLOW_COMPILER_OUTPUT_H

#include <stddef.h>

/* Writes len bytes to path: into a new file beside it, which then takes its place. NULL, or why not
 * (static or strerror); path is then as it was and nothing is left behind. */
const char *output_write(const char *path, const char *data, size_t len);

/* Removes what an unfinished output_write of this process left. For the end on exhausted memory. */
void output_abandon(void);

#endif
