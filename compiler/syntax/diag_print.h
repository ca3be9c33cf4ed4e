/* The formats in which diagnostics are printed; one function each. Called by diags_print only, with
 * the diagnostics in their final order. */
#ifndef FLOW_SYNTAX_DIAG_PRINT_H
#define FLOW_SYNTAX_DIAG_PRINT_H

#include "syntax/diag.h"

/* The text formats print at most this many, then how many more there are. */
#define DIAG_PRINT_MAX 100

void diag_print_text(const struct diags *d, struct sources *sources, struct diag_style style,
                     FILE *out);
void diag_print_json(const struct diags *d, struct sources *sources, struct diag_style style,
                     FILE *out);
/* SARIF 2.1.0 (OASIS). */
void diag_print_sarif(const struct diags *d, struct sources *sources, struct diag_style style,
                      FILE *out);

/* "error" or "warning". */
const char *diag_severity_name(const struct diag *diag, struct diag_style style);

/* Appends the len bytes at p with everything that could act on a terminal or hide text (control
 * characters, bidirectional controls, bytes that are not UTF-8) made visible. */
void diag_clean(struct bytes *b, const char *p, size_t len);

#endif
