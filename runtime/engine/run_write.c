/* A run that is not being stepped, as plain data. */
#include "base/mem.h"
#include "engine/run_parts.h"
#include "program/opcode.h"

#include <assert.h>
#include <string.h>

/* The tasks of a run, parents before their children and children by their places. */
struct tasks {
    struct task **items;
    uint32_t len;
};

static void add_task(struct tasks *tasks, struct task *t)
{
    t->number = tasks->len;
    tasks->items[tasks->len++] = t;
}

/* A group lists its newest child first. */
static void add_children(struct tasks *tasks, const struct group *g)
{
    struct task *child = g->first;
    while (child && child->next_child)
        child = child->next_child;
    for (; child; child = child->prev_child)
        add_task(tasks, child);
}

static struct tasks list_tasks(const struct run *run)
{
    struct tasks tasks = { .items = mem_alloc_zeroed(run->live->strands, sizeof(struct task *)) };
    add_task(&tasks, run->live->main);
    for (uint32_t i = 0; i < tasks.len; i++) {
        if (tasks.items[i]->group)
            add_children(&tasks, tasks.items[i]->group);
    }
    assert(tasks.len == run->live->strands);
    return tasks;
}

static struct value *copy_values(const struct value *values, uint32_t count)
{
    struct value *copy = mem_alloc_zeroed(count, sizeof *copy);
    for (uint32_t i = 0; i < count; i++)
        copy[i] = value_ref(values[i]);
    return copy;
}

static int64_t now_ms(const struct run_engine *e)
{
    return e->host.world.now_ms(e->host.world.context);
}

/* The time at which the timer fires, by the wall clock. */
static int64_t due_of(const struct run_engine *e, const struct timer *timer)
{
    uint64_t now = timers_now(e->world->timers);
    if (!timer_is_running(timer))
        return RUN_STATE_NEVER;
    return now_ms(e) + (timer->due > now ? (int64_t)(timer->due - now) : 0);
}

static void write_call(const struct task *t, struct run_strand_state *out)
{
    const struct run_engine *e = t->run->engine;
    struct call_progress progress;
    out->has_call = run_call_progress(t, &progress);
    if (out->has_call) {
        out->tries = progress.tries;
        out->attempts = progress.attempts;
        out->call_ms = now_ms(e) - (int64_t)progress.spent_ms;
        out->due_ms = progress.pauses ? now_ms(e) + (int64_t)progress.pause_ms : RUN_STATE_NEVER;
    }
    /* An unfinished request is not written: it is built again from its beginning. */
    if (t->strand.state == VM_REQUEST || t->strand.kept) {
        out->state = VM_READY;
        out->pc = t->strand.request_pc;
    }
}

static void write_group(const struct group *g, struct run_strand_state *out)
{
    out->has_group = true;
    out->group_failed = g->failed;
    out->group_has_value = g->has_value;
    out->group_value = value_ref(g->value);
    out->results = copy_values(g->results, g->count);
    out->result_count = g->count;
}

static void write_strand(const struct strand *s, struct run_strand_state *out)
{
    out->state = s->state;
    out->pc = s->pc;
    out->site = s->site;
    out->label = s->label;
    out->spawn_count = s->spawn_count;
    out->fuel_used = s->fuel_used;
    out->depth = s->depth;
    out->frames = mem_alloc_zeroed(s->depth, sizeof *out->frames);
    memcpy(out->frames, s->frames, s->depth * sizeof *out->frames);
    out->slot_count = s->slot_top;
    out->slots = copy_values(s->slots, s->slot_top);
    out->question = value_ref(s->value);
    out->choices = value_ref(s->choices);
    out->body_type = value_ref(s->body_type);
    out->failure = s->failure ? mem_copy_text(s->failure, strlen(s->failure)) : NULL;
}

static void write_task(const struct task *t, struct run_strand_state *out)
{
    const struct run_engine *e = t->run->engine;
    write_strand(&t->strand, out);
    out->parent = t->within ? t->within->parent->number : IMAGE_NONE;
    out->place = t->place;
    out->ask_id = t->ask_id;
    out->due_ms = due_of(e, &t->timer);
    write_call(t, out);
    if (t->group)
        write_group(t->group, out);
    run_trace_write(t, out);
}

static void write_turns(const struct run *run, struct run_state *state)
{
    uint32_t turn = 0;
    for (const struct task *t = run->engine->first; t; t = t->next_ready) {
        if (t->run == run)
            state->strands[t->number].turn = ++turn;
    }
}

void run_write(const struct run *run, struct run_state *state)
{
    const struct image *image = run->engine->program->image;
    struct tasks tasks = list_tasks(run);
    assert(!run->live->busy && !run->live->is_over);
    *state = (struct run_state){ .flow = run->flow,
                                 .started_ms = run->started_ms,
                                 .keeps_messages = run->keep_messages,
                                 .messages = value_ref(run->messages),
                                 .visits = run->live->visits,
                                 .last_ask = run->engine->last_ask,
                                 .entered = run->engine->entered,
                                 .strand_count = tasks.len };
    memcpy(state->program, image->source_hash, sizeof state->program);
    memcpy(state->compiler, image->compiler, sizeof state->compiler);
    memcpy(state->id, run->id, sizeof state->id);
    state->strands = mem_alloc_zeroed(tasks.len, sizeof *state->strands);
    for (uint32_t i = 0; i < tasks.len; i++)
        write_task(tasks.items[i], &state->strands[i]);
    write_turns(run, state);
    mem_free(tasks.items);
}
