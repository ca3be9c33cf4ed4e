/* Reads lines from a file, a pipe or a terminal on demand, in an event loop that does other work
 * meanwhile. Threads may take lines one at a time; only the loop's own
 * waits. */
#ifndef FLOW_CLI_LINES_H
#define FLOW_CLI_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

/* The longest line, in bytes, without its line end. */
#define LINES_MAX (64u << 20)
#define LINES_TOO_LONG "the line is longer than 64 MB"

/* The message for a line that is not a valid answer. */
#define LINES_NO_TEXT "the answer is not UTF-8 text: type it again"

struct lines;

enum lines_state {
    LINES_LINE,  /* there is one */
    LINES_LONG,  /* there was one that is longer than LINES_MAX; the next one follows it */
    LINES_AGAIN, /* a long line is being skipped; ask again after other work had its turn */
    LINES_WAIT,  /* none yet: see lines_wait */
    LINES_END,   /* no more */
};

/* Takes ownership of fd. ready is called from the loop, never by a function of this header. Without
 * a loop (NULL), lines_take blocks, and lines may have any length. */
struct lines *lines_new(uv_loop_t *loop, int fd, void (*ready)(void *context), void *context);

/* After LINES_WAIT, in the loop's thread: ready will be called when there may be a line. */
void lines_wait(struct lines *l);

/* The loop must run afterwards, until the closed handle is gone. NULL is harmless. */
void lines_free(struct lines *l);

/* LINES_LINE: *p (len bytes, without its line end) is valid until the next call. */
enum lines_state lines_take(struct lines *l, const char **p, size_t *len);

/* The line that was taken last is the next one again. */
void lines_give_back(struct lines *l);

/* The end of the lines taken, in bytes from the first byte read. *size is the size of a file, 0 if
 * unknown. */
uint64_t lines_position(const struct lines *l, uint64_t *size);

/* True: the line taken last has no line end, because the input ended there. */
bool lines_is_cut(const struct lines *l);

/* The system's reason why reading failed before the end of the lines; NULL: it did not. */
const char *lines_problem(const struct lines *l);

#endif
