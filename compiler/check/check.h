/* The checks of a bound program: types, outcomes, settings, secrets, graph. Fills the fields of the
 * model that emit reads, and reports mistakes as diagnostics. Knows nothing of instructions.
 * TYPE_UNKNOWN marks a mistake that is already reported; no check reports it again. */
#ifndef FLOW_CHECK_CHECK_H
#define FLOW_CHECK_CHECK_H

#include "model/bind.h"
#include "model/fold.h"

/* The types of the values that an outcome provides in its arm. */
struct arm_types {
    const struct type *of[ARM_BRANCH];
    const struct node_model *node; /* of a parallel: its branches */
    bool is_optional;              /* the arm also has other outcomes: branches may be null */
};

/* Room for all labels, by check_label_slot. */
#define CHECK_LABELS (410 + OUTCOMES)

/* Size of the cache of patterns: authors repeat them, and compiling one costs as much as fifty
 * lines. */
#define CHECK_PATTERNS 64

struct checker {
    struct resolver *r;
    struct binder *b;
    struct model *m;
    struct arena *arena;
    struct diags *d; /* where mistakes go: the model's, or `muted` while types are inferred */
    struct diags muted;
    struct flow_model *flow; /* NULL: the code is outside of all flows */
    struct arm_types arm;
    const struct type *item;   /* of `each`, in its arguments */
    const struct expr **facts; /* paths known not to be null at the current place */
    size_t fact_count;
    size_t fact_cap;
    struct names seen;                        /* for duplicates in one place */
    uint32_t seen_labels[CHECK_LABELS];       /* by check_label_slot: the round that saw it last */
    const struct label *always[CHECK_LABELS]; /* the label of the arm without a guard, or NULL */
    uint32_t label_round;
    const struct type *error;      /* { kind, message } */
    const struct type *fail_error; /* { kind, message, value } */
    const struct type *headers;
    const struct type *run;
    const struct type *optional_text;
    const char *patterns[CHECK_PATTERNS]; /* those that compile, by hash of their word */
    /* Of the current flow, by index of variable: where a secret is assigned to it. */
    struct span *secret_from;
    size_t secret_cap;
};

/* The stage after binding: reports all remaining mistakes, and fills the fields that emit reads. */
void check_model(struct binder *b);

/* check_expr.c: types of expressions. The result is also kept in e->type. */

const struct type *check_expr(struct checker *c, struct expr *e);

/* Checks e, and reports E0701 (or code) if its type does not fit `wanted`. `what` begins the
 * message and says what the value is for: "the time to wait". check_fits returns the type of e;
 * check_fits_as returns whether it fits. */
const struct type *check_fits(struct checker *c, struct expr *e, const struct type *wanted,
                              const char *what);
bool check_fits_as(struct checker *c, struct expr *e, const struct type *wanted, const char *what,
                   enum diag_code code);

/* The same for an e whose type is known already. True if it does not fit. */
bool check_misfit(struct checker *c, const struct expr *e, const struct type *wanted,
                  const char *what, enum diag_code code);

/* Checks that e is a bool. A secret may be part of it: the result of a comparison is not a
 * secret. */
void check_condition(struct checker *c, struct expr *e);

/* Checks a value that becomes a text, and reports W0907 if it may be null. Returns its type. */
const struct type *check_shown(struct checker *c, struct expr *e);

/* check_operators.c */

const struct type *check_binary(struct checker *c, struct expr *e);
const struct type *check_unary(struct checker *c, struct expr *e);

/* check_builtin.c */

const struct type *check_builtin(struct checker *c, struct expr *e);

/* check_facts.c: which expressions are known not to be null. */

/* Adds the facts that follow if e is true, or false. */
void check_facts_add(struct checker *c, const struct expr *e, bool truth);
bool check_facts_has(const struct checker *c, const struct expr *path);
void check_facts_forget(struct checker *c, const struct variable *v);

/* check_text.c: for messages. */

const char *check_type_text(struct checker *c, const struct type *t);
const char *check_source(struct checker *c, struct span span); /* one line, short */
bool check_warns(const struct checker *c); /* warnings are for the compiled file only */

/* check_secret.c: reports E0801 if e is a secret. sink completes "may not be": "said", "put in a
 * path". */
