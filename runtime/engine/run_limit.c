/* The limits of a run. A run that exceeds one is faulted where it is. */
#include "base/mem.h"
#include "engine/run_parts.h"

/* A run is weighed again after it allocated a fraction of its limit: until then it can hold only
 * that much more than at the last weighing. */
#define WEIGH_PART 8u

static void limit_grown(struct strand *s);

void run_engine_limit(struct run_engine *e, const struct run_limits *limits)
{
    e->limits = *limits;
    if (limits->fuel)
        e->host.fuel = limits->fuel;
    e->host.frames = limits->calls;
    e->host.message = limits->message;
    e->host.grown = limits->memory ? limit_grown : NULL;
}

/* The remaining time of a run, in milliseconds. Time in which others held up the loop does not
 * count; time in which the run itself did does. */
static uint64_t time_left(const struct run *run)
{
    const struct run_engine *e = run->engine;
    uint64_t spent =
        run->live->earlier_ms + timers_since(e->world->timers, run->begun) + run->live->held;
    return spent < e->limits.time_ms ? e->limits.time_ms - spent : 0;
}

static void fault_late(struct task *t)
{
    run_task_fault(t, "the run takes longer than it may (--max-time)");
}

static void time_is_over(struct timer *timer)
{
    struct run_live *state = OWNER_OF(timer, struct run_live, timer);
    struct run *run = state->main->run;
    uint64_t left = time_left(run);
    if (left == 0)
        fault_late(state->main);
    else
        timer_start(run->engine->world->timers, timer, left);
}

void run_limit_time(struct task *t)
{
    if (time_left(t->run) == 0)
        fault_late(t);
}

void run_held(struct run *run, uint64_t ms)
{
    run->live->held += ms;
    if (ms && run->engine->limits.time_ms)
        timer_start(run->engine->world->timers, &run->live->timer, time_left(run));
}

void run_limit_end(struct run *run)
{
    timer_stop(run->engine->world->timers, &run->live->timer);
}

void run_limit_add(struct run *run, struct value v)
{
    uint64_t most = run->engine->limits.memory;
    if (most)
        run->live->allocated += value_size_up_to(v, (size_t)most);
}

/* The weight of a value; counting stops a little above most. */
static void add(uint64_t *weight, uint64_t most, struct value v)
{
    if (*weight <= most)
        *weight += value_size_up_to(v, (size_t)(most - *weight));
}

static void add_task(uint64_t *weight, uint64_t most, const struct task *t)
{
    for (uint32_t i = 0; i < t->strand.slot_top; i++)
        add(weight, most, t->strand.slots[i]);
    if (!t->group)
        return;
    for (uint32_t i = 0; i < t->group->count; i++)
        add(weight, most, t->group->results[i]);
    for (const struct task *child = t->group->first; child; child = child->next_child)
        add_task(weight, most, child);
}

static bool is_too_heavy(struct run *run)
{
    struct run_engine *e = run->engine;
    uint64_t most = e->limits.memory;
    uint64_t since = run->live->allocated + (mem_allocated() - e->step_began);
    uint64_t weight = 0;
    if (since < most / WEIGH_PART)
        return false;
    run->live->allocated = 0;
    e->step_began = mem_allocated();
    add(&weight, most, run->messages);
    add_task(&weight, most, run->live->main);
    return weight > most;
}

static void fault_too_heavy(struct strand *s)
{
    vm_fault(s, "the run holds more than it may (--max-memory)");
}

static void limit_grown(struct strand *s)
{
    if (is_too_heavy(run_task_of(s)->run))
        fault_too_heavy(s);
}

static void enter(void *context, struct run *run, struct strand *s, uint32_t node)
{
    const struct run_limits *limits = &run->engine->limits;
    if (limits->visits && ++run->live->visits > limits->visits)
        vm_fault(s, "the run enters more nodes than it may (--max-visits)");
    else if (limits->memory && is_too_heavy(run))
        fault_too_heavy(s);
    (void)context;
    (void)node;
}

static const struct run_observer observer = { .enter = enter };

void run_limit_start(struct run *run)
{
    struct run_engine *e = run->engine;
    const struct run_limits *limits = &e->limits;
    if (limits->visits || limits->memory)
        run_observer_add(run, &observer, NULL);
    if (limits->time_ms == 0)
        return;
    run->live->timer.fire = time_is_over;
    timer_start(e->world->timers, &run->live->timer, time_left(run));
}
