/* Constant folding: the value of an expression that consists only of constants. Uses the same
 * operators as the VM, so that both give the same results. Names must be bound. */
#ifndef FLOW_MODEL_FOLD_H
#define FLOW_MODEL_FOLD_H

#include "model/model.h"

/* A constant may be this large, in bytes on the heap; a larger one is a fault. */
#define FOLD_MAX_BYTES (16u << 20)

enum fold_state {
    FOLD_KNOWN, /* the caller owns value */
    FOLD_OPEN,  /* part of it is known only when running */
    FOLD_FAULT, /* it is constant, but calculating it fails: fault says why, span where */
    FOLD_BAD,   /* it contains a mistake that is already reported */
};

struct folded {
    enum fold_state state;
    struct value value; /* null unless KNOWN */
    const char *fault;  /* static */
    struct span span;   /* OPEN, FAULT: the part that is the reason */
};

struct folded fold_expr(const struct expr *e);

#endif
