/* The syntax tree: what the author wrote, and nothing of what it means. Built by the parser, read
 * by all later stages, allocated in one arena. Words are interned: two equal words have the same
 * `text` pointer. Fields marked "resolve:" are empty after parsing and filled by model/resolve. */
#ifndef FLOW_SYNTAX_AST_H
#define FLOW_SYNTAX_AST_H

#include "base/arena.h"
#include "base/value.h"
#include "program/image.h"
#include "program/outcome.h"
#include "syntax/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct word {
    const char *text; /* interned, NUL-terminated; NULL: absent */
    struct span span;
};

/* Expressions. */

#define AST_MAX_DEPTH 1000

enum expr_kind {
    EXPR_BAD, /* a mistake that was reported already */
    EXPR_NULL,
    EXPR_BOOL,
    EXPR_INT,
    EXPR_NUMBER,
    EXPR_DECIMAL,  /* a number that no double holds without loss: bytes, len are its digits */
    EXPR_DURATION, /* integer, milliseconds */
    EXPR_TEXT,     /* text without interpolation: bytes, len */
    EXPR_TEMPLATE, /* text with interpolation: items, alternating as written */
    EXPR_NAME,
    EXPR_LIST,   /* items */
    EXPR_OBJECT, /* pairs */
    EXPR_MEMBER, /* base . word */
    EXPR_INDEX,  /* base [ index ] */
    EXPR_EACH,   /* base [] */
    EXPR_UNARY,
    EXPR_BINARY,
    EXPR_IF,   /* if left then right else third */
    EXPR_CALL, /* word ( items ) : a built-in */
};

enum expr_operator {
    OP_NOT,
    OP_NEGATE,
    OP_ADD,
    OP_SUBTRACT,
    OP_MULTIPLY,
    OP_DIVIDE,
    OP_REMAINDER,
    OP_EQUAL,
    OP_NOT_EQUAL,
    OP_LESS,
    OP_LESS_EQUAL,
    OP_GREATER,
    OP_GREATER_EQUAL,
    OP_IN,
    OP_AND,
    OP_OR,
    OP_DEFAULT, /* ?? */
};

struct expr {
    enum expr_kind kind;
    enum expr_operator op;
    bool parenthesised; /* in parentheses, or in a hole of a text */
    uint16_t depth;     /* of the tree below; at most AST_MAX_DEPTH, so that walks may recurse */
    struct span span;
    struct span op_span; /* of the operator of EXPR_BINARY */
    struct expr *next;   /* in a list of items */
    struct word word;    /* EXPR_NAME, EXPR_MEMBER (the key), EXPR_CALL */
    union {
        bool boolean;
        int64_t integer;
        double number;
        struct {
            const char *bytes;
            size_t len;
        };
        struct {
            struct expr *left; /* also the base and the operand of a unary */
            struct expr *right;
            struct expr *third;
        };
        struct expr *items;
        struct pair *pairs;
    };
    const struct binding *binding; /* resolve: what an EXPR_NAME or EXPR_CALL refers to */
    const struct type *type;       /* check: never NULL afterwards */
};

struct pair { /* of an object, headers, query, form */
    struct word key;
    struct expr *value;
    struct pair *next;
};

struct arg {
    struct word name;
    struct expr *value;
    struct arg *next;
};

/* Types as written. */

enum type_expr_kind { TYPE_EXPR_NAME, TYPE_EXPR_LIST, TYPE_EXPR_SHAPE, TYPE_EXPR_OPTIONAL };

struct type_expr {
    enum type_expr_kind kind;
    struct span span;
    struct word name;
    struct type_expr *inner;   /* LIST, OPTIONAL */
    struct type_field *fields; /* SHAPE */
    const struct type *type;   /* resolve: what it means */
};

struct type_field {
    struct word name;
    struct type_expr *type;
    struct type_field *next;
};

/* Settings of endpoints and requests. A setting that is written twice is kept twice, in order;
 * the check reports it. */

enum setting_kind {
#define SETTING(symbol, spelling, places, family, parts) SETTING_##symbol,
#include "syntax/settings.def"
#undef SETTING
    SETTING_UNKNOWN, /* word: reported as E03xx by the check with a suggestion */
};

struct setting {
    enum setting_kind kind;
    struct span span; /* of the whole setting */
    struct word word; /* the keyword as written, or the separator's name */
    struct expr *first;
    struct expr *second;
    struct pair *pairs;
    int64_t amount;
    int64_t wait;
    struct label *labels;
    int64_t backoff_from; /* ms, -1 when not written */
    int64_t backoff_to;
    struct setting *next;
};

/* Flows. */

enum action_kind { ACTION_SAY, ACTION_LOG, ACTION_WAIT, ACTION_ASSIGN };

struct action {
    enum action_kind kind;
    struct word name; /* ACTION_ASSIGN */
    struct expr *value;
    struct span span;
    struct variable *variable; /* resolve: ACTION_ASSIGN */
    struct action *next;
};

enum target_kind { TARGET_BAD, TARGET_NODE, TARGET_FLOW, TARGET_END, TARGET_FAIL };

struct target {
    enum target_kind kind;
    struct span span;
    struct word name; /* NODE, FLOW */
    union {
        struct arg *args;   /* FLOW */
        struct expr *value; /* END, FAIL; NULL: none */
    };
    union {
        struct node_model *node; /* resolve: NODE */
        struct flow_model *flow; /* resolve: FLOW */
    };
};

