/* Checks a document before libxml2 reads it. For xml*.c only. */
#ifndef FLOW_FORMATS_XML_PARTS_H
#define FLOW_FORMATS_XML_PARTS_H

#include <stddef.h>

/* NULL, or why the document is refused: libxml2 would take quadratic time for a part of it, which
 * begins at byte *at. Takes time proportional to len. */
const char *xml_excess(const char *p, size_t len, size_t *at);

#endif
