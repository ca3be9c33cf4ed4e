/* Converts internationalized host names to the ASCII form that the DNS and HTTP use (RFC 5891),
 * with libidn2. The library is loaded when the first such name is read. libcurl uses it too, but
 * reads names in the charset of the locale. */
#ifndef FLOW_BASE_IDN_H
#define FLOW_BASE_IDN_H

#include <stdbool.h>
#include <stddef.h>

bool idn_is_ascii(const char *name, size_t len);

/* The ASCII form of a name in UTF-8, on the heap; the caller frees. NULL: *why (static) says what
 * is wrong. The result has only letters, digits, `-`, `.` and `_`: a name with a sign such as
 * U+2100, whose ASCII form has characters that end the host of a URL, is refused. */
char *idn_to_ascii(const char *name, size_t len, const char **why);

#endif
