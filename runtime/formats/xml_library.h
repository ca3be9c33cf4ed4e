/* libxml2, loaded when the first XML is read. It brings ICU and a C++ library with it, whose
 * relocation takes a quarter of the time of a short run, and most runs see no XML. */
#ifndef FLOW_FORMATS_XML_LIBRARY_H
#define FLOW_FORMATS_XML_LIBRARY_H

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlmemory.h>

/* FUNCTION(result, name, parameters): the functions that are used, as libxml2's headers declare
 * them. */
#define XML_LIBRARY(FUNCTION)                                                                      \
    FUNCTION(int, xmlMemSetup, (xmlFreeFunc, xmlMallocFunc, xmlReallocFunc, xmlStrdupFunc))        \
    FUNCTION(void, xmlInitParser, (void))                                                          \
    FUNCTION(xmlParserCtxtPtr, xmlCreateIOParserCtxt,                                              \
             (xmlSAXHandlerPtr, void *, xmlInputReadCallback, xmlInputCloseCallback, void *,       \
              xmlCharEncoding))                                                                    \
    FUNCTION(int, xmlCtxtUseOptions, (xmlParserCtxtPtr, int))                                      \
    FUNCTION(int, xmlParseDocument, (xmlParserCtxtPtr))                                            \
    FUNCTION(void, xmlFreeParserCtxt, (xmlParserCtxtPtr))                                          \
    FUNCTION(void, xmlFreeDoc, (xmlDocPtr))                                                        \
    FUNCTION(int, xmlDictSize, (xmlDictPtr))                                                       \
    FUNCTION(xmlEntityPtr, xmlGetPredefinedEntity, (const xmlChar *))                              \
    FUNCTION(const xmlError *, xmlCtxtGetLastError, (void *))

struct xml_library {
#define FUNCTION(result, name, parameters) result(*name) parameters;
    XML_LIBRARY(FUNCTION)
#undef FUNCTION
};

/* NULL: libxml2 is not installed. May be called in any thread; the library is loaded once and never
 * unloaded. */
const struct xml_library *xml_library(void);

#endif
