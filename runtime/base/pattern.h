/* POSIX extended regular expressions, of bounded cost. The C library's reader copies what is
 * repeated, goes one call deeper for each parenthesis and needs a time that grows with the cube of
 * what may be empty: a pattern of 40 characters can take all memory, one of 100,000 the stack.
 * Patterns may come from anyone. */
#ifndef FLOW_BASE_PATTERN_H
#define FLOW_BASE_PATTERN_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PATTERN_MAX_DEPTH 100u
#define PATTERN_MAX_WEIGHT 5000u

/* For looking whether it matches somewhere (REG_NOSUB). True: *regex is the caller's, regfree.
 * False: why, of `room` bytes, says what is wrong: what the library says, or that groups are nested
 * deeper than PATTERN_MAX_DEPTH, or that it is heavier than PATTERN_MAX_WEIGHT, or that it refers
 * back (`\1`), for which there is no fast way and which POSIX does not have.
 *
 * The weight: a character or a bracket expression 1; a group or a `|` 2 and what it holds; `^` or
 * `$` 64; \b, \B, \< and \> 250. {n} and {m,n} take it n times, and a range of counts or `?`
 * doubles it; `*`, `+` and {n,} double it, after a group take it eight times, and add 1,250 where
 * what they repeat may be empty, and for the squares and cubes of what the library walks again and again
 * then. The numbers are measured: each kind at its most takes some tenths of a second. */
bool pattern_compile(regex_t *regex, const char *pattern, char *why, size_t room);

/* At most PATTERN_MAX_WEIGHT. */
uint32_t pattern_weight(const char *pattern);

#endif
