/* Base64 (RFC 4648). Knows nothing of what the bytes mean. */
#ifndef FLOW_BASE_BASE64_H
#define FLOW_BASE_BASE64_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>

/* Appends len bytes in base64 (section 4), with padding. */
void base64_encode(struct bytes *b, const char *p, size_t len);

/* The same in base64url (section 5). */
void base64_encode_url(struct bytes *b, const char *p, size_t len);

/* Appends what a text of either alphabet stands for; padding may be left out. False: the text is
 * not base64, and b has a part of it at most. */
bool base64_decode(struct bytes *b, const char *p, size_t len);

#endif
