/* Binds the names in code: what each name in an expression and each target of an arrow refers to.
 * Also records what the checks of the graph need: the edges between nodes, and the order in which
 * variables are set and read. Knows nothing of types. */
#ifndef FLOW_MODEL_BIND_H
#define FLOW_MODEL_BIND_H

#include "model/resolve.h"
#include "program/builtin.h"

/* Which names an expression may use. */
enum view {
    VIEW_CONSTANT, /* constants only */
    VIEW_ENDPOINT, /* also configs, secrets, and functions that depend only on their arguments */
    VIEW_FLOW, /* also all functions, `run`, variables, and in an arm the values of the outcome */
};

/* What the code of one flow does with the variables that have no initial value, in source order. */
enum event_kind {
    EVENT_NODE,   /* number: the node that begins */
    EVENT_READ,   /* number: the variable; the next of binder.reads is the place */
    EVENT_SET,    /* number: the variable */
    EVENT_COMMON, /* end of the part that all exits of the node share */
    EVENT_ARM,    /* an exit begins, with the variables that the common part has set */
    EVENT_EDGE,   /* number: the node that the exit leads to */
};

/* A long flow has millions of events. 29 bits suffice: a source of 64 MiB has fewer nodes and
 * variables. */
struct event {
    uint32_t kind : 3; /* enum event_kind */
    uint32_t number : 29;
};

/* An arrow between two nodes, which are numbered over all flows (binder.bases). A move to another
 * flow is an edge to the first node of that flow. */
struct edge {
    uint32_t from;
    uint32_t to;
    bool is_bounded;
    bool is_move; /* to another flow */
};

enum node_flag {
    NODE_LEAVES = 1, /* it has an arrow to `end`, `fail` or another flow */
    NODE_LOST = 2,   /* some of its arrows are unknown, because of a reported mistake */
    NODE_STUCK = 4,  /* no exit of the flow can be reached from it; reported */
    NODE_BROKEN = 8, /* it contains a syntax error */
};

/* What binding recorded for one flow: its parts of the arrays of the binder. */
struct bound_flow {
    size_t first_event;
    size_t event_count;
    size_t first_read; /* of EVENT_READ: binder.reads */
    size_t read_count;
    size_t first_edge;
    size_t edge_count;
    uint32_t set_count; /* how many variables, the first ones, have an initial value */
};

struct bound_variable {
    struct variable variable;
    struct binding binding;
};

struct binder {
    struct resolver *r;
    struct names builtins;             /* of struct binding */
    struct names variables;            /* of struct bound_variable */
    struct names nodes;                /* of struct node_model */
    struct names branches;             /* of struct binding: those of the current node */
    const char *arm_words[ARM_BRANCH]; /* by enum arm_value */
    const char *run_word;
    struct flow_model *flow; /* NULL: the code is outside of all flows */
    struct node_model *node; /* the current node, or NULL */
    enum view view;
    unsigned visible; /* bits by enum arm_value: the values of the outcome that can be named here */
    bool outcome_is_lost; /* its values are unknown, because the node could not be read */
    const char *item;     /* the item name of `each`, while its arguments are bound */
    uint32_t *bases;      /* by the index of a flow: the number of its first node */
    uint8_t *node_flags;  /* by number of node: enum node_flag */
    struct edge *edges;
    size_t edge_count;
    size_t edge_cap;
    struct bound_flow *flows; /* by the index of a flow */
    struct event *events;
    size_t event_count;
    size_t event_cap;
    const struct expr **reads; /* one for each EVENT_READ, in the same order */
    size_t read_count;
    size_t read_cap;
    uint32_t set_count; /* of the current flow, as in bound_flow */
    uint32_t var_limit; /* while the initial values of `var`s are bound: how many variables have a
                           value already */
};

/* The stage between types and checks: binds every name of the model, and marks what is needed. b
 * is what was found, for the checks; it refers to r. The caller releases b. */
void bind_model(struct binder *b, struct resolver *r);
void binder_release(struct binder *b);

/* Frees events and reads, which only the checks of single flows need. */
void binder_release_events(struct binder *b);

/* For the parts of bind_model. */

/* Binds the names in e, which may be NULL. */
void bind_expr(struct binder *b, struct expr *e, enum view view);
void bind_settings(struct binder *b, struct setting *settings, enum view view);

/* Variables, nodes, arrows and expressions of a flow. */
void bind_flow(struct binder *b, struct flow_model *flow);

/* The flows, nodes and values that a test names. */
void bind_test(struct binder *b, struct decl *test);

/* For the parts of bind_flow. */
void bind_node(struct binder *b, struct node_model *node);
void bind_event(struct binder *b, enum event_kind kind, uint32_t number);
void bind_read(struct binder *b, const struct variable *v, const struct expr *e);
void bind_set(struct binder *b, const struct variable *v);

/* Whether a label is this outcome, or a misspelling of it (which check reports). */
bool bind_label_means(const struct label *l, enum outcome outcome);

/* NULL if there is none of that name. */
struct variable *bind_find_variable(const struct binder *b, const char *name);

uint32_t bind_number(const struct binder *b, const struct node_model *node);

#endif
