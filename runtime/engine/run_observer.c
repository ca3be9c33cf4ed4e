/* The observers of runs, and the hooks of the machine that exist while a run has observers. */
#include "engine/run_observer.h"

#include "engine/run_parts.h"

#include <assert.h>

static void host_enter(struct strand *s, uint32_t node)
{
    struct run *run = s->owner;
    for (uint32_t i = 0; i < RUN_OBSERVERS_MAX && s->state != VM_FAULTED; i++) {
        const struct run_observing *o = &run->live->observing[i];
        if (o->observer && o->observer->enter)
            o->observer->enter(o->context, run, s, node);
    }
}

static void host_leave(struct strand *s, bool ended)
{
    struct run *run = s->owner;
    for (uint32_t i = 0; i < RUN_OBSERVERS_MAX; i++) {
        const struct run_observing *o = &run->live->observing[i];
        if (o->observer && o->observer->leave)
            o->observer->leave(o->context, run, s, ended);
    }
}

/* The machine calls a hook for each node; the hook is not set while no observer wants it. */
static void set_hooks(struct run_engine *e)
{
    e->host.enter = e->entering > 0 ? host_enter : NULL;
    e->host.leave = e->leaving > 0 ? host_leave : NULL;
}

static void count(struct run_engine *e, const struct run_observer *observer, uint32_t by)
{
    e->entering += observer->enter ? by : 0;
    e->leaving += observer->leave ? by : 0;
    set_hooks(e);
}

void run_observer_add(struct run *run, const struct run_observer *observer, void *context)
{
    uint32_t i = 0;
    while (i < RUN_OBSERVERS_MAX && run->live->observing[i].observer)
        i++;
    assert(i < RUN_OBSERVERS_MAX);
    run->live->observing[i] = (struct run_observing){ observer, context };
    count(run->engine, observer, 1);
}

static void remove_at(struct run *run, uint32_t i)
{
    const struct run_observer *observer = run->live->observing[i].observer;
    run->live->observing[i] = (struct run_observing){ 0 };
    count(run->engine, observer, (uint32_t)-1);
}

void run_observer_remove(struct run *run, const struct run_observer *observer, const void *context)
{
    for (uint32_t i = 0; i < RUN_OBSERVERS_MAX; i++) {
        const struct run_observing *o = &run->live->observing[i];
        if (o->observer == observer && o->context == context)
            remove_at(run, i);
    }
}

void run_observer_outcome(struct task *t, const struct outcome_facts *result,
                          const struct request *request)
{
    for (uint32_t i = 0; i < RUN_OBSERVERS_MAX; i++) {
        const struct run_observing *o = &t->run->live->observing[i];
        if (o->observer && o->observer->outcome)
            o->observer->outcome(o->context, t->run, &t->strand, result, request);
    }
}

void run_observer_misfit(struct task *t, const char *message)
{
    for (uint32_t i = 0; i < RUN_OBSERVERS_MAX; i++) {
        const struct run_observing *o = &t->run->live->observing[i];
        if (o->observer && o->observer->misfit)
            o->observer->misfit(o->context, t->run, &t->strand, message);
    }
}

bool run_observer_wants_attempts(const struct run *run)
{
    for (uint32_t i = 0; i < RUN_OBSERVERS_MAX; i++) {
        const struct run_observer *o = run->live->observing[i].observer;
        if (o && o->attempt)
            return true;
    }
    return false;
}

void run_observer_attempt(struct run *run, const struct run_attempt *attempt)
{
    for (uint32_t i = 0; i < RUN_OBSERVERS_MAX; i++) {
        const struct run_observing *o = &run->live->observing[i];
        if (o->observer && o->observer->attempt)
            o->observer->attempt(o->context, run, attempt);
    }
}

void run_observer_strand_end(struct task *t, const char *to)
{
    for (uint32_t i = 0; i < RUN_OBSERVERS_MAX; i++) {
        const struct run_observing *o = &t->run->live->observing[i];
        if (o->observer && o->observer->strand_end)
            o->observer->strand_end(o->context, t->run, &t->strand, to);
    }
}

void run_observer_end(struct run *run)
{
    for (uint32_t i = 0; i < RUN_OBSERVERS_MAX; i++) {
        struct run_observing o = run->live->observing[i];
        if (o.observer && o.observer->end)
            o.observer->end(o.context, run);
        if (run->live->observing[i].observer)
            remove_at(run, i);
    }
}
