/* Interned words: equal bytes have equal pointers. */
#ifndef FLOW_SYNTAX_INTERN_H
#define FLOW_SYNTAX_INTERN_H

#include "base/arena.h"

#include <stddef.h>
#include <stdint.h>

struct words {
    struct arena *arena; /* where the words live; set by the owner before first use */
    struct words_slot *slots;
    size_t len;
    size_t cap;
};

/* Frees the table; the words stay in the arena. */
void words_release(struct words *w);

const char *words_add(struct words *w, const char *p, size_t len);

/* words_add of a NUL-terminated text. */
const char *words_of(struct words *w, const char *text);

#endif
