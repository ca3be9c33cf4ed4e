#include "tools/graph.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static const char *flow_name(const struct node_model *n)
{
    return n->flow->decl->name.text;
}

/* In a quoted string of dot: quotes and backslashes are escaped, line ends are \n. */
static void add_dot(struct bytes *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            bytes_add_char(out, '\\');
        if (*text == '\n')
            bytes_add_text(out, "\\n");
        else
            bytes_add_char(out, *text);
    }
}

static const char *shape_of(const struct node_model *n)
{
    switch (n->ast->kind) {
    case NODE_CALL_API:
        return "shape=box, style=\"filled,rounded\", fillcolor=\"#dbeafe\"";
    case NODE_ASK:
        return "shape=box, style=\"filled,rounded\", fillcolor=\"#fef9c3\"";
    case NODE_IF:
    case NODE_SWITCH:
        return "shape=hexagon, style=filled, fillcolor=\"#f3f4f6\", margin=\"0.02,0.04\"";
    case NODE_CALL_FLOW:
    case NODE_EACH:
    case NODE_PARALLEL:
        return "shape=box, style=filled, peripheries=2, fillcolor=\"#ede9fe\"";
    case NODE_BAD:
    case NODE_PLAIN:
        break;
    }
    return "shape=box, style=\"filled,rounded\", fillcolor=white";
}

static void dot_node(const struct graph *g, const struct node_model *n, struct bytes *out)
{
    struct bytes what = { 0 };
    graph_describe(g, n, &what);
    bytes_printf(out, "    \"%s.%s\" [%s, label=\"%s", flow_name(n), n->ast->name.text, shape_of(n),
                 n->ast->name.text);
    if (what.len) {
        bytes_add_text(out, "\\n");
        add_dot(out, bytes_text(&what));
    }
    bytes_add_text(out, "\"];\n");
    bytes_release(&what);
}

/* Whether an arrow of the flow leads to `end` or `fail` itself, and not to a copy of it. */
static bool leads_to(const struct graph *g, const struct flow_model *flow, const char *to)
{
    for (size_t i = 0; i < g->len; i++) {
        if (g->edges[i].from->flow == flow && !g->edges[i].to_flow && !g->edges[i].is_shared &&
            strcmp(g->edges[i].to, to) == 0)
            return true;
    }
    return false;
}

#define TAKEN "#15803d"
#define UNTAKEN "#dc2626"
#define PASSED_BY "#9ca3af"

static const char *colour_of(const struct graph *g, const struct graph_edge *edge)
{
    if (!edge->known)
        return NULL;
    return edge->taken > 0 ? TAKEN : g->is_trace ? PASSED_BY : UNTAKEN;
}

static void dot_colour(const struct graph *g, const struct graph_edge *edge, struct bytes *out)
{
    const char *colour = colour_of(g, edge);
    if (colour)
        bytes_printf(out, ", color=\"%s\", fontcolor=\"%s\", %s", colour, colour,
                     edge->taken > 0 ? "penwidth=2" : "style=dashed");
}

static bool is_alike(const struct graph_edge *a, const struct graph_edge *b)
{
    return a->from == b->from && a->to_flow == b->to_flow && strcmp(a->to, b->to) == 0 &&
           a->is_otherwise == b->is_otherwise && a->known == b->known &&
           (a->taken > 0) == (b->taken > 0);
}

/* Arrows of one node to one place are drawn as one. False: edge i is drawn with one before it.
 * label gets the labels of all, line by line. */
static bool leads(const struct graph *g, size_t i, struct bytes *label)
{
    const struct graph_edge *edge = &g->edges[i];
    for (size_t k = i; k-- > 0 && g->edges[k].from == edge->from;) {
        if (is_alike(&g->edges[k], edge))
            return false;
    }
    for (size_t k = i; k < g->len && g->edges[k].from == edge->from; k++) {
        if (is_alike(&g->edges[k], edge))
            bytes_printf(label, "%s%s", k > i ? "\n" : "", bytes_text(&g->edges[k].label));
    }
    return true;
}

static size_t number_of(const struct graph *g, const struct graph_edge *edge)
{
    return (size_t)(edge - g->edges);
}

/* A copy of a place that many nodes lead to. Its identifier has a blank, which names do not have.
 */
static void dot_copy(const struct graph *g, const struct graph_edge *edge, struct bytes *out)
{
    bool ends = !edge->to_flow && edge->target >= edge->from->flow->node_count;
    bool fails = ends && strcmp(edge->to, "fail") == 0;
    bytes_printf(out,
                 "    \"copy %zu\" [label=\"%s%s\", fontsize=8, width=0.1, height=0.1, "
                 "color=\"#9ca3af\", ",
                 number_of(g, edge), edge->to_flow ? "flow " : "", edge->to);
    bytes_printf(out, "margin=\"0.06,0.03\", shape=%s, style=%s, fillcolor=\"%s\"];\n",
                 ends ? "doublecircle" : "box", ends ? "filled" : "\"filled,rounded\"",
                 fails  ? "#fee2e2"
                 : ends ? "#dcfce7"
                        : "#f9fafb");
}

