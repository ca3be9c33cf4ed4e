/* Variables that are read although some path to that place does not set them.
 *
 * One pass over the events of the flow notes on which arrows each variable is set, and which
 * nodes read it without having set it. Then 64 variables at a time are followed backwards, from
 * those reads over the arrows that do not set them. A variable that can be followed to the first
 * node may be unset when it is read. Only nodes between the assignments of a variable and its reads
 * are visited, so that a flow with many variables takes time in proportion to its length. */
#include "check/check.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define WAYS_NAMED 6  /* nodes of a path that a message names */
#define WAYS_SHOWN 50 /* messages of one flow that name the path */
#define BATCH 64      /* variables that are followed together: the bits of a word */

/* An arrow from node to node. */
struct way {
    uint32_t from;
    uint32_t to;
    uint64_t sets; /* variables of the batch */
};

/* An assignment, which is made on the ways from first_way to end_way - 1. */
struct assignment {
    uint32_t variable;
    uint32_t first_way;
    uint32_t end_way;
};

/* A read of a variable that its node has not set before it. */
struct exposed_read {
    uint32_t variable;
    uint32_t node;
    const struct expr *expr;
};

struct sets {
    struct checker *c;
    struct flow_model *flow;
    const struct bound_flow *bound;
    uint32_t count;         /* of nodes */
    struct way *ways;       /* sorted by `from` */
    uint32_t *leaving;      /* by node: its first way; one more than there are nodes */
    uint32_t *coming;       /* indices of ways, sorted by `to` */
    uint32_t *coming_start; /* by node: its first in coming; one more than there are nodes */
    uint32_t way_count;
    struct assignment *assignments; /* sorted by variable */
    uint32_t assignment_count;
    struct exposed_read *reads; /* sorted by variable, then as written */
    uint32_t read_count;
    uint32_t first;    /* variable of the batch */
    uint64_t *wanted;  /* by node: variables of the batch that are read before they are set */
    uint64_t *unset;   /* by node: variables of the batch that may be unset when it begins */
    uint32_t *touched; /* nodes whose `wanted` is not 0, in the order in which they were found */
    uint32_t touched_count;
    uint32_t *queue; /* a ring of count + 1 */
    bool *is_queued;
    uint32_t *from; /* for a message: the path back */
    size_t messages;
};

static uint64_t bit(const struct sets *s, uint32_t variable)
{
    assert(variable >= s->first && variable - s->first < BATCH);
    return UINT64_C(1) << (variable - s->first);
}

/* The state of the node whose events are read. */
struct scan {
    uint32_t node;
    uint32_t open;  /* the first assignment that ends with the arm */
    uint32_t begun; /* the first assignment of the node */
    size_t reads;   /* that were read so far */
    bool *is_set;   /* by variable: whether the node has set it before this event */
};

static void end_assignments(struct sets *s, struct scan *scan, uint32_t first)
{
    for (uint32_t i = first; i < s->assignment_count; i++) {
        if (s->assignments[i].end_way != UINT32_MAX)
            continue;
        s->assignments[i].end_way = s->way_count;
        scan->is_set[s->assignments[i].variable] = false;
    }
}

static void read_event(struct sets *s, struct scan *scan, const struct event *e)
{
    switch ((enum event_kind)e->kind) {
    case EVENT_NODE:
        end_assignments(s, scan, scan->begun);
        scan->node = e->number;
        scan->begun = scan->open = s->assignment_count;
        s->leaving[scan->node] = s->way_count;
        break;
    case EVENT_READ:
        if (e->number >= s->bound->set_count && !scan->is_set[e->number])
            s->reads[s->read_count++] =
                (struct exposed_read){ e->number, scan->node,
                                       s->c->b->reads[s->bound->first_read + scan->reads] };
        scan->reads++;
        break;
    case EVENT_SET:
        if (e->number < s->bound->set_count || scan->is_set[e->number])
            break;
        scan->is_set[e->number] = true;
        s->assignments[s->assignment_count++] =
            (struct assignment){ e->number, s->way_count, UINT32_MAX };
        break;
    case EVENT_COMMON:
        scan->open = s->assignment_count;
        break;
    case EVENT_ARM:
        end_assignments(s, scan, scan->open);
        scan->open = s->assignment_count;
        break;
    case EVENT_EDGE:
        s->ways[s->way_count++] = (struct way){ .from = scan->node, .to = e->number };
        break;
    }
}

static void read_events(struct sets *s)
{
    const struct event *events = s->c->b->events + s->bound->first_event;
    struct scan scan = { .is_set = mem_alloc_zeroed(s->flow->variable_count, sizeof(bool)) };
    for (size_t i = 0; i < s->bound->event_count; i++)
        read_event(s, &scan, &events[i]);
    end_assignments(s, &scan, scan.begun);
    s->leaving[s->count] = s->way_count;
    mem_free(scan.is_set);
}

