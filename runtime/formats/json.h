/* JSON (RFC 8259) to values and back. Our own reader because values must be exact: 64-bit integers,
 * \u0000, digits of numbers too large for a double. Bounded in depth; input is untrusted. */
#ifndef FLOW_FORMATS_JSON_H
#define FLOW_FORMATS_JSON_H

#include "base/bytes.h"
#include "base/value.h"

#include <stdbool.h>
#include <stddef.h>

#define JSON_MAX_DEPTH 512

struct json_error {
    size_t offset;       /* of the byte at which reading failed */
    const char *message; /* static, such as "expected `,` or `}`" */
};

/* Reads one document of exactly len bytes. True: *out is the caller's. False: *error says why,
 * *out is null. A duplicate key: the last one wins. An unpaired surrogate escape and bytes that
 * are not UTF-8 are errors. A byte-order mark is an error. */
bool json_read(const char *p, size_t len, struct value *out, struct json_error *error);

/* Appends v as compact JSON, members in their order. */
void json_write(struct bytes *b, struct value v);

/* Appends a JSON string, quotes included. p is valid UTF-8. Control characters are escaped. */
void json_write_string(struct bytes *b, const char *p, size_t len);

/* Appends v as the language interpolates it: a text as it is, null as nothing, all else as JSON. */
void json_write_interpolated(struct bytes *b, struct value v);

#endif
