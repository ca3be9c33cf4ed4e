/* Runs the built-in functions; program/builtins.def has their names and shapes. They are pure,
 * except for the clock and the random numbers passed to them. */
#ifndef FLOW_VM_BUILTINS_H
#define FLOW_VM_BUILTINS_H

#include "base/value.h"
#include "program/builtin.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The source of time and random numbers: the system, or a simulation. */
struct builtin_world {
    int64_t (*now_ms)(void *context); /* since 1970, UTC */
    void (*random)(void *context, void *out, size_t len);
    void *context;
};

/* count is within the row's bounds; args are looked at. NULL: *out is the caller's. Otherwise a
 * static sentence for people that says what is wrong, naming the function and what it got: "`len`
 * cannot take an int here: `flowc explain len` says what it takes"; *out is null.
 * Results are bounded: a text of at most VALUE_MAX_BYTES, a list of at most
 * BUILTIN_MAX_ITEMS. */
#define BUILTIN_MAX_ITEMS 10000000u

const char *builtin_call(enum builtin b, const struct value *args, uint32_t count,
                         const struct builtin_world *world, struct value *out);

/* 1 unit of fuel pays for this many bytes of a text, or items of a list, or members of an
 * object. */
#define COST_BYTES 4096u
#define COST_ITEMS 256u

/* matches() of two texts, in parts, for a machine that other runs wait for. The caller owns the
 * search; the texts must outlive it. */
struct builtin_search;
const char *builtin_search_begin(const struct value *args, struct builtin_search **out);
void builtin_search_free(struct builtin_search *s);

/* The fuel for beginning the search, which compiles the expression. */
uint32_t builtin_search_weight(const struct builtin_search *s);

/* Takes about *steps steps of a few nanoseconds each and sets *steps to the number taken. If
 * *is_over is set, *out is whether the text matches. Returns a message if the search exceeds the
 * limit of steps. */
const char *builtin_search_go_on(struct builtin_search *s, uint64_t *steps, bool *is_over,
                                 struct value *out);

/* Steps of a search that cost 1 of fuel. */
#define COST_STEPS 64u

/* The fuel for the call, by the bytes or items that it reads or makes; 0 for most. */
uint32_t builtin_cost(enum builtin b, const struct value *args, uint32_t count,
                      struct value result);

/* The same of one value. */
static inline uint32_t value_cost(struct value v)
{
    if (!value_is_counted(v))
        return 0;
    return v.counted->len / (v.tag >= VALUE_LIST ? COST_ITEMS : COST_BYTES);
}

#endif
