/* Numbers and their text. Independent of the locale. */
#ifndef FLOW_BASE_NUMBER_H
#define FLOW_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Enough for any int64 or double. */
#define NUMBER_TEXT 32

/* Decimal digits of i; returns the length; NUL-terminated. */
size_t number_write_int(int64_t i, char out[NUMBER_TEXT]);

/* The shortest form that reads back as the same double, without an exponent where it is at most
 * 21 digits: 5, 1000, 0.1, 1e+300. A valid JSON number. d is finite. */
size_t number_write(double d, char out[NUMBER_TEXT]);

/* Order of two JSON numbers by their exact values, whatever their length: <0, 0, >0. */
int number_compare_texts(const char *a, size_t a_len, const char *b, size_t b_len);

/* The same for a JSON number and the exact value of d, which is finite. */
int number_compare_text(const char *p, size_t len, double d);

/* Which type holds a JSON number. */
enum number_form { NUMBER_NONE, NUMBER_INT, NUMBER_DOUBLE, NUMBER_DECIMAL };

/* Reads exactly len bytes that must be one number in the grammar of RFC 8259, section 6.
 * NUMBER_INT: *i is exact. NUMBER_DOUBLE: *d holds it so that number_write gives an equal decimal.
 * NUMBER_DECIMAL: neither can; *d is the nearest finite double. NUMBER_NONE: not a number. */
enum number_form number_read(const char *p, size_t len, int64_t *i, double *d);

/* Whether exactly len bytes are a JSON number whose exact value is a 64-bit integer, however it is
 * written (7, 7.0, 70e-1, -0): *i is it. */
bool number_read_whole(const char *p, size_t len, int64_t *i);

/* The value of a JSON number in arithmetic. NUMBER_INT: *i is its exact value. NUMBER_DOUBLE: *d is
 * its value (as number_read reads it), or the nearest double if it has a fraction. NUMBER_NONE: it
 * is not a number, it is a whole number that neither int64 nor double can hold, or it is beyond the
 * range of a double (1e400, 1e-400). */
enum number_form number_read_operand(const char *p, size_t len, int64_t *i, double *d);

#endif
