/* Makes an image of a checked model. Knows instructions and slots. Reports no more errors to the
 * author, except that a flow is too large for the format. */
#ifndef FLOW_EMIT_EMIT_H
#define FLOW_EMIT_EMIT_H

#include "model/model.h"
#include "program/image.h"

/* The image of a model without errors; the caller owns it. NULL: something is too large, as
 * model->diags says. */
struct image *emit(struct model *model);

#endif
