/* Turns the bytes of a body into a value by its content type. The bytes are untrusted. */
#ifndef FLOW_NET_DECODE_H
#define FLOW_NET_DECODE_H

#include "base/value.h"

#include <stdbool.h>
#include <stddef.h>

/* JSON for application/json and its like, a tree for XML, else text; nothing gives null.
 * content_type may be NULL.
 *
 * The charset is that of a byte-order mark, of the content type, or of an XML declaration, in this
 * order; else UTF-8. A mark is not part of the text. Nothing is replaced: bytes that are not valid
 * in the charset, and those of another type than text, JSON and XML that are not UTF-8, are
 * refused.
 *
 * False: refused; *out is the body as text, or null where it is none, and *why (heap) says what is
 * wrong and where, as in "its JSON is wrong in line 2, byte 6: …". */
bool decode_body(const char *content_type, size_t type_len, const char *body, size_t len,
                 struct value *out, char **why);

/* The body as text, whatever its type says, except for its charset; null if it is not text. The
 * caller owns it. */
struct value decode_text(const char *content_type, size_t type_len, const char *body, size_t len);

/* The content type of a body that is a text because of it, as a message may show it; an empty text
 * if there is none; null for JSON and XML. The caller owns it. */
struct value decode_text_type(const char *content_type, size_t type_len);

#endif
