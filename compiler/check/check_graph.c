/* The graph of nodes: which cannot be reached, and which have no path to an exit. Each walk is a
 * loop over arrays, without recursion: a flow may have a million nodes. */
#include "check/check.h"

#include "base/mem.h"

#include <string.h>

/* The edges of some nodes, sorted by one of their ends. */
struct adjacency {
    uint32_t *start; /* of each node's part of `to`; one more than nodes */
    uint32_t *to;
};

struct graph {
    struct checker *c;
    struct flow_model *flow;
    size_t count;             /* of nodes */
    const struct edge *edges; /* of this flow, numbered from base */
    size_t edge_count;
    uint32_t base;
    struct adjacency forward;
    struct adjacency backward;
    bool *live;    /* reached from the flow's first node */
    bool *reached; /* also reached from a node that was reported */
    bool *leaves;  /* an exit can be reached from it */
    uint32_t *queue;
};

static bool is_inner(const struct edge *e)
{
    return !e->is_move;
}

static void adjacency_build(struct adjacency *a, const struct graph *g, bool backward)
{
    a->start = mem_alloc_zeroed(g->count + 2, sizeof *a->start);
    a->to = mem_alloc_zeroed(g->edge_count + 1, sizeof *a->to);
    for (size_t i = 0; i < g->edge_count; i++) {
        const struct edge *e = &g->edges[i];
        if (is_inner(e))
            a->start[(backward ? e->to : e->from) - g->base + 2]++;
    }
    for (size_t i = 2; i < g->count + 2; i++)
        a->start[i] += a->start[i - 1];
    for (size_t i = 0; i < g->edge_count; i++) {
        const struct edge *e = &g->edges[i];
        if (is_inner(e))
            a->to[a->start[(backward ? e->to : e->from) - g->base + 1]++] =
                (backward ? e->from : e->to) - g->base;
    }
}

static void adjacency_release(struct adjacency *a)
{
    mem_free(a->start);
    mem_free(a->to);
}

/* Marks all nodes that can be reached over a from the nodes in the queue. */
static void flood(struct graph *g, const struct adjacency *a, bool *marked, size_t queued)
{
    for (size_t i = 0; i < queued; i++) {
        uint32_t node = g->queue[i];
        for (uint32_t e = a->start[node]; e < a->start[node + 1]; e++) {
            if (marked[a->to[e]])
                continue;
            marked[a->to[e]] = true;
            g->queue[queued++] = a->to[e];
        }
    }
}

static void flood_from(struct graph *g, const struct adjacency *a, bool *marked, uint32_t node)
{
    marked[node] = true;
    g->queue[0] = node;
    flood(g, a, marked, 1);
}

static const struct node *node_at(const struct graph *g, size_t i)
{
    return g->flow->nodes[i]->ast;
}

static uint8_t flags_of(const struct graph *g, size_t i)
{
    return g->c->b->node_flags[g->base + i];
}

static void say_unreached(struct graph *g, size_t i)
{
    struct checker *c = g->c;
    const struct node *n = node_at(g, i);
    if (!n->name.text)
        return;
    struct diag *diag =
        diag_add(c->d, E0501, n->name.span, "the node `%s` cannot be reached", n->name.text);
    diag_note(c->d, diag, node_at(g, 0)->name.span, "the flow starts here");
    diag_help(c->d, diag, "add an arrow to it, `-> %s`, or remove the node", n->name.text);
}

/* Of nodes that form a cycle only the first is reported; the rest follows from it. */
static void check_reached(struct graph *g)
{
    flood_from(g, &g->forward, g->reached, 0);
    memcpy(g->live, g->reached, g->count * sizeof *g->live);
    if (resolve_has_lost_nodes(g->c->r, g->flow->decl))
        return;
    bool *entered = mem_alloc_zeroed(g->count + 1, sizeof *entered);
    for (size_t i = 0; i < g->count; i++) {
        if (flags_of(g, i) & NODE_LOST) {
            mem_free(entered);
            return;
        }
    }
    for (size_t i = 0; i < g->edge_count; i++) {
        if (is_inner(&g->edges[i]) && g->edges[i].from != g->edges[i].to)
            entered[g->edges[i].to - g->base] = true;
    }
    for (unsigned pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < g->count; i++) {
            if (g->reached[i] || (pass == 0 && entered[i]))
                continue;
            say_unreached(g, i);
            flood_from(g, &g->forward, g->reached, i);
        }
    }
    mem_free(entered);
}

