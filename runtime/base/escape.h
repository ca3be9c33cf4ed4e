/* Reads escaped characters: percent-encoding, an escape of JSON, or an entity of HTML or XML.
 * Knows nothing of the text around it. */
#ifndef FLOW_BASE_ESCAPE_H
#define FLOW_BASE_ESCAPE_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The value of backslashes that escape nothing: the character after them stands for itself. */
#define ESCAPE_NOTHING UINT32_MAX

/* Returns the length of the escape at p in bytes; 0 if there is no escape. *c is its value: a byte
 * of UTF-8 if *is_byte, otherwise a code point or ESCAPE_NOTHING. Covers RFC 3986, section 2.1; RFC
 * 8259, section 7, except control characters that are escaped by a letter; all numeric entities of
 * HTML; and the five named entities of XML. */
size_t escape_read(const char *p, size_t len, uint32_t *c, bool *is_byte);

/* The value of a hexadecimal digit; -1 if c is not one. */
int escape_hex_digit(char c);

/* Appends the text with every %XX decoded (RFC 3986, section 2.1). Any other `%` stays. */
void escape_percent_decode(struct bytes *b, const char *p, size_t len);

/* Whether c may stand in the path of a URL as it is: pchar or "/" (RFC 3986, section 3.3). `%`
 * counts, whatever follows it. */
bool escape_is_path_char(char c);

#endif
