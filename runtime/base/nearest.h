/* "did you mean": the word that somebody most likely meant. Knows nothing of what words mean. */
#ifndef FLOW_BASE_NEAREST_H
#define FLOW_BASE_NEAREST_H

/* The candidate that word most likely misspells, or NULL if none is near. A candidate that differs
 * in case only is preferred; otherwise the first one with the fewest letters inserted, omitted,
 * changed or swapped, at most a third of the word's letters. NULL ends the list of candidates. */
const char *nearest_word(const char *word, const char *const *candidates);

#endif
