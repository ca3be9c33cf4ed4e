/* Cycles without a bound: strongly connected parts (Tarjan 1972, without recursion) of two graphs
 * of all nodes that are not an `ask`. One has the arrows within flows that have no `max`. The other
 * has all arrows and all moves to flows: a move resets every count of `max`, so only an `ask`
 * bounds a cycle with a move. */
#include "check/check.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define NAMED 8 /* nodes of a cycle that a message names */

struct cycles {
    struct checker *c;
    size_t count;
    const struct node_model **nodes; /* by number; NULL if it is an `ask` or not checked */
    uint32_t *start;                 /* of each node's part of `to` */
    uint32_t *to;
    bool *moves;     /* of each edge of `to`: it is a move to a flow */
    bool with_moves; /* the second graph: only cycles with a move count */
    uint32_t *order; /* 0: not visited */
    uint32_t *low;
    uint32_t *part; /* the number, from 1, of the part that a node belongs to; 0: none yet */
    uint32_t *open; /* nodes that are in no part yet */
    uint32_t *path; /* the path from the root of the walk to the current node */
    uint32_t *next; /* by node: the edge to follow next */
    uint32_t parts;
    size_t open_count;
    uint32_t seen;
};

static bool counts(const struct cycles *y, const struct edge *e)
{
    bool is_in = y->with_moves || (!e->is_bounded && !e->is_move);
    return is_in && y->nodes[e->from] && y->nodes[e->to];
}

static void find_nodes(struct cycles *y)
{
    const struct model *m = y->c->m;
    y->nodes = mem_alloc_zeroed(y->count + 1, sizeof *y->nodes);
    for (size_t i = 0; i < m->flow_count; i++) {
        const struct flow_model *flow = m->flows[i];
        for (size_t n = 0; n < flow->node_count; n++) {
            uint32_t number = bind_number(y->c->b, flow->nodes[n]);
            if (flow->nodes[n]->ast->kind != NODE_ASK &&
                !(y->c->b->node_flags[number] & (NODE_STUCK | NODE_BROKEN)))
                y->nodes[number] = flow->nodes[n];
        }
    }
}

static void find_edges(struct cycles *y)
{
    const struct binder *b = y->c->b;
    y->start = mem_alloc_zeroed(y->count + 2, sizeof *y->start);
    y->to = mem_alloc_zeroed(b->edge_count + 1, sizeof *y->to);
    y->moves = mem_alloc_zeroed(b->edge_count + 1, sizeof *y->moves);
    for (size_t i = 0; i < b->edge_count; i++) {
        if (counts(y, &b->edges[i]))
            y->start[b->edges[i].from + 2]++;
    }
    for (size_t i = 2; i < y->count + 2; i++)
        y->start[i] += y->start[i - 1];
    for (size_t i = 0; i < b->edge_count; i++) {
        if (!counts(y, &b->edges[i]))
            continue;
        uint32_t at = y->start[b->edges[i].from + 1]++;
        y->to[at] = b->edges[i].to;
        y->moves[at] = b->edges[i].is_move;
    }
}

static void enter(struct cycles *y, uint32_t node, size_t *depth)
{
    y->order[node] = ++y->seen;
    y->low[node] = y->seen;
    y->next[node] = y->start[node];
    y->open[y->open_count++] = node;
    y->path[(*depth)++] = node;
}

/* A part of one node is a cycle only if the node has an edge to itself. */
static void close_part(struct cycles *y, uint32_t node)
{
    uint32_t member;
    y->parts++;
    do {
        member = y->open[--y->open_count];
        y->part[member] = y->parts;
    } while (member != node);
}

static void leave(struct cycles *y, uint32_t node, size_t *depth)
{
    if (y->low[node] == y->order[node])
        close_part(y, node);
    (*depth)--;
    if (*depth && y->low[y->path[*depth - 1]] > y->low[node])
        y->low[y->path[*depth - 1]] = y->low[node];
}

static void walk(struct cycles *y, uint32_t root)
{
    size_t depth = 0;
    enter(y, root, &depth);
    while (depth) {
        uint32_t node = y->path[depth - 1];
        if (y->next[node] == y->start[node + 1]) {
            leave(y, node, &depth);
            continue;
        }
        uint32_t to = y->to[y->next[node]++];
        if (!y->order[to])
            enter(y, to, &depth);
        else if (!y->part[to] && y->order[to] < y->low[node])
            y->low[node] = y->order[to];
    }
}

/* A cycle that begins with one of the edges of a node from first to before last. */
struct cycle {
    uint32_t node;
    uint32_t first;
    uint32_t last;
};

/* Finds the shortest such cycle within its part; from[] leads back from *last. False if there is
 * none. */
