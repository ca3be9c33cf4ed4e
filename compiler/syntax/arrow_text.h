/* How the arrows of a node are named, by what takes them, as it is written in the source: "404, 5xx
 * max 3", "200 when body.n > 1", "n < 0", "else". Pictures and coverage name them alike. */
#ifndef FLOW_SYNTAX_ARROW_TEXT_H
#define FLOW_SYNTAX_ARROW_TEXT_H

#include "base/bytes.h"
#include "syntax/ast.h"
#include "syntax/source.h"

/* Adds the source between two positions, on one line and not too long. */
void arrow_text_source(struct sources *sources, struct span span, struct bytes *out);

/* Adds what takes the arrow of an arm, of a condition, of a case. */
void arrow_text_arm(struct sources *sources, const struct arm *arm, struct bytes *out);
void arrow_text_condition(struct sources *sources, const struct condition *c, struct bytes *out);
void arrow_text_case(struct sources *sources, const struct switch_case *c, struct bytes *out);

/* Adds, of an arrow with a bound, " max 3" or " else" to what takes it; without the blank where
 * there is nothing before. */
void arrow_text_bound(const struct bound *bound, struct bytes *out);
void arrow_text_otherwise(struct bytes *out);

#endif
