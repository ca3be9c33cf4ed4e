/* The names and shapes of the built-in functions, from builtins.def. vm/builtins runs them. */
#ifndef FLOW_PROGRAM_BUILTIN_H
#define FLOW_PROGRAM_BUILTIN_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

#define BUILTIN_MANY 250

enum builtin {
#define BUILTIN(symbol, name, least, most, first, second, third, result, doc, example, shows)      \
    BUILTIN_##symbol,
#include "program/builtins.def"
#undef BUILTIN
    BUILTINS
};

struct builtin_row {
    const char *name;
    uint8_t least;
    uint8_t most;
    const char *takes[3];
    const char *result;
    const char *doc;
    const char *example;
    const char *shows;
};

/* One row per enum builtin. */
extern const struct builtin_row builtin_rows[BUILTINS];

/* BUILTINS: there is none of that name. */
enum builtin builtin_find(const char *name);

/* Whether it has another value each time, so that it means nothing before a run. */
static inline bool builtin_varies(enum builtin b)
{
    return b == BUILTIN_NOW || b == BUILTIN_UUID;
}

/* Appends the meaning of a set of type letters of the table, such as "text or list", to b. */
void builtin_takes(const char *letters, struct bytes *b);

/* Appends the meaning of a result letter, such as "int?", to b. */
void builtin_result(const char *letter, struct bytes *b);

#endif
