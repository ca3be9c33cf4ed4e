/* An image as text for people, and docs/bytecode.md from the table of instructions. */
#ifndef FLOW_PROGRAM_DISASM_H
#define FLOW_PROGRAM_DISASM_H

#include "base/bytes.h"
#include "program/image.h"

/* Every table and all code of a verified image, appended to b. */
void disasm_print(const struct image *image, struct bytes *b);

/* The instructions as a table in Markdown, appended to b. */
void disasm_reference(struct bytes *b);

#endif
