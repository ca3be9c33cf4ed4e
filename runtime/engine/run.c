#include "engine/run.h"

#include "base/mem.h"
#include "engine/run_parts.h"
#include "program/opcode.h"

#include <assert.h>
#include <string.h>

struct task *run_task_of(struct strand *s)
{
    return OWNER_OF(s, struct task, strand);
}

/* The queue of strands that are ready. */

void run_task_ready(struct run_engine *e, struct task *t)
{
    if (t->queued)
        return;
    t->queued = true;
    t->next_ready = NULL;
    t->prev_ready = e->last;
    *(e->last ? &e->last->next_ready : &e->first) = t;
    e->last = t;
    e->ready++;
}

void run_task_leave_queue(struct run_engine *e, struct task *t)
{
    if (!t->queued)
        return;
    t->queued = false;
    *(t->prev_ready ? &t->prev_ready->next_ready : &e->first) = t->next_ready;
    *(t->next_ready ? &t->next_ready->prev_ready : &e->last) = t->prev_ready;
    e->ready--;
}

struct task *run_task_add(struct run *run, struct group *within)
{
    struct task *t = mem_alloc_zeroed(1, sizeof *t);
    t->run = run;
    t->within = within;
    run->live->strands++;
    return t;
}

struct task *run_task_new(struct run *run, struct group *within, uint32_t flow, struct value *args)
{
    struct run_engine *e = run->engine;
    struct task *t = run_task_add(run, within);
    vm_strand_init(&t->strand, e->program, &e->host, flow, args);
    t->strand.owner = run;
    run_task_ready(e, t);
    return t;
}

static void task_free(struct task *t)
{
    struct run *run = t->run;
    run_task_leave_queue(run->engine, t);
    timer_stop(run->engine->world->timers, &t->timer);
    run_call_cancel(t);
    run_ask_forget(t);
    if (t->within)
        run_group_remove(t);
    run_group_free(t->group);
    run_trace_free(t);
    vm_strand_release(&t->strand);
    run->live->strands--;
    mem_free(t);
}

void run_task_drop(struct task *t)
{
    /* Leaves first, without recursion: a flow decides how deep strands nest. */
    struct task *at = t;
    while (at) {
        if (at->group && at->group->first) {
            at = at->group->first;
            continue;
        }
        struct task *up = at == t ? NULL : at->within->parent;
        task_free(at);
        at = up;
    }
}

/* The machine's host. */

static void host_say(struct strand *s, const struct text *text)
{
    struct run *run = s->owner;
    if (run->keep_messages) {
        if (run->messages.tag != VALUE_LIST)
            run->messages = value_list(4);
        value_list_push(&run->messages, value_text(text->data, text->len));
    }
    if (run->watch->say)
        run->watch->say(run, text);
}

static void host_log(struct strand *s, const struct text *text)
{
    struct run *run = s->owner;
    if (run->watch->log)
        run->watch->log(run, text);
}

static struct value host_run_value(struct strand *s, uint32_t which)
{
    const struct run *run = s->owner;
    const struct image *image = run->engine->program->image;
    switch ((enum run_member)which) {
    case RUN_MEMBER_ID:
        return value_text_of(run->id);
    case RUN_MEMBER_FLOW:
        return value_text_of(image_text(image, image->functions[run->flow].name));
    case RUN_MEMBER_STARTED:
        return value_int(run->started_ms);
    case RUN_MEMBERS:
        break;
    }
    assert(false); /* the verifier admits only members */
    return value_null();
}

static int64_t host_now(struct strand *s, int64_t ms)
{
    struct run *run = s->owner;
    struct bytes strand = { 0 };
    if (!run->watch->now)
        return ms;
    run_task_print_strand(run_task_of(s), &strand);
    ms = run->watch->now(run, bytes_text(&strand), vm_strand_node(s), ms);
    bytes_release(&strand);
    return ms;
}

static void host_misfit(struct strand *s, const char *message)
{
    struct task *t = run_task_of(s);
    struct stats *stats = t->run->engine->stats;
    const struct image_site *site = &t->run->engine->program->image->sites[s->site];
    /* The state of a run that was read may have any site. */
    if (stats && site->kind == IMAGE_SITE_API)
        stats_misfit(stats, vm_strand_call(s)->endpoint, s->label);
    run_observer_misfit(t, message);
}

