/* The pages of `flowc explain`: codes of diagnostics and built-in functions, from their tables. */
#ifndef FLOW_SYNTAX_EXPLAIN_H
#define FLOW_SYNTAX_EXPLAIN_H

#include "base/bytes.h"

#include <stdbool.h>

/* Appends the page of a code such as E0402, in any case, or of a built-in such as len. False if
 * there is none. */
bool explain_print(const char *name, struct bytes *out);

/* Appends a line for each page there is. */
void explain_list(struct bytes *out);

/* The name of the page that is nearest; NULL if none is near. */
const char *explain_nearest(const char *name);

#endif
