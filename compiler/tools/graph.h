/* A flow as a picture: its nodes, and the arrows between them with the outcomes that take them. For
 * Graphviz (dot), Mermaid, or programs (JSON). Reads a model without errors. */
#ifndef FLOW_TOOLS_GRAPH_H
#define FLOW_TOOLS_GRAPH_H

#include "base/bytes.h"
#include "model/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One arrow: where from, the labels that take it, where to. */
struct graph_edge {
    const struct node_model *from;
    struct bytes label; /* "404, 5xx max 3", "when …", "else" */
    const char *to;     /* a node's name, "end", "fail", or a flow's name */
    bool to_flow;       /* to is a flow */
    uint32_t target;    /* a number for the place, among those that arrows of the flow lead to */
    bool is_shared;     /* many nodes lead there: drawn to a small copy beside `from` */
    bool is_otherwise;  /* the arrow after `max N else` */
    bool known;         /* with coverage: it is known how often it was taken */
    double taken;
};

struct graph {
    const struct model *model;
    struct graph_edge *edges; /* by flow and node, as written */
    size_t len;
    size_t cap;
    bool is_trace; /* painted by one run: what it did not take is no fault */
};

void graph_make(struct graph *g, const struct model *m);
void graph_release(struct graph *g);

/* Notes how often arrows were taken, from the file of `flowrun test --coverage`. NULL, or what is
 * wrong with it (static). */
const char *graph_paint(struct graph *g, const char *json, size_t len);

/* The same from a trace, as `flowrun --trace=json` prints it; lines that are none are skipped. */
const char *graph_paint_trace(struct graph *g, const char *lines, size_t len);

void graph_print_dot(const struct graph *g, struct bytes *out);
void graph_print_mermaid(const struct graph *g, struct bytes *out);
void graph_print_json(const struct graph *g, struct bytes *out);

/* What a node does, in a line or a few: "say "Hello"", "GET shop "/orders/{id}"", "if n > 3".
 * Appended to out, without a line end behind. */
void graph_describe(const struct graph *g, const struct node_model *n, struct bytes *out);

#endif
