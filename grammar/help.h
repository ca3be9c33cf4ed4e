/* The help of a syntax error: what the author most likely meant. Knows the habits of other
 * languages; the caller says which tokens were expected. */
#ifndef FLOW_GRAMMAR_HELP_H
#define FLOW_GRAMMAR_HELP_H

#include "grammar/reader.h"

/* The names of the tokens that are allowed here. */
struct expected {
    const char *const *names;
    int count;
};

/* A place that allows so many tokens that a message names only its kind: the place that expects the
 * token `with`, and `too`, but not `without` (each may be NULL). */
struct kind {
    const char *with;
    const char *too;
    const char *without;
    const char *phrase;
    bool list; /* an item of a list begins here: what was found is wrong, nothing is missing */
};

bool help_expects(struct expected expected, const char *name);

/* Whether a value may end here. It could also continue in many ways, which messages do not list. */
bool help_after_value(struct expected expected);

/* Whether a token's name is a description, as "a name". */
bool help_is_class(const char *name);

/* The source of span, cut to what fits into a message. */
const char *help_text_of(const struct reader *r, struct span span);

/* The help for the token that the reader returned last; NULL if there is none. kind may be NULL. */
const char *help_of(struct reader *r, struct expected expected, const struct kind *kind);

#endif
