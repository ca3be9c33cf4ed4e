/* From a file to an image: the stages in their order, which only this module knows. Who wants a
 * part of them, as an editor does, calls the stages: resolve_parse, resolve_names, resolve_types,
 * bind_model, check_model, resolve_needed, emit, verify_image. */
#ifndef FLOW_COMPILER_COMPILE_H
#define FLOW_COMPILER_COMPILE_H

#include "model/model.h"
#include "program/image.h"

/* All stages before emit. Mistakes are in diags; when diags->errors is 0 afterwards the model is
 * complete and compile_image may read it. False: the file itself cannot be read, *reason says why.
 * The caller releases the model in either case; sources and diags outlive it. */
bool compile_model(struct model *m, struct sources *sources, struct diags *diags, const char *path,
                   const char **reason);

/* Emits the image, strips it if the model says so, and verifies it as flowrun will do again. The
 * caller frees the image; NULL: the flow is too large, which is reported. *bug: NULL, or why the
 * image is wrong, which only a mistake of flowc can bring about; the caller frees it. */
struct image *compile_image(struct model *m, char **bug);

#endif
