#include "program/builtin.h"

#include <string.h>

const struct builtin_row builtin_rows[BUILTINS] = {
#define BUILTIN(symbol, name, least, most, first, second, third, result, doc, example, shows)      \
    { name, least, most, { first, second, third }, result, doc, example, shows },
#include "program/builtins.def"
#undef BUILTIN
};

enum builtin builtin_find(const char *name)
{
    for (unsigned i = 0; i < BUILTINS; i++) {
        if (strcmp(builtin_rows[i].name, name) == 0)
            return (enum builtin)i;
    }
    return BUILTINS;
}
