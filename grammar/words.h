/* What a keyword begins, by the table of keywords. */
#ifndef FLOW_GRAMMAR_WORDS_H
#define FLOW_GRAMMAR_WORDS_H

#include <stdbool.h>

enum words_role {
    WORDS_INNER = 0,
    WORDS_DECLARATION = 1,
    WORDS_MEMBER = 2,
    WORDS_SETTING = 4,
    WORDS_ATTRIBUTE = 8,
    WORDS_METHOD = 16,
    WORDS_VERB = 32,
    WORDS_ACTION = 64,
    WORDS_STEP = 128,
};

enum {
#define WORD(symbol, spelling, name, role) WORDS_INDEX_##symbol,
#include "syntax/words.def"
#undef WORD
    WORDS
};

/* Whether a token is a keyword with one of these roles. */
bool words_has_role(int token, unsigned roles);

/* Fills out with the keywords of these roles, in the order of the table, and a NULL. Returns out.
 */
const char *const *words_with_role(unsigned roles, const char *out[WORDS + 1]);

#endif
