#include "batch/worker.h"

#include "base/mem.h"
#include "batch/invalid_line.h"
#include "cli/trace_output.h"
#include "cli/lines.h"
#include "engine/inputs.h"
#include "formats/json.h"

#define BLOCK 65536u
#define LONG_LINE 65536u   /* reading one takes time */
#define LEAST_JUDGED 100u  /* lines, before a part of them says anything */
#define LINES_AT_ONCE 1000 /* looked at before the loop looks at other things again */

struct job {
    struct worker *worker;
    uint64_t line;
    struct value input; /* as it was given, where results show it; else null */
};

static uint64_t micros(void)
{
    return uv_hrtime() / 1000;
}

static void stop_all(struct work *work)
{
    if (!atomic_exchange(&work->stopped, true))
        work->stop(work->context);
}

/* Results. They are collected while runs are stepped, and written before anything else happens:
 * before libcurl goes on, and before the loop waits. A result costs 1.3 us by itself, and 0.3 us
 * together with seven others. */

static void write_block(struct worker *w)
{
    if (w->block.len == 0)
        return;
    line_writer_write(w->work->sink, bytes_text(&w->block), w->block.len);
    /* A result that cannot be written: no run must be begun for it. */
    if (atomic_load_explicit(&w->work->sink->failure, memory_order_relaxed) != 0)
        stop_all(w->work);
    /* One result may be large; its memory is not kept for ever. */
    if (w->block.cap > 16 * BLOCK)
        bytes_release(&w->block);
    bytes_clear(&w->block);
}

static void after_turn(void *context)
{
    write_block(context);
}

static void end_line(struct worker *w)
{
    bytes_add_char(&w->block, '\n');
    if (w->block.len >= BLOCK)
        write_block(w);
}

static bool has_failed(const struct options *o, const struct counts *c)
{
    uint64_t failed = worker_counts_failed(c);
    uint64_t judged = worker_counts_judged(c);
    if (o->max_failures > 0)
        return failed >= o->max_failures;
    return judged >= LEAST_JUDGED && failed * 100 >= judged * o->max_failed_percent;
}

/* A line did not end well. */
static void note_failure(struct work *work)
{
    struct counts c = { 0 };
    if (work->options->max_failures == 0 && work->options->max_failed_percent == 0)
        return;
    for (uint32_t i = 0; i < work->count; i++)
        worker_count(&work->workers[i], &c);
    if (has_failed(work->options, &c))
        stop_all(work);
}

/* Runs. */

static void print_log(struct run *run, const struct text *text)
{
    const struct job *job = run->context;
    screen_log(job->worker->work->screen, job->line, run_masks(run), text->data, text->len);
}

static void step(struct run *run, const struct run_step *s)
{
    const struct job *job = run->context;
    const struct work *work = job->worker->work;
    struct bytes line = { 0 };
    recorder_step(work->recorder, run, s);
    if (work->options->trace == TRACE_NONE)
        return;
    if (work->options->trace == TRACE_TEXT)
        bytes_printf(&line, "%llu: ", (unsigned long long)job->line);
    trace_output_step(work->program->image, run, s, work->options->trace, false, &line);
    output_write(screen_begin(work->screen), line.data, line.len);
    screen_end(work->screen);
    bytes_release(&line);
}

static bool shows_input(const struct worker *w)
{
    return w->work->options->include_input;
}

static void fill(struct worker *w);
static void wake_others(struct worker *w);

static void over(struct run *run)
{
    struct job *job = run->context;
    struct worker *w = job->worker;
    if (recorder_is_wanted(w->work->recorder))
        recorder_over(w->work->recorder, run);
    run_print_json(run, job->line, shows_input(w) ? &job->input : NULL, &w->block);
    end_line(w);
    atomic_fetch_add_explicit(&w->runs[run->status], 1, memory_order_relaxed);
    atomic_fetch_sub_explicit(&w->live, 1, memory_order_relaxed);
    if (run->status == RUN_FAILED || run->status == RUN_FAULTED)
        note_failure(w->work);
    value_unref(job->input);
    mem_free(job);
    fill(w);
}

static void attempt(void *context, struct run *run, const struct run_attempt *a)
{
    const struct job *job = context;
    struct work *work = job->worker->work;
    recorder_attempt(work->recorder, run, a);
    if (recorder_has_failed(work->recorder))
        stop_all(work);
}

static void answered(struct run *run, const char *strand, uint32_t node, const char *text,
                     size_t len)
{
    const struct job *job = run->context;
    recorder_answered(job->worker->work->recorder, run, strand, node, text, len);
}

static int64_t now(struct run *run, const char *strand, uint32_t node, int64_t ms)
{
    const struct job *job = run->context;
    return recorder_now(job->worker->work->recorder, run, strand, node, ms);
}

