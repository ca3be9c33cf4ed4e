/* Makes a run from plain data. A stranger may have written the data: before anything of a state
 * is used, this file proves for it what the verifier proves for an image. */
#include "base/mem.h"
#include "engine/run_parts.h"
#include "program/opcode.h"

#include <assert.h>
#include <string.h>

static const char bad_position[] = "the state has a position that the program does not have";

/* Whether pc is an instruction of the function. *in_request: it is between `request`, which is
 * outside, and `send`, which is inside. */
static bool find_instruction(const struct image *image, uint32_t function, uint32_t pc,
                             bool *in_request)
{
    const struct image_function *f = &image->functions[function];
    bool inside = false;
    for (uint32_t at = f->code; at < f->code + f->code_count; at += opcode_words(image->code[at])) {
        enum opcode op = word_op(image->code[at]);
        *in_request = inside;
        if (at == pc)
            return true;
        inside = op == OPCODE_REQUEST || (inside && op != OPCODE_SEND);
    }
    return false;
}

/* The frames lie above each other, and each but the last waits at a `call`. */
static const char *check_frames(const struct run_engine *e, const struct run_strand_state *s)
{
    const struct image *image = e->program->image;
    uint32_t most = e->host.frames ? e->host.frames : VM_MAX_FRAMES;
    uint32_t base = 0;
    bool inside;
    if (s->depth == 0 || s->depth > most)
        return "the state has no frames, or too many";
    for (uint32_t i = 0; i < s->depth; i++) {
        const struct frame *f = &s->frames[i];
        if (f->function >= image->function_count ||
            image->functions[f->function].kind != IMAGE_FLOW)
            return "the state has a flow that the program does not have";
        if (f->base != base || f->node >= image->node_count ||
            image->nodes[f->node].function != f->function)
            return "the frames of the state do not fit the program";
        base += image->functions[f->function].slot_count;
        if (i > 0 && (!find_instruction(image, s->frames[i - 1].function, f->pc, &inside) ||
                      word_op(image->code[f->pc]) != OPCODE_CALL))
            return bad_position;
    }
    return s->slot_count == base ? NULL : "the slots of the state do not fit its frames";
}

/* The instruction `op` is at pc and is for the site. */
static bool is_at(const struct image *image, const struct run_strand_state *s, enum opcode op)
{
    return word_op(image->code[s->pc]) == op && image->code[s->pc + 1] == s->site;
}

static bool is_group(const struct image *image, uint32_t site)
{
    uint8_t kind = image->sites[site].kind;
    return kind == IMAGE_SITE_PARALLEL || kind == IMAGE_SITE_EACH;
}

static bool is_null_or(struct value v, enum value_tag tag)
{
    return v.tag == VALUE_NULL || v.tag == tag;
}

static const char *check_wait(const struct image *image, const struct run_strand_state *s)
{
    static const char wrong[] = "a strand of the state does not wait for what its position says";
    bool has_site = s->site < image->site_count;
    switch ((enum vm_state)s->state) {
    case VM_READY:
    case VM_WAIT:
        break;
    case VM_FAULTED:
        return s->failure ? NULL : wrong;
    case VM_ASK:
        if (!has_site || !is_at(image, s, OPCODE_ASK) || s->question.tag != VALUE_TEXT ||
            s->ask_id == 0 || !is_null_or(s->choices, VALUE_LIST))
            return wrong;
        break;
    case VM_SPAWN:
        if (!has_site || !is_group(image, s->site) || !s->has_group || s->turn != 0)
            return wrong;
        break;
    case VM_JOIN:
        if (!has_site || !is_at(image, s, OPCODE_JOIN) || !s->has_group)
            return wrong;
        break;
    case VM_REQUEST:
    case VM_YIELD:
    case VM_ENDED:
    case VM_FAILED:
    default:
        return "the state has a strand that cannot be written down like this";
    }
    if (!is_null_or(s->body_type, VALUE_TEXT))
        return wrong;
    if (s->has_group && (!has_site || !is_group(image, s->site)))
        return wrong;
    return s->has_call && word_op(image->code[s->pc]) != OPCODE_REQUEST ? wrong : NULL;
}

