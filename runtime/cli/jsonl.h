/* Pieces of JSON that are written by hand: members of an object, bytes that may be no text. */
#ifndef FLOW_CLI_JSONL_H
#define FLOW_CLI_JSONL_H

#include "base/bytes.h"
#include "vm/program_mask.h"
#include "vm/request.h"

#include <stdbool.h>
#include <stddef.h>

/* Adds a member, with a comma before it where it is not the first, of the text as a JSON string,
 * null where text is NULL. What is not UTF-8 becomes U+FFFD. */
void jsonl_text(struct bytes *b, const char *name, const char *text);
void jsonl_bytes(struct bytes *b, const char *name, const char *p, size_t len);

/* JSON that is not finished: bytes that are not UTF-8 become base64 only when it is known what is
 * masked in them, for in base64 it could not be found in all its forms. { 0 } is empty. */
struct jsonl_raw {
    size_t at; /* in the text: between the quotes of a string */
    struct bytes bytes;
};

struct jsonl_line {
    struct bytes text;
    struct jsonl_raw raws[2]; /* bodies of a request and a response; in order */
    size_t raw_count;
};

void jsonl_line_release(struct jsonl_line *l);

/* Adds a member with the bytes as a string where they are UTF-8, else a member `NAME_base64` with
 * their base64 (RFC 4648, section 4). */
void jsonl_body(struct jsonl_line *l, const char *name, const char *p, size_t len);

/* Adds a string that will be the base64 of the bytes. */
void jsonl_base64(struct jsonl_line *l, const char *p, size_t len);

/* The text has all base64 and is masked afterwards. Once. */
void jsonl_line_finish(struct jsonl_line *l, const struct masks *masks);

/* The value of a header of a request, as people may see it: of Authorization the scheme alone. */
void jsonl_header_value(struct bytes *b, const struct field *f);

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
