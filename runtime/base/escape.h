/* One character of a text as percent-encoding, JSON, or HTML and XML wrote it, also one within
 * itself
 * (`%253C`, `&amp;lt;`, `\\\"`). Knows no text as a whole. */
#ifndef FLOW_BASE_ESCAPE_H
#define FLOW_BASE_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many bytes at p an escape takes, 0: there is none. c: what it stands for, a byte of UTF-8
 * where is_byte, else a code point. RFC 3986, section 2.1; RFC 8259, section 7; and of HTML's
 * entities those of XML, by name, and all by number. */
size_t escape_read(const char *p, size_t len, uint32_t *c, bool *is_byte);

#endif
