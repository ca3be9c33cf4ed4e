/* The strands of a `parallel` or an `each`: how many run at once, and their common result. */
#include "base/mem.h"
#include "engine/run_parts.h"
#include "vm/vm_strand.h"

#include <string.h>

static uint32_t most_at_once(const struct task *parent)
{
    const struct image *image = parent->run->engine->program->image;
    const struct image_site *site = &image->sites[parent->strand.site];
    if (site->kind == IMAGE_SITE_PARALLEL)
        return UINT32_MAX;
    return site->concurrency > 0 ? site->concurrency : 1;
}

static void resume(struct task *t)
{
    vm_resume(&t->strand);
    run_task_ready(t->run->engine, t);
}

static void add_result(struct group *g)
{
    g->results = mem_grow(g->results, &g->cap, g->count, sizeof *g->results);
    g->results[g->count++] = value_null();
}

void run_group_add(struct group *g, struct task *t)
{
    t->next_child = g->first;
    if (g->first)
        g->first->prev_child = t;
    g->first = t;
    g->live++;
}

void run_group_remove(struct task *t)
{
    struct group *g = t->within;
    *(t->prev_child ? &t->prev_child->next_child : &g->first) = t->next_child;
    if (t->next_child)
        t->next_child->prev_child = t->prev_child;
    g->live--;
}

void run_group_free(struct group *g)
{
    if (!g)
        return;
    for (uint32_t i = 0; i < g->count; i++)
        value_unref(g->results[i]);
    mem_free(g->results);
    value_unref(g->value);
    mem_free(g);
}

struct group *run_group_new(struct task *parent)
{
    parent->group = mem_alloc_zeroed(1, sizeof *parent->group);
    parent->group->parent = parent;
    return parent->group;
}

static struct group *group_of(struct task *parent)
{
    return parent->group ? parent->group : run_group_new(parent);
}

static void refuse(struct task *parent, const char *message)
{
    vm_fault(&parent->strand, message);
    run_task_ready(parent->run->engine, parent);
}

static uint32_t most_nested(const struct run_engine *e)
{
    return e->host.frames ? e->host.frames : RUN_MAX_NESTING;
}

void run_group_spawn(struct task *parent)
{
    struct group *g = group_of(parent);
    uint32_t nesting = parent->nesting + parent->strand.depth;
    if (g->failed) {
        resume(parent);
        return;
    }
    if (nesting > most_nested(parent->run->engine)) {
        refuse(parent, vm_too_nested(parent->strand.host));
        return;
    }
    if (parent->run->live->strands >= RUN_MAX_STRANDS) {
        refuse(parent, "more than 100000 calls of the run are under way at once");
        return;
    }
    struct task *t =
        run_task_new(parent->run, g, parent->strand.spawn_flow, parent->strand.spawn_args);
    t->nesting = nesting;
    t->place = g->count;
    add_result(g);
    run_group_add(g, t);
    if (g->live < most_at_once(parent))
        resume(parent);
}

static void finish(struct task *parent)
{
    struct group *g = group_of(parent);
    struct value results = g->failed ? value_null() : value_list_of(g->results, g->count);
    struct value value = g->value;
    bool failed = g->failed;
    bool has_value = g->has_value;
    if (!failed)
        g->count = 0;
    g->value = value_null();
    parent->group = NULL;
    run_group_free(g);
    vm_resume_group(&parent->strand, results, failed, has_value, value);
    run_observer_outcome(parent, NULL, NULL);
    run_task_ready(parent->run->engine, parent);
}

void run_group_join(struct task *parent)
{
    if (group_of(parent)->live == 0)
        finish(parent);
}

/* A child has ended: the parent goes on if it waited for that. */
static void wake(struct group *g)
{
    struct task *parent = g->parent;
    if (parent->strand.state == VM_SPAWN && (g->failed || g->live < most_at_once(parent)))
        resume(parent);
    else if (parent->strand.state == VM_JOIN && g->live == 0)
        finish(parent);
}

void run_group_child_ended(struct task *t)
{
    struct group *g = t->within;
    g->results[t->place] = t->strand.value;
    t->strand.value = value_null();
    run_task_drop(t);
    wake(g);
}

void run_group_child_failed(struct task *t)
{
    struct group *g = t->within;
    g->failed = true;
    g->has_value = t->strand.has_value;
    g->value = t->strand.value;
    t->strand.value = value_null();
    while (g->first)
        run_task_drop(g->first);
    wake(g);
}
