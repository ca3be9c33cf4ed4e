/* Quoting the source under a message: the line, and carets under a span of it. */
#ifndef FLOW_SYNTAX_DIAG_QUOTE_H
#define FLOW_SYNTAX_DIAG_QUOTE_H

#include "base/bytes.h"
#include "syntax/source.h"

#include <stdint.h>

struct quote {
    uint32_t line;
    struct bytes text;  /* the line: tabs are four spaces, and no byte acts on a terminal */
    struct bytes marks; /* spaces and carets, column for column below text */
};

void diag_quote_release(struct quote *q);

/* Quotes line (from 1) and marks its bytes from first up to but not including end, at least one
 * column. A very long line is cut to the part around first. */
void diag_quote_line(struct quote *q, struct source *source, uint32_t line, size_t first,
                     size_t end);

#endif
