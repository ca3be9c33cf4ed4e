/* What the files of the parser of patterns share. */
#ifndef FLOW_REGEX_PATTERN_PARTS_H
#define FLOW_REGEX_PATTERN_PARTS_H

#include "regex/pattern.h"

/* (?i) and so on. */
struct pattern_flags {
    bool ignore_case;
    bool dot_takes_all;    /* a line feed, too */
    bool edges_of_lines;   /* ^ and $ */
    bool few_is_preferred; /* by * + ? {} without `?` behind them */
};

struct pattern_reader {
    struct pattern *pattern;
    const char *p;
    const char *end;
    struct pattern_flags flags;
    uint32_t depth;
    uint32_t set_items; /* of all sets so far */
    bool is_quoted;     /* between \Q and \E */
    bool failed;
    char *why;
    size_t room;
};

/* Say what is wrong, if nothing was said yet. Always false. */
bool pattern_fail(struct pattern_reader *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool pattern_fail_too_large(struct pattern_reader *r);
bool pattern_fail_back_reference(struct pattern_reader *r, const char *example);

/* Reading. */

/* Whether the pattern goes on with this text. */
bool pattern_sees(const struct pattern_reader *r, const char *text);

/* The character at r->p, which is not the end; goes past it. */
uint32_t pattern_take(struct pattern_reader *r);

/* Goes past the sign, if it is next. */
bool pattern_accept(struct pattern_reader *r, char c);

/* The bytes of the character at p, for a message: "%.*s". 0 at the end. */
int pattern_width(const struct pattern_reader *r, const char *p);

/* At `\`: reads an escape that is a class, such as \d or \pL, into the set. False: it is another,
 * and nothing was read, or it failed. */
bool pattern_read_class(struct pattern_reader *r, struct ranges *set);

/* At `\`: reads an escape that is one character. False: it failed. */
bool pattern_read_escaped(struct pattern_reader *r, uint32_t *c);

/* At `\`, outside of brackets; at `[`; at `(`: a node. PATTERN_NONE without a failure: it only set
 * flags. */
uint32_t pattern_read_escape(struct pattern_reader *r);
uint32_t pattern_read_bracket(struct pattern_reader *r);
uint32_t pattern_read_group(struct pattern_reader *r);

/* Up to the end or an unmatched `)`: a node. */
uint32_t pattern_read_either(struct pattern_reader *r);

/* Making the tree. Each gives the number of a node, PATTERN_NONE after a failure. */

uint32_t pattern_add(struct pattern_reader *r, enum pattern_kind kind, uint32_t value);
uint32_t pattern_add_char(struct pattern_reader *r, uint32_t c);
uint32_t pattern_add_set(struct pattern_reader *r, struct ranges *set); /* takes the set */
uint32_t pattern_add_repeat(struct pattern_reader *r, uint32_t part, uint32_t least, uint32_t most,
                            bool prefers_few);
uint32_t pattern_add_group(struct pattern_reader *r, uint32_t part, uint32_t number);

/* Parts of one node, as they are read; both PATTERN_NONE: there are none. */
struct pattern_chain {
    uint32_t first;
    uint32_t last;
};
void pattern_chain_add(struct pattern_reader *r, struct pattern_chain *c, uint32_t part);

/* PATTERN_JOIN or PATTERN_EITHER; the only part itself where it is one. */
uint32_t pattern_add_chain(struct pattern_reader *r, enum pattern_kind kind,
                           const struct pattern_chain *c);

/* Adds part to a set, with the other cases where case is ignored; is_negated: all other characters
 * than that. Takes part. */
void pattern_merge(struct pattern_reader *r, struct ranges *set, struct ranges *part,
                   bool is_negated);
uint32_t pattern_weight_of_sets(const struct pattern_reader *r);

#endif
