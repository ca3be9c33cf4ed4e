/* What a program means: every name bound, every type known, every outcome routed. Built by resolve
 * and bind, completed by check, read by emit. Everything is in the arena of the compilation;
 * indices are those of the image. */
#ifndef FLOW_MODEL_MODEL_H
#define FLOW_MODEL_MODEL_H

#include "base/arena.h"
#include "model/types.h"
#include "program/outcome.h"
#include "syntax/ast.h"
#include "syntax/diag.h"
#include "syntax/intern.h"
#include "syntax/parse.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A variable of a flow: input, `var`, assigned in an action, or the name of an answer. */
struct variable {
    const char *name;
    struct span span; /* of its first appearance */
    const struct type *type;
    const struct type *declared; /* NULL: inferred from all that is assigned */
    struct flow_model *flow;
    uint32_t index; /* in the flow; the inputs come first, in order */
    bool is_input;
    bool is_read;
    uint32_t slot; /* emit */
};

struct constant_model {
    struct decl *decl;
    const struct type *type;
    bool is_known;      /* folded: value holds it */
    struct value value; /* owned by the model */
    uint8_t state;      /* resolve: to find cycles */
};

struct config_model {
    struct decl *decl;
    const struct type *type;
    uint32_t index;
    bool is_read;
};

struct secret_model {
    struct decl *decl;
    uint32_t index;
    bool is_read;
};

struct retry_model {
    const struct setting *setting; /* NULL: none */
    uint32_t attempts;
    uint16_t *labels;
    size_t label_count;
    uint32_t backoff_from_ms;
    uint32_t backoff_to_ms;
};

/* Settings that an endpoint gives and a node may give instead; defaults are filled in. */
struct limits_model {
    uint32_t connect_ms;
    uint32_t timeout_ms;
    uint32_t within_ms;
    char separator; /* '&' or ';' */
    struct retry_model retry;
};

struct endpoint_model {
    struct decl *decl;
    uint32_t index;
    bool is_used;
    struct limits_model limits;
    uint32_t connections;
    uint32_t wait_ms;
    uint32_t redirects;
    uint64_t max_response;
};

/* What a name in an expression refers to. */
enum binding_kind {
    BIND_VARIABLE,
    BIND_CONST,
    BIND_CONFIG,
    BIND_SECRET,
    BIND_ARM,     /* a value of the outcome: arm_value */
    BIND_ITEM,    /* the item name of `each`, in its arguments */
    BIND_BUILTIN, /* builtin: row of builtins.def */
    BIND_RUN,     /* the name `run`, before .id .flow .started */
};

enum arm_value {
    ARM_STATUS,
    ARM_HEADERS,
    ARM_BODY,
    ARM_ERROR,
    ARM_RESULT,  /* call */
    ARM_RESULTS, /* each */
    ARM_BRANCH,  /* parallel: branch_index */
};

struct binding {
    enum binding_kind kind;
    union {
        struct variable *variable;
        struct constant_model *constant;
        struct config_model *config;
        struct secret_model *secret;
        struct {
            enum arm_value arm_value;
            uint32_t branch_index;
        };
        uint32_t builtin;
    };
};

/* One label of one arm, in the order in which the arms are tried. For a status or outcome, emit
 * tries the guarded arms of its label in order, then the unguarded arm, then the class, then
 * `other`. */
struct route {
    uint16_t label;      /* program/outcome.h */
    uint32_t arm_number; /* in the node, from 0 */
    struct arm *arm;
};

struct node_model {
    struct node *ast;
    struct flow_model *flow;
    uint32_t index;                  /* in the flow, as written */
    bool uses_headers;               /* an arm reads `headers` */
    struct endpoint_model *endpoint; /* CALL_API */
    struct limits_model *limits;     /* CALL_API: the node's own over the endpoint's; else NULL */
    struct flow_model *callee;       /* CALL_FLOW, EACH */
    struct variable *answer;         /* ASK */
    struct route *routes;            /* CALL_API, ASK, CALL_FLOW, EACH, PARALLEL: sorted by
                                        label, stable */
    size_t route_count;
};

struct flow_model {
    struct decl *decl;
    uint32_t index;
    const struct type *result; /* declared, or NULL */
    struct variable **variables;
    size_t variable_count;
    size_t input_count;
    struct node_model **nodes; /* the first is where it starts */
    size_t node_count;
    bool is_imported; /* declared in an imported file */
};

struct file_model {
    struct source *source;
    struct ast *ast;
    struct scope *scope; /* resolve: its names */
};

struct model {
    struct arena arena;
    struct intern words; /* empty once the model is complete; the words are in the arena */
    struct sources *sources;
    bool is_stripped; /* for emit: without tests, and without what coverage counts */
    struct diags *diags;
    struct file_model **files; /* the first is the one that is compiled; then imports */
    size_t file_count;
    struct endpoint_model **endpoints;
    size_t endpoint_count;
    struct config_model **configs;
    size_t config_count;
    struct secret_model **secrets;
    size_t secret_count;
    struct constant_model **constants;
    size_t constant_count;
    struct flow_model **flows; /* those of the compiled file first, as written */
    size_t flow_count;
    struct decl **tests;
    size_t test_count;
    struct flow_model *main; /* where a run starts by default; NULL: no flow */
};

/* Whether e is the `headers` of an arm, whose members are found whatever the case of their
 * letters. */
static inline bool model_is_headers(const struct expr *e)
{
    return e->kind == EXPR_NAME && e->binding && e->binding->kind == BIND_ARM &&
           e->binding->arm_value == ARM_HEADERS;
}

void model_release(struct model *m);

#endif
