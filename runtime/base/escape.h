/* One character of a text as percent-encoding, JSON, or HTML and XML wrote it. Knows no text as a
 * whole. */
#ifndef FLOW_BASE_ESCAPE_H
#define FLOW_BASE_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What backslashes alone stand for: what comes after them is itself. */
#define ESCAPE_NOTHING UINT32_MAX

/* How many bytes at p an escape takes, 0: there is none. c: what it stands for, a byte of UTF-8
 * where is_byte, else a code point or ESCAPE_NOTHING. RFC 3986, section 2.1; RFC 8259, section 7,
 * but for the escapes of control characters by a letter; and of HTML's entities those of XML, by
 * name, and all by number. */
size_t escape_read(const char *p, size_t len, uint32_t *c, bool *is_byte);

#endif
