/* Whether two paths lead to one file, so that writing the one would destroy or mix up the other. */
#ifndef FLOW_BASE_SAME_FILE_H
#define FLOW_BASE_SAME_FILE_H

#include <stdbool.h>

/* By device and inode where the files are there, else by those of their folders and their names.
 * False where one is no regular file (a terminal, a pipe, /dev/null) or cannot be looked at. */
bool same_file(const char *a, const char *b);

#endif
