/* UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef FLOW_BASE_UTF8_H
#define FLOW_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The number of leading bytes of p that are valid; len when all are. */
size_t utf8_valid_prefix(const char *p, size_t len);

/* Decodes the character at p (valid UTF-8, len > 0); *width is its bytes. */
uint32_t utf8_decode(const char *p, size_t len, size_t *width);

/* Writes c (a scalar value) to out; returns 1 to 4. */
size_t utf8_encode(uint32_t c, char out[4]);

/* Characters in valid UTF-8. */
size_t utf8_count(const char *p, size_t len);

/* Byte offset of character number i, len when there are fewer. */
size_t utf8_offset(const char *p, size_t len, size_t i);

/* Columns that c takes on a terminal: 0 (combining, zero width), 1, or 2 (East Asian wide, emoji).
 */
int utf8_columns(uint32_t c);

/* A bidirectional control (U+202A..202E, U+2066..2069, U+200E, U+200F, U+061C). */
bool utf8_is_bidi_control(uint32_t c);

#endif
