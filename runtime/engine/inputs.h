/* The inputs of a flow, from words of the command line or from a JSON object. */
#ifndef FLOW_ENGINE_INPUTS_H
#define FLOW_ENGINE_INPUTS_H

#include "base/bytes.h"
#include "base/value.h"
#include "program/image.h"
#include "vm/program.h"

/* One value per input of the flow; vm_missing() where its default applies. The caller frees them
 * with inputs_free. NULL: problems lists each value that is missing, unknown, given twice or of
 * the wrong type, one line each. */
struct value *inputs_of_pairs(const struct image *image, uint32_t flow,
                              const struct setting_pairs *pairs, struct bytes *problems);

/* The same; object is looked at and may be any value. */
struct value *inputs_of_object(const struct image *image, uint32_t flow, struct value object,
                               struct bytes *problems);

/* Values that run_start took ownership of are null by then. */
void inputs_free(const struct image *image, uint32_t flow, struct value *inputs);

/* The flow of that name, or where a run starts when name is NULL. IMAGE_NONE: why is added to
 * problems. */
uint32_t inputs_find_flow(const struct image *image, const char *name, struct bytes *problems);

#endif
