/* Reads numbers from texts, as JSON writes them and as people type them. One module does both, so
 * that an answer, an input and int() read the same number. */
#ifndef FLOW_BASE_NUMBER_VALUE_H
#define FLOW_BASE_NUMBER_VALUE_H

#include "base/value.h"

#include <stdbool.h>
#include <stddef.h>

/* Reads exactly len bytes that must be one JSON number: an int, a number, or a decimal that keeps
 * its digits. True: *out is the caller's. False: *out is null. */
bool number_value_read(const char *p, size_t len, struct value *out);

/* The same for a number that a person typed: it may also begin with `+`, have leading zeros, and
 * have no digit before its point. */
bool number_value_read_typed(const char *p, size_t len, struct value *out);

/* The same, and the number must be a 64-bit integer, however it is written: 5, 05, 5.0, 5e0. */
bool number_value_read_int(const char *p, size_t len, struct value *out);

/* The int that a number (of any tag) exactly is; null where it has a fraction or does not fit. -0
 * is 0. */
struct value number_value_to_int(struct value v);

#endif