/* Sorts the ways by target, with a counting sort. */
static void sort_ways(struct sets *s)
{
    for (uint32_t i = 0; i < s->way_count; i++)
        s->coming_start[s->ways[i].to + 1]++;
    for (uint32_t n = 0; n < s->count; n++)
        s->coming_start[n + 1] += s->coming_start[n];
    uint32_t *next = mem_alloc_zeroed(s->count, sizeof *next);
    memcpy(next, s->coming_start, s->count * sizeof *next);
    for (uint32_t i = 0; i < s->way_count; i++)
        s->coming[next[s->ways[i].to]++] = i;
    mem_free(next);
}

static int by_variable(const void *a, const void *b)
{
    const struct assignment *x = a;
    const struct assignment *y = b;
    if (x->variable != y->variable)
        return x->variable < y->variable ? -1 : 1;
    return x->first_way < y->first_way ? -1 : x->first_way > y->first_way;
}

/* The reads of a variable stay in the order of the source: the first is the one to report. */
static int by_variable_and_place(const void *a, const void *b)
{
    const struct exposed_read *x = a;
    const struct exposed_read *y = b;
    if (x->variable != y->variable)
        return x->variable < y->variable ? -1 : 1;
    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    uint32_t i = x->expr->span.start;
    uint32_t k = y->expr->span.start;
    return i < k ? -1 : i > k;
}

/* The part of the sorted assignments, or reads, that belongs to the batch. */
struct part {
    uint32_t first;
    uint32_t end;
};

static struct part assignments_of_batch(const struct sets *s, uint32_t first)
{
    struct part part = { first, first };
    while (part.end < s->assignment_count && s->assignments[part.end].variable < s->first + BATCH)
        part.end++;
    return part;
}

static struct part reads_of_batch(const struct sets *s, uint32_t first)
{
    struct part part = { first, first };
    while (part.end < s->read_count && s->reads[part.end].variable < s->first + BATCH)
        part.end++;
    return part;
}

static void mark_ways(struct sets *s, struct part assignments, bool is_set)
{
    for (uint32_t i = assignments.first; i < assignments.end; i++) {
        const struct assignment *a = &s->assignments[i];
        for (uint32_t w = a->first_way; w < a->end_way; w++)
            s->ways[w].sets = is_set ? s->ways[w].sets | bit(s, a->variable) : 0;
    }
}

struct ring {
    uint32_t first;
    uint32_t last;
};

static void enqueue(struct sets *s, struct ring *ring, uint32_t node)
{
    if (s->is_queued[node])
        return;
    s->is_queued[node] = true;
    s->queue[ring->last] = node;
    ring->last = (ring->last + 1) % (s->count + 1);
}

static uint32_t dequeue(struct sets *s, struct ring *ring)
{
    uint32_t node = s->queue[ring->first];
    ring->first = (ring->first + 1) % (s->count + 1);
    s->is_queued[node] = false;
    return node;
}

static void want(struct sets *s, struct ring *ring, uint32_t node, uint64_t variables)
{
    if ((s->wanted[node] | variables) == s->wanted[node])
        return;
    if (s->wanted[node] == 0)
        s->touched[s->touched_count++] = node;
    s->wanted[node] |= variables;
    enqueue(s, ring, node);
}

/* Follows the reads of the batch backwards; returns the variables that the first node lacks. */
static uint64_t follow_back(struct sets *s, struct part reads)
{
    struct ring ring = { 0, 0 };
    s->touched_count = 0;
    for (uint32_t i = reads.first; i < reads.end; i++)
        want(s, &ring, s->reads[i].node, bit(s, s->reads[i].variable));
    while (ring.first != ring.last) {
        uint32_t node = dequeue(s, &ring);
        for (uint32_t i = s->coming_start[node]; i < s->coming_start[node + 1]; i++) {
            const struct way *w = &s->ways[s->coming[i]];
            want(s, &ring, w->from, s->wanted[node] & ~w->sets);
        }
    }
    uint64_t lacking = s->wanted[0];
    for (uint32_t i = 0; i < s->touched_count; i++)
        s->wanted[s->touched[i]] = 0;
    return lacking;
}

/* Marks where these variables may be unset. */
static void follow_on(struct sets *s, uint64_t variables)
{
    struct ring ring = { 0, 0 };
    memset(s->unset, 0, s->count * sizeof *s->unset);
    s->unset[0] = variables;
    enqueue(s, &ring, 0);
    while (ring.first != ring.last) {
        uint32_t node = dequeue(s, &ring);
        for (uint32_t w = s->leaving[node]; w < s->leaving[node + 1]; w++) {
            uint32_t to = s->ways[w].to;
            uint64_t more = s->unset[node] & ~s->ways[w].sets & ~s->unset[to];
            s->unset[to] |= more;
            if (more)
                enqueue(s, &ring, to);
        }
    }
}

