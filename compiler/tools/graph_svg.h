/* Pictures through Graphviz, which is needed for this alone. */
#ifndef FLOW_TOOLS_GRAPH_SVG_H
#define FLOW_TOOLS_GRAPH_SVG_H

#include "base/bytes.h"

/* Gives the dot text to `dot -Tsvg` and adds what comes back to out. NULL, or why not (static). */
const char *graph_svg(const struct bytes *dot, struct bytes *out);

#endif
