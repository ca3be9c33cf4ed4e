/* The built-in functions, one per row of builtins.def, for builtins.c's table only. */
#ifndef FLOW_VM_BUILTINS_PARTS_H
#define FLOW_VM_BUILTINS_PARTS_H

#include "base/bytes.h"
#include "vm/builtins.h"

#include <stdbool.h>

/* The type of every built-in. The caller has checked args against the row's letters; the
 * function sets *out or returns a static message. */
#define ARGS                                                                                       \
    const struct value *args, uint32_t count, const struct builtin_world *world, struct value *out
typedef const char *builtin_function(ARGS);

#define BUILTIN(symbol, name, least, most, first, second, third, result, doc, example, shows)      \
    builtin_function builtin_##symbol;
#include "program/builtins.def"
#undef BUILTIN

/* For functions that use neither the number of arguments nor the world. */
#define UNUSED                                                                                     \
    do {                                                                                           \
        (void)count;                                                                               \
        (void)world;                                                                               \
    } while (0)

/* The message for results over VALUE_MAX_BYTES. builtin_call recognizes its address and returns
 * the function's own message instead, so that helpers need not know which function calls them. */
extern const char builtin_too_large[];

/* NULL, or the message that the function does not take the type of an argument. */
const char *builtin_misfit(enum builtin b, const struct value *args, uint32_t count);

/* NULL, or the message that v is too large to be walked. */
const char *builtin_bounded(struct value v);

/* Adds v to b as interpolation shows it. Returns NULL, or the message that it is too large. */
const char *builtin_show(struct bytes *b, struct value v);

/* Sets a text of b's contents and releases b. Returns NULL, or the message that it is too large. */
const char *builtin_take_text(struct bytes *b, struct value *out);

#endif
