/* A table from interned words to anything. Compares pointers, never letters. { 0 } is empty and may
 * be released. */
#ifndef FLOW_SYNTAX_NAMES_H
#define FLOW_SYNTAX_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct names {
    struct names_slot *slots;
    size_t len;
    size_t cap;
    uint32_t round; /* slots of an older round are free */
};

void names_release(struct names *n);

/* Forgets all names at once, keeps the memory. */
void names_clear(struct names *n);

/* NULL: not there. */
void *names_find(const struct names *n, const char *word);

/* Adds a name; one that is there already keeps what it stands for, and that is returned (NULL: it
 * was added). value is not NULL. */
void *names_add(struct names *n, const char *word, void *value);

#endif
