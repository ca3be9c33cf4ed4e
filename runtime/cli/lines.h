/* Lines from a file, a pipe or a terminal, read as they are wanted and no sooner than needed, in a
 * loop that does other things meanwhile. Threads may take lines one at a time; only the loop's own
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

/* What is said of a line that cannot be an answer. */
#define LINES_NO_TEXT "the answer is not UTF-8 text: type it again"

struct lines;

enum lines_state {
    LINES_LINE,  /* there is one */
    LINES_LONG,  /* there was one that is longer than LINES_MAX; the next one follows it */
    LINES_AGAIN, /* a long one is being passed over; ask again once other things had their turn */
    LINES_WAIT,  /* none yet: see lines_wait */
    LINES_END,   /* no more */
};

/* fd is taken. ready is called from the loop, never from within a function here. loop NULL: what is
 * no file is waited for within lines_take, and lines may have any length. */
struct lines *lines_new(uv_loop_t *loop, int fd, void (*ready)(void *context), void *context);

/* After LINES_WAIT, in the loop's thread: ready will be called when there may be a line. */
void lines_wait(struct lines *l);

/* The loop must run afterwards, until the closed handle is gone. NULL is harmless. */
void lines_free(struct lines *l);

/* LINES_LINE: *p (len bytes, without its line end) is valid until the next call. */
enum lines_state lines_take(struct lines *l, const char **p, size_t *len);

/* The line that was taken last is the next one again. */
void lines_give_back(struct lines *l);

/* How far the lines taken reach, in bytes from the first that was read; *size is what there is of a
 * file, 0 where that is not known. */
uint64_t lines_position(const struct lines *l, uint64_t *size);

/* True: the line taken last has no line end, for all ended there. */
bool lines_is_cut(const struct lines *l);

/* Why the lines ended before their end, as the system says; NULL: they did not. */
const char *lines_problem(const struct lines *l);

#endif
