/* The operators of the language on values. The VM uses them, and the compiler when it folds
 * constants, so both agree. Pure: no clock, no I/O.
 *
 * Each function returns NULL and sets *out (the caller's), or returns a static sentence saying
 * what is wrong ("cannot add text and int: write \"{x}\" to join them"), with *out null. */
#ifndef FLOW_BASE_ARITH_H
#define FLOW_BASE_ARITH_H

#include "base/value.h"

/* Items of the longest list that arith makes; texts have VALUE_MAX_BYTES. */
#define ARITH_MAX_ITEMS 10000000u

/* Converts a number to what arithmetic computes with: a decimal becomes the int that it equals, or
 * the nearest double if it has a fraction. False: neither int64 nor double can hold it (a whole
 * number too large for both, or one beyond the range of a double). The operators below then report
 * a fault, except the comparisons. */
bool arith_operand(struct value *v);

/* Numbers, text with text, list with list. int + int stays int; overflow is a fault, and so is a
 * double that leaves the finite range, and a text or a list that becomes too long. */
const char *arith_add(struct value a, struct value b, struct value *out);
/* *a = *a + b; *a is the caller's, and stays as it is on a fault. A text or list with
 * no other owner grows in place, in time proportional to b alone. */
const char *arith_append(struct value *a, struct value b);

const char *arith_subtract(struct value a, struct value b, struct value *out);
const char *arith_multiply(struct value a, struct value b, struct value *out);

/* Always a number: 10 / 2 is 5.0 (printed as 5). Division by zero is a fault. */
const char *arith_divide(struct value a, struct value b, struct value *out);

/* Integers only; the result has the sign of a (as in C). */
const char *arith_remainder(struct value a, struct value b, struct value *out);
const char *arith_negate(struct value a, struct value *out);

/* < <= > >= : two numbers or two texts. */
enum arith_relation { ARITH_LESS, ARITH_LESS_EQUAL };
const char *arith_compare(enum arith_relation relation, struct value a, struct value b,
                          struct value *out);

/* The message for a condition v that is not a bool. */
const char *arith_not_a_condition(struct value v);

/* a in b: an item of a list (deep equality), a part of a text, a key of an object; nothing is
 * in null. */
const char *arith_in(struct value a, struct value b, struct value *out);

/* a.key, a[i]: never fail; a missing member or item is null. The result is the caller's. i may be
 * an int (negative counts from the end: -1 is the last), or a text for a member. A text has no
 * members and no items. */
struct value arith_index(struct value a, struct value i);

/* a[]: a itself when it is a list, else null. The result is the caller's. */
struct value arith_each(struct value a);

#endif