static const char *check_levels(const struct image *image, const struct run_strand_state *s)
{
    if (s->level_count > s->depth)
        return "the trace of the state has more nodes than frames";
    for (uint32_t i = 0; i < s->level_count; i++) {
        const struct run_level_state *l = &s->levels[i];
        if (l->node >= image->node_count || l->kind >= ERROR_KINDS)
            return "the trace of the state does not fit the program";
    }
    return NULL;
}

static const char *check_family(const struct run_state *state, uint32_t i)
{
    const struct run_strand_state *s = &state->strands[i];
    if (i == 0)
        return s->parent == IMAGE_NONE ? NULL : "the main strand of the state has a parent";
    if (s->parent >= i)
        return "the strands of the state are not in their order";
    const struct run_strand_state *parent = &state->strands[s->parent];
    return parent->has_group && !parent->group_failed && s->place < parent->result_count
               ? NULL
               : "a strand of the state is of no group";
}

static const char *check_strand(const struct run_engine *e, const struct run_state *state,
                                uint32_t i)
{
    const struct image *image = e->program->image;
    const struct run_strand_state *s = &state->strands[i];
    bool inside = false;
    const char *problem = check_frames(e, s);
    if (problem)
        return problem;
    if (!find_instruction(image, s->frames[s->depth - 1].function, s->pc, &inside) || inside)
        return bad_position;
    problem = check_wait(image, s);
    if (!problem)
        problem = check_levels(image, s);
    return problem ? problem : check_family(state, i);
}

static const char *check(const struct run_engine *e, const struct run_state *state)
{
    const struct image *image = e->program->image;
    if (memcmp(state->program, image->source_hash, sizeof state->program) != 0 ||
        memcmp(state->compiler, image->compiler, sizeof state->compiler) != 0)
        return "the state is of another program";
    if (state->flow >= image->function_count || image->functions[state->flow].kind != IMAGE_FLOW)
        return "the state has a flow that the program does not have";
    if (state->strand_count == 0 || state->strand_count > RUN_MAX_STRANDS)
        return "the state has no strands, or too many";
    if (strspn(state->id, RUN_ID_DIGITS) != sizeof state->id - 1)
        return "the state has no name of a run";
    if (!is_null_or(state->messages, VALUE_LIST))
        return "the messages of the state are not a list";
    for (uint32_t i = 0; i < state->strand_count; i++) {
        const char *problem = check_strand(e, state, i);
        if (problem)
            return problem;
    }
    return NULL;
}

static int64_t now_ms(const struct run_engine *e)
{
    return e->host.world.now_ms(e->host.world.context);
}

/* The time from the wall clock's now to then, at least 0. */
static uint64_t left(const struct run_engine *e, int64_t then)
{
    int64_t now = now_ms(e);
    return then > now ? (uint64_t)then - (uint64_t)now : 0;
}

static uint64_t since(const struct run_engine *e, int64_t then)
{
    int64_t now = now_ms(e);
    return now > then ? (uint64_t)now - (uint64_t)then : 0;
}

static void copy_values(struct value *to, const struct value *from, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        to[i] = value_ref(from[i]);
}

static void read_strand(struct task *t, const struct run_strand_state *from)
{
    struct run_engine *e = t->run->engine;
    struct strand *s = &t->strand;
    *s = (struct strand){ .program = e->program,
                          .host = &e->host,
                          .owner = t->run,
                          .state = from->state,
                          .pc = from->pc,
                          .site = from->site < e->program->image->site_count ? from->site : 0,
                          .label = from->label,
                          .spawn_count = from->spawn_count,
                          .fuel_used = from->fuel_used,
                          .depth = from->depth,
                          .frame_cap = from->depth,
                          .slot_top = from->slot_count,
                          .slot_cap = from->slot_count };
    s->frames = mem_alloc_zeroed(s->depth, sizeof *s->frames);
    memcpy(s->frames, from->frames, s->depth * sizeof *s->frames);
    s->slots = mem_alloc_zeroed(s->slot_cap, sizeof *s->slots);
    copy_values(s->slots, from->slots, s->slot_top);
    s->value = value_ref(from->question);
    s->choices = value_ref(from->choices);
    s->body_type = value_ref(from->body_type);
    s->failure = from->failure ? mem_copy_text(from->failure, strlen(from->failure)) : NULL;
}

