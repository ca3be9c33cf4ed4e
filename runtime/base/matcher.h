/* Whether a POSIX extended regular expression matches somewhere in a text, in a time that grows
 * with the text times the expression and never faster: all ways are gone at once (Thompson's
 * construction). The C library's search makes a table as it goes, and for some expressions is not
 * back after minutes. What is an expression, and which characters a bracket holds, is still for the
 * library to say. */
#ifndef FLOW_BASE_MATCHER_H
#define FLOW_BASE_MATCHER_H

#include <stddef.h>
#include <stdint.h>

/* Steps of one search, of some nanoseconds each; those that ask the C library count for more. */
#define MATCHER_MAX_STEPS 1000000000u

struct matcher;

/* NULL: pattern is none; why, of `room` bytes, says what is wrong, see pattern_compile. Read-only
 * afterwards, so that threads may share it. */
struct matcher *matcher_new(const char *pattern, char *why, size_t room);
void matcher_free(struct matcher *m);

/* p is valid UTF-8; a NUL is a character like any other. -1: it would take more than steps. */
int matcher_fits(const struct matcher *m, const char *p, size_t len, uint64_t steps);

/* The same in parts. m and p outlive the search, which is the caller's. */
struct matcher_search;
struct matcher_search *matcher_begin(const struct matcher *m, const char *p, size_t len);
void matcher_end(struct matcher_search *s);

/* 1, 0: whether it fits, and nothing is to be gone on with. -1: *steps were taken, and it is not
 * known yet. Takes *steps at most, but for those of one character; afterwards it is how many were
 * taken. */
int matcher_go_on(struct matcher_search *s, uint64_t *steps);

#endif