static void dot_edge(const struct graph *g, const struct graph_edge *edge,
                     const struct bytes *label, struct bytes *out)
{
    bytes_printf(out, "  \"%s.%s\" -> ", flow_name(edge->from), edge->from->ast->name.text);
    if (edge->is_shared)
        bytes_printf(out, "\"copy %zu\"", number_of(g, edge));
    else if (edge->to_flow)
        bytes_printf(out, "\"flow %s\"", edge->to);
    else
        bytes_printf(out, "\"%s.%s\"", flow_name(edge->from), edge->to);
    bytes_add_text(out, " [label=\" ");
    add_dot(out, bytes_text(label));
    bytes_add_text(out, " \"");
    dot_colour(g, edge, out);
    bytes_printf(out, "%s];\n", edge->is_otherwise && !edge->known ? ", style=dashed" : "");
}

/* The copies that belong to the nodes of the flow. */
static void each_copy(const struct graph *g, const struct flow_model *flow,
                      void (*print)(const struct graph *g, const struct graph_edge *edge,
                                    struct bytes *out),
                      struct bytes *out)
{
    for (size_t i = 0; i < g->len; i++) {
        struct bytes label = { 0 };
        if (g->edges[i].from->flow == flow && g->edges[i].is_shared && leads(g, i, &label))
            print(g, &g->edges[i], out);
        bytes_release(&label);
    }
}

static void dot_flow(const struct graph *g, const struct flow_model *flow, struct bytes *out)
{
    const char *name = flow->decl->name.text;
    bytes_printf(out,
                 "  subgraph \"cluster_%s\" {\n    label=\"flow %s\"; labeljust=l; "
                 "color=\"#9ca3af\";\n",
                 name, name);
    bytes_printf(out,
                 "    \"flow %s\" [shape=circle, label=\"\", width=0.2, style=filled, "
                 "fillcolor=black];\n",
                 name);
    for (size_t i = 0; i < flow->node_count; i++)
        dot_node(g, flow->nodes[i], out);
    if (leads_to(g, flow, "end"))
        bytes_printf(out,
                     "    \"%s.end\" [shape=doublecircle, label=\"end\", style=filled, "
                     "fillcolor=\"#dcfce7\"];\n",
                     name);
    if (leads_to(g, flow, "fail"))
        bytes_printf(out,
                     "    \"%s.fail\" [shape=doublecircle, label=\"fail\", style=filled, "
                     "fillcolor=\"#fee2e2\"];\n",
                     name);
    each_copy(g, flow, dot_copy, out);
    if (flow->node_count)
        bytes_printf(out, "    \"flow %s\" -> \"%s.%s\";\n", name, name,
                     flow->nodes[0]->ast->name.text);
    bytes_add_text(out, "  }\n");
}

void graph_print_dot(const struct graph *g, struct bytes *out)
{
    bytes_add_text(out, "digraph flow {\n"
                        "  graph [fontname=\"Helvetica\", fontsize=12];\n"
                        "  node [fontname=\"Helvetica\", fontsize=11];\n"
                        "  edge [fontname=\"Helvetica\", fontsize=9];\n"
                        "  ranksep=0.6; nodesep=0.4;\n");
    for (size_t i = 0; i < g->model->flow_count; i++)
        dot_flow(g, g->model->flows[i], out);
    for (size_t i = 0; i < g->len; i++) {
        struct bytes label = { 0 };
        if (leads(g, i, &label))
            dot_edge(g, &g->edges[i], &label, out);
        bytes_release(&label);
    }
    bytes_add_text(out, "}\n");
}

/* In a quoted label of Mermaid, what would end it is written as an entity. */
static void add_mermaid(struct bytes *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '"')
            bytes_add_text(out, "#quot;");
        else if (*text == '#')
            bytes_add_text(out, "#35;");
        else if (*text == '<')
            bytes_add_text(out, "#lt;");
        else if (*text == '>')
            bytes_add_text(out, "#gt;");
        else if (*text == '\n')
            bytes_add_text(out, "<br/>");
        else
            bytes_add_char(out, *text);
    }
}

static void mermaid_node(const struct graph *g, const struct node_model *n, struct bytes *out)
{
    struct bytes what = { 0 };
    bool chooses = n->ast->kind == NODE_IF || n->ast->kind == NODE_SWITCH;
    graph_describe(g, n, &what);
    bytes_printf(out, "    %s__%s%s\"%s", flow_name(n), n->ast->name.text, chooses ? "{" : "(",
                 n->ast->name.text);
    if (what.len) {
        bytes_add_text(out, "<br/>");
        add_mermaid(out, bytes_text(&what));
    }
    bytes_printf(out, "\"%s\n", chooses ? "}" : ")");
    bytes_release(&what);
}

