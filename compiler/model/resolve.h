/* Files, imports and the names that they declare: one scope per file. Knows what each name of a
 * file refers to and which declarations need which others; knows nothing of expressions. */
#ifndef FLOW_MODEL_RESOLVE_H
#define FLOW_MODEL_RESOLVE_H

#include "model/model.h"
#include "syntax/names.h"

/* An edge: the code of one declaration uses another declaration. */
struct reference {
    struct entry *to;
    struct reference *next;
};

/* A name of a file, and what it refers to. */
struct entry {
    const char *name;
    struct span span;
    enum decl_kind kind; /* DECL_BAD: a mistake that is already reported */
    struct decl *decl;
    struct file_model *file; /* the file that declares it */
    struct entry *origin;    /* of an import: the entry of the other file; else itself */
    union {
        struct constant_model *constant;
        struct config_model *config;
        struct secret_model *secret;
        struct endpoint_model *endpoint;
        struct flow_model *flow;
        struct type *type;
    };
    struct binding binding; /* of constants, configs and secrets */
    bool is_used;
    bool is_needed; /* by the compiled file, directly or through others */
    struct reference *references;
    struct reference *holds; /* TYPE: the declared types that every value of it contains */
    struct entry *outer;     /* in the search for types that contain themselves */
    enum { NOT_SEARCHED, BEING_SEARCHED, SEARCHED } search;
};

struct scope {
    struct names names; /* of struct entry */
    struct entry **entries;
    size_t count;
    struct entry *tests; /* one entry for all tests of the file: what they use */
    bool is_partial;     /* a declaration could not be read: it may have declared an unknown name */
};

/* A copy of a declared type, made before the members of that type were known. */
struct late_copy {
    struct type *copy;
    const struct type *of;
    struct late_copy *next;
};

struct resolver {
    struct model *m;
    struct file_model *file; /* the current file, in whose scope names are found */
    struct entry *owner;     /* the declaration whose code is resolved, or NULL */
    struct names reported;   /* unknown names that were reported in this flow or declaration */
    struct names missing;    /* missing names that were reported, as "place.word" */
    size_t suggestions;      /* how many were searched for so far */
    struct span *mistakes;   /* syntax errors, in source order */
    size_t mistake_count;
    const struct decl *damaged; /* the declaration that was last searched for lost names */
    bool has_nameless;          /* one was found */
    struct late_copy *late;
    struct entry
        *container; /* the type whose members are read, outside of lists and optional types */
};

/* Empties r and m. The model uses sources and diags, which outlive it. */
void resolver_init(struct resolver *r, struct model *m, struct sources *sources,
                   struct diags *diags);

/* The stages, in the order in which they must be called. Each adds its mistakes to diags and works
 * on what the earlier stages could read, so that one run finds all mistakes. */

/* Parses the file at path, the files it imports, and theirs. Afterwards only the trees and the
 * syntax errors are known. False if the file itself cannot be read; *reason says why. */
bool resolve_parse(struct resolver *r, const char *path, const char **reason);

/* Declares the names of all parsed files, imports included. Flows get provisional indices. */
void resolve_names(struct resolver *r);

/* Resolves all declared types, and the types of configs, inputs and results. */
void resolve_types(struct resolver *r);

/* Reports (E0315) each declared type of which every value would contain another one. */
void resolve_endless(struct resolver *r);

/* Sets is_needed where the compiled file needs a declaration, directly or through others. All names
 * are bound before. */
void resolve_mark_needed(struct resolver *r);

/* The step between the checks and emit: removes what is not needed from the model, assigns the
 * final indices, and finds the flow where a run starts. Provisional indices, such as those in a
 * binder, are wrong afterwards. */
void resolve_needed(struct resolver *r);

void resolver_release(struct resolver *r);
void resolve_scope_release(struct scope *s);

/* Makes owner the current declaration: names are found in its file, and what it uses is needed if
 * the declaration itself is. */
void resolve_enter(struct resolver *r, struct entry *owner);

/* What the name refers to in the current file, through imports; NULL if nothing. Counts as a
 * use. */
struct entry *resolve_find(struct resolver *r, const char *name);

/* The same for a place that allows only one kind of declaration. NULL for all others, reported
 * once: as `code` if the name is unknown, as E0312 if it is of another kind. */
struct entry *resolve_expect(struct resolver *r, struct word word, enum decl_kind kind,
                             enum diag_code code);

/* The type that is written; TYPE_UNKNOWN after a mistake, which is reported. Never NULL. */
const struct type *resolve_type(struct resolver *r, struct type_expr *written);

/* True the first time for each word since the last resolve_enter. */
bool resolve_first_report(struct resolver *r, const char *word);

/* True the first time for each word and this place, such as the name of a flow that lacks it. */
bool resolve_first_missing(struct resolver *r, const char *place, const char *word);

/* Whether resolve_first_missing was called with these words already. */
bool resolve_is_missing(struct resolver *r, const char *place, const char *word);

/* Whether there is a syntax error inside span, so that parts of it are missing from the tree. */
bool resolve_is_broken(const struct resolver *r, struct span span);

/* Whether a part of decl that could not be read may have declared a node, variable or branch of
 * this name. Then the name must not be reported as unknown. */
bool resolve_may_be_lost(struct resolver *r, const struct decl *decl, const char *name);

/* Whether a syntax error follows the beginning of span on the same line. Then the author may have
 * meant something else than what was read: `-> folw next()`. */
bool resolve_is_before_mistake(const struct resolver *r, struct span span);

/* Whether the flow has a syntax error outside of its nodes, so that nodes may be missing. */
bool resolve_has_lost_nodes(const struct resolver *r, const struct decl *flow);

/* "an endpoint", "a constant" … */
const char *resolve_kind_text(enum decl_kind kind);

/* The name nearest to word, among the names of the file that `wanted` accepts and the `others` (a
 * list that ends with NULL, or NULL). NULL if none is near. */
const char *resolve_nearest(struct resolver *r, const char *word,
                            bool (*wanted)(const struct entry *e), const char *const *others);

#endif
