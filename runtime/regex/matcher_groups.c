/* Finds where a match and its groups are, once its end is known. It follows all ways through the
 * expression at once, in the order in which Perl would try them, and each way has its own places
 * of the groups (Pike). */
#include "regex/matcher_parts.h"

#include "base/mem.h"

#include <string.h>

#define NO_PLACE UINT32_MAX
#define NO_ROW UINT32_MAX

/* Places copied per step. */
#define COPIED_IN_STEP 8u

/* A way through the expression: its next step (in `now`: the step that it took last), and the
 * row of its places. */
struct thread {
    uint32_t step;
    uint32_t row;
};

struct threads {
    struct thread *items;
    uint32_t len;
};

struct matcher_threads {
    struct threads now;
    struct threads next;
    struct thread *stack;
    uint32_t *places; /* rows of them; a row may belong to several threads */
    uint32_t stride;
    uint32_t *owners; /* of each row */
    uint32_t *unused; /* rows */
    uint32_t unused_len;
    uint32_t rows;
    const char *p;
    enum matcher_kind before;
    uint32_t best; /* row of the best match so far, NO_ROW */
    struct thread room[];
};

static void add_rows(struct matcher_threads *t)
{
    uint32_t rows = t->rows ? t->rows * 2 : 8;
    t->places = mem_resize(t->places, (size_t)rows * t->stride, sizeof *t->places);
    t->owners = mem_resize(t->owners, rows, sizeof *t->owners);
    t->unused = mem_resize(t->unused, rows, sizeof *t->unused);
    for (uint32_t i = rows; i > t->rows; i--)
        t->unused[t->unused_len++] = i - 1;
    t->rows = rows;
}

static uint32_t *places_of(const struct matcher_threads *t, uint32_t row)
{
    assert(row < t->rows);
    return t->places + (size_t)row * t->stride;
}

static uint32_t new_row(struct matcher_threads *t)
{
    if (t->unused_len == 0)
        add_rows(t);
    uint32_t row = t->unused[--t->unused_len];
    t->owners[row] = 1;
    return row;
}

static void unref(struct matcher_threads *t, uint32_t row)
{
    assert(t->owners[row] > 0);
    if (--t->owners[row] == 0)
        t->unused[t->unused_len++] = row;
}

/* Sets one more place in the row; copies the row first if it has other owners. */
static uint32_t mark(struct matcher_search *s, uint32_t row, uint32_t place)
{
    struct matcher_threads *t = s->threads;
    if (t->owners[row] > 1) {
        uint32_t copy = new_row(t);
        memcpy(places_of(t, copy), places_of(t, row), t->stride * sizeof *t->places);
        s->taken += t->stride / COPIED_IN_STEP;
        unref(t, row);
        row = copy;
    }
    places_of(t, row)[place] = (uint32_t)(t->p - s->begin);
    return row;
}

/* Follows one thread over steps that take no character; puts other threads on the stack. Takes
 * ownership of the thread. True if it reaches the end of a match. */
static bool follow(struct matcher_search *s, struct thread thread, uint32_t class, uint32_t *depth)
{
    struct matcher_threads *t = s->threads;
    enum matcher_kind after = matcher_kind_of(s->m, class);
    bool goes_on = true;
    while (goes_on && s->visits[thread.step] != s->visit) {
        const struct matcher_step *step = &s->m->steps[thread.step];
        s->visits[thread.step] = s->visit;
        s->taken++;
        switch (step->operation) {
        case MATCHER_MATCH:
            if (t->best != NO_ROW)
                unref(t, t->best);
            t->best = mark(s, thread.row, 1);
            return true;
        case MATCHER_CHAR:
        case MATCHER_SET:
            if (class != matcher_no_class(s->m) && matcher_takes(s->m, step, class)) {
                t->next.items[t->next.len++] = thread;
                return false;
            }
            goes_on = false;
            break;
        case MATCHER_SPLIT:
            t->owners[thread.row]++;
            t->stack[(*depth)++] = (struct thread){ step->y, thread.row };
            thread.step = step->x;
            break;
        case MATCHER_JUMP:
            thread.step = step->x;
            break;
        case MATCHER_MARK:
            thread.row = mark(s, thread.row, step->x);
            thread.step++;
            break;
        case MATCHER_EDGE:
            goes_on = matcher_is_edge(step->x, t->before, after);
            thread.step++;
            break;
        }
    }
    unref(t, thread.row);
    return false;
}

