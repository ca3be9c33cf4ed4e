/* Converts text in other charsets to UTF-8 with the C library's iconv. Invalid bytes are refused,
 * never replaced. Bytes and names are untrusted. */
#ifndef FLOW_FORMATS_CHARSET_H
#define FLOW_FORMATS_CHARSET_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the longest result. One byte may become three. */
#define CHARSET_MAX_BYTES ((size_t)1 << 31)

enum charset_result {
    CHARSET_GOOD,
    CHARSET_UNKNOWN,   /* iconv does not know the name */
    CHARSET_MALFORMED, /* a byte is not valid, or the last character is cut */
    CHARSET_TOO_LONG,
};

/* Whether the name is UTF-8 or US-ASCII: ASCII bytes mean the same in both, and any other byte can
 * only be meant as UTF-8. */
bool charset_is_utf8(const char *name, size_t len);

/* The charset that a byte-order mark at the beginning of a text stands for; NULL: there is none.
 * *len is the length of the mark. */
const char *charset_of_mark(const char *p, size_t text_len, size_t *len);

/* Appends the text to out, as UTF-8. If it is malformed, *at is the offset of the byte, and out
 * holds what was read before. UTF-16 and UTF-32 without a byte order are little-endian, as browsers
 * have it (encoding.spec.whatwg.org, section 4.2). */
enum charset_result charset_to_utf8(const char *name, size_t name_len, const char *p, size_t len,
                                    struct bytes *out, size_t *at);

#endif
