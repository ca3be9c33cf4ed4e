/* The types of the language, as the compiler knows them. Immutable, in the compilation's arena.
 * Knows nothing of expressions. */
#ifndef FLOW_COMPILER_TYPES_H
#define FLOW_COMPILER_TYPES_H

#include "base/arena.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>

enum type_kind {
    TYPE_UNKNOWN, /* after a mistake that was reported: fits everything, silently */
    TYPE_NULL,
    TYPE_BOOL,
    TYPE_INT,
    TYPE_NUMBER, /* an int fits it */
    TYPE_TEXT,
    TYPE_DURATION, /* int milliseconds, what `wait` takes; an int does not fit it, it fits int */
    TYPE_LIST,
    TYPE_OBJECT, /* with known members */
    TYPE_ANY,    /* checked when running; includes null */
};

struct type_member {
    const char *name; /* interned */
    const struct type *type;
};

struct type {
    enum type_kind kind;
    bool optional; /* may be null */
    bool secret;   /* a secret, or made from one */
    const char *name; /* of a declared type, else NULL */
    const struct type *item; /* LIST */
    const struct type_member *members; /* OBJECT */
    size_t member_count;
};

/* Shared instances: neither optional nor secret. */
const struct type *type_basic(enum type_kind kind);

const struct type *type_list(struct arena *a, const struct type *item);
const struct type *type_optional(struct arena *a, const struct type *t);
const struct type *type_without_null(struct arena *a, const struct type *t);
const struct type *type_with_secret(struct arena *a, const struct type *t, bool secret);

/* NULL: no such member. */
const struct type *type_member(const struct type *t, const char *name);

/* May a value of type `from` stand where `to` is wanted? ANY and UNKNOWN fit everywhere (checked
 * when running). Extra members of an object are fine. Secrets play no part. */
bool type_fits(const struct type *from, const struct type *to);

/* The smallest type both fit: int and number give number, T and null give T?, otherwise any. */
const struct type *type_join(struct arena *a, const struct type *x, const struct type *y);

/* As it is written: `[{ sku: text, qty: int? }]`, or its declared name. */
void type_print(struct bytes *b, const struct type *t);

/* Where `from` does not fit `to`: "items[].qty: wanted int, got text" into b; false when it fits. */
bool type_explain_misfit(struct bytes *b, const struct type *from, const struct type *to);

#endif
