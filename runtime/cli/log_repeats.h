/* Counts log lines that repeat, so that a terminal shows such a line once, with the number of
 * repetitions. Files and pipes get every line. */
#ifndef FLOW_CLI_LOG_REPEATS_H
#define FLOW_CLI_LOG_REPEATS_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_repeats {
    struct bytes last; /* the line that was shown last, while has_last */
    bool has_last;
    uint64_t count; /* its repetitions; the caller counts them */
};

/* True: the line repeats the last one, and nothing else was shown since. */
bool log_repeats_is_next(const struct log_repeats *r, const char *line, size_t len);

/* Remembers a line that was shown. */
void log_repeats_shown(struct log_repeats *r, const char *line, size_t len);

/* "  (3 more times)", for below the line. Only if count is not 0. */
void log_repeats_print(const struct log_repeats *r, struct bytes *b);

/* Something else was shown: the next line does not repeat any. */
void log_repeats_reset(struct log_repeats *r);

void log_repeats_release(struct log_repeats *r);

#endif
