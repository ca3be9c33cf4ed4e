/* Diagnostics: the author's mistakes, collected while the compiler goes on, printed at the end in
 * the order of their places. The codes and the texts of `flowc explain` are rows of
 * diagnostics.def. Knows sources; knows nothing of syntax or meaning. */
#ifndef FLOW_SYNTAX_DIAG_H
#define FLOW_SYNTAX_DIAG_H

#include "base/arena.h"
#include "base/bytes.h"
#include "syntax/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum diag_code {
#define DIAG(code, severity, title, explanation) code,
#include "syntax/diagnostics.def"
#undef DIAG
    DIAG_CODES
};

enum diag_severity { DIAG_ERROR, DIAG_WARNING };

struct diag_note {
    struct span span;
    const char *message;
    struct diag_note *next;
};

struct diag {
    enum diag_code code;
    struct span span;
    const char *message; /* lower case, no full stop; backquotes around what the user wrote */
    const char *help;    /* what to write instead, or NULL */
    struct diag_note *notes;
};

struct diags {
    struct arena arena;
    struct diag **items;
    size_t len;
    size_t cap;
    size_t errors;
    size_t warnings;
};

void diags_release(struct diags *d);

/* Adds one; the result may get a help and notes. Never NULL. A second one with the same code at the
 * same place is dropped (the result is then a diag that is never printed). */
struct diag *diag_add(struct diags *d, enum diag_code code, struct span span, const char *format,
                      ...) __attribute__((format(printf, 4, 5)));
void diag_help(struct diags *d, struct diag *diag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void diag_note(struct diags *d, struct diag *diag, struct span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

enum diag_format { DIAG_TEXT, DIAG_SHORT, DIAG_JSON, DIAG_SARIF };

struct diag_style {
    enum diag_format format;
    bool colour;
    bool warnings_are_errors;
};

/* Sorts by place and prints all to out. */
void diags_print(struct diags *d, struct sources *sources, struct diag_style style, FILE *out);

/* "E0402" */
const char *diag_code_name(enum diag_code code);
enum diag_severity diag_severity(enum diag_code code);

/* What this kind of mistake is, in a few words; what it means, in a few lines. */
const char *diag_title(enum diag_code code);
const char *diag_explanation(enum diag_code code);

/* The page of `flowc explain NAME` (in any case of letters); NULL for an unknown name. */
const char *diag_explain(const char *name);

#endif
