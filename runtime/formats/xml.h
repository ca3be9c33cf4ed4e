/* XML (1.0) to values. An element is an object: its children by name, its attributes as `@name`,
 * its own text as `#text`; children of the same name are a list; an element that has only text is
 * that text. The root's name is the one member of the result. Names are as written, prefix
 * included; declarations of namespaces, comments and processing instructions are left out, and so
 * is white space between elements.
 *
 * Input is untrusted: nothing is fetched, and only the five entities of XML and numeric character
 * references are known. The depth is bounded, and so are the parts that libxml2 handles in
 * quadratic time: the attributes of an element, the distinct names, and the document type. */
#ifndef FLOW_FORMATS_XML_H
#define FLOW_FORMATS_XML_H

#include "base/bytes.h"
#include "base/value.h"

#include <stdbool.h>
#include <stddef.h>

/* Reads one document. p is UTF-8, whatever the document declares, without a byte-order mark; bytes
 * that are not valid are refused. True: *out is the caller's. False: *out is null and what is wrong
 * is added to why, with its line. */
bool xml_read(const char *p, size_t len, struct value *out, struct bytes *why);

#endif
