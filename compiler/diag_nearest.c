#include "base/nearest.h"
#include "compiler/diag.h"

const char *diag_nearest(const char *word, const char *const *candidates)
{
    return nearest_word(word, candidates);
}
