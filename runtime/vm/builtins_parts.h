/* The built-in functions, one per row of builtins.def, for builtins.c's table only. */
#ifndef FLOW_VM_BUILTINS_PARTS_H
#define FLOW_VM_BUILTINS_PARTS_H

#include "base/bytes.h"
#include "vm/builtins.h"

#include <stdbool.h>

/* What every built-in is: args were checked against the row's letters; sets *out or gives a static
 * sentence. */
#define ARGS                                                                                       \
    const struct value *args, uint32_t count, const struct builtin_world *world, struct value *out
typedef const char *builtin_function(ARGS);

#define BUILTIN(symbol, name, least, most, first, second, third, result, doc, example, shows)      \
    builtin_function builtin_##symbol;
#include "program/builtins.def"
#undef BUILTIN

/* For those that look neither at the number of arguments nor at the world. */
#define UNUSED                                                                                     \
    do {                                                                                           \
        (void)count;                                                                               \
        (void)world;                                                                               \
    } while (0)

/* The sentence of whatever is over VALUE_MAX_BYTES. Known by its address: builtin_call gives the
 * function's own sentence in its place, so that helpers need not know for whom they work. */
extern const char builtin_too_large[];

/* NULL, or the sentence that an argument is of no type that the function takes. */
const char *builtin_misfit(enum builtin b, const struct value *args, uint32_t count);

/* NULL, or that v is too large to be walked. */
const char *builtin_bounded(struct value v);

/* v as interpolation shows it, added to b; NULL, or that it is too large. */
const char *builtin_show(struct bytes *b, struct value v);

/* A text of b's contents, b released; or that it is too large. */
const char *builtin_take_text(struct bytes *b, struct value *out);

#endif