/* Nobody is there to answer a question: it comes to its timeout, or faults. */
static const struct run_watch watch = { .log = print_log, .over = over };
static const struct run_watch watch_traced = { .log = print_log, .step = step, .over = over };
static const struct run_watch watch_recorded = {
    .log = print_log, .step = step, .over = over, .answered = answered, .now = now
};

static const struct run_observer observer = { .attempt = attempt };

static const struct run_watch *watch_of(const struct work *work)
{
    if (recorder_is_wanted(work->recorder))
        return &watch_recorded;
    return work->options->trace == TRACE_NONE ? &watch : &watch_traced;
}

/* Lines. */

/* input: what the line holds; null where that is not JSON. */
static void print_invalid(struct worker *w, uint64_t number, struct value input,
                          const struct bytes *problems)
{
    invalid_line_print(&w->work->program->masks, number, shows_input(w) ? &input : NULL, problems,
                       &w->block);
    end_line(w);
    atomic_fetch_add_explicit(&w->invalid, 1, memory_order_relaxed);
    note_failure(w->work);
}

/* *object: what the line holds, the caller's; null where that is not JSON. */
static struct value *read_inputs(struct worker *w, struct value *object, struct bytes *problems)
{
    struct json_error error;
    *object = value_null();
    if (!json_read(bytes_text(&w->line), w->line.len, object, &error)) {
        bytes_printf(problems, "invalid JSON: %s at byte %zu", error.message, error.offset + 1);
        return NULL;
    }
    return inputs_of_object(w->work->program->image, w->work->flow, *object, problems);
}

static void begin(struct worker *w, uint64_t number)
{
    struct work *work = w->work;
    struct bytes problems = { 0 };
    bool is_long = w->line.len > LONG_LINE;
    uint64_t began = is_long ? run_engine_now(loop_engine(w->loop)) : 0;
    struct value object;
    struct value *inputs = read_inputs(w, &object, &problems);
    if (is_long)
        run_engine_held(loop_engine(w->loop), began);
    if (!inputs) {
        print_invalid(w, number, object, &problems);
        value_unref(object);
        bytes_release(&problems);
        return;
    }
    struct job *job = mem_alloc(sizeof *job);
    *job = (struct job){ .worker = w, .line = number };
    if (shows_input(w))
        job->input = value_ref(object);
    value_unref(object);
    atomic_fetch_add(&w->live, 1);
    wake_others(w);
    struct bytes given = { 0 };
    bool records = recorder_is_wanted(work->recorder);
    if (records)
        recorder_print_inputs(work->program->image, work->flow, inputs, &given);
    struct run *run = run_start(loop_engine(w->loop), work->flow, inputs, watch_of(work), job);
    run->keep_messages = true;
    if (records) {
        recorder_start(work->recorder, run, &given);
        run_observer_add(run, &observer, job);
    }
    bytes_release(&given);
    inputs_free(work->program->image, work->flow, inputs);
}

/* Turns. The threads divide the connections of an endpoint, so they must have equally many runs:
 * who has more than another stands back until that one has begun a run. */

static bool has_most(const struct worker *w)
{
    uint32_t live = atomic_load(&w->live);
    for (uint32_t i = 0; i < w->work->count; i++) {
        const struct worker *other = &w->work->workers[i];
        uint32_t theirs = atomic_load(&other->live);
        /* Among many runs a few are no matter, and waking each other would be. */
        if (live > theirs + theirs / 8 && !atomic_load(&other->is_absent))
            return true;
    }
    return false;
}

static void step_forward(struct worker *w)
{
    if (!atomic_exchange(&w->stands_back, false))
        return;
    atomic_fetch_sub(&w->work->standing_back, 1);
    worker_wake(w);
}

static bool is_my_turn(struct worker *w)
{
    if (!has_most(w))
        return true;
    if (!atomic_exchange(&w->stands_back, true))
        atomic_fetch_add(&w->work->standing_back, 1);
    /* What another began meanwhile would wake nobody. */
    if (has_most(w))
        return false;
    step_forward(w);
    return true;
}

static void wake_others(struct worker *w)
{
    struct work *work = w->work;
    if (atomic_load(&work->standing_back) == 0)
        return;
    for (uint32_t i = 0; i < work->count; i++)
        if (&work->workers[i] != w)
            step_forward(&work->workers[i]);
}

void worker_leave(struct worker *w)
{
    atomic_store(&w->is_absent, true);
    wake_others(w);
}

static void fill_later(uv_timer_t *timer)
{
    fill(timer->data);
}

static void fill_more(uv_idle_t *idle)
{
    fill(idle->data);
}

