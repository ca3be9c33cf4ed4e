/* Reads the results of an earlier batch from their file. */
#ifndef FLOW_BATCH_RESUME_H
#define FLOW_BATCH_RESUME_H

#include "base/bytes.h"
#include "cli/lineset.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A line may have several results if a batch that ran lines again was killed: the last one counts.
 */
struct resume {
    const char *path;     /* NULL: nothing was read */
    struct lineset done;  /* lines whose result stays */
    struct lineset again; /* lines to run again, whose result will be replaced */
    uint64_t last;        /* the largest number of a line */
    bool has_older;       /* results that are not the last ones of their lines */
    dev_t device;         /* identify the file */
    ino_t file;
    off_t whole;    /* the length of the whole results */
    bool wants_end; /* the last of them has no line end */
};

/* Reads results; `again` is the set of statuses (see result.h) whose lines are to be run again.
 * A truncated result at the end of the file, without a line end, is ignored. False if any other
 * line is not a result: it is added to problems, which name the option. */
bool resume_read(struct resume *r, const char *option, const char *path, unsigned again,
                 struct bytes *problems);
void resume_release(struct resume *r);

/* Whether fd is the file that was read. */
bool resume_is_file(const struct resume *r, int fd);

/* Prepares the file, open as fd, for appending: removes a truncated result. False sets errno. */
bool resume_mend(const struct resume *r, int fd);

#endif
