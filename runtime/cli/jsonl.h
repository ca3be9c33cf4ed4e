/* Pieces of JSON that are written by hand: members of an object, bytes that may be no text. */
#ifndef FLOW_CLI_JSONL_H
#define FLOW_CLI_JSONL_H

#include "base/bytes.h"
#include "engine/program.h"
#include "engine/request.h"

#include <stdbool.h>
#include <stddef.h>

/* Adds a member, with a comma before it where it is not the first, of the text as a JSON string,
 * null where text is NULL. What is not UTF-8 becomes U+FFFD. */
void jsonl_text(struct bytes *b, const char *name, const char *text);
void jsonl_bytes(struct bytes *b, const char *name, const char *p, size_t len);

/* The same with the bytes as a string where they are UTF-8, else as a member `NAME_base64` with
 * their base64 (RFC 4648, section 4). */
void jsonl_body(struct bytes *b, const struct program *program, const char *name, const char *p,
                size_t len);

/* Adds the base64 of the bytes, without quotes. Secrets in them are masked before: in base64 they
 * could not be found in all their forms. */
void jsonl_base64(struct bytes *b, const struct program *program, const char *p, size_t len);

/* Walks header lines "name: value\n" as in struct exchange: the next one from *at on. False: none.
 */
struct header_line {
    const char *name;
    size_t name_len;
    const char *value;
    size_t value_len;
};
bool jsonl_next_header(const struct bytes *headers, size_t *at, struct header_line *line);

#endif