static void refuse_long(struct worker *w, uint64_t number)
{
    struct bytes problem = { 0 };
    bytes_add_text(&problem, LINES_TOO_LONG);
    print_invalid(w, number, value_null(), &problem);
    bytes_release(&problem);
}

/* False: no line is there now. */
static bool take_line(struct worker *w)
{
    uint64_t number;
    uint64_t wait_ms;
    switch (line_source_take(w->work->source, &w->line, &number, &wait_ms)) {
    case SOURCE_LINE:
        begin(w, number);
        return true;
    case SOURCE_LONG:
        refuse_long(w, number);
        return true;
    case SOURCE_AGAIN:
        uv_idle_start(&w->more, fill_more);
        return false;
    case SOURCE_LATER:
        uv_timer_start(&w->later, fill_later, wait_ms, 0);
        return false;
    case SOURCE_END:
        w->no_more = true;
        return false;
    case SOURCE_WAIT:
        break;
    }
    return false;
}

static void end_when_done(struct worker *w)
{
    if (w->is_over || !w->no_more || atomic_load_explicit(&w->live, memory_order_relaxed) > 0)
        return;
    w->is_over = true;
    worker_leave(w);
    write_block(w);
    w->work->over(w->work->context);
}

static bool has_room(const struct worker *w)
{
    return !w->no_more && atomic_load_explicit(&w->live, memory_order_relaxed) < w->concurrency;
}

static void fill(struct worker *w)
{
    int left = LINES_AT_ONCE;
    uv_idle_stop(&w->more);
    while (has_room(w) && left > 0 && is_my_turn(w) && take_line(w))
        left--;
    if (left == 0)
        uv_idle_start(&w->more, fill_more);
    end_when_done(w);
}

static void on_wake(uv_async_t *wake)
{
    struct worker *w = wake->data;
    if (atomic_load(&w->stopped)) {
        loop_stop(w->loop);
        return;
    }
    fill(w);
    if (atomic_load(&w->work->cancelled))
        run_engine_cancel(loop_engine(w->loop));
}

void worker_wake(struct worker *w)
{
    uv_async_send(&w->wake);
}

void worker_count(const struct worker *w, struct counts *c)
{
    for (int i = 0; i < WORKER_STATUSES; i++)
        c->runs[i] += atomic_load_explicit(&w->runs[i], memory_order_relaxed);
    c->invalid += atomic_load_explicit(&w->invalid, memory_order_relaxed);
    c->live += atomic_load_explicit(&w->live, memory_order_relaxed);
}

uint64_t worker_counts_over(const struct counts *c)
{
    uint64_t all = 0;
    for (int i = 0; i < WORKER_STATUSES; i++)
        all += c->runs[i];
    return all;
}

uint64_t worker_counts_failed(const struct counts *c)
{
    return c->runs[RUN_FAILED] + c->runs[RUN_FAULTED] + c->invalid;
}

uint64_t worker_counts_judged(const struct counts *c)
{
    return worker_counts_over(c) - c->runs[RUN_CANCELLED] + c->invalid;
}

static uint32_t part_of(uint32_t all, uint32_t part, uint32_t parts)
{
    return all / parts + (part < all % parts);
}

bool worker_init(struct worker *w, struct work *work, uint32_t part, uint32_t parts)
{
    *w = (struct worker){ .work = work };
    w->loop = loop_new(work->program, &work->options->limits);
    if (!w->loop)
        return false;
    uv_loop_t *uv = loop_uv(w->loop);
    if (uv_async_init(uv, &w->wake, on_wake) != 0) {
        loop_free(w->loop);
        return false;
    }
    loop_on_turn(w->loop, after_turn, w);
    w->concurrency = part_of(work->options->concurrency, part, parts);
    uv_timer_init(uv, &w->later);
    uv_idle_init(uv, &w->more);
    w->wake.data = w;
    w->later.data = w;
    w->more.data = w;
    stats_init(&w->stats, work->program->image, micros);
    run_engine_count(loop_engine(w->loop), &w->stats);
    run_engine_share(loop_engine(w->loop), part, parts);
    return true;
}

void worker_run(struct worker *w)
{
    uv_idle_start(&w->more, fill_more);
    loop_run(w->loop);
}

void worker_stop(struct worker *w)
{
    atomic_store(&w->stopped, true);
    worker_wake(w);
}

static void close_handles(struct worker *w)
{
    uv_close((uv_handle_t *)&w->wake, NULL);
    uv_close((uv_handle_t *)&w->later, NULL);
    uv_close((uv_handle_t *)&w->more, NULL);
}

void worker_release(struct worker *w)
{
    close_handles(w);
    loop_free(w->loop);
    stats_release(&w->stats);
    bytes_release(&w->block);
    bytes_release(&w->line);
}
