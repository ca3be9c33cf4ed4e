#include "grammar/words.h"

#include "grammar/parser.h"

#include <stddef.h>
#include <stdint.h>

static const struct {
    const char *spelling;
    uint8_t role;
} words[] = {
#define WORD(symbol, spelling, name, role) { spelling, WORDS_##role },
#include "syntax/words.def"
#undef WORD
};

/* By token. */
static const uint8_t roles_of[] = {
#define WORD(symbol, spelling, name, role) [KW_##symbol] = WORDS_##role,
#include "syntax/words.def"
#undef WORD
};

bool words_has_role(int token, unsigned roles)
{
    return token >= 0 && (size_t)token < sizeof roles_of && (roles_of[token] & roles) != 0;
}

const char *const *words_with_role(unsigned roles, const char *out[WORDS + 1])
{
    size_t count = 0;
    for (size_t i = 0; i < WORDS; i++)
        if (words[i].role & roles)
            out[count++] = words[i].spelling;
    out[count] = NULL;
    return out;
}
