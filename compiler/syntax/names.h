/* A table from interned words to pointers of any kind. Compares pointers, not bytes, and owns no
 * values. { 0 } is empty and may be released. */
#ifndef FLOW_SYNTAX_NAMES_H
#define FLOW_SYNTAX_NAMES_H

#include <stddef.h>

struct names {
    struct names_slot *slots;
    size_t len;
    size_t cap;
};

void names_release(struct names *n);

/* Forgets all names at once. Keeps the memory of a small table only, so that its time is in
 * proportion to the names that were added. */
void names_clear(struct names *n);

/* NULL if absent. */
void *names_find(const struct names *n, const char *word);

/* Adds a name and returns NULL. If the name is already in the table, changes nothing and returns
 * its value. value must not be NULL. */
void *names_add(struct names *n, const char *word, void *value);

#endif
