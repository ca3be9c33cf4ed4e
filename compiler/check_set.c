/* Variables that are read where some way to the place leaves them unset: a forward data flow of the
 * sets of variables that have a value for certain, 64 variables at a time. */
#include "compiler/check.h"

#include "base/mem.h"

#include <string.h>

#define WAYS_NAMED 6  /* nodes of a way that a message names */
#define WAYS_SHOWN 50 /* messages of one flow that look for the way */

/* A way from node to node, and what is set on it. */
struct way {
    uint32_t from;
    uint32_t to;
    uint64_t sets;
};

struct sets {
    struct checker *c;
    struct flow_model *flow;
    size_t count;     /* of nodes */
    struct way *ways; /* sorted by `from`, as the events are */
    size_t way_count;
    uint32_t *start;  /* of each node's ways */
    uint64_t *before; /* by node: what is set when it begins */
    uint32_t *queue;  /* a ring of count + 1 */
    bool *is_queued;
    uint32_t *from; /* for the message: the way back */
    uint32_t first; /* of the 64 variables */
    bool *said;     /* by variable */
    size_t messages;
};

static uint64_t bit(const struct sets *s, uint32_t variable)
{
    return variable >= s->first && variable - s->first < 64 ? UINT64_C(1) << (variable - s->first)
                                                            : 0;
}

/* The ways of the flow with what they set, for the 64 variables in turn. */
static void find_ways(struct sets *s)
{
    const struct binder *b = s->c->b;
    uint32_t node = 0;
    uint64_t common = 0;
    uint64_t now = 0;
    s->way_count = 0;
    for (size_t i = 0; i < b->event_count; i++) {
        const struct event *e = &b->events[i];
        switch (e->kind) {
        case EVENT_NODE:
            node = e->number;
            s->start[node] = (uint32_t)s->way_count;
            now = 0;
            break;
        case EVENT_READ:
            break;
        case EVENT_SET:
            now |= bit(s, e->number);
            break;
        case EVENT_COMMON:
            common = now;
            break;
        case EVENT_ARM:
            now = common;
            break;
        case EVENT_EDGE:
            s->ways[s->way_count++] = (struct way){ node, e->number, now };
            break;
        }
    }
    s->start[s->count] = (uint32_t)s->way_count;
}

static void spread(struct sets *s)
{
    size_t ring = s->count + 1;
    size_t first = 0;
    size_t last = 1;
    memset(s->before, 0xff, s->count * sizeof *s->before);
    s->before[0] = 0;
    s->queue[0] = 0;
    while (first != last) {
        uint32_t node = s->queue[first];
        first = (first + 1) % ring;
        s->is_queued[node] = false;
        for (uint32_t w = s->start[node]; w < s->start[node + 1]; w++) {
            uint32_t to = s->ways[w].to;
            uint64_t after = s->before[to] & (s->before[node] | s->ways[w].sets);
            /* from[] marks what was reached: the first visit counts even when it takes nothing away
             */
            bool is_new = s->from[to] == UINT32_MAX;
            if (after == s->before[to] && !is_new)
                continue;
            s->before[to] = after;
            s->from[to] = node;
            if (s->is_queued[to])
                continue;
            s->is_queued[to] = true;
            s->queue[last] = to;
            last = (last + 1) % ring;
        }
    }
}

/* The shortest way to a node on which nothing sets the variable; false: none is found. */
static bool find_way(struct sets *s, uint32_t node, uint64_t variable)
{
    size_t queued = 1;
    memset(s->from, 0xff, s->count * sizeof *s->from);
    s->queue[0] = 0;
    s->from[0] = 0;
    for (size_t i = 0; i < queued && s->from[node] == UINT32_MAX; i++) {
        uint32_t at = s->queue[i];
        for (uint32_t w = s->start[at]; w < s->start[at + 1]; w++) {
            uint32_t to = s->ways[w].to;
            if ((s->ways[w].sets & variable) || s->from[to] != UINT32_MAX)
                continue;
            s->from[to] = at;
            s->queue[queued++] = to;
        }
    }
    return s->from[node] != UINT32_MAX;
}

