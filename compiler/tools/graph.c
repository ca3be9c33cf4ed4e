#include "tools/graph.h"

#include "base/mem.h"
#include "syntax/arrow_text.h"

#include <cjson/cJSON.h>
#include <string.h>

void graph_release(struct graph *g)
{
    for (size_t i = 0; i < g->len; i++)
        bytes_release(&g->edges[i].label);
    mem_free(g->edges);
    *g = (struct graph){ 0 };
}

/* The nodes of a flow, then `end`, `fail`, and all flows. */
static uint32_t target_of(const struct flow_model *flow, const struct target *to)
{
    uint32_t nodes = (uint32_t)flow->node_count;
    switch (to->kind) {
    case TARGET_NODE:
        return to->node->index;
    case TARGET_FLOW:
        return nodes + 2 + to->flow->index;
    case TARGET_END:
        return nodes;
    case TARGET_BAD:
    case TARGET_FAIL:
        break;
    }
    return nodes + 1;
}

static struct graph_edge *add_edge(struct graph *g, const struct node_model *from,
                                   const struct target *to)
{
    g->edges = mem_grow(g->edges, &g->cap, g->len, sizeof *g->edges);
    struct graph_edge *edge = &g->edges[g->len++];
    *edge = (struct graph_edge){ .from = from, .to_flow = to->kind == TARGET_FLOW };
    edge->target = target_of(from->flow, to);
    edge->to = to->kind == TARGET_END ? "end" : to->kind == TARGET_FAIL ? "fail" : to->name.text;
    return edge;
}

/* Both ways of an arrow; label is what takes it. */
static void add_arrow(struct graph *g, const struct node_model *from, const struct arrow *arrow,
                      const struct bytes *label)
{
    struct graph_edge *edge = add_edge(g, from, &arrow->to);
    bytes_add(&edge->label, bytes_text(label), label->len);
    if (!arrow->bound)
        return;
    arrow_text_bound(arrow->bound, &edge->label);
    edge = add_edge(g, from, &arrow->bound->otherwise);
    edge->is_otherwise = true;
    bytes_add(&edge->label, bytes_text(label), label->len);
    arrow_text_otherwise(&edge->label);
}

static void add_arms(struct graph *g, const struct node_model *n)
{
    for (const struct arm *arm = n->ast->arms; arm; arm = arm->next) {
        struct bytes label = { 0 };
        arrow_text_arm(g->model->sources, arm, &label);
        add_arrow(g, n, &arm->arrow, &label);
        bytes_release(&label);
    }
}

static void add_conditions(struct graph *g, const struct node_model *n)
{
    for (const struct condition *c = n->ast->verb->conditions; c; c = c->next) {
        struct bytes label = { 0 };
        arrow_text_condition(g->model->sources, c, &label);
        add_arrow(g, n, &c->arrow, &label);
        bytes_release(&label);
    }
}

static void add_cases(struct graph *g, const struct node_model *n)
{
    for (const struct switch_case *c = n->ast->verb->cases; c; c = c->next) {
        struct bytes label = { 0 };
        arrow_text_case(g->model->sources, c, &label);
        add_arrow(g, n, &c->arrow, &label);
        bytes_release(&label);
    }
}

/* With this many nodes leading to one place, its lines make the picture unreadable. */
#define SHARED_BY 4

struct place_use {
    uint32_t sources;              /* nodes that lead there */
    const struct node_model *last; /* of them */
};

/* An arrow to the next node in the source is short and stays a line. The last arrow to a node stays
 * a line too, so that the node has its place after those that lead to it. */
static bool is_shared(const struct graph_edge *edge, const struct place_use *use)
{
    const struct flow_model *flow = edge->from->flow;
    if (use->sources < SHARED_BY || edge->target == edge->from->index ||
        edge->target == edge->from->index + 1)
        return false;
    return edge->target >= flow->node_count || edge->from != use->last;
}

/* The edges from `first` on are those of the flow. */
static void find_shared(struct graph *g, const struct flow_model *flow, size_t first)
{
    size_t places = flow->node_count + 2 + g->model->flow_count;
    struct place_use *uses = mem_alloc_zeroed(places, sizeof *uses);
    for (size_t i = first; i < g->len; i++) {
        struct place_use *use = &uses[g->edges[i].target];
        use->sources += use->last != g->edges[i].from;
        use->last = g->edges[i].from;
    }
    for (size_t i = first; i < g->len; i++)
        g->edges[i].is_shared = is_shared(&g->edges[i], &uses[g->edges[i].target]);
    mem_free(uses);
}

