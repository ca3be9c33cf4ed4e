/* A checked model to an image. Knows instructions and slots; asks nothing of the author any more,
 * except where a flow is too large for the format. */
#ifndef FLOW_EMIT_EMIT_H
#define FLOW_EMIT_EMIT_H

#include "model/model.h"
#include "program/image.h"

/* The image of a model without errors; the caller's. NULL: something is too large, said in
 * model->diags. */
struct image *emit(struct model *model);

#endif
