/* Files, imports and the names that they declare: one scope per file. Knows what each name of a
 * file stands for and which declarations need which; knows nothing of expressions. */
#ifndef FLOW_MODEL_RESOLVE_H
#define FLOW_MODEL_RESOLVE_H

#include "model/model.h"
#include "syntax/names.h"

/* That the code of a declaration names another one. */
struct reference {
    struct entry *to;
    struct reference *next;
};

/* What a name of a file stands for. */
struct entry {
    const char *name;
    struct span span;
    enum decl_kind kind; /* DECL_BAD: a mistake that was reported, to be passed over in silence */
    struct decl *decl;
    struct file_model *file; /* that declares it */
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
    bool is_needed; /* by the compiled file, be it by way of others */
    struct reference *references;
    struct reference *holds; /* TYPE: the declared types that every value of it contains */
    struct entry *outer;     /* in the search for types that contain themselves */
    enum { NOT_SEARCHED, BEING_SEARCHED, SEARCHED } search;
};

struct scope {
    struct names names; /* of struct entry */
    struct entry **entries;
    size_t count;
    struct entry *tests; /* stands for all tests of the file: what they name */
    bool is_partial;     /* a declaration could not be read: an unknown name may be its */
};

/* A type that was copied from a declared one before that one's members were known. */
struct late_copy {
    struct type *copy;
    const struct type *of;
    struct late_copy *next;
};

struct resolver {
    struct model *m;
    struct file_model *file; /* whose names count now */
    struct entry *owner;     /* whose code is read now, or NULL */
    struct names reported;   /* unknown names that were reported in this flow or declaration */
    struct names missing;    /* what places lack, as "place.word": reported */
    size_t suggestions;      /* looked for so far */
    struct span *mistakes;   /* of syntax, in the order of their places */
    size_t mistake_count;
    const struct decl *damaged; /* whose source was searched last for names that are missing */
    bool has_nameless;          /* one was found */
    struct late_copy *late;
    struct entry
        *container; /* the type whose members are read, outside of lists and optional types */
};

/* Parses the source and what it imports, and what that imports, and declares all names of all
 * files. Flows get provisional indices. */
void resolve_files(struct resolver *r, struct source *source);

/* Gives all declared types their meaning, and configs, inputs and results theirs. */
void resolve_types(struct resolver *r);

/* Reports each declared type that contains itself in every value of it: no value ends. */
void resolve_endless(struct resolver *r);

/* Leaves out what the compiled file does not need, and gives the final indices. */
void resolve_needed(struct resolver *r);

void resolver_release(struct resolver *r);
void resolve_scope_release(struct scope *s);

/* Enters a declaration: its names are looked up in its file, what it names is needed with it. */
void resolve_enter(struct resolver *r, struct entry *owner);

/* What name stands for in the file, imports followed; NULL: nothing. Counts as a use. */
struct entry *resolve_find(struct resolver *r, const char *name);

/* The same for a place where only one kind of declaration can stand. NULL: reported, if it was not
 * yet, as `code`, or as E0312 when it is of another kind. */
struct entry *resolve_expect(struct resolver *r, struct word word, enum decl_kind kind,
                             enum diag_code code);

/* What a type that is written means; TYPE_UNKNOWN after a mistake. Never NULL. */
const struct type *resolve_type(struct resolver *r, struct type_expr *written);

/* True the first time for each word since the last resolve_enter. */
bool resolve_first_report(struct resolver *r, const char *word);

/* True the first time for each word and this place, such as the name of a flow that lacks it. */
bool resolve_first_missing(struct resolver *r, const char *place, const char *word);

/* Whether that was asked already. */
bool resolve_is_missing(struct resolver *r, const char *place, const char *word);

/* Is there a mistake of syntax inside of span? Then parts of it are missing from the tree. */
bool resolve_is_broken(const struct resolver *r, struct span span);

/* Was a node, variable or branch of this name in a part of decl that could not be read? Then the
 * name is not unknown. */
bool resolve_may_be_lost(struct resolver *r, const struct decl *decl, const char *name);

/* Is there a mistake of syntax behind the beginning of span, on the same line? Then what is there
 * may be something else than what was read: `-> folw next()`. */
bool resolve_is_before_mistake(const struct resolver *r, struct span span);

/* Is there a mistake of syntax in the flow and in none of its nodes? Then nodes may be missing. */
bool resolve_has_lost_nodes(const struct resolver *r, const struct decl *flow);

/* "an endpoint", "a constant" … */
const char *resolve_kind_text(enum decl_kind kind);

/* The nearest to word among the names of the file that `wanted` takes and the `others` (ends with
 * NULL; or NULL); NULL when none is near. */
const char *resolve_nearest(struct resolver *r, const char *word,
                            bool (*wanted)(const struct entry *e), const char *const *others);

#endif
