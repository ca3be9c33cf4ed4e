/* Calculating while compiling: the value of an expression that is made of constants only. Uses the
 * same operators as the machine, so that both agree. Names must be bound. */
#ifndef FLOW_MODEL_FOLD_H
#define FLOW_MODEL_FOLD_H

#include "model/model.h"

/* A constant may be this large, in bytes on the heap; a larger one is a fault. */
#define FOLD_MAX_BYTES (16u << 20)

enum fold_state {
    FOLD_KNOWN, /* value is the caller's */
    FOLD_OPEN,  /* part of it is known only when running */
    FOLD_FAULT, /* it is constant, and calculating it goes wrong: fault says why, span where */
    FOLD_BAD,   /* it holds a mistake that was reported */
};

struct folded {
    enum fold_state state;
    struct value value; /* null unless KNOWN */
    const char *fault;  /* static */
    struct span span;   /* OPEN, FAULT: the part */
};

struct folded fold_expr(const struct expr *e);

#endif
