/* Names in code: what each name of an expression and each arrow of a flow stands for. Writes down
 * on the way what the checks of the graph need: who leads where, and in which order variables are
 * set and read. Knows nothing of types. */
#ifndef FLOW_MODEL_BIND_H
#define FLOW_MODEL_BIND_H

#include "model/resolve.h"
#include "program/builtin.h"

/* What can be named at a place. */
enum view {
    VIEW_CONSTANT, /* constants only */
    VIEW_ENDPOINT, /* besides: configs, secrets, functions of nothing but their arguments */
    VIEW_FLOW, /* besides: all functions, `run`, variables, and in an arm what the outcome brings */
};

/* What the code of one flow does with the variables that need not have a value from the start, in
 * the order in which it is written. */
enum event_kind {
    EVENT_NODE,   /* number: the node that begins */
    EVENT_READ,   /* number: the variable; the next of binder.reads: where */
    EVENT_SET,    /* number: the variable */
    EVENT_COMMON, /* the part of the node that all its ways out share ends here */
    EVENT_ARM,    /* a way out begins, with what the common part has set */
    EVENT_EDGE,   /* number: the node that the way leads to */
};

/* A long flow has millions of them; sources of 64 MiB have no more nodes or variables than fit. */
struct event {
    uint32_t kind : 3; /* enum event_kind */
    uint32_t number : 29;
};

/* From node to node, numbered over all flows (binder.bases). A move to another flow leads to its
 * first node. */
struct edge {
    uint32_t from;
    uint32_t to;
    bool is_bounded;
    bool is_move; /* to another flow */
};

enum node_flag {
    NODE_LEAVES = 1, /* it has an arrow to `end`, `fail` or another flow */
    NODE_LOST = 2,   /* an arrow or more of it is not known, after a mistake that was reported */
    NODE_STUCK = 4,  /* no way out can be reached from it: reported */
    NODE_BROKEN = 8, /* there is a mistake of syntax in it */
};

struct bound_variable {
    struct variable variable;
    struct binding binding;
};

struct binder {
    struct resolver *r;
    struct names builtins;  /* of struct binding */
    struct names variables; /* of struct bound_variable */
    struct names nodes;     /* of struct node_model */
    struct names branches; /* of struct binding: of the node that is read, where it is a parallel */
    const char *arm_words[ARM_BRANCH]; /* by enum arm_value */
    const char *run_word;
    struct flow_model *flow; /* NULL: the code stands in no flow */
    struct node_model *node; /* that is read, or NULL */
    enum view view;
    unsigned visible;     /* bits by enum arm_value: what the outcome brings here */
    bool outcome_is_lost; /* what it brings is not known, for the node could not be read */
    const char *item;     /* the item's name of `each`, in its arguments */
    uint32_t *bases;      /* by the index of a flow: the number of its first node */
    uint8_t *node_flags;  /* by number of node: enum node_flag */
    struct edge *edges;
    size_t edge_count;
    size_t edge_cap;
    struct event *events; /* of the flow that was bound last */
    size_t event_count;
    size_t event_cap;
    const struct expr **reads; /* one for each EVENT_READ, in the same order */
    size_t read_count;
    size_t read_cap;
    uint32_t set_count; /* the first variables of the flow, which have a value from the start */
    uint32_t var_limit; /* while initial values of `var`s are bound: those that have one by then */
};

void binder_init(struct binder *b, struct resolver *r);
void binder_release(struct binder *b);

/* Binds the names in e, which may be NULL. */
void bind_expr(struct binder *b, struct expr *e, enum view view);
void bind_settings(struct binder *b, struct setting *settings, enum view view);

/* Binds a whole flow: variables, nodes, arrows, expressions; fills events. */
void bind_flow(struct binder *b, struct flow_model *flow);

/* Of bind_flow's parts. */
void bind_node(struct binder *b, struct node_model *node);
void bind_event(struct binder *b, enum event_kind kind, uint32_t number);
void bind_read(struct binder *b, const struct variable *v, const struct expr *e);
void bind_set(struct binder *b, const struct variable *v);

/* Whether a label is this outcome, or a wrong spelling of it, which is reported. */
bool bind_label_means(const struct label *l, enum outcome outcome);

/* NULL: there is none of that name. */
struct variable *bind_find_variable(const struct binder *b, const char *name);

uint32_t bind_number(const struct binder *b, const struct node_model *node);

#endif
