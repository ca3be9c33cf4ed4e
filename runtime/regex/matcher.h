/* Where a regular expression (regex/pattern.h) matches in a text: the leftmost match, and of those
 * that begin there the one that Perl would prefer. The time is at most proportional to the length
 * of the text times the size of the expression, because all ways through the expression are
 * followed at once; libraries that backtrack do not promise this. The expression bounds the memory
 * of a search.
 *
 * A search caches the sets of places in the expression that it was in, and where each character led
 * from there (a deterministic automaton that is built lazily), so most characters cost one look-up
 * in a table. */
#ifndef FLOW_REGEX_MATCHER_H
#define FLOW_REGEX_MATCHER_H

#include <stddef.h>
#include <stdint.h>

/* Steps of one search, of some nanoseconds each. */
#define MATCHER_MAX_STEPS 1000000000u

struct matcher;

/* NULL: pattern is not a regular expression; why, of `room` bytes, says what is wrong, see
 * pattern_new. Read-only afterwards, so that threads may share it. */
struct matcher *matcher_new(const char *pattern, char *why, size_t room);
void matcher_free(struct matcher *m);

/* What making it costs, in steps of PATTERN_MAX_WEIGHT at most. */
uint32_t matcher_weight(const struct matcher *m);

/* p is valid UTF-8; a NUL is a character like any other. 1, 0: whether it matches somewhere. -1: to
 * know it would take more than steps. */
int matcher_fits(const struct matcher *m, const char *p, size_t len, uint64_t steps);

/* The same in parts. m and p outlive the search, which is the caller's. */
struct matcher_search;
struct matcher_search *matcher_begin(const struct matcher *m, const char *p, size_t len);
void matcher_end(struct matcher_search *s);

/* 1, 0: whether it matches, and nothing is to be gone on with. -1: *steps were taken, and it is not
 * known yet. Takes *steps at most, but for those of one character; afterwards it is how many were
 * taken. */
int matcher_go_on(struct matcher_search *s, uint64_t *steps);

/* How many groups the expression captures; they are numbered from 1. */
uint32_t matcher_groups(const struct matcher *m);

/* The name of a group, from 1; NULL: it has none. */
const char *matcher_name(const struct matcher *m, uint32_t group);

/* Bytes of the text; both SIZE_MAX: the group was not part of the match. */
struct matcher_span {
    size_t begin;
    size_t end;
};

/* Begins again: matcher_go_on now looks for the first match that begins at `from` or behind it,
 * where a character begins, and then says in spans, which outlive that, where the match is
 * (spans[0]) and its groups are (matcher_groups more). `^` is still the beginning of the text, not
 * of this part. To go on behind an empty match, begin one character further on. What was remembered
 * is kept. */
void matcher_seek(struct matcher_search *s, size_t from, struct matcher_span *spans);

#endif
