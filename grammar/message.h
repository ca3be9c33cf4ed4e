/* Saying what is wrong with the syntax, in words for people: what was found, what was expected. */
#ifndef FLOW_GRAMMAR_MESSAGE_H
#define FLOW_GRAMMAR_MESSAGE_H

#include "grammar/reader.h"

/* Reports that `found` (a name of parser.y, as the last token is) stands where one of `expected`
 * would be right. Says nothing where that would repeat a message. */
void message_syntax(struct reader *r, const char *const *expected, int count, const char *found);

#endif
