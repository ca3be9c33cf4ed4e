/* The built-in functions, one per row of builtins.def, for builtins.c's table only. */
#ifndef FLOW_ENGINE_BUILTINS_PARTS_H
#define FLOW_ENGINE_BUILTINS_PARTS_H

#include "engine/builtins.h"

#include <stdbool.h>

/* What every built-in is: args were checked against the row's letters; sets *out or gives a static
 * sentence. */
typedef const char *builtin_function(const struct value *args, uint32_t count,
                                     const struct builtin_world *world, struct value *out);

#define BUILTIN(symbol, name, least, most, first, second, third, result, doc, example, shows)      \
    builtin_function builtin_##symbol;
#include "program/builtins.def"
#undef BUILTIN

#define BUILTIN_TOO_LARGE "a value became larger than 64 MB"
#define BUILTIN_TOO_LONG "a text became longer than 64 MB"

/* v as interpolation shows it, added to b; NULL, or that it is too large. */
struct bytes;
const char *builtin_show(struct bytes *b, struct value v);

/* A text of b's contents, b released; or that it is too long. */
const char *builtin_take_text(struct bytes *b, struct value *out);

#endif