void check_public(struct checker *c, const struct expr *e, const char *sink);

/* check_const.c: constants, configs, and other places where only constants are allowed. */

void check_constants(struct checker *c);
/* Folds e into *value, which the caller owns. False if e is not constant (reported as E0705) or
 * contains a mistake that is already reported. */
bool check_constant_value(struct checker *c, struct expr *e, struct value *value);

/* check_setting.c, check_ask.c, check_retry.c, check_header.c, check_url.c, check_xml.c: what
 * endpoints and nodes set. */

enum setting_place { CHECK_ENDPOINT = 1, CHECK_CALL = 2, CHECK_ASK = 4 };

#define CHECK_SETTINGS SETTING_UNKNOWN

/* True if the setting is known at this place and is the first of its family. Otherwise false,
 * reported. */
bool check_setting_counts(struct checker *c, const struct setting *s, unsigned place,
                          const struct setting *first[]);
/* Whether one of the unknown settings is a misspelling of this kind. */
bool check_setting_is_meant(const struct setting *settings, unsigned place, enum setting_kind kind);
uint32_t check_duration(struct checker *c, const struct setting *s, int64_t amount);
void check_endpoint(struct checker *c, struct entry *e);
void check_call_settings(struct checker *c, struct node_model *node);
/* Reports e, a text without holes, if it is not a regular expression; `taker` names who needs
 * one. */
void check_pattern(struct checker *c, const struct expr *e, const char *taker);
void check_ask_settings(struct checker *c, struct node_model *node, const struct type *answer);
void check_header_values(struct checker *c, const struct setting *s);
/* Checks the names of all headers of one endpoint or call. */
void check_headers(struct checker *c, const struct setting *settings);
void check_header_conflicts(struct checker *c, const struct node_model *node);
bool check_has_header(const struct setting *settings, const char *name);
void check_url(struct checker *c, const struct expr *e);
/* Reports values in an XML body that would become markup. */
void check_xml(struct checker *c, const struct expr *template);
void check_path(struct checker *c, struct expr *e);
/* amount if it is within the limits; else reports E0605 and returns least. unit follows them. */
uint32_t check_amount(struct checker *c, const struct setting *s, int64_t amount, uint32_t least,
                      uint32_t most, const char *unit);
/* Warns (W0915) if the `timeout` of a call, or the pauses of its `retry`, exceed its `within`.
 * `own` are the settings of the call, which override those of the endpoint; NULL: checks the
 * endpoint itself. */
void check_within(struct checker *c, const struct limits_model *limits, const struct setting *own,
                  const struct decl *endpoint);
void check_retry(struct checker *c, const struct setting *s, struct retry_model *retry);
void check_retry_is_safe(struct checker *c, const struct node_model *node);

/* check_outcome.c: labels, and which arms a node has and needs. */

void check_outcomes(struct checker *c, struct node_model *node);
/* Reads a label. A misspelled one is reported and read as the one that was meant. False: unknown,
 * or the node cannot have it; reported. */
bool check_label(struct checker *c, const struct node *n, struct word word, uint16_t *label);
size_t check_label_slot(uint16_t label);
void check_arm_types(struct checker *c, const struct node_model *node, const struct arm *arm);

/* check_flow.c, check_node.c, check_infer.c */

void check_flow(struct checker *c, struct flow_model *flow);
void check_node(struct checker *c, struct node_model *node);
void check_arrow(struct checker *c, struct arrow *arrow);
void check_args(struct checker *c, const struct flow_model *callee, struct arg *args,
                struct word name);
/* Infers the types of the flow's variables. Reports nothing. */
void check_infer(struct checker *c, struct flow_model *flow);
/* The type of the answer to an `ask`. */
const struct type *check_answer_type(const struct node *n);
void check_switch(struct checker *c, struct node_model *node);

/* check_graph.c, check_set.c */

void check_graph(struct checker *c, struct flow_model *flow);
void check_cycles(struct checker *c);
void check_set(struct checker *c, struct flow_model *flow);

/* check_test.c, check_unused.c */

void check_tests(struct checker *c);
void check_unused(struct checker *c);
void check_environment(struct checker *c);

#endif
