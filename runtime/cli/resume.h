/* What an earlier batch has done already: the lines whose results its output holds. */
#ifndef FLOW_CLI_RESUME_H
#define FLOW_CLI_RESUME_H

#include "base/bytes.h"
#include "cli/lineset.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct resume {
    struct lineset lines;
    dev_t device; /* which file it was */
    ino_t file;
    off_t whole;    /* up to here it holds whole results */
    bool wants_end; /* the last of them has no line end */
};

/* Reads the output of an earlier batch. What stands at its end without a line end, and is no
 * result, was cut off while it was written: it does not count. False: what else is no result is
 * added to problems. */
bool resume_read(struct resume *r, const char *path, struct bytes *problems);
void resume_release(struct resume *r);

/* Makes the file, open as fd, ready to have results appended: what was cut off is taken away.
 * False: errno says why not. */
bool resume_mend(const struct resume *r, int fd);

#endif
