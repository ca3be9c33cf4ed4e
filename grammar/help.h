/* What most likely was meant by a mistake of syntax, in words of help. Knows the habits of other
 * languages; what was expected it is told. */
#ifndef FLOW_GRAMMAR_HELP_H
#define FLOW_GRAMMAR_HELP_H

#include "grammar/reader.h"

/* The names of the tokens that could stand here. */
struct expected {
    const char *const *names;
    int count;
};

/* A place where so much can stand that only its kind is named: the one that expects the token
 * `with`, and `too`, but not `without` (each may be NULL). */
struct kind {
    const char *with;
    const char *too;
    const char *without;
    const char *phrase;
    bool list; /* an item of a list begins here: what was found is wrong, nothing is missing */
};

bool help_expects(struct expected expected, const char *name);

/* A value that may end here can go on in many ways, which goes without saying. */
bool help_after_value(struct expected expected);

/* Whether a token's name is a description, as "a name". */
bool help_is_class(const char *name);

/* The beginning of span, as much as fits into a message. */
const char *help_text_of(const struct reader *r, struct span span);

/* The help for the token that the reader gave last; NULL: none. kind may be NULL. */
const char *help_of(struct reader *r, struct expected expected, const struct kind *kind);

#endif
