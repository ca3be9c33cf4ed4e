/* Regular expressions in RE2's syntax, as trees. Knows nothing of matching (regex/matcher.h).
 * Patterns are untrusted: the depth and the weight of a tree are bounded, and so is everything that
 * is made from it.
 *
 * Back-references and look-around are not supported: no known algorithm matches them in linear
 * time.
 */
#ifndef FLOW_REGEX_PATTERN_H
#define FLOW_REGEX_PATTERN_H

#include "regex/ranges.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PATTERN_MAX_DEPTH 100u
#define PATTERN_MAX_WEIGHT 5000u

/* Room for every reason why a pattern is refused. */
#define PATTERN_MAX_WHY 256u

enum pattern_kind {
    PATTERN_EMPTY,
    PATTERN_CHAR,   /* value: the character */
    PATTERN_SET,    /* value: number of the set */
    PATTERN_EDGE,   /* value: enum pattern_edge */
    PATTERN_JOIN,   /* its parts one after the other */
    PATTERN_EITHER, /* one of its parts, the first that leads to a match */
    PATTERN_REPEAT, /* its only part, from least to most times */
    PATTERN_GROUP   /* its only part; value: the group's number, from 1 */
};

enum pattern_edge {
    PATTERN_TEXT_BEGIN,
    PATTERN_TEXT_END,
    PATTERN_LINE_BEGIN, /* or of the text */
    PATTERN_LINE_END,
    PATTERN_WORD_EDGE, /* one of the characters before and after is of [0-9A-Za-z_], the other not
                        */
    PATTERN_WORD_INNER /* both or neither */
};

#define PATTERN_NONE UINT32_MAX
#define PATTERN_ENDLESS UINT32_MAX

struct pattern_node {
    enum pattern_kind kind;
    uint32_t value;
    uint32_t first; /* part, number of a node; PATTERN_NONE: it has none */
    uint32_t next;  /* part of what it is a part of; PATTERN_NONE: it is the last */
    uint32_t least;
    uint32_t most;     /* PATTERN_ENDLESS: any number */
    bool prefers_few;  /* of these numbers */
    bool may_be_empty; /* can match without a character; false only where that is certain */
    /* Steps of a matcher (regex/matcher.h) that it takes: all of it, and only up to its characters.
     */
    uint32_t steps;
    uint32_t outline;
};

struct pattern {
    struct pattern_node *nodes;
    uint32_t node_len;
    size_t node_cap;
    uint32_t root;
    struct ranges *sets;
    uint32_t set_len;
    size_t set_cap;
    char **names; /* of group i + 1; NULL: it has none */
    uint32_t groups;
    uint32_t weight; /* at most PATTERN_MAX_WEIGHT: steps, and some for large sets */
};

/* text is valid UTF-8. NULL: it is not a pattern; why, of `room` bytes, says what is wrong and what
 * to write instead. The caller frees. */
struct pattern *pattern_new(const char *text, char *why, size_t room);
void pattern_free(struct pattern *p);

#endif
