/* Internationalized host names to the ASCII form that the DNS and HTTP have (RFC 5891), by libidn2.
 * It is loaded when the first such name is read; libcurl needs it anyway, but takes names by the
 * locale. */
#ifndef FLOW_BASE_IDN_H
#define FLOW_BASE_IDN_H

#include <stdbool.h>
#include <stddef.h>

bool idn_is_ascii(const char *name, size_t len);

/* The ASCII form of a name in UTF-8; heap, the caller's. NULL: *why (static) says what is wrong.
 * The result has letters, digits, `-`, `.` and `_` only: some signs, such as U+2100, stand for
 * characters that would end the host of a URL. */
char *idn_to_ascii(const char *name, size_t len, const char **why);

#endif
