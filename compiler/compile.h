/* From a file to an image: the stages in their order, which only this module knows. A caller that
 * needs only some of them, such as an editor, calls the stages itself: resolve_parse,
 * resolve_names, resolve_types, bind_model, check_model, resolve_needed, emit, verify_image. */
#ifndef FLOW_COMPILER_COMPILE_H
#define FLOW_COMPILER_COMPILE_H

#include "model/model.h"
#include "program/image.h"

/* Runs all stages before emit. Mistakes are added to diags; if diags->errors is 0 afterwards, the
 * model is complete and compile_image may read it. False if the file itself cannot be read; *reason
 * says why. The caller releases the model in either case; sources and diags outlive it. */
bool compile_model(struct model *m, struct sources *sources, struct diags *diags, const char *path,
                   const char **reason);

/* Emits the image, strips it if the model says so, and verifies it as flowrun will do again. The
 * caller frees the image; NULL if the flow is too large, which is reported. *bug is NULL, or says
 * why the image is wrong, which only a bug of flowc can cause; the caller frees it. */
struct image *compile_image(struct model *m, char **bug);

#endif
