/* What an earlier batch has done already: its results, read again from the file that holds them. */
#ifndef FLOW_BATCH_RESUME_H
#define FLOW_BATCH_RESUME_H

#include "base/bytes.h"
#include "cli/lineset.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A line may have several results, where a batch was killed that ran lines again: the last one
 * counts. */
struct resume {
    const char *path;     /* NULL: nothing was read */
    struct lineset done;  /* lines whose result stays */
    struct lineset again; /* lines whose result is to be replaced by that of another run */
    uint64_t last;        /* the largest number of a line */
    bool has_older;       /* results that are not the last ones of their lines */
    dev_t device;         /* which file it was */
    ino_t file;
    off_t whole;    /* up to here it holds whole results */
    bool wants_end; /* the last of them has no line end */
};

/* Reads results; `again` is the set of statuses (see result.h) whose lines are to be run again.
 * What stands at the end of the file without a line end, and is the beginning of a result, was cut
 * off while it was written: it does not count. False: what else is not a result is added to
 * problems, which name the option. */
bool resume_read(struct resume *r, const char *option, const char *path, unsigned again,
                 struct bytes *problems);
void resume_release(struct resume *r);

/* Whether fd is the file that was read. */
bool resume_is_file(const struct resume *r, int fd);

/* Makes the file, open as fd, ready to have results appended: what was cut off is taken away.
 * False: errno says why not. */
bool resume_mend(const struct resume *r, int fd);

#endif
