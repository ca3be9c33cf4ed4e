/* Files of one command that would destroy each other. */
#ifndef FLOW_CLI_FILE_CONFLICTS_H
#define FLOW_CLI_FILE_CONFLICTS_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>

struct used_file {
    const char *option; /* "--output"; "the program" */
    const char *path;   /* NULL, "-": none */
    bool is_written;
};

/* Adds a line to problems for each two of them that are one file, of which one at least is written.
 */
void file_conflicts_find(const struct used_file *files, size_t count, struct bytes *problems);

#endif
