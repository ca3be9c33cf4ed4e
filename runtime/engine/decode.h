/* A body's bytes to a value, by its content type. Input is untrusted. */
#ifndef FLOW_ENGINE_DECODE_H
#define FLOW_ENGINE_DECODE_H

#include "base/value.h"

#include <stdbool.h>
#include <stddef.h>

/* JSON for application/json and +json, a tree for application/xml, text/xml and +xml, else text;
 * nothing gives null. content_type may be NULL. Text that is not UTF-8 is read as the charset says
 * (iso-8859-1, windows-1252, us-ascii); any other byte that is no UTF-8 becomes U+FFFD.
 * False: it does not parse; *out is the text, *why (heap) says what is wrong and where. */
bool decode_body(const char *content_type, size_t type_len, const char *body, size_t len,
                 struct value *out, char **why);

/* The body as text, whatever its type says besides its charset. The caller owns it. */
struct value decode_text(const char *content_type, size_t type_len, const char *body, size_t len);

#endif