static void add_node(struct graph *g, const struct node_model *n)
{
    const struct bytes none = { 0 };
    if (n->ast->arrow)
        add_arrow(g, n, n->ast->arrow, &none);
    add_arms(g, n);
    add_conditions(g, n);
    add_cases(g, n);
}

void graph_make(struct graph *g, const struct model *m)
{
    *g = (struct graph){ .model = m };
    for (size_t f = 0; f < m->flow_count; f++) {
        size_t first = g->len;
        for (size_t i = 0; i < m->flows[f]->node_count; i++)
            add_node(g, m->flows[f]->nodes[i]);
        find_shared(g, m->flows[f], first);
    }
}

static void describe_api(const struct graph *g, const struct node *ast, struct bytes *out)
{
    bytes_printf(out, "%s %s ", outcome_method_name(ast->verb->method), ast->verb->endpoint.text);
    arrow_text_source(g->model->sources, ast->verb->path->span, out);
}

#define SAID_SHOWN 2 /* texts of one node */

static void describe_said(const struct graph *g, const struct node *ast, struct bytes *out)
{
    unsigned said = 0;
    for (const struct action *a = ast->actions; a && said <= SAID_SHOWN; a = a->next) {
        if (a->kind != ACTION_SAY || !a->value)
            continue;
        bytes_add_text(out, out->len ? "\n" : "");
        if (said++ == SAID_SHOWN) {
            bytes_add_text(out, "…");
        } else {
            bytes_add_text(out, "say ");
            arrow_text_source(g->model->sources, a->value->span, out);
        }
    }
}

static void describe_if(const struct graph *g, const struct node *ast, struct bytes *out)
{
    const struct condition *first = ast->verb->conditions;
    bytes_add_text(out, "if ");
    arrow_text_source(g->model->sources, first->when->span, out);
    if (first->next && first->next->when)
        bytes_add_text(out, " …");
}

void graph_describe(const struct graph *g, const struct node_model *n, struct bytes *out)
{
    const struct node *ast = n->ast;
    describe_said(g, ast, out);
    if (out->len && ast->kind != NODE_PLAIN)
        bytes_add_char(out, '\n');
    switch (ast->kind) {
    case NODE_BAD:
    case NODE_PLAIN:
        break;
    case NODE_CALL_API:
        describe_api(g, ast, out);
        break;
    case NODE_ASK:
        bytes_add_text(out, "ask ");
        arrow_text_source(g->model->sources, ast->verb->subject->span, out);
        break;
    case NODE_IF:
        describe_if(g, ast, out);
        break;
    case NODE_SWITCH:
        bytes_add_text(out, "switch ");
        arrow_text_source(g->model->sources, ast->verb->subject->span, out);
        break;
    case NODE_CALL_FLOW:
        bytes_printf(out, "call %s", ast->verb->flow.text);
        break;
    case NODE_EACH:
        bytes_printf(out, "each: call %s", ast->verb->flow.text);
        break;
    case NODE_PARALLEL:
        bytes_add_text(out, "parallel");
        for (const struct branch *b = ast->verb->branches; b; b = b->next)
            bytes_printf(out, "%s call %s", b == ast->verb->branches ? ":" : ",", b->flow.text);
        break;
    }
}

/* Whether the label of an arrow names this outcome. */
static bool has_word(const char *label, const char *word)
{
    size_t len = strlen(word);
    for (const char *p = label; len > 0 && (p = strstr(p, word)); p += len) {
        if ((p == label || p[-1] == ' ') && (p[len] == '\0' || strchr(", ", p[len])))
            return true;
    }
    return false;
}

static void add_taken(struct graph_edge *edge, const cJSON *taken)
{
    if (!cJSON_IsNumber(taken))
        return;
    edge->known = true;
    edge->taken += taken->valuedouble;
}

/* How often an edge was taken: the sum over the outcomes of its arm; an arrow that nothing chooses
 * as often as its node was entered. What somebody changed in the file counts for nothing. */
static void paint_edge(struct graph_edge *edge, const cJSON *node)
{
    const cJSON *way;
    if (edge->label.len == 0)
        add_taken(edge, cJSON_GetObjectItem(node, "entered"));
    cJSON_ArrayForEach (way, cJSON_GetObjectItem(node, "ways")) {
        const char *arrow = cJSON_GetStringValue(cJSON_GetObjectItem(way, "arrow"));
        if (arrow && edge->label.len > 0 && strcmp(arrow, bytes_text(&edge->label)) == 0)
            add_taken(edge, cJSON_GetObjectItem(way, "taken"));
    }
}