static void read_group(struct task *t, const struct run_strand_state *from)
{
    struct group *g = run_group_new(t);
    g->failed = from->group_failed;
    g->has_value = from->group_has_value;
    g->value = value_ref(from->group_value);
    g->count = from->result_count;
    g->cap = from->result_count;
    g->results = mem_alloc_zeroed(g->cap, sizeof *g->results);
    copy_values(g->results, from->results, g->count);
}

static void read_task(struct task *t, const struct run_strand_state *from)
{
    const struct run_engine *e = t->run->engine;
    uint64_t wait = from->due_ms == RUN_STATE_NEVER ? 0 : left(e, from->due_ms);
    read_strand(t, from);
    t->place = from->place;
    t->ask_id = from->ask_id;
    t->timer.due = wait;
    t->strand.wait_ms = wait < INT64_MAX ? (int64_t)wait : INT64_MAX;
    t->resumes_call = from->has_call;
    t->progress = (struct call_progress){ .tries = from->tries,
                                          .attempts = from->attempts,
                                          .spent_ms = since(e, from->call_ms),
                                          .pauses = from->due_ms != RUN_STATE_NEVER,
                                          .pause_ms = wait };
    if (from->has_group)
        read_group(t, from);
    run_trace_read(t, from);
}

/* The strands in the order of their turns; those that wait, and those whose turn is taken, come
 * first. */
static void order(struct task *const *tasks, const struct run_state *state, struct task **ordered)
{
    uint32_t count = state->strand_count;
    struct task **ready = ordered + count;
    uint32_t len = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t turn = state->strands[i].turn;
        if (turn > 0 && turn <= count && !ready[turn - 1])
            ready[turn - 1] = tasks[i];
        else
            ordered[len++] = tasks[i];
    }
}

/* A strand that waits asks the world again in its next step. One that waits to spawn has nothing to
 * ask: the end of a child wakes it. */
static void queue(struct run_engine *e, struct task *const *tasks, const struct run_state *state)
{
    size_t count = state->strand_count * (size_t)2;
    struct task **ordered = mem_alloc_zeroed(count, sizeof *ordered);
    order(tasks, state, ordered);
    for (size_t i = 0; i < count; i++) {
        if (ordered[i] && ordered[i]->strand.state != VM_SPAWN)
            run_task_ready(e, ordered[i]);
    }
    mem_free(ordered);
}

static void read_tasks(struct run *run, const struct run_state *state)
{
    struct task **tasks = mem_alloc_zeroed(state->strand_count, sizeof *tasks);
    for (uint32_t i = 0; i < state->strand_count; i++) {
        const struct run_strand_state *from = &state->strands[i];
        struct task *parent = i > 0 ? tasks[from->parent] : NULL;
        struct task *t = run_task_add(run, parent ? parent->group : NULL);
        read_task(t, from);
        if (parent) {
            t->nesting = parent->nesting + parent->strand.depth;
            run_group_add(parent->group, t);
        }
        tasks[i] = t;
    }
    run->live->main = tasks[0];
    queue(run->engine, tasks, state);
    mem_free(tasks);
}

struct run *run_read(struct run_engine *e, const struct run_state *state,
                     const struct run_watch *watch, void *context, const char **problem)
{
    *problem = check(e, state);
    if (*problem)
        return NULL;
    struct run *run = run_new(e, state->flow, watch, context);
    memcpy(run->id, state->id, sizeof run->id);
    run->started_ms = state->started_ms;
    run->keep_messages = state->keeps_messages;
    run->messages = value_ref(state->messages);
    run->live->visits = state->visits;
    run->live->earlier_ms = since(e, state->started_ms);
    e->last_ask = e->last_ask > state->last_ask ? e->last_ask : state->last_ask;
    e->entered = e->entered > state->entered ? e->entered : state->entered;
    run_limit_start(run);
    run_trace_start(run);
    read_tasks(run, state);
    return run;
}
