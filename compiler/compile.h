/* From a file to a model: the stages in their order. The only module that knows them all. */
#ifndef FLOW_COMPILER_COMPILE_H
#define FLOW_COMPILER_COMPILE_H

#include "model/model.h"

/* Reads the file and what it imports, binds every name, checks everything. Mistakes are in diags;
 * when diags->errors is 0 afterwards the model is complete and emit may read it. False: the file
 * itself cannot be read, *reason says why. sources and diags outlive the model. */
bool compile_model(struct model *m, struct sources *sources, struct diags *diags, const char *path,
                   const char **reason);

#endif
