/* Writes the results of the threads of a batch: whole lines only, one block at a time. */
#ifndef FLOW_CLI_LINE_WRITER_H
#define FLOW_CLI_LINE_WRITER_H

#include "cli/output.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <uv.h>

struct line_writer {
    uv_mutex_t mutex;
    struct output out;
    bool is_own;        /* a file that only we write */
    off_t whole;        /* of an own file: the length of its whole lines */
    atomic_int failure; /* errno of the first write that failed; 0: none */
};

void line_writer_init(struct line_writer *s, int fd, bool is_own);
void line_writer_release(struct line_writer *s);

/* p is whole lines. A line of an own file that could not be written whole is removed. In any
 * thread; blocks while the reader of a pipe does not read. */
void line_writer_write(struct line_writer *s, const char *p, size_t len);

#endif
