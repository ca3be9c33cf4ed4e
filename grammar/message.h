/* The messages of syntax errors: what was found and what was expected. */
#ifndef FLOW_GRAMMAR_MESSAGE_H
#define FLOW_GRAMMAR_MESSAGE_H

#include "grammar/reader.h"

/* Reports that the last token, `found`, is where one of the `expected` tokens should be (all named
 * as in parser.y). Reports nothing if that would repeat a message. */
void message_syntax(struct reader *r, const char *const *expected, int count, const char *found);

#endif
