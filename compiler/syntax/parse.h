/* The front door of grammar/: text to tree. Declared here because nothing includes grammar/. */
#ifndef FLOW_SYNTAX_PARSE_H
#define FLOW_SYNTAX_PARSE_H

#include "syntax/ast.h"
#include "syntax/diag.h"
#include "syntax/intern.h"

/* Reads one file. Mistakes go to diags; the tree (in arena) is never NULL, but parts that could
 * not be read are missing from it or BAD. words interns all names of one compilation. */
struct ast *parse(struct arena *arena, struct intern *words, struct source *source,
                  struct diags *diags);

#endif