/* True if a match ends here; later threads then do not matter. */
static bool reach(struct matcher_search *s, struct thread thread, uint32_t class)
{
    struct matcher_threads *t = s->threads;
    uint32_t depth = 0;
    bool matched = follow(s, thread, class, &depth);
    while (depth > 0) {
        struct thread other = t->stack[--depth];
        if (matched)
            unref(t, other.row);
        else
            matched = follow(s, other, class, &depth);
    }
    return matched;
}

static struct thread new_thread(struct matcher_search *s)
{
    struct matcher_threads *t = s->threads;
    uint32_t row = new_row(t);
    memset(places_of(t, row), 0xff, t->stride * sizeof *t->places);
    s->taken += t->stride / COPIED_IN_STEP;
    return (struct thread){ 0, mark(s, row, 0) };
}

/* Reads the character at t->p, or the end of the text. */
static void advance(struct matcher_search *s)
{
    struct matcher_threads *t = s->threads;
    size_t width = 0;
    uint32_t class = matcher_no_class(s->m);
    if (t->p < s->end)
        class = matcher_class_at(&s->m->classes, t->p, &width);
    bool matched = false;
    matcher_begin_visit(s);
    s->taken++;
    for (uint32_t i = 0; i < t->now.len; i++) {
        struct thread thread = t->now.items[i];
        thread.step++;
        if (matched)
            unref(t, thread.row);
        else
            matched = reach(s, thread, class);
    }
    if (!matched && t->best == NO_ROW)
        reach(s, new_thread(s), class);
    struct threads before = t->now;
    t->now = t->next;
    t->next = before;
    t->next.len = 0;
    t->before = matcher_kind_of(s->m, class);
    t->p += width;
}

static struct matcher_threads *new_threads(const struct matcher *m)
{
    struct matcher_threads *t =
        mem_alloc_zeroed(1, sizeof *t + 3 * (size_t)m->len * sizeof *t->room);
    t->now.items = t->room;
    t->next.items = t->room + m->len;
    t->stack = t->room + 2 * (size_t)m->len;
    t->stride = 2 * (m->groups + 1);
    t->best = NO_ROW;
    return t;
}

static void drop_threads(struct matcher_threads *t)
{
    for (uint32_t i = 0; i < t->now.len; i++)
        unref(t, t->now.items[i].row);
    t->now.len = 0;
    if (t->best != NO_ROW)
        unref(t, t->best);
    t->best = NO_ROW;
    assert(t->unused_len == t->rows);
}

static void begin(struct matcher_search *s)
{
    if (!s->threads)
        s->threads = new_threads(s->m);
    drop_threads(s->threads);
    s->threads->p = s->idle;
    s->threads->before = matcher_kind_before(s, s->idle);
    s->has_threads = true;
}

static struct matcher_span span_of(const uint32_t *places)
{
    bool is_there = places[0] != NO_PLACE && places[1] != NO_PLACE;
    return is_there ? (struct matcher_span){ places[0], places[1] }
                    : (struct matcher_span){ SIZE_MAX, SIZE_MAX };
}

bool matcher_find_groups(struct matcher_search *s, uint64_t most)
{
    if (!s->has_threads)
        begin(s);
    struct matcher_threads *t = s->threads;
    while (t->p <= s->found && (t->now.len > 0 || t->best == NO_ROW)) {
        if (s->taken >= most)
            return false;
        advance(s);
    }
    assert(t->best != NO_ROW);
    const uint32_t *places = places_of(t, t->best);
    assert(s->begin + places[1] == s->found);
    for (uint32_t i = 0; i <= s->m->groups; i++)
        s->spans[i] = span_of(places + 2 * (size_t)i);
    return true;
}

void matcher_free_threads(struct matcher_threads *t)
{
    if (!t)
        return;
    mem_free(t->places);
    mem_free(t->owners);
    mem_free(t->unused);
    mem_free(t);
}
