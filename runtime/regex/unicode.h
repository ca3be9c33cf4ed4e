/* The classes of Unicode: general categories, scripts, and characters that differ only in case.
 * unicode.py generates the tables. */
#ifndef FLOW_REGEX_UNICODE_H
#define FLOW_REGEX_UNICODE_H

#include "regex/ranges.h"

#include <stdbool.h>
#include <stddef.h>

/* Adds the characters of a general category ("Lu", "L" for all that begin with it, with unassigned
 * code points in "C" as "Cn"), of a script ("Greek"), or all ("Any"). False: the name is none of
 * these. */
bool unicode_add(struct ranges *s, const char *name, size_t len);

/* Adds the characters that are the same as one of the set but for their case (simple case folding):
 * to `k` both `K` and U+212A. The set is settled, before and after. */
void unicode_add_cases(struct ranges *s);

#endif
