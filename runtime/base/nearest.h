/* "did you mean": the word that somebody most likely meant. Knows no language. */
#ifndef FLOW_BASE_NEAREST_H
#define FLOW_BASE_NEAREST_H

/* The candidate (NULL ends the list) that word is a misspelling of, or NULL: one that differs in
 * case only, else the first with the fewest letters inserted, left out, changed or swapped, at most
 * a third of the word's letters. */
const char *nearest_word(const char *word, const char *const *candidates);

#endif
