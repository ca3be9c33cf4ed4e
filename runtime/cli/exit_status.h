/* The exit statuses of flowrun. */
#ifndef FLOW_CLI_EXIT_STATUS_H
#define FLOW_CLI_EXIT_STATUS_H

#include "engine/run.h"

enum {
    STATUS_ENDED = 0,
    STATUS_FAILED = 1,
    STATUS_MISUSE = 2, /* or the program cannot start, or its output cannot be written */
    STATUS_FAULTED = 3,
    STATUS_INTERRUPTED = 130,
};

/* Of a command that is one run, which is over. */
int exit_status_of(enum run_status status);

#endif
