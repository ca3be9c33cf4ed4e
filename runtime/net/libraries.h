/* Gives the libraries base/mem.h as their allocator: when memory runs out, the program ends in its
 * one place with its message, and not by an abort or with a wrong outcome. */
#ifndef FLOW_NET_LIBRARIES_H
#define FLOW_NET_LIBRARIES_H

#include "base/bytes.h"

/* Once, at the start of the program, before any library is used. */
void libraries_prepare(void);

/* Must be called in one thread before libcurl is used for the first time. Harmless if it is called
 * again. */
void libraries_prepare_curl(void);

/* Adds a line with the libraries that a run depends on, and their versions: "libcurl/8.1.2 …". */
void libraries_print(struct bytes *b);

#endif