/* Finds the shortest path to a node that does not set the variable. False if there is none. */
static bool find_way(struct sets *s, uint32_t node, uint64_t variable)
{
    size_t queued = 1;
    memset(s->from, 0xff, s->count * sizeof *s->from);
    s->queue[0] = 0;
    s->from[0] = 0;
    for (size_t i = 0; i < queued && s->from[node] == UINT32_MAX; i++) {
        uint32_t at = s->queue[i];
        for (uint32_t w = s->leaving[at]; w < s->leaving[at + 1]; w++) {
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

/* Appends "menu -> pick -> shipped"; leaves out the middle of a long path. */
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

static void say_unset(struct sets *s, const struct exposed_read *read)
{
    struct checker *c = s->c;
    const struct variable *v = s->flow->variables[read->variable];
    uint32_t node = read->node;
    struct bytes way = { 0 };
    struct diag *diag;
    if (node != 0 && s->messages++ < WAYS_SHOWN && find_way(s, node, bit(s, read->variable))) {
        print_way(s, &way, node);
        diag = diag_add(c->d, E0504, read->expr->span,
                        "`%s` is read in node `%s`, but has no value on the path %s", v->name,
                        name_of(s, node), bytes_text(&way));
    } else {
        diag =
            diag_add(c->d, E0504, read->expr->span,
                     "`%s` is read in node `%s` before it has a value", v->name, name_of(s, node));
    }
    diag_help(c->d, diag, "give it an initial value: `var %s = …`", v->name);
    bytes_release(&way);
}

/* Reports each variable once, at the first read that may find it unset. */
static void report(struct sets *s, struct part reads, uint64_t lacking)
{
    follow_on(s, lacking);
    for (uint32_t i = reads.first; i < reads.end; i++) {
        const struct exposed_read *read = &s->reads[i];
        const char *name = s->flow->variables[read->variable]->name;
        uint64_t variable = bit(s, read->variable);
        if (!(s->unset[read->node] & lacking & variable) ||
            resolve_may_be_lost(s->c->r, s->flow->decl, name))
            continue;
        lacking &= ~variable;
        say_unset(s, read);
    }
}

static void check_batches(struct sets *s)
{
    struct part assignments = { 0 };
    struct part reads = { 0 };
    for (s->first = s->bound->set_count; s->first < s->flow->variable_count; s->first += BATCH) {
        assignments = assignments_of_batch(s, assignments.end);
        reads = reads_of_batch(s, reads.end);
        if (reads.first == reads.end)
            continue;
        mark_ways(s, assignments, true);
        uint64_t lacking = follow_back(s, reads);
        if (lacking)
            report(s, reads, lacking);
        mark_ways(s, assignments, false);
    }
}

static void init(struct sets *s)
{
    size_t events = s->bound->event_count;
    s->ways = mem_alloc_zeroed(events + 1, sizeof *s->ways);
    s->assignments = mem_alloc_zeroed(events + 1, sizeof *s->assignments);
    s->reads = mem_alloc_zeroed(s->bound->read_count + 1, sizeof *s->reads);
    s->leaving = mem_alloc_zeroed(s->count + 1, sizeof *s->leaving);
    s->coming_start = mem_alloc_zeroed(s->count + 1, sizeof *s->coming_start);
    s->wanted = mem_alloc_zeroed(s->count, sizeof *s->wanted);
    s->unset = mem_alloc_zeroed(s->count, sizeof *s->unset);
    s->touched = mem_alloc_zeroed(s->count, sizeof *s->touched);
    s->queue = mem_alloc_zeroed(s->count + 1, sizeof *s->queue);
    s->is_queued = mem_alloc_zeroed(s->count, sizeof *s->is_queued);
    s->from = mem_alloc_zeroed(s->count, sizeof *s->from);
    read_events(s);
    s->coming = mem_alloc_zeroed(s->way_count + 1, sizeof *s->coming);
    sort_ways(s);
    qsort(s->assignments, s->assignment_count, sizeof *s->assignments, by_variable);
    qsort(s->reads, s->read_count, sizeof *s->reads, by_variable_and_place);
}

static void release(struct sets *s)
{
    mem_free(s->ways);
    mem_free(s->assignments);
    mem_free(s->reads);
    mem_free(s->leaving);
    mem_free(s->coming);
    mem_free(s->coming_start);
    mem_free(s->wanted);
    mem_free(s->unset);
    mem_free(s->touched);
    mem_free(s->queue);
    mem_free(s->is_queued);
    mem_free(s->from);
}

void check_set(struct checker *c, struct flow_model *flow)
{
    const struct bound_flow *bound = &c->b->flows[flow->index];
    if (flow->variable_count <= bound->set_count || !flow->node_count)
        return;
    struct sets s = { .c = c, .flow = flow, .bound = bound, .count = (uint32_t)flow->node_count };
    init(&s);
    check_batches(&s);
    release(&s);
}
