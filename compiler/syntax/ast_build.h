/* Builds the tree: the functions that the actions of the parser call. Knows how the parts are put
 * together and how words, numbers and texts are spelled, and reports misspelled ones. All parts are
 * in the arena. `span` is the place of what a function makes, unless its name says otherwise. */
#ifndef FLOW_SYNTAX_AST_BUILD_H
#define FLOW_SYNTAX_AST_BUILD_H

#include "syntax/ast.h"
#include "syntax/diag.h"
#include "syntax/intern.h"

struct text_part;

/* Lists under construction: ast_KIND_list_add appends item; NULL appends nothing. */
#define LIST(kind)                                                                                 \
    struct kind##_list {                                                                           \
        struct kind *first;                                                                        \
        struct kind *last;                                                                         \
    };                                                                                             \
    struct kind##_list ast_##kind##_list_add(struct kind##_list list, struct kind *item);
#include "syntax/ast_lists.def"
#undef LIST

struct builder {
    struct arena *arena;
    struct intern *words;
    struct source *source;
    struct diags *diags;
    struct ast *ast;
    struct decl_list decls;
    uint32_t lost;                /* 1 + position of the last syntax error; 0: none so far */
    uint32_t said;                /* 1 + position of the last reported one; 0: none so far */
    bool says_later;              /* a later stage reports one of them */
    uint32_t anchor;              /* the beginning of the last node or declaration */
    struct diag unsaid;           /* takes the place of a message that is not reported */
    struct node_body *spare_body; /* memory for the next one; NULL: none */
    struct target *spare_target;
};

/* The bytes of a span of the file that is being read. */
const char *ast_bytes(const struct builder *b, struct span span);

/* Reports a syntax error, E0201, unless an earlier one stopped the parser on the same line of the
 * same node or declaration: this one may be a consequence. Never NULL. */