static bool is_of(const struct graph_edge *edge, const char *flow, const char *node)
{
    return strcmp(edge->from->ast->name.text, node) == 0 &&
           strcmp(edge->from->flow->decl->name.text, flow) == 0;
}

/* The edges of a node stand side by side. They are looked for from *at on, where those of the node
 * before ended: mostly they are there. */
static void paint_node(struct graph *g, const cJSON *node, size_t *at)
{
    const char *flow = cJSON_GetStringValue(cJSON_GetObjectItem(node, "flow"));
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(node, "node"));
    size_t left = flow && name ? g->len : 0;
    while (left > 0 && !is_of(&g->edges[*at % g->len], flow, name)) {
        ++*at;
        left--;
    }
    *at = g->len > 0 ? *at % g->len : 0;
    for (; left > 0 && *at < g->len && is_of(&g->edges[*at], flow, name); ++*at)
        paint_edge(&g->edges[*at], node);
}

const char *graph_paint(struct graph *g, const char *json, size_t len)
{
    cJSON *root = cJSON_ParseWithLength(json, len);
    const cJSON *node;
    size_t at = 0;
    cJSON_ArrayForEach (node, cJSON_GetObjectItem(root, "nodes"))
        paint_node(g, node, &at);
    bool good = cJSON_IsArray(cJSON_GetObjectItem(root, "nodes"));
    cJSON_Delete(root);
    return good ? NULL : "it is not a file of `flowrun test --coverage`";
}

/* Whether the label of an arrow has this outcome: by itself, as its class, or in `other`. */
enum fit { FIT_NONE, FIT_TARGET, FIT_OTHER, FIT_CLASS, FIT_EXACT };

static enum fit fit_of(const struct graph_edge *edge, const char *outcome)
{
    const char *label = bytes_text(&edge->label);
    if (!outcome)
        return FIT_TARGET;
    char class[] = { outcome[0], 'x', 'x', '\0' };
    return has_word(label, outcome)   ? FIT_EXACT
           : has_word(label, class)   ? FIT_CLASS
           : has_word(label, "other") ? FIT_OTHER
                                      : FIT_TARGET;
}

static bool leads_there(const struct graph_edge *edge, const char *to)
{
    if (edge->to_flow)
        return strncmp(to, "flow ", 5) == 0 && strcmp(edge->to, to + 5) == 0;
    return strcmp(edge->to, to) == 0;
}

static void paint_step(struct graph *g, const cJSON *step)
{
    const char *flow = cJSON_GetStringValue(cJSON_GetObjectItem(step, "flow"));
    const char *node = cJSON_GetStringValue(cJSON_GetObjectItem(step, "node"));
    const char *outcome = cJSON_GetStringValue(cJSON_GetObjectItem(step, "outcome"));
    const char *to = cJSON_GetStringValue(cJSON_GetObjectItem(step, "to"));
    struct graph_edge *best = NULL;
    enum fit best_fit = FIT_NONE;
    for (size_t i = 0; flow && node && to && i < g->len; i++) {
        struct graph_edge *edge = &g->edges[i];
        if (strcmp(edge->from->ast->name.text, node) != 0 ||
            strcmp(edge->from->flow->decl->name.text, flow) != 0 || !leads_there(edge, to))
            continue;
        enum fit fit = fit_of(edge, outcome);
        if (fit > best_fit) {
            best = edge;
            best_fit = fit;
        }
    }
    if (best)
        best->taken++;
}

const char *graph_paint_trace(struct graph *g, const char *lines, size_t len)
{
    bool any = false;
    const char *end = lines + len;
    while (lines < end) {
        const char *stop = memchr(lines, '\n', (size_t)(end - lines));
        size_t line = (size_t)((stop ? stop : end) - lines);
        cJSON *step = *lines == '{' ? cJSON_ParseWithLength(lines, line) : NULL;
        any |= cJSON_IsString(cJSON_GetObjectItem(step, "node"));
        paint_step(g, step);
        cJSON_Delete(step);
        lines += line + 1;
    }
    g->is_trace = true;
    for (size_t i = 0; i < g->len; i++)
        g->edges[i].known = true;
    return any ? NULL : "it is not a trace of `flowrun --trace=json`";
}
