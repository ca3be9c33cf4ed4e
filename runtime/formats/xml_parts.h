/* What a document is held to before libxml2 sees it. For xml*.c only. */
#ifndef FLOW_FORMATS_XML_PARTS_H
#define FLOW_FORMATS_XML_PARTS_H

#include <stddef.h>

/* NULL, or why the document is not read: something in it would take libxml2 a time that grows with
 * its square. *at is the byte of what is meant. Takes time by len. */
const char *xml_excess(const char *p, size_t len, size_t *at);

#endif
