/* A result of a batch, as it is read again: which line it is of, and how that ended. Knows nothing
 * of files. */
#ifndef FLOW_CLI_RESULT_H
#define FLOW_CLI_RESULT_H

#include "base/bytes.h"
#include "engine/run.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a line ended: as its run did, or no run was begun for it. */
enum result_status {
    RESULT_ENDED = RUN_ENDED,
    RESULT_FAILED = RUN_FAILED,
    RESULT_FAULTED = RUN_FAULTED,
    RESULT_CANCELLED = RUN_CANCELLED,
    RESULT_INVALID,
    RESULT_STATUSES
};

/* A set of statuses has this bit for each. */
#define RESULT_BIT(status) (1u << (status))

struct result {
    uint64_t line; /* from 1 to LINESET_MAX */
    enum result_status status;
};

const char *result_status_name(enum result_status status);

/* Reads a set: names with commas between them. False: one of them is not the name of a status. */
bool result_read_statuses(const char *text, unsigned *set);

/* False: it is not a result, and the reason is added to why. */
bool result_read(const char *p, size_t len, struct result *r, struct bytes *why);

/* The line of what was read before, or written by this program: ten times as fast. False: it is not
 * a result all the same. */
bool result_read_line(const char *p, size_t len, uint64_t *line);

/* Whether it can be the beginning of a result that was being written when the program was killed,
 * or what some file systems have in its place after a power failure: zeros. */
bool result_is_cut(const char *p, size_t len);

#endif
