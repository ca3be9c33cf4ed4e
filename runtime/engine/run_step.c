/* Makes one step of a strand and handles what the strand then needs from the world. */
#include "base/bytes.h"
#include "base/mem.h"
#include "engine/run_parts.h"

#include <assert.h>
#include <string.h>

static void pause_is_over(struct timer *timer)
{
    struct task *t = OWNER_OF(timer, struct task, timer);
    vm_resume(&t->strand);
    run_task_ready(t->run->engine, t);
}

static void start_pause(struct task *t)
{
    int64_t ms = t->strand.wait_ms;
    t->timer.fire = pause_is_over;
    timer_start(t->run->engine->world->timers, &t->timer, ms > 0 ? (uint64_t)ms : 0);
}

static void take_value(struct task *t)
{
    struct run *run = t->run;
    run->has_value = t->strand.has_value;
    run->value = t->strand.value;
    t->strand.value = value_null();
}

void run_task_fault(struct task *t, const char *message)
{
    struct run *run = t->run;
    struct bytes b = { 0 };
    image_place(run->engine->program->image, t->strand.pc, &b);
    bytes_printf(&b, ": %s", message);
    run->error = bytes_take(&b);
    run->node = vm_strand_node(&t->strand);
    run_observer_strand_end(t, "fault");
    run_end(run, RUN_FAULTED);
}

/* Passes on the result of a flow: to the group that it was called in, or to the owner of the
 * run. */
static void end(struct task *t, bool failed)
{
    if (value_size_up_to(t->strand.value, RUN_MAX_VALUE) > RUN_MAX_VALUE) {
        run_task_fault(t, "the result of the flow is larger than 256 MB");
        return;
    }
    run_observer_strand_end(t, failed ? "fail" : "end");
    if (t->within) {
        if (failed)
            run_group_child_failed(t);
        else
            run_group_child_ended(t);
        return;
    }
    take_value(t);
    t->run->node = vm_strand_node(&t->strand);
    run_end(t->run, failed ? RUN_FAILED : RUN_ENDED);
}

void run_task_step(struct task *t)
{
    struct strand *s = &t->strand;
    struct run_engine *e = t->run->engine;
    enum vm_state state = s->state == VM_READY ? vm_step(s) : (enum vm_state)s->state;
    run_held(t->run, timers_hold(e->world->timers, e->step_ms));
    if (e->limits.time_ms && state != VM_FAULTED && !t->run->live->is_over)
        run_limit_time(t);
    /* An observer cancelled the run meanwhile: it must begin nothing new. */
    if (t->run->live->is_over)
        return;
    switch (state) {
    case VM_REQUEST:
        run_call_start(t);
        break;
    case VM_ASK:
        run_ask_start(t);
        break;
    case VM_WAIT:
        start_pause(t);
        break;
    case VM_SPAWN:
        run_group_spawn(t);
        break;
    case VM_JOIN:
        run_group_join(t);
        break;
    case VM_READY:
    case VM_YIELD:
        vm_resume(s);
        run_task_ready(e, t);
        break;
    case VM_ENDED:
    case VM_FAILED:
        end(t, state == VM_FAILED);
        break;
    case VM_FAULTED:
        run_task_fault(t, s->failure ? s->failure : "an unknown fault");
        break;
    }
}