static bool find_cycle(struct cycles *y, struct cycle c, uint32_t *queue, uint32_t *from,
                       uint32_t *last)
{
    size_t queued = 1;
    queue[0] = c.node;
    for (size_t i = 0; i < queued; i++) {
        uint32_t end = i ? y->start[queue[i] + 1] : c.last;
        for (uint32_t e = i ? y->start[queue[i]] : c.first; e < end; e++) {
            uint32_t to = y->to[e];
            if (to == c.node) {
                *last = queue[i];
                return true;
            }
            if (y->part[to] != y->part[c.node] || from[to] != UINT32_MAX)
                continue;
            from[to] = queue[i];
            queue[queued++] = to;
        }
    }
    return false;
}

static void add_name(struct cycles *y, struct bytes *b, uint32_t node,
                     const struct flow_model *flow)
{
    const struct node_model *n = y->nodes[node];
    if (n->flow != flow)
        bytes_printf(b, "%s.", n->flow->decl->name.text);
    bytes_add_text(b, n->ast->name.text ? n->ast->name.text : "…");
}

static void say_cycle(struct cycles *y, uint32_t node, const uint32_t *from, uint32_t last)
{
    struct checker *c = y->c;
    const struct flow_model *flow = y->nodes[node]->flow;
    uint32_t way[NAMED];
    size_t length = 0;
    for (uint32_t at = last; at != node; at = from[at]) {
        way[length % NAMED] = at;
        length++;
    }
    struct bytes text = { 0 };
    add_name(y, &text, node, flow);
    size_t shown = length < NAMED ? length : NAMED;
    for (size_t i = 0; i < shown; i++) {
        bytes_add_text(&text, " -> ");
        add_name(y, &text, way[(length - 1 - i) % NAMED], flow);
    }
    bytes_add_text(&text, length > NAMED ? " -> … -> " : " -> ");
    add_name(y, &text, node, flow);
    struct word name = y->nodes[node]->ast->name;
    struct diag *diag =
        diag_add(c->d, E0503, name.span, "the cycle %s has no bound", bytes_text(&text));
    if (y->with_moves)
        diag_help(c->d, diag,
                  "`-> flow` resets every count of `max`: add an `ask` to the cycle, or run the "
                  "flow with `call`");
    else
        diag_help(c->d, diag, "give one of its arrows a bound: `-> %s max 3 else …`",
                  name.text ? name.text : "…");
    bytes_release(&text);
}

/* The edges with which a cycle to report may begin at this node: all of them, or its first move
 * that stays within its part. */
static struct cycle begin_at(const struct cycles *y, uint32_t node)
{
    struct cycle c = { node, y->start[node], y->start[node + 1] };
    if (!y->with_moves)
        return c;
    while (c.first < c.last && !(y->moves[c.first] && y->part[y->to[c.first]] == y->part[node]))
        c.first++;
    if (c.first < c.last)
        c.last = c.first + 1;
    return c;
}

static void report(struct cycles *y)
{
    bool *said = mem_alloc_zeroed(y->parts + 1, sizeof *said);
    uint32_t *queue = y->path;
    uint32_t *from = y->next;
    memset(from, 0xff, (y->count + 1) * sizeof *from);
    for (uint32_t i = 0; i < y->count; i++) {
        uint32_t last;
        if (!y->part[i] || said[y->part[i]])
            continue;
        struct cycle begin = begin_at(y, i);
        if (begin.first == begin.last)
            continue;
        said[y->part[i]] = true;
        if (find_cycle(y, begin, queue, from, &last))
            say_cycle(y, i, from, last);
    }
    mem_free(said);
}

static void release(struct cycles *y)
{
    mem_free(y->nodes);
    mem_free(y->start);
    mem_free(y->to);
    mem_free(y->moves);
    mem_free(y->order);
    mem_free(y->low);
    mem_free(y->part);
    mem_free(y->open);
    mem_free(y->path);
    mem_free(y->next);
}

static void check_one_graph(struct checker *c, bool with_moves)
{
    struct cycles y = { .c = c, .count = c->b->bases[c->m->flow_count], .with_moves = with_moves };
    find_nodes(&y);
    find_edges(&y);
    y.order = mem_alloc_zeroed(y.count + 1, sizeof *y.order);
    y.low = mem_alloc_zeroed(y.count + 1, sizeof *y.low);
    y.part = mem_alloc_zeroed(y.count + 1, sizeof *y.part);
    y.open = mem_alloc_zeroed(y.count + 1, sizeof *y.open);
    y.path = mem_alloc_zeroed(y.count + 1, sizeof *y.path);
    y.next = mem_alloc_zeroed(y.count + 1, sizeof *y.next);
    for (uint32_t i = 0; i < y.count; i++) {
        if (y.nodes[i] && !y.order[i])
            walk(&y, i);
    }
    report(&y);
    release(&y);
}

static bool has_moves(const struct binder *b)
{
    for (size_t i = 0; i < b->edge_count; i++) {
        if (b->edges[i].is_move)
            return true;
    }
    return false;
}

void check_cycles(struct checker *c)
{
    check_one_graph(c, false);
    if (has_moves(c->b))
        check_one_graph(c, true);
}
