/* A text with the escapes undone in which servers write texts, and the way back from there. Two
 * writings of one text have the same form here, whatever was escaped, how and how often; a few
 * texts that differ have the same form, too. Knows no secrets. */
#ifndef FLOW_BASE_UNESCAPE_H
#define FLOW_BASE_UNESCAPE_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>

/* A string of JSON, six times a text within another, and last what is not UTF-8. */
#define UNESCAPE_PASSES 8u

/* Some bytes of a pass's result that are not simply those of its source. */
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

/* The text as it is; of u nothing is to be released. Without `traced` there is no way back. */
void unescape_begin(struct unescaped *u, const char *p, size_t len, bool traced);

/* The text is what stands between the quotes of a string of JSON (RFC 8259, section 7): makes it
 * what the string is. Only right after unescape_begin. */
void unescape_string(struct unescaped *u);

/* Whether unescape_all could make anything else of it. */
bool unescape_is_needed(const struct unescaped *u);

/* Undoes the escapes of escape.h, drops backslashes and null characters (which UTF-16 has beside
 * those of ASCII), and takes bytes that are not UTF-8 for windows-1252 and a plus sign for a blank,
 * as forms have it. Last of all. */
void unescape_all(struct unescaped *u);

/* Where the bytes from..to of u->text (there is one at least) came from, with what was dropped
 * right before them and, where `more`, right behind them. */
void unescape_source(const struct unescaped *u, bool more, size_t *from, size_t *to);

void unescape_release(struct unescaped *u);

#endif
