/* The types of the language, as the compiler knows them. Immutable, in the compilation's arena.
 * Knows nothing of expressions. Declared types may contain themselves (`type Tree { kids: [Tree]
 * }`), so nothing here walks a type without a bound. */
#ifndef FLOW_MODEL_TYPES_H
#define FLOW_MODEL_TYPES_H

#include "base/arena.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>

enum type_kind {
    TYPE_UNKNOWN, /* after a reported mistake: fits everything, silently; also the items of `[]` */
    TYPE_NULL,
    TYPE_BOOL,
    TYPE_INT,
    TYPE_NUMBER, /* an int fits it */
    TYPE_TEXT,
    TYPE_DURATION, /* int milliseconds, what `wait` takes; an int does not fit it, it fits int */
    TYPE_LIST,
    TYPE_OBJECT, /* with known members, or a map (item is set) */
    TYPE_ANY,    /* checked when running; includes null */
};

#define TYPE_KINDS (TYPE_ANY + 1)

struct type_member {
    const char *name; /* interned */
    const struct type *type;
};

struct type {
    enum type_kind kind;
    bool optional; /* may be null */
    bool secret; /* a secret, or computed from one; of an object: some members are, or, if no member
                    is marked, the whole object */
    const char *name;        /* of a declared type, else NULL */
    const struct type *item; /* LIST; OBJECT: the type of all members whose names are unknown
                                (`headers`), else NULL */
    const struct type_member *members; /* OBJECT */
    size_t member_count;
};

/* Shared instances: neither optional nor secret. A LIST is one of any, an OBJECT a map to any. */
const struct type *type_basic(enum type_kind kind);

const struct type *type_list(struct arena *a, const struct type *item);

/* An object with these members (kept, not copied); secret when one of them is. */
const struct type *type_object(struct arena *a, const struct type_member *members, size_t count);

/* An object with any members, each of this type. */
const struct type *type_map(struct arena *a, const struct type *item);

const struct type *type_optional(struct arena *a, const struct type *t);
const struct type *type_without_null(struct arena *a, const struct type *t);
const struct type *type_with_secret(struct arena *a, const struct type *t, bool secret);

/* NULL if there is no such member. */
const struct type *type_member(const struct type *t, const char *name);

/* True for int, number and duration, null or not. */
bool type_is_numeric(const struct type *t);

/* Whether null is known to be among its values; false for any. */
bool type_may_be_null(const struct type *t);

/* ANY or UNKNOWN: nothing can be said before running. */
bool type_is_open(const struct type *t);

/* Secret, and no member says which part is. */
bool type_is_wholly_secret(const struct type *t);

/* Could == of the two ever be true? */
bool type_comparable(const struct type *x, const struct type *y);

/* The same type, secrets and all? Structure is compared where it is cheap; false when in doubt. */
bool type_same(const struct type *x, const struct type *y);

/* May a value of type `from` be used where `to` is needed? ANY and UNKNOWN fit everywhere (checked
 * when running). Extra members of an object are fine. Secrecy is ignored. */
bool type_fits(const struct type *from, const struct type *to);

/* The smallest type that both fit: int and number give number, T and null give T?, objects of the
 * same member names are joined member by member, otherwise any. */
const struct type *type_join(struct arena *a, const struct type *x, const struct type *y);

/* Appends the type as authors write it, `[{ sku: text, qty: int? }]`, or its declared name. */
void type_print(struct bytes *b, const struct type *t);

/* Appends where and why `from` does not fit `to`: "items[].qty: expected int, got text". False, and
 * nothing is appended, if it fits. */
bool type_explain_misfit(struct bytes *b, const struct type *from, const struct type *to);

#endif