static void say_stuck(struct graph *g, uint32_t i)
{
    struct checker *c = g->c;
    const struct node *n = node_at(g, i);
    bool is_alone = true;
    for (uint32_t e = g->forward.start[i]; e < g->forward.start[i + 1]; e++)
        is_alone &= g->forward.to[e] == i;
    if (!n->name.text || g->forward.start[i] == g->forward.start[i + 1])
        return;
    struct diag *diag =
        diag_add(c->d, E0502, n->name.span,
                 "a run cannot get from the node `%s` to `end` or `fail`", n->name.text);
    if (is_alone)
        diag_help(
            c->d, diag,
            "all its arrows point back to it: write `-> %s max 3 else end`, or add another arrow",
            n->name.text);
    else
        diag_help(c->d, diag,
                  "the nodes after it only point to each other: add `-> end`, `-> fail` or `-> "
                  "flow NAME(…)` to one of them");
}

/* Collects all nodes that are stuck with node i into the queue; returns how many. */
static size_t gather_stuck(struct graph *g, uint32_t i, bool *said)
{
    const struct adjacency *both[2] = { &g->forward, &g->backward };
    size_t queued = 1;
    said[i] = true;
    g->queue[0] = i;
    for (size_t at = 0; at < 2 * queued; at++) {
        const struct adjacency *a = both[at % 2];
        uint32_t node = g->queue[at / 2];
        for (uint32_t e = a->start[node]; e < a->start[node + 1]; e++) {
            if (g->leaves[a->to[e]] || said[a->to[e]])
                continue;
            said[a->to[e]] = true;
            g->queue[queued++] = a->to[e];
        }
    }
    return queued;
}

static uint32_t step(const struct graph *g, uint32_t node)
{
    uint32_t e = g->forward.start[node];
    return e < g->forward.start[node + 1] ? g->forward.to[e] : node;
}

/* After `steps` steps the walk is in a cycle. Returns the first node of that cycle in the
 * source. */
static uint32_t first_of_cycle(const struct graph *g, uint32_t node, size_t steps)
{
    while (steps--)
        node = step(g, node);
    uint32_t first = node;
    for (uint32_t at = step(g, node); at != node; at = step(g, at))
        first = at < first ? at : first;
    return first;
}

/* Of nodes that are stuck together only one is reported. Unreachable nodes are reported
 * elsewhere. */
static void check_left(struct graph *g)
{
    size_t queued = 0;
    for (uint32_t i = 0; i < g->count; i++) {
        if (flags_of(g, i) & (NODE_LEAVES | NODE_LOST)) {
            g->leaves[i] = true;
            g->queue[queued++] = i;
        }
    }
    flood(g, &g->backward, g->leaves, queued);
    bool *said = mem_alloc_zeroed(g->count + 1, sizeof *said);
    for (uint32_t i = 0; i < g->count; i++) {
        if (!g->live[i] || g->leaves[i] || said[i])
            continue;
        say_stuck(g, first_of_cycle(g, i, gather_stuck(g, i, said)));
    }
    mem_free(said);
}

static void find_edges(struct graph *g)
{
    const struct binder *b = g->c->b;
    const struct bound_flow *bound = &b->flows[g->flow->index];
    g->edges = b->edges ? b->edges + bound->first_edge : NULL;
    g->edge_count = bound->edge_count;
}

/* Marks the stuck nodes for check_cycles: a cycle without an exit is reported only as stuck. */
static void remember_stuck(struct graph *g)
{
    for (size_t i = 0; i < g->count; i++) {
        uint8_t *flags = &g->c->b->node_flags[g->base + i];
        if (!g->leaves[i])
            *flags = (uint8_t)(*flags | NODE_STUCK);
    }
}

void check_graph(struct checker *c, struct flow_model *flow)
{
    struct graph g = { .c = c, .flow = flow, .count = flow->node_count };
    if (!g.count)
        return;
    g.base = c->b->bases[flow->index];
    find_edges(&g);
    adjacency_build(&g.forward, &g, false);
    adjacency_build(&g.backward, &g, true);
    g.reached = mem_alloc_zeroed(g.count, sizeof *g.reached);
    g.live = mem_alloc_zeroed(g.count, sizeof *g.live);
    g.leaves = mem_alloc_zeroed(g.count, sizeof *g.leaves);
    g.queue = mem_alloc_zeroed(g.count, sizeof *g.queue);
    check_reached(&g);
    check_left(&g);
    remember_stuck(&g);
    adjacency_release(&g.forward);
    adjacency_release(&g.backward);
    mem_free(g.reached);
    mem_free(g.live);
    mem_free(g.leaves);
    mem_free(g.queue);
}
