/* Labels of the arrows of a node: the outcomes or conditions that take them, as in the source:
 * "404, 5xx max 3", "200 when body.n > 1", "n < 0", "else". Pictures and coverage use the same
 * labels. */
#ifndef FLOW_SYNTAX_ARROW_TEXT_H
#define FLOW_SYNTAX_ARROW_TEXT_H

#include "base/bytes.h"
#include "syntax/ast.h"
#include "syntax/source.h"

/* Appends the source of span as one line, shortened if it is long. */
void arrow_text_source(struct sources *sources, struct span span, struct bytes *out);

/* Append the label of the arrow of an arm, a condition or a case. */
void arrow_text_arm(struct sources *sources, const struct arm *arm, struct bytes *out);
void arrow_text_condition(struct sources *sources, const struct condition *c, struct bytes *out);
void arrow_text_case(struct sources *sources, const struct switch_case *c, struct bytes *out);

/* Append " max 3" or " else" to the label of an arrow with a bound; no space if out is empty. */
void arrow_text_bound(const struct bound *bound, struct bytes *out);
void arrow_text_otherwise(struct bytes *out);

#endif
