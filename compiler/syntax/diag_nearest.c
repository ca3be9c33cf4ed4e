#include "base/nearest.h"
#include "syntax/diag.h"

const char *diag_nearest(const char *word, const char *const *candidates)
{
    return nearest_word(word, candidates);
}