/* The engine. */

static void init_pools(struct run_engine *e)
{
    uint32_t count = e->program->image->endpoint_count;
    e->pools = mem_alloc_zeroed(count, sizeof *e->pools);
    for (uint32_t i = 0; i < count; i++) {
        const struct endpoint *endpoint = &e->program->endpoints[i];
        pool_init(&e->pools[i], e->world->timers, endpoint->connections, endpoint->wait_ms);
    }
}

struct run_engine *run_engine_new(const struct program *program, struct call_world *world,
                                  const struct builtin_world *builtins, uint64_t fuel)
{
    struct run_engine *e = mem_alloc_zeroed(1, sizeof *e);
    e->program = program;
    e->world = world;
    e->host = (struct vm_host){ .world = *builtins,
                                .say = host_say,
                                .log = host_log,
                                .misfit = host_misfit,
                                .run_value = host_run_value,
                                .now = host_now,
                                .fuel = fuel ? fuel : VM_DEFAULT_FUEL };
    init_pools(e);
    run_call_set_policies(e);
    return e;
}

static void host_passed(struct strand *s, uint32_t pc)
{
    struct run *run = run_task_of(s)->run;
    if (run->watch->passed)
        run->watch->passed(run, s, pc);
}

void run_engine_mark(struct run_engine *e, const uint32_t *code)
{
    assert(!e->runs);
    e->host.code = code;
    e->host.passed = host_passed;
}

void run_engine_count(struct run_engine *e, struct stats *stats)
{
    e->stats = stats;
}

void run_engine_share(struct run_engine *e, uint32_t part, uint32_t parts)
{
    for (uint32_t i = 0; i < e->program->image->endpoint_count; i++) {
        struct pool *pool = &e->pools[i];
        uint32_t all = pool->slots;
        assert(part < parts && pool->used == 0);
        pool->slots = all / parts + (part < all % parts);
    }
}

void run_engine_cancel(struct run_engine *e)
{
    /* A watcher that learns of an end may start another run: that run is skipped, because it is
     * before the others in the list. */
    struct run *run = e->runs;
    while (run) {
        struct run *next = run->live->next;
        run_cancel(run);
        run = next;
    }
}

void run_engine_free(struct run_engine *e)
{
    if (!e)
        return;
    while (e->runs)
        run_cancel(e->runs);
    for (uint32_t i = 0; i < e->program->image->endpoint_count; i++)
        pool_release(&e->pools[i]);
    request_build_release(&e->host.build);
    mem_free(e->pools);
    mem_free(e->policies);
    mem_free(e->labels);
    mem_free(e->sites);
    mem_free(e);
}

uint32_t run_engine_live(const struct run_engine *e)
{
    return e->live;
}

/* Runs. */

static void link_run(struct run_engine *e, struct run *run)
{
    run->live->next = e->runs;
    if (e->runs)
        e->runs->live->prev = run;
    e->runs = run;
    e->live++;
}

void run_task_print_strand(const struct task *t, struct bytes *b)
{
    if (!t->within)
        return;
    const struct task *parent = t->within->parent;
    const struct image *image = t->run->engine->program->image;
    run_task_print_strand(parent, b);
    bytes_printf(b, "%s%s[%u]", b->len ? "/" : "",
                 image_text(image, image->nodes[vm_strand_node(&parent->strand)].name),
                 (unsigned)t->place);
}

struct value run_variable(const struct strand *s, uint32_t slot)
{
    return s->slots[s->frames[s->depth - 1].base + slot];
}

static void unlink_run(struct run_engine *e, struct run *run)
{
    struct run_live *state = run->live;
    *(state->prev ? &state->prev->live->next : &e->runs) = state->next;
    if (state->next)
        state->next->live->prev = state->prev;
    e->live--;
}