static const char *name_of(const struct sets *s, uint32_t node)
{
    const char *name = s->flow->nodes[node]->ast->name.text;
    return name ? name : "…";
}

/* "menu -> pick -> shipped"; the middle of a long way is left out. */
static void print_way(const struct sets *s, struct bytes *b, uint32_t node)
{
    uint32_t names[WAYS_NAMED];
    size_t length = 0;
    for (uint32_t at = node; at != 0 && length < WAYS_NAMED; at = s->from[at])
        names[length++] = at;
    uint32_t rest = length ? s->from[names[length - 1]] : 0;
    bytes_add_text(b, name_of(s, 0));
    if (rest != 0)
        bytes_add_text(b, " -> …");
    while (length--)
        bytes_printf(b, " -> %s", name_of(s, names[length]));
}

static void say_unset(struct sets *s, uint32_t node, const struct event *e)
{
    struct checker *c = s->c;
    const struct variable *v = s->flow->variables[e->number];
    struct bytes way = { 0 };
    struct diag *diag;
    if (s->said[e->number] || resolve_may_be_lost(c->r, s->flow->decl, v->name))
        return;
    s->said[e->number] = true;
    if (node != 0 && s->messages++ < WAYS_SHOWN && find_way(s, node, bit(s, e->number))) {
        print_way(s, &way, node);
        diag = diag_add(c->d, E0504, e->expr->span,
                        "`%s` is read in node `%s`, but the way %s leaves it "
                        "unset",
                        v->name, name_of(s, node), bytes_text(&way));
    } else {
        diag =
            diag_add(c->d, E0504, e->expr->span, "`%s` is read in node `%s` before it has a value",
                     v->name, name_of(s, node));
    }
    diag_help(c->d, diag, "give it a value with `var %s = …`", v->name);
    bytes_release(&way);
}

static void find_reads(struct sets *s)
{
    const struct binder *b = s->c->b;
    uint32_t node = 0;
    uint64_t common = 0;
    uint64_t now = 0;
    for (size_t i = 0; i < b->event_count; i++) {
        const struct event *e = &b->events[i];
        switch (e->kind) {
        case EVENT_NODE:
            node = e->number;
            now = s->before[node];
            break;
        case EVENT_READ:
            if (bit(s, e->number) & ~now)
                say_unset(s, node, e);
            break;
        case EVENT_SET:
            now |= bit(s, e->number);
            break;
        case EVENT_COMMON:
            common = now;
            break;
        case EVENT_ARM:
            now = common;
            break;
        case EVENT_EDGE:
            break;
        }
    }
}

void check_set(struct checker *c, struct flow_model *flow)
{
    const struct binder *b = c->b;
    if (flow->variable_count <= b->set_count || !flow->node_count)
        return;
    struct sets s = { .c = c, .flow = flow, .count = flow->node_count };
    s.ways = mem_alloc_zeroed(b->event_count + 1, sizeof *s.ways);
    s.start = mem_alloc_zeroed(s.count + 1, sizeof *s.start);
    s.before = mem_alloc_zeroed(s.count, sizeof *s.before);
    s.queue = mem_alloc_zeroed(s.count + 1, sizeof *s.queue);
    s.is_queued = mem_alloc_zeroed(s.count, sizeof *s.is_queued);
    s.from = mem_alloc_zeroed(s.count, sizeof *s.from);
    s.said = mem_alloc_zeroed(flow->variable_count, sizeof *s.said);
    for (s.first = b->set_count; s.first < flow->variable_count; s.first += 64) {
        find_ways(&s);
        memset(s.from, 0xff, s.count * sizeof *s.from);
        spread(&s);
        find_reads(&s);
    }
    mem_free(s.ways);
    mem_free(s.start);
    mem_free(s.before);
    mem_free(s.queue);
    mem_free(s.is_queued);
    mem_free(s.from);
    mem_free(s.said);
}
