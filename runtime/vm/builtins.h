/* What the built-in functions do; their names and shapes are in program/builtins.def. Pure, but
 * for the clock and the chance that they are given. */
#ifndef FLOW_VM_BUILTINS_H
#define FLOW_VM_BUILTINS_H

#include "base/value.h"
#include "program/builtin.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where time and chance come from: the system, or a simulation. */
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

/* 1 of fuel: so many bytes of a text, or items of a list or members of an object. */
#define COST_BYTES 4096u
#define COST_ITEMS 256u

/* matches() of two texts, in parts, for a machine that others wait for. The texts outlive the
 * search, which is the caller's. */
struct builtin_search;
const char *builtin_search_begin(const struct value *args, struct builtin_search **out);
void builtin_search_free(struct builtin_search *s);

/* What beginning it costs of a run's fuel, since the expression is compiled then. */
uint32_t builtin_search_weight(const struct builtin_search *s);

/* Takes about *steps of a few nanoseconds each, and says in *steps how many it took. *is_over: *out
 * says whether it fits. A sentence: it takes more steps than a search may. */
const char *builtin_search_go_on(struct builtin_search *s, uint64_t *steps, bool *is_over,
                                 struct value *out);

/* Steps of a search that cost 1 of fuel. */
#define COST_STEPS 64u

/* What the call costs of a run's fuel: by the bytes or items that it goes through or makes. 0 for
 * most. */
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
