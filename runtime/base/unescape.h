/* Undoes the escapes that servers write texts with, and maps positions in the result back to the
 * source. All spellings of a text get the same form, whatever was escaped, how and how often; a few
 * different texts get the same form, too. Knows nothing of secrets. */
#ifndef FLOW_BASE_UNESCAPE_H
#define FLOW_BASE_UNESCAPE_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>

/* A string of JSON, six times a text within another, and last what is not UTF-8. */
#define UNESCAPE_PASSES 8u

/* Bytes of the result of a pass that differ from those of its source. */
struct unescape_edit {
    size_t to;   /* in the result, `made` bytes: 0 to 4 */
    size_t from; /* in the source, `taken` bytes */
    size_t made;
    size_t taken;
};

struct unescape_pass {
    struct unescape_edit *edits; /* in order */
    size_t len;
    size_t cap;
};

struct unescaped {
    struct bytes text;
    struct unescape_pass passes[UNESCAPE_PASSES];
    size_t pass_count;
    bool is_traced;
};

/* Sets u to the text, without a change. u must be empty or released. Without `traced`,
 * unescape_source cannot be called. */
void unescape_begin(struct unescaped *u, const char *p, size_t len, bool traced);

/* Decodes the text as the inside of a JSON string (RFC 8259, section 7). Only right after
 * unescape_begin. */
void unescape_string(struct unescaped *u);

/* Whether unescape_all could change the text. */
bool unescape_is_needed(const struct unescaped *u);

/* Undoes the escapes of escape.h; drops backslashes and null characters (UTF-16 has them beside
 * ASCII characters); reads bytes that are not UTF-8 as windows-1252, and a plus sign as a space, as
 * forms do. This is the last step. */
void unescape_all(struct unescaped *u);

/* Where the bytes from..to of u->text (at least one) came from in the source, including bytes that
 * were dropped right before them and, if `more`, right after them. */
void unescape_source(const struct unescaped *u, bool more, size_t *from, size_t *to);

void unescape_release(struct unescaped *u);

#endif
