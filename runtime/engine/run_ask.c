/* The questions that strands wait to be answered. */
#include "base/mem.h"
#include "engine/run_parts.h"

#include <assert.h>

static const struct image_ask *ask_of(const struct task *t)
{
    const struct image *image = t->run->engine->program->image;
    return &image->asks[image->sites[t->strand.site].detail];
}

void run_ask_forget(struct task *t)
{
    if (t->ask_id == 0)
        return;
    struct task **at = &t->run->live->asking;
    while (*at != t)
        at = &(*at)->next_asking;
    *at = t->next_asking;
    t->ask_id = 0;
}

static void show_answer(const struct task *t, const char *text, size_t len)
{
    struct bytes strand = { 0 };
    if (!t->run->watch->answered)
        return;
    run_task_print_strand(t, &strand);
    t->run->watch->answered(t->run, bytes_text(&strand), vm_strand_node(&t->strand), text, len);
    bytes_release(&strand);
}

static void resume(struct task *t, const char *text, size_t len)
{
    timer_stop(t->run->engine->world->timers, &t->timer);
    show_answer(t, text, len);
    run_ask_forget(t);
    vm_resume_answer(&t->strand, text, len);
    t->run->live->allocated += len;
    if (t->strand.state == VM_READY)
        run_observer_outcome(t, NULL, NULL);
    run_task_ready(t->run->engine, t);
}

static void time_is_over(struct timer *timer)
{
    resume(OWNER_OF(timer, struct task, timer), NULL, 0);
}

static void keep(struct run *run, struct value question)
{
    if (run->messages.tag != VALUE_LIST)
        run->messages = value_list(4);
    value_list_push(&run->messages, value_ref(question));
}

static uint32_t next_id(struct run_engine *e)
{
    if (++e->last_ask == 0)
        e->last_ask = 1;
    return e->last_ask;
}

void run_ask_start(struct task *t)
{
    struct run *run = t->run;
    const struct strand *s = &t->strand;
    assert(s->value.tag == VALUE_TEXT);
    uint32_t timeout = ask_of(t)->timeout_ms;
    /* A strand that was read keeps the number of its question, and the time that is left. */
    bool is_new = t->ask_id == 0;
    if (is_new)
        t->ask_id = next_id(run->engine);
    t->next_asking = run->live->asking;
    run->live->asking = t;
    if (run->keep_messages && is_new)
        keep(run, s->value);
    if (timeout != IMAGE_NONE) {
        t->timer.fire = time_is_over;
        timer_start(run->engine->world->timers, &t->timer, is_new ? timeout : t->timer.due);
    }
    if (run->watch->ask)
        run->watch->ask(run, t->ask_id, s->value.text, s->choices);
    else
        run_answer(run, t->ask_id, NULL, 0);
}

static struct task *find_asking(const struct run *run, uint32_t ask_id)
{
    struct task *t = run->live->asking;
    while (t && t->ask_id != ask_id)
        t = t->next_asking;
    return ask_id ? t : NULL;
}

uint32_t run_ask_node(const struct run *run, uint32_t ask_id)
{
    const struct task *t = find_asking(run, ask_id);
    return t ? run->engine->program->image->sites[t->strand.site].node : IMAGE_NONE;
}

void run_ask_strand(const struct run *run, uint32_t ask_id, struct bytes *b)
{
    const struct task *t = find_asking(run, ask_id);
    if (t)
        run_task_print_strand(t, b);
}

bool run_takes_answer(const struct run *run, uint32_t ask_id, const char *text, size_t len)
{
    const struct task *t = find_asking(run, ask_id);
    return !t || vm_takes_answer(&t->strand, text, len);
}

bool run_answer(struct run *run, uint32_t ask_id, const char *text, size_t len)
{
    struct task *t = find_asking(run, ask_id);
    if (!t)
        return false;
    if (text || ask_of(t)->timeout_ms != IMAGE_NONE) {
        resume(t, text, len);
        return true;
    }
    timer_stop(run->engine->world->timers, &t->timer);
    show_answer(t, NULL, 0);
    run_ask_forget(t);
    vm_fault(&t->strand, "the input ended before the question was answered, and the `ask` has no "
                         "`timeout`");
    run_task_ready(run->engine, t);
    return true;
}
