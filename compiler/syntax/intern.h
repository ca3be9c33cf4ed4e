/* Interned words: equal bytes have equal pointers. Knows nothing of what they name. */
#ifndef FLOW_SYNTAX_INTERN_H
#define FLOW_SYNTAX_INTERN_H

#include "base/arena.h"

#include <stddef.h>
#include <stdint.h>

struct intern {
    struct arena *arena; /* where the words live; set by the owner before first use */
    struct words_slot *slots;
    size_t len;
    size_t cap;
};

/* Frees the table; the words stay in the arena. */
void intern_release(struct intern *w);

const char *intern_add(struct intern *w, const char *p, size_t len);

/* intern_add of a NUL-terminated text; intern_lower: with A to Z in lower case. */
const char *intern_of(struct intern *w, const char *text);
const char *intern_lower(struct intern *w, const char *text);

#endif
