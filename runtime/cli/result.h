/* Parses a result of a batch: the number of its line, and how the line ended. Opens no files. */
#ifndef FLOW_CLI_RESULT_H
#define FLOW_CLI_RESULT_H

#include "base/bytes.h"
#include "engine/run.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a line ended: as its run did, or without a run. */
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

/* Reads only the line number of a result that is known to be valid: ten times as fast as
 * result_read. False: it is not a result after all. */
bool result_read_line(const char *p, size_t len, uint64_t *line);

/* Whether it can be a truncated result, because the program was killed while writing it, or the
 * zeros that some file systems leave after a power failure. */
bool result_is_cut(const char *p, size_t len);

#endif