static const uint8_t *take_chance(struct run_engine *e)
{
    const struct builtin_world *world = &e->host.world;
    if (e->chance_left == 0) {
        world->random(world->context, e->chance, sizeof e->chance);
        e->chance_left = sizeof e->chance;
    }
    const uint8_t *taken = e->chance + sizeof e->chance - e->chance_left;
    e->chance_left -= RUN_CHANCE;
    return taken;
}

/* The name of a run, in the form of a ULID: 48 bits of time and 80 of chance in Crockford's
 * base 32. So names sort by time, and two of them are never the same in practice. */
static void write_id(char out[27], int64_t now_ms, const uint8_t random[RUN_CHANCE])
{
    static const char digits[] = RUN_ID_DIGITS;
    uint64_t time = (uint64_t)now_ms & 0xffffffffffffu;
    for (int i = 9; i >= 0; i--) {
        out[i] = digits[time & 31];
        time >>= 5;
    }
    uint32_t bits = 0;
    int held = 0;
    int at = 10;
    for (int i = 0; i < 10; i++) {
        bits = bits << 8 | random[i];
        for (held += 8; held >= 5; held -= 5)
            out[at++] = digits[bits >> (held - 5) & 31];
    }
    out[26] = '\0';
}

struct run *run_new(struct run_engine *e, uint32_t flow, const struct run_watch *watch,
                    void *context)
{
    struct run *run = mem_alloc_zeroed(1, sizeof *run);
    run->engine = e;
    run->watch = watch;
    run->context = context;
    run->flow = flow;
    run->node = IMAGE_NONE;
    run->begun = timers_now(e->world->timers);
    run->live = mem_alloc_zeroed(1, sizeof *run->live);
    link_run(e, run);
    return run;
}

struct run *run_start(struct run_engine *e, uint32_t flow, struct value *args,
                      const struct run_watch *watch, void *context)
{
    const struct builtin_world *world = &e->host.world;
    struct run *run = run_new(e, flow, watch, context);
    run->started_ms = world->now_ms(world->context);
    write_id(run->id, run->started_ms, take_chance(e));
    run_limit_start(run);
    run_trace_start(run);
    for (uint32_t i = 0; i < e->program->image->functions[flow].input_count && args; i++)
        run_limit_add(run, args[i]);
    run->live->main = run_task_new(run, NULL, flow, args);
    return run;
}

const struct masks *run_masks(const struct run *run)
{
    return run->masks ? run->masks : &run->engine->program->masks;
}

static void free_masks(struct run *run)
{
    if (run->masks)
        program_mask_release(run->masks);
    mem_free(run->masks);
}

static void finish(struct run *run)
{
    run_limit_end(run);
    run_observer_end(run);
    run_task_drop(run->live->main);
    unlink_run(run->engine, run);
    if (run->watch->over)
        run->watch->over(run);
    free_masks(run);
    value_unref(run->messages);
    value_unref(run->value);
    mem_free(run->error);
    mem_free(run->live);
    mem_free(run);
}

void run_end(struct run *run, enum run_status status)
{
    if (run->live->is_over)
        return;
    run->live->is_over = true;
    run->status = status;
    if (!run->live->busy)
        finish(run);
}

void run_cancel(struct run *run)
{
    if (run->live->is_over)
        return;
    run->node = vm_strand_node(&run->live->main->strand);
    run_end(run, RUN_CANCELLED);
}

void run_engine_held(struct run_engine *e, uint64_t began)
{
    timers_hold(e->world->timers, began);
}

uint64_t run_engine_now(const struct run_engine *e)
{
    return timers_now(e->world->timers);
}

bool run_engine_turn(struct run_engine *e)
{
    e->step_ms = e->first ? run_engine_now(e) : 0;
    for (uint32_t left = e->ready; left > 0 && e->first; left--) {
        struct task *t = e->first;
        struct run *run = t->run;
        run_task_leave_queue(e, t);
        run->live->busy = true;
        e->step_began = mem_allocated();
        run_task_step(t);
        run->live->allocated += mem_allocated() - e->step_began;
        run->live->busy = false;
        if (run->live->is_over) {
            finish(run);
            timers_hold(e->world->timers, e->step_ms);
        }
        e->step_ms = run_engine_now(e);
    }
    return e->first != NULL;
}
