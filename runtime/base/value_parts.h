/* Texts as value*.c see them: what they take on the heap. */
#ifndef FLOW_BASE_VALUE_PARTS_H
#define FLOW_BASE_VALUE_PARTS_H

#include "base/value.h"

/* n as a count of bytes, items or members; one that does not fit ends like exhausted memory. */
uint32_t value_to_count(size_t n);

/* Bytes on the heap. */
size_t value_text_bytes(const struct text *t);

/* Frees t, whose count went to zero or never counted. */
void value_text_free(struct text *t);

/* Before t is shared by threads, which may not change it any more: what it remembers is complete.
 */
void value_text_complete(struct text *t);

#endif