/* `max N else otherwise` of an arrow. */
struct bound {
    int64_t max;
    struct span max_span;
    struct target otherwise;
};

struct arrow {
    struct target to;
    struct bound *bound; /* NULL: none */
    struct span span;
};

struct label {
    struct word word; /* as written: 404, 2xx, other, Timeout, max_connection … */
    struct label *next;
};

struct arm {
    struct label *labels;
    struct type_expr *as;
    struct expr *when;
    struct action *actions;
    struct arrow arrow;
    struct span span;
    struct arm *next;
};

struct switch_case {
    struct expr *constants; /* by next; NULL: else */
    bool is_else;
    struct action *actions;
    struct arrow arrow;
    struct span span;
    struct switch_case *next;
};

struct condition { /* one `if expr arrow` of a chain; when == NULL: the else */
    struct expr *when;
    struct arrow arrow;
    struct span span;
    struct condition *next;
};

struct branch { /* of parallel */
    struct word name;
    struct word flow;
    struct arg *args;
    struct span span;
    struct flow_model *flow_model; /* resolve */
    struct branch *next;
};

enum node_kind {
#define NODE_KIND(symbol, text, outcomes, outcomes_text) NODE_##symbol,
#include "syntax/nodes.def"
#undef NODE_KIND
};

/* What a node does besides its actions: `GET`, `ask`, `if` and so on. Most nodes of a large flow do
 * nothing else, so struct node only points to it. */
struct verb {
    enum http_method method; /* CALL_API */
    struct word endpoint;    /* CALL_API */
    struct expr *path;       /* CALL_API: EXPR_TEXT or EXPR_TEMPLATE */

    struct expr *subject;          /* ASK: the question; SWITCH: what is compared; EACH: the list */
    struct word result;            /* ASK: as name; EACH: the item's name */
    struct type_expr *result_type; /* ASK: as name: T, or NULL */

    struct condition *conditions; /* IF */
    struct switch_case *cases;    /* SWITCH */

    struct word flow;        /* CALL_FLOW, EACH */
    struct arg *args;        /* CALL_FLOW, EACH */
    struct branch *branches; /* PARALLEL */
    int64_t concurrency;     /* EACH; 1 when not written */
};

struct node {
    enum node_kind kind;
    struct span span; /* from `node` to the closing brace */
    struct word name;
    const char *doc; /* NULL: none */
    struct action *actions;
    struct arm *arms;
    struct setting *settings; /* CALL_API, ASK */
    struct arrow *arrow;      /* PLAIN; NULL: none, which is E0406 */
    struct span verb_span;    /* of the method, `ask`, `if`, … */
    const struct verb *verb;  /* never NULL; PLAIN and BAD nodes may share an empty one */
    struct node *next;
};

struct param {
    struct word name;
    struct type_expr *type;
    struct expr *value; /* the default, or NULL */
    struct span span;
    struct param *next;
};

struct var {
    struct word name;
    struct type_expr *type; /* or NULL */
    struct expr *value;
    struct span span;
    struct variable *variable; /* set by bind; NULL: its name could not be read */
    struct var *next;
};

/* Tests. */

struct node_ref {
    struct word flow; /* text NULL: the flow that the test starts */
    struct word node;
    const struct node_model *found; /* set by bind; NULL: not known */
    struct node_ref *next;
};

struct step {
    enum image_step_kind kind;
    struct span span;
    struct word name;              /* START: the flow */
    struct arg *args;              /* START */
    const struct flow_model *flow; /* START: set by bind; NULL: not known */
    struct node_ref *nodes;
    struct label *label; /* REPLY */
    bool timed_out;      /* ANSWER: timeout */
    struct expr *value;  /* REPLY, ANSWER, EXPECT_*; NULL: none */
    struct step *next;
};

/* Declarations. */

enum decl_kind {
    DECL_BAD,
    DECL_IMPORT,
    DECL_CONST,
    DECL_CONFIG,
    DECL_SECRET,
    DECL_TYPE,
    DECL_ENDPOINT,
    DECL_FLOW,
    DECL_TEST,
};

struct import_name {
    struct word name;
    struct word local; /* the same as name without `as` */
    struct import_name *next;
};

struct decl {
    enum decl_kind kind;
    struct word name; /* TEST: the text of its name */
    const char *doc;
    struct span span;
    struct decl *next;
    /* IMPORT */
    struct import_name *imports;
    struct word path;            /* not interned */
    struct file_model *imported; /* set by resolve; NULL: the file cannot be read */
    /* CONST, CONFIG (may be NULL) */
    struct expr *value;
    /* CONFIG, TYPE (a TYPE_EXPR_SHAPE), FLOW (result, may be NULL) */
    struct type_expr *type;
    /* ENDPOINT */
    struct setting *settings;
    /* FLOW */
    struct param *params;
    struct var *vars;
    struct node *nodes;
    /* TEST */
    struct step *steps;
};

struct ast {
    struct source *source;
    struct decl *decls;
};

/* Whether e maps over a list, as `a[].b` does: a postfix of e then applies to each item. */
bool ast_maps(const struct expr *e);

#endif
