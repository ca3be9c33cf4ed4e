/* Whether two paths lead to the same file, so that writing one would damage the other. */
#ifndef FLOW_BASE_SAME_FILE_H
#define FLOW_BASE_SAME_FILE_H

#include <stdbool.h>

/* Compares device and inode of the files if they exist, otherwise those of their folders and their
 * names. False if one is not a regular file (a terminal, a pipe, /dev/null) or cannot be examined.
 */
bool same_file(const char *a, const char *b);

#endif
