/* The trace: each node that a strand leaves, with its outcome. An observer of runs whose owner
 * wants steps. */
#include "base/mem.h"
#include "engine/run_parts.h"
#include "program/failure.h"

#include <string.h>

#define NO_LABEL 0

/* The node that a frame is in. */
struct level {
    uint32_t node;
    uint64_t entered; /* own_time */
    uint64_t order;
    uint16_t label; /* what it came to; NO_LABEL: nothing yet */
    uint32_t attempts;
    bool has_kind;
    enum error_kind kind;
    char *message;
    char *url;
};

struct run_trace {
    struct level *levels; /* one per frame that has entered a node */
    uint32_t len;
    size_t cap;
};

static void level_release(struct level *l)
{
    mem_free(l->message);
    mem_free(l->url);
    l->message = NULL;
    l->url = NULL;
}

void run_trace_free(struct task *t)
{
    if (!t->trail)
        return;
    for (uint32_t i = 0; i < t->trail->len; i++)
        level_release(&t->trail->levels[i]);
    mem_free(t->trail->levels);
    mem_free(t->trail);
    t->trail = NULL;
}

static const char *name_of_flow(const struct image *image, uint32_t node)
{
    return image_text(image, image->functions[image->nodes[node].function].name);
}

static const char *kind_of_node(const struct run_engine *e, uint32_t node)
{
    static const char *const kinds[IMAGE_SITE_KINDS] = {
        [IMAGE_SITE_ASK] = "ask",
        [IMAGE_SITE_CALL] = "call",
        [IMAGE_SITE_PARALLEL] = "parallel",
        [IMAGE_SITE_EACH] = "each",
    };
    const struct image *image = e->program->image;
    if (e->sites[node] == IMAGE_NONE)
        return NULL;
    const struct image_site *site = &image->sites[e->sites[node]];
    if (site->kind == IMAGE_SITE_API)
        return outcome_method_name((enum http_method)image->calls[site->detail].method);
    return kinds[site->kind];
}

/* The clock including the time for which the run itself held up the loop (see timers_hold); it
 * never goes back. */
static uint64_t own_time(const struct run *run)
{
    return timers_now(run->engine->world->timers) + run->live->held + run->live->earlier_ms;
}

static void print(struct task *t, const struct level *l, const char *to)
{
    struct run_engine *e = t->run->engine;
    const struct image *image = e->program->image;
    char label[20];
    struct bytes strand = { 0 };
    run_task_print_strand(t, &strand);
    struct run_step step = {
        .flow = name_of_flow(image, l->node),
        .node = image_text(image, image->nodes[l->node].name),
        .kind = kind_of_node(e, l->node),
        .url = l->url,
        .outcome = l->label == NO_LABEL ? NULL : outcome_label_text(l->label, label),
        .error_kind = l->has_kind ? outcome_error_kind_name(l->kind) : NULL,
        .message = l->message,
        .attempts = l->attempts,
        .elapsed_ms = own_time(t->run) - l->entered,
        .to = to,
        .index = l->node,
        .order = l->order,
        .label = l->label,
        .strand = bytes_text(&strand),
    };
    t->run->watch->step(t->run, &step);
    bytes_release(&strand);
}

/* The last level is left. */
static void leave(struct task *t, const char *to)
{
    struct level *l = &t->trail->levels[--t->trail->len];
    print(t, l, to);
    level_release(l);
}

static void enter(struct run_trace *trail, uint32_t node, uint64_t now, uint64_t order)
{
    trail->levels = mem_grow(trail->levels, &trail->cap, trail->len, sizeof *trail->levels);
    trail->levels[trail->len++] = (struct level){ .node = node, .entered = now, .order = order };
}

static void leave_for(struct task *t, uint32_t node)
{
    const struct image *image = t->run->engine->program->image;
    uint32_t from = t->trail->levels[t->trail->len - 1].node;
    const char *name = image_text(image, image->nodes[node].name);
    if (image->nodes[from].function == image->nodes[node].function) {
        leave(t, name);
        return;
    }
    struct bytes b = { 0 };
    bytes_printf(&b, "flow %s", name_of_flow(image, node));
    leave(t, bytes_text(&b));
    bytes_release(&b);
}

static void note_enter(void *context, struct run *run, struct strand *s, uint32_t node)
{
    struct task *t = run_task_of(s);
    (void)context;
    if (!t->trail)
        t->trail = mem_alloc_zeroed(1, sizeof *t->trail);
    if (t->trail->len == s->depth)
        leave_for(t, node);
    enter(t->trail, node, own_time(run), run->engine->entered++);
}

