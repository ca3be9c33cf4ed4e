/* The libraries' memory comes from base/mem.h too: what they cannot have ends the program in its
 * one place, with its message, and never by an abort or as an outcome that is not what happened. */
#ifndef FLOW_NET_LIBRARIES_H
#define FLOW_NET_LIBRARIES_H

#include "base/bytes.h"

/* Once, at the start of the program, before any library is used. */
void libraries_prepare(void);

/* Before libcurl is used for the first time, and in one thread. Harmless when it is done again. */
void libraries_prepare_curl(void);

/* Adds a line with the libraries that a run depends on, and their versions: "libcurl/8.1.2 …". */
void libraries_print(struct bytes *b);

#endif
