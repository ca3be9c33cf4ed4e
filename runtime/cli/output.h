/* Output of flowrun: messages to stdout, all else to stderr. Everything is written at once and
 * completely; a failed write is remembered, so that it never passes for success. */
#ifndef FLOW_CLI_OUTPUT_H
#define FLOW_CLI_OUTPUT_H

#include "base/bytes.h"
#include "vm/program_mask.h"

#include <stdbool.h>
#include <stddef.h>

struct output {
    int fd;
    bool is_terminal;
    int failure; /* errno of the first write that failed; 0: none */
};

void output_init(struct output *o, int fd);

/* All len bytes, also to a non-blocking descriptor. False: this or an earlier write failed. */
bool output_write(struct output *o, const char *p, size_t len);

/* A message with its line end. What masks hold is masked (NULL: nothing); for a terminal, control
 * characters but tabs and line ends are left out. */
bool output_message(struct output *o, const struct masks *masks, const char *p, size_t len);

/* One line of valid UTF-8 with its line end: control characters are shown as escapes, what
 * masks hold is masked. */
bool output_line(struct output *o, const struct masks *masks, const char *p, size_t len);

/* Truncates an open regular file to nothing; leaves other files alone. False sets errno. */
bool output_empty(int fd);

/* "flowrun: …" on stderr. */
void output_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Each line of lines with "flowrun: " before it, on stderr. */
void output_complain_lines(const struct bytes *lines);

/* Complains that `calls` calls failed for lack of file descriptors; prints nothing for 0. */
void output_complain_starved(uint64_t calls);

/* Descriptors 0 to 2 are open afterwards, so that no file or socket gets one of these numbers; a
 * descriptor that was closed stays unreadable and unwritable. */
void output_prepare_descriptors(void);

#endif