/* The name of a node does not begin with a digit, so a copy never has the identifier of a node. */
static void mermaid_copy(const struct graph *g, const struct graph_edge *edge, struct bytes *out)
{
    bool ends = !edge->to_flow && edge->target >= edge->from->flow->node_count;
    bytes_printf(out, "    copy__%zu%s\"%s%s\"%s\n", number_of(g, edge), ends ? "(((" : "([",
                 edge->to_flow ? "flow " : "", edge->to, ends ? ")))" : "])");
}

static void mermaid_edge(const struct graph *g, const struct graph_edge *edge,
                         const struct bytes *label, struct bytes *out)
{
    bytes_printf(out, "  %s__%s %s", flow_name(edge->from), edge->from->ast->name.text,
                 edge->is_otherwise ? "-.->" : "-->");
    if (label->len) {
        bytes_add_text(out, "|\"");
        add_mermaid(out, bytes_text(label));
        bytes_add_text(out, "\"|");
    }
    if (edge->is_shared)
        bytes_printf(out, " copy__%zu\n", number_of(g, edge));
    else if (edge->to_flow)
        bytes_printf(out, " flow__%s\n", edge->to);
    else
        bytes_printf(out, " %s__%s%s\n", flow_name(edge->from), edge->to,
                     strcmp(edge->to, "end") == 0 || strcmp(edge->to, "fail") == 0 ? "_" : "");
}

/* Colours come by the number of a link, and the first ones lead from the beginnings of flows. */
static void mermaid_edges(const struct graph *g, struct bytes *out)
{
    struct bytes styles = { 0 };
    size_t number = 0;
    for (size_t f = 0; f < g->model->flow_count; f++)
        number += g->model->flows[f]->node_count > 0;
    for (size_t i = 0; i < g->len; i++) {
        struct bytes label = { 0 };
        const char *colour = colour_of(g, &g->edges[i]);
        if (leads(g, i, &label)) {
            mermaid_edge(g, &g->edges[i], &label, out);
            if (colour)
                bytes_printf(&styles, "  linkStyle %zu stroke:%s\n", number, colour);
            number++;
        }
        bytes_release(&label);
    }
    bytes_add(out, bytes_text(&styles), styles.len);
    bytes_release(&styles);
}

void graph_print_mermaid(const struct graph *g, struct bytes *out)
{
    bytes_add_text(out, "flowchart TD\n");
    for (size_t f = 0; f < g->model->flow_count; f++) {
        const struct flow_model *flow = g->model->flows[f];
        const char *name = flow->decl->name.text;
        bytes_printf(out, "  subgraph %s [\"flow %s\"]\n    flow__%s((\" \"))\n", name, name, name);
        for (size_t i = 0; i < flow->node_count; i++)
            mermaid_node(g, flow->nodes[i], out);
        if (leads_to(g, flow, "end"))
            bytes_printf(out, "    %s__end_(((end)))\n", name);
        if (leads_to(g, flow, "fail"))
            bytes_printf(out, "    %s__fail_(((fail)))\n", name);
        each_copy(g, flow, mermaid_copy, out);
        if (flow->node_count)
            bytes_printf(out, "    flow__%s --> %s__%s\n", name, name,
                         flow->nodes[0]->ast->name.text);
        bytes_add_text(out, "  end\n");
    }
    mermaid_edges(g, out);
}

static cJSON *json_edge(const struct graph_edge *edge)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "from", edge->from->ast->name.text);
    cJSON_AddStringToObject(o, edge->to_flow ? "to_flow" : "to", edge->to);
    cJSON_AddStringToObject(o, "label", bytes_text(&edge->label));
    if (edge->known)
        cJSON_AddNumberToObject(o, "taken", edge->taken);
    return o;
}

static cJSON *json_flow(const struct graph *g, const struct flow_model *flow)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "name", flow->decl->name.text);
    cJSON *nodes = cJSON_AddArrayToObject(o, "nodes");
    for (size_t i = 0; i < flow->node_count; i++) {
        struct bytes what = { 0 };
        graph_describe(g, flow->nodes[i], &what);
        cJSON *node = cJSON_CreateObject();
        cJSON_AddStringToObject(node, "name", flow->nodes[i]->ast->name.text);
        cJSON_AddStringToObject(node, "does", bytes_text(&what));
        cJSON_AddItemToArray(nodes, node);
        bytes_release(&what);
    }
    cJSON *edges = cJSON_AddArrayToObject(o, "edges");
    for (size_t i = 0; i < g->len; i++) {
        if (g->edges[i].from->flow == flow)
            cJSON_AddItemToArray(edges, json_edge(&g->edges[i]));
    }
    return o;
}

void graph_print_json(const struct graph *g, struct bytes *out)
{
    cJSON *root = cJSON_CreateObject();
    cJSON *flows = cJSON_AddArrayToObject(root, "flows");
    for (size_t i = 0; i < g->model->flow_count; i++)
        cJSON_AddItemToArray(flows, json_flow(g, g->model->flows[i]));
    char *text = cJSON_Print(root);
    bytes_add_text(out, text ? text : "");
    bytes_add_char(out, '\n');
    free(text);
    cJSON_Delete(root);
}