struct diag *ast_mistake(struct builder *b, struct span span, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a part in the wrong place: later errors on its line may be consequences. */
struct diag *ast_misplaced(struct builder *b, struct span span, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether ast_mistake would report nothing here. */
bool ast_is_said(const struct builder *b, struct span span);

/* The caller reports an error at span that stops the parser: ast_mistake reports no other on its
 * line. */
void ast_say(struct builder *b, struct span span);

/* The same for an error that a later stage reports. */
void ast_say_later(struct builder *b, struct span span);

/* Words. */

struct word ast_word(struct builder *b, struct span span);
/* A text as a key, a path or a title; a text with holes is a mistake. */
struct word ast_text_word(struct builder *b, const struct expr *text);

/* Expressions. */

struct expr *ast_bad(struct builder *b, struct span span);
struct expr *ast_null(struct builder *b, struct span span);
struct expr *ast_bool(struct builder *b, struct span span, bool value);
struct expr *ast_integer(struct builder *b, struct span span);
struct expr *ast_number(struct builder *b, struct span span);
struct expr *ast_duration(struct builder *b, struct span span);
struct expr *ast_name(struct builder *b, struct word word);
struct expr *ast_list(struct builder *b, struct span span, struct expr_list items);
struct expr *ast_object(struct builder *b, struct span span, struct pair_list pairs);
struct expr *ast_member(struct builder *b, struct span span, struct expr *base, struct word key);
struct expr *ast_index(struct builder *b, struct span span, struct expr *base, struct expr *index);
struct expr *ast_each(struct builder *b, struct span span, struct expr *base);
struct expr *ast_unary(struct builder *b, struct span span, enum expr_operator op,
                       struct expr *operand);
struct expr *ast_binary(struct builder *b, enum expr_operator op, struct span op_span,
                        struct expr *left, struct expr *right);
struct expr *ast_if(struct builder *b, struct span span, struct expr *condition, struct expr *yes,
                    struct expr *no);
struct expr *ast_builtin(struct builder *b, struct span span, struct word word,
                         struct expr_list items);
struct expr *ast_parenthesised(struct expr *e, struct span span);

/* Texts. */

/* "…" without holes and escapes, or '…' */
struct expr *ast_text(struct builder *b, struct span span);

/* A text with holes, as it is read: runs of characters as they are written, and expressions. */
struct text_part {
    struct span span;
    struct expr *hole; /* NULL: a run of characters */
    struct text_part *next;
};

struct text_part *ast_part(struct builder *b, struct span span, struct expr *hole);
struct expr *ast_template(struct builder *b, struct span span, struct text_part_list parts);
/* The same for a text over several lines: removes the indentation that all lines share. */
struct expr *ast_block(struct builder *b, struct span span, struct text_part_list parts);

/* Types. */

struct type_expr *ast_type_name(struct builder *b, struct word name);
struct type_expr *ast_type_list(struct builder *b, struct span span, struct type_expr *inner);
struct type_expr *ast_type_optional(struct builder *b, struct span span, struct type_expr *inner);
struct type_expr *ast_type_shape(struct builder *b, struct span span,
                                 struct type_field_list fields);
struct type_field *ast_field(struct builder *b, struct word name, struct type_expr *type);

/* Parts of lists. */

struct pair *ast_pair(struct builder *b, struct word key, struct expr *value);
struct arg *ast_arg(struct builder *b, struct word name, struct expr *value);
struct label *ast_label(struct builder *b, struct span span);

/* Settings. */

/* Amounts: milliseconds, bytes, a count; 0 after E0104. */
int64_t ast_count(struct builder *b, struct span span);
int64_t ast_milliseconds(struct builder *b, struct span span);
int64_t ast_bytes_of_size(struct builder *b, struct span span);

struct backoff { /* milliseconds, -1: not written */
    int64_t from;
    int64_t to;
};

struct setting *ast_setting(struct builder *b, enum setting_kind kind, struct span word,
                            struct span span);
struct setting *ast_setting_expr(struct builder *b, enum setting_kind kind, struct span word,
                                 struct span span, struct expr *first, struct expr *second);
struct setting *ast_setting_pairs(struct builder *b, enum setting_kind kind, struct span word,
                                  struct span span, struct pair_list pairs);
/* The same with the members of an object. */
struct setting *ast_setting_object(struct builder *b, enum setting_kind kind, struct span word,
                                   struct span span, const struct expr *object);
struct setting *ast_setting_amount(struct builder *b, enum setting_kind kind, struct span word,
                                   struct span span, int64_t amount);
struct setting *ast_separator(struct builder *b, struct span span, struct word name);
struct setting *ast_connections(struct builder *b, struct span word, struct span span,
                                int64_t amount, int64_t wait);
struct setting *ast_retry(struct builder *b, struct span word, struct span span, int64_t amount,
                          struct label_list labels, struct backoff backoff);

/* Flows. */

struct action *ast_action(struct builder *b, enum action_kind kind, struct span span,
                          struct expr *value);
struct action *ast_assign(struct builder *b, struct span span, struct word name,
                          struct expr *value);

struct target *ast_target(struct builder *b, enum target_kind kind, struct span span);
struct target *ast_target_node(struct builder *b, struct word name);
struct target *ast_target_flow(struct builder *b, struct span span, struct word name,
                               struct arg_list args);
struct target *ast_target_end(struct builder *b, enum target_kind kind, struct span span,
                              struct expr *value);
/* Takes ownership of `to` and reuses its memory. */
struct arrow *ast_arrow(struct builder *b, struct span span, struct target *to);
struct arrow *ast_bounded_arrow(struct builder *b, struct span span, struct target *to,
                                struct span max, const struct target *otherwise);

struct arm *ast_arm(struct builder *b, struct span span, struct label_list labels,
                    struct type_expr *as, struct expr *when, struct action_list actions,
                    const struct arrow *arrow);
struct switch_case *ast_case(struct builder *b, struct span span, struct expr_list constants,
                             struct action_list actions, const struct arrow *arrow);
struct condition *ast_condition(struct builder *b, struct span span, struct expr *when,
                                const struct arrow *arrow);
/* if first -> arrow { else if … } else -> otherwise; span is that of the whole. */
struct condition_list ast_conditions(struct builder *b, struct span span, struct expr *first,
                                     const struct arrow *arrow, struct condition_list more,
                                     const struct arrow *otherwise);
struct branch *ast_branch(struct builder *b, struct span span, struct word name, struct word flow,
                          struct arg_list args);

/* What a node does: a node of which only the fields of its kind are set. */
struct node *ast_api_call(struct builder *b, enum http_method method, struct span verb_span,
                          struct word endpoint, struct expr *path);
struct node *ast_ask(struct builder *b, struct span verb_span, struct expr *question,
                     struct word result, struct type_expr *type);
struct node *ast_if_node(struct builder *b, struct span verb_span,
                         struct condition_list conditions);
struct node *ast_switch(struct builder *b, struct span verb_span, struct expr *subject,
                        struct switch_case_list cases);
struct node *ast_flow_call(struct builder *b, struct span verb_span, struct word flow,
                           struct arg_list args);
/* A placeholder for a call that could not be read. */
struct node *ast_lost_call(struct builder *b, struct span span);
struct node *ast_each_node(struct builder *b, struct span verb_span, struct word item,
                           struct expr *list, int64_t concurrency, struct node *call);
struct node *ast_parallel(struct builder *b, struct span verb_span, struct branch_list branches);

/* A node's body under construction. The grammar accepts the parts in any order; a part in the wrong
 * order is reported when it is added. */
struct node_body {
    struct node *verb; /* NULL: none yet */
    struct action_list actions;
    struct arm_list arms;
    struct setting_list settings;
    struct arrow *arrow; /* NULL: none yet */
    uint32_t lost;       /* builder.lost at the beginning of the body */
    bool bad;            /* a part was in the wrong order; reported */
};

struct node_body *ast_body(struct builder *b);
struct node_body *ast_body_action(struct builder *b, struct node_body *body, struct action *action);
struct node_body *ast_body_verb(struct builder *b, struct node_body *body, struct node *verb);
struct node_body *ast_body_setting(struct builder *b, struct node_body *body,
                                   struct setting *setting);
struct node_body *ast_body_arm(struct builder *b, struct node_body *body, struct arm *arm);
struct node_body *ast_body_arrow(struct builder *b, struct node_body *body, struct arrow *arrow);
struct node *ast_node(struct builder *b, struct span span, struct word name,
                      struct node_body *body);

struct param *ast_param(struct builder *b, struct span span, struct word name,
                        struct type_expr *type, struct expr *value);
struct var *ast_var(struct builder *b, struct span span, struct word name, struct type_expr *type,
                    struct expr *value);

/* Tests. */

struct node_ref *ast_node_ref(struct builder *b, struct word flow, struct word node);
struct step *ast_step(struct builder *b, enum image_step_kind kind, struct span span,
                      struct node_ref *nodes, struct expr *value);
struct step *ast_start(struct builder *b, struct span span, struct word flow, struct arg_list args);
struct step *ast_reply(struct builder *b, struct span span, struct node_ref *node,
                       struct label *label, struct expr *value);
struct step *ast_answer_timeout(struct builder *b, struct span span, struct node_ref *node);

/* Declarations. */

void ast_add_decl(struct builder *b, struct decl *decl);

/* The text of the `##` lines above the line of pos, or NULL. */
const char *ast_doc(const struct builder *b, uint32_t pos);

struct import_name *ast_import_name(struct builder *b, struct word name, struct word local);
struct decl *ast_import(struct builder *b, struct span span, struct import_name_list names,
                        struct word path);
struct decl *ast_decl(struct builder *b, enum decl_kind kind, struct span span, struct word name);
struct decl *ast_value_decl(struct builder *b, enum decl_kind kind, struct span span,
                            struct word name, struct type_expr *type, struct expr *value);
struct decl *ast_endpoint(struct builder *b, struct span span, struct word name,
                          struct setting_list settings);

struct flow_body {
    struct var_list vars;
    struct node_list nodes;
};

struct flow_body *ast_flow_body(struct builder *b);
struct flow_body *ast_flow_var(struct flow_body *body, struct var *var);
struct flow_body *ast_flow_node(struct flow_body *body, struct node *node);
/* The last node so far, or NULL. */
struct node *ast_flow_last(const struct flow_body *body);
struct decl *ast_flow(struct builder *b, struct span span, struct word name,
                      struct param_list params, struct type_expr *result,
                      const struct flow_body *body);
struct decl *ast_test(struct builder *b, struct span span, struct word name,
                      struct step_list steps);

/* Small mistakes that do not stop the parser: one message each. */

/* `found` was written where `wanted` belongs. */
void ast_wrong_sign(struct builder *b, struct span found, const char *wanted, const char *help);
/* `=` and `==` mixed up. */
void ast_wrong_equals(struct builder *b, struct span found, const char *wanted);
/* A name with a hyphen where something is declared. */
struct word ast_hyphenated_name(struct builder *b, struct span span);
struct expr *ast_hyphenated(struct builder *b, struct span span);
/* The type of an input without one. */
struct type_expr *ast_untyped(struct builder *b, struct word name);
/* The value of a variable without one; type is the place of its type, or of its name. */
struct expr *ast_valueless(struct builder *b, struct word name, struct span type);
/* What to write instead of a word of other languages; NULL if the word is not a known one. */
const char *ast_habit(const char *word);
int64_t ast_unitless(struct builder *b, struct span span);
struct expr *ast_quoted_pattern(struct builder *b, struct expr *text);
/* `404: -> x` */
void ast_needless_colon(struct builder *b, struct span span);
int64_t ast_sizeless(struct builder *b, struct span span);
struct word ast_nameless_answer(struct builder *b, struct span question);
struct label *ast_else_label(struct builder *b, struct span span);

#endif
