/* Finds where a regular expression (regex/pattern.h) matches in a text: the leftmost match, and
 * of several that begin there the one that Perl would prefer. The time is at most proportional
 * to the length of the text times the size of the expression, because the matcher follows all
 * ways through the expression at once; libraries that backtrack do not promise this. The size of
 * the expression bounds the memory of a search.
 *
 * A search caches the sets of steps that it has reached, and the set to which each character
 * leads (a deterministic automaton that is built lazily). Most characters then cost one look-up
 * in a table. */
#ifndef FLOW_REGEX_MATCHER_H
#define FLOW_REGEX_MATCHER_H

#include <stddef.h>
#include <stdint.h>

/* A search takes this many steps at most; a step takes a few nanoseconds. */
#define MATCHER_MAX_STEPS 1000000000u

struct matcher;

/* NULL if pattern is not a regular expression; why, of `room` bytes, then holds the reason, see
 * pattern_new. A matcher is read-only afterwards, so threads may share it. */
struct matcher *matcher_new(const char *pattern, char *why, size_t room);
void matcher_free(struct matcher *m);

/* The cost of making the matcher, in the steps that PATTERN_MAX_WEIGHT bounds. */
uint32_t matcher_weight(const struct matcher *m);

/* Returns 1 if the text matches somewhere, 0 if it does not, -1 if finding out takes more than
 * `steps`. p is valid UTF-8; a NUL is an ordinary character. */
int matcher_fits(const struct matcher *m, const char *p, size_t len, uint64_t steps);

/* The same in parts. The caller owns the search; m and p must outlive it. */
struct matcher_search;
struct matcher_search *matcher_begin(const struct matcher *m, const char *p, size_t len);
void matcher_end(struct matcher_search *s);

/* Returns 1 or 0 if the search is over: whether the text matches. Returns -1 if *steps were used
 * up first. Stays within *steps except for the steps of one character; afterwards *steps is the
 * number taken. */
int matcher_go_on(struct matcher_search *s, uint64_t *steps);

/* The number of groups that the expression captures; they are numbered from 1. */
uint32_t matcher_groups(const struct matcher *m);

/* The name of a group, from 1; NULL if it has none. */
const char *matcher_name(const struct matcher *m, uint32_t group);

/* Offsets in bytes; both are SIZE_MAX if the group was not part of the match. */
struct matcher_span {
    size_t begin;
    size_t end;
};

/* Starts over: matcher_go_on now looks for the first match that begins at `from` or later;
 * `from` is the beginning of a character. It writes the match to spans[0] and its groups to the
 * matcher_groups spans after it; spans must outlive the search. `^` still matches only at the
 * beginning of the text, not at `from`. To continue after an empty match, pass the beginning of
 * the next character. The cache is kept. */
void matcher_seek(struct matcher_search *s, size_t from, struct matcher_span *spans);

#endif