static void note_leave(void *context, struct run *run, struct strand *s, bool ended)
{
    struct task *t = run_task_of(s);
    (void)context;
    (void)run;
    if (!t->trail || t->trail->len < s->depth)
        return;
    leave(t, ended ? "end" : "fail");
    if (t->trail->len > 0)
        t->trail->levels[t->trail->len - 1].label =
            label_of_outcome(ended ? OUTCOME_OK : OUTCOME_FAIL);
}

static struct level *current(const struct task *t)
{
    return t->trail && t->trail->len > 0 ? &t->trail->levels[t->trail->len - 1] : NULL;
}

static void note_call(struct level *l, const struct outcome_facts *outcome,
                      const struct request *request)
{
    const char *url = request ? request_shown_url(request) : NULL;
    l->attempts = outcome->attempts;
    l->has_kind = outcome->label == label_of_outcome(OUTCOME_ERROR);
    l->kind = outcome->kind;
    l->message =
        outcome->message ? mem_copy_text(outcome->message, strlen(outcome->message)) : NULL;
    l->url = url ? mem_copy_text(url, strlen(url)) : NULL;
}

static void note_outcome(void *context, struct run *run, struct strand *s,
                         const struct outcome_facts *r, const struct request *request)
{
    struct level *l = current(run_task_of(s));
    (void)context;
    (void)run;
    if (!l)
        return;
    l->label = s->label;
    if (r)
        note_call(l, r, request);
}

static void note_misfit(void *context, struct run *run, struct strand *s, const char *message)
{
    struct level *l = current(run_task_of(s));
    (void)context;
    (void)run;
    if (!l)
        return;
    mem_free(l->message);
    l->label = label_of_outcome(OUTCOME_ERROR);
    l->has_kind = true;
    l->kind = failure_kind(FAILURE_BODY_SHAPE);
    l->message = mem_copy_text(message, strlen(message));
}

static void note_strand_end(void *context, struct run *run, struct strand *s, const char *to)
{
    struct task *t = run_task_of(s);
    (void)context;
    (void)run;
    if (t->trail && t->trail->len > 0)
        leave(t, to);
}

static char *copy(const char *text)
{
    return text ? mem_copy_text(text, strlen(text)) : NULL;
}

/* The state uses the wall clock, because the clock of the timers ends with the process. */
void run_trace_write(const struct task *t, struct run_strand_state *out)
{
    const struct run *run = t->run;
    uint32_t len = t->trail ? t->trail->len : 0;
    uint64_t now = own_time(run);
    int64_t wall = run->engine->host.world.now_ms(run->engine->host.world.context);
    out->levels = mem_alloc_zeroed(len, sizeof *out->levels);
    out->level_count = len;
    for (uint32_t i = 0; i < len; i++) {
        const struct level *l = &t->trail->levels[i];
        out->levels[i] = (struct run_level_state){ .node = l->node,
                                                   .entered_ms = wall - (int64_t)(now - l->entered),
                                                   .order = l->order,
                                                   .label = l->label,
                                                   .attempts = l->attempts,
                                                   .has_kind = l->has_kind,
                                                   .kind = l->kind,
                                                   .message = copy(l->message),
                                                   .url = copy(l->url) };
    }
}

void run_trace_read(struct task *t, const struct run_strand_state *from)
{
    const struct run *run = t->run;
    uint64_t now = own_time(run);
    int64_t wall = run->engine->host.world.now_ms(run->engine->host.world.context);
    if (!run->watch->step || from->level_count == 0)
        return;
    t->trail = mem_alloc_zeroed(1, sizeof *t->trail);
    for (uint32_t i = 0; i < from->level_count; i++) {
        const struct run_level_state *l = &from->levels[i];
        enter(t->trail, l->node, now - (uint64_t)(wall - l->entered_ms), l->order);
        struct level *to = &t->trail->levels[i];
        to->label = l->label;
        to->attempts = l->attempts;
        to->has_kind = l->has_kind;
        to->kind = (enum error_kind)l->kind;
        to->message = copy(l->message);
        to->url = copy(l->url);
    }
}

static const struct run_observer observer = { .enter = note_enter,
                                              .leave = note_leave,
                                              .outcome = note_outcome,
                                              .misfit = note_misfit,
                                              .strand_end = note_strand_end };

void run_trace_start(struct run *run)
{
    if (run->watch->step)
        run_observer_add(run, &observer, NULL);
}
