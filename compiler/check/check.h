/* What can be said about a program before it runs: types, outcomes, settings, secrets, graph. Names
 * are bound before. Fills what emit reads; mistakes go to the diagnostics. A type that is UNKNOWN
 * stands for a mistake that was reported, and is passed over in silence. */
#ifndef FLOW_CHECK_CHECK_H
#define FLOW_CHECK_CHECK_H

#include "model/bind.h"
#include "model/fold.h"

/* The types of what an outcome brings into its arm. */
struct arm_types {
    const struct type *of[ARM_BRANCH];
    const struct node_model *node; /* of a parallel: its branches */
    bool is_optional;              /* the arm is for other outcomes too: branches may be null */
};

/* Room for all labels, by check_label_slot. */
#define CHECK_LABELS (410 + OUTCOMES)

/* A pattern is often written again and again, and costs as much to read as fifty lines. */
#define CHECK_PATTERNS 64

struct checker {
    struct resolver *r;
    struct binder *b;
    struct model *m;
    struct arena *arena;
    struct diags *d; /* where mistakes go: the model's, or muted while types are looked for */
    struct diags muted;
    struct flow_model *flow; /* NULL: the code stands in no flow */
    struct arm_types arm;
    const struct type *item;   /* of `each`, in its arguments */
    const struct expr **facts; /* paths that are not null where the check is now */
    size_t fact_count;
    size_t fact_cap;
    struct names seen;                  /* for duplicates in one place */
    uint32_t seen_labels[CHECK_LABELS]; /* by check_label_slot: the round in which it was seen */
    const struct label *always[CHECK_LABELS]; /* the label of the arm without a guard, or NULL */
    uint32_t label_round;
    const struct type *error;      /* { kind, message } */
    const struct type *fail_error; /* { kind, message, value } */
    const struct type *headers;
    const struct type *run;
    const struct type *optional_text;
    const char *patterns[CHECK_PATTERNS]; /* regular expressions that are right, by their word */
    /* Of the flow that is checked, by index of variable: where a secret came into it. */
    struct span *secret_from;
    size_t secret_cap;
};

void checker_init(struct checker *c, struct resolver *r, struct binder *b);
void checker_release(struct checker *c);

/* check_expr.c: types of expressions. The result is also kept in e->type. */

const struct type *check_expr(struct checker *c, struct expr *e);

/* The type that a postfix of e sees: the item where e maps over a list (`a[].b`). */
bool check_maps(const struct expr *e);

/* check_expr, and says so (E0701, or code) where the type does not fit; what says what the value
 * is for: "the condition". Returns the type that it has. */
const struct type *check_fits(struct checker *c, struct expr *e, const struct type *wanted,
                              const char *what);
bool check_fits_as(struct checker *c, struct expr *e, const struct type *wanted, const char *what,
                   enum diag_code code);

/* Says so where the type that e was found to have does not fit. */
bool check_misfit(struct checker *c, const struct expr *e, const struct type *wanted,
                  const char *what, enum diag_code code);

/* A condition: a bool. A secret may be part of it: what a comparison says is not the secret. */
void check_condition(struct checker *c, struct expr *e);

/* check_expr for a value that becomes a text: W0907 where it may be null. */
const struct type *check_shown(struct checker *c, struct expr *e);

/* check_operators.c */

const struct type *check_binary(struct checker *c, struct expr *e);
const struct type *check_unary(struct checker *c, struct expr *e);

/* check_builtin.c */

const struct type *check_builtin(struct checker *c, struct expr *e);

/* check_facts.c: what is known not to be null. */

/* Adds what follows from e being true, or false. */
void check_facts_add(struct checker *c, const struct expr *e, bool truth);
bool check_facts_has(const struct checker *c, const struct expr *path);
void check_facts_forget(struct checker *c, const struct variable *v);

/* check_text.c: for messages. */

const char *check_type_text(struct checker *c, const struct type *t);
const char *check_source(struct checker *c, struct span span); /* one line, short */
bool check_warns(const struct checker *c); /* warnings are for the compiled file only */

/* check_secret.c: E0801 where e is a secret; sink: "said", "put in a path". */
void check_public(struct checker *c, const struct expr *e, const char *sink);

/* check_const.c: constants, configs, and other places where only constants can stand. */

void check_constants(struct checker *c);
/* Folds e; false: reported, or e is not constant, which is reported as E0705. *value: the caller's.
 */
bool check_constant_value(struct checker *c, struct expr *e, struct value *value);

/* check_setting.c, check_ask.c, check_retry.c, check_header.c, check_url.c, check_xml.c: what
 * endpoints and nodes set. */

enum setting_place { CHECK_ENDPOINT = 1, CHECK_CALL = 2, CHECK_ASK = 4 };

#define CHECK_SETTINGS SETTING_UNKNOWN

/* True where the setting counts: it is known at the place and the first of its family. */
bool check_setting_counts(struct checker *c, const struct setting *s, unsigned place,
                          const struct setting *first[]);
/* A setting that is not known is a misspelling of this one. */
bool check_setting_is_meant(const struct setting *settings, unsigned place, enum setting_kind kind);
uint32_t check_duration(struct checker *c, const struct setting *s, int64_t amount);
void check_endpoint(struct checker *c, struct entry *e);
void check_call_settings(struct checker *c, struct node_model *node);
/* e is a text without holes, which `taker` uses as a regular expression. */
void check_pattern(struct checker *c, const struct expr *e, const char *taker);
void check_ask_settings(struct checker *c, struct node_model *node, const struct type *answer);
void check_header_values(struct checker *c, const struct setting *s);
/* The names of all headers of one place. */
void check_headers(struct checker *c, const struct setting *settings);
void check_header_conflicts(struct checker *c, const struct node_model *node);
bool check_has_header(const struct setting *settings, const char *name);
void check_url(struct checker *c, const struct expr *e);
/* The values in the text of an XML body stand where they stay values. */
void check_xml(struct checker *c, const struct expr *template);
void check_path(struct checker *c, struct expr *e);
uint32_t check_amount(struct checker *c, const struct setting *s, int64_t amount, uint32_t least,
                      uint32_t most, const char *unit);
/* What does not fit into the `within` that holds for a call, with its own settings over those of
 * its endpoint; own NULL: the endpoint itself. */
void check_within(struct checker *c, const struct limits_model *limits, const struct setting *own,
                  const struct decl *endpoint);
void check_retry(struct checker *c, const struct setting *s, struct retry_model *retry);
void check_retry_is_safe(struct checker *c, const struct node_model *node);

/* check_outcome.c: labels, which arms there are and which must be. */

void check_outcomes(struct checker *c, struct node_model *node);
/* Reads a label; what is spelled wrong is reported and read as it was meant. False: unknown. */
bool check_label(struct checker *c, const struct node *n, struct word word, uint16_t *label);
size_t check_label_slot(uint16_t label);
void check_arm_types(struct checker *c, const struct node_model *node, const struct arm *arm);

/* check_flow.c, check_node.c, check_infer.c */

void check_flow(struct checker *c, struct flow_model *flow);
void check_node(struct checker *c, struct node_model *node);
void check_arrow(struct checker *c, struct arrow *arrow);
void check_args(struct checker *c, const struct flow_model *callee, struct arg *args,
                struct word name);
/* Finds the types of the flow's variables, without a word. */
void check_infer(struct checker *c, struct flow_model *flow);
/* What the answer of an `ask` is. */
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
