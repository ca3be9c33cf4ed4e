/* Many runs: one per line of inputs, as many at once as allowed, a result line for each as it ends,
 * in one thread or several. */
#include "base/mem.h"
#include "base/replace_file.h"
#include "batch/earlier_results.h"
#include "batch/progress.h"
#include "batch/report.h"
#include "batch/worker.h"
#include "cli/command.h"
#include "cli/command_program.h"
#include "engine/inputs.h"
#include "engine/load.h"
#include "engine/start.h"
#include "net/libraries.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is open while it runs, and the parts of it. The first worker's loop is the main thread's: it
 * also waits for lines, signals and the other threads. */
struct batch {
    const struct options *options;
    struct earlier_results earlier;
    int input;
    int output;
    struct work work;
    struct line_writer sink;
    struct recorder recorder;
    struct screen screen;
    struct progress progress;
    struct worker *workers;
    uv_thread_t *threads; /* of all workers but the first */
    uint32_t count;
    uv_async_t over;
    uv_timer_t grace;
    atomic_uint busy; /* workers that are not over */
    bool interrupted;
};

/* What happens while it runs. */

static void wake_all(void *context)
{
    struct batch *b = context;
    for (uint32_t i = 0; i < b->count; i++)
        worker_wake(&b->workers[i]);
}

static void worker_over(void *context)
{
    struct batch *b = context;
    atomic_fetch_sub(&b->busy, 1);
    uv_async_send(&b->over);
}

static void stop_when_over(uv_async_t *over)
{
    struct batch *b = over->data;
    if (atomic_load(&b->busy) > 0)
        return;
    for (uint32_t i = 0; i < b->count; i++)
        worker_stop(&b->workers[i]);
}

static void look(void *context, struct progress_facts *f)
{
    struct batch *b = context;
    f->place = line_source_place(b->work.source);
    for (uint32_t i = 0; i < b->count; i++)
        worker_count(&b->workers[i], &f->counts);
}

static void cancel_all(struct batch *b)
{
    atomic_store(&b->work.cancelled, true);
    wake_all(b);
}

static void grace_over(uv_timer_t *timer)
{
    struct batch *b = timer->data;
    screen_begin(&b->screen);
    output_complain("cancelling the runs that did not finish within %u s",
                    (unsigned)b->options->grace_s);
    screen_end(&b->screen);
    cancel_all(b);
}

/* The first ends the reading, the second the runs. But when a terminal is closed, both the shell
 * and the system may send SIGHUP: a second one is not a person who is impatient. */
static void interrupt(void *context, int signal)
{
    struct batch *b = context;
    struct progress_facts f = { 0 };
    if (b->interrupted) {
        if (signal != SIGHUP)
            cancel_all(b);
        return;
    }
    b->interrupted = true;
    uint64_t line = line_source_stop(b->work.source);
    look(b, &f);
    screen_begin(&b->screen);
    output_complain(
        "stopping after line %llu: %llu %s %u s to finish; press Ctrl-C again to cancel them",
        (unsigned long long)line, (unsigned long long)f.counts.live,
        f.counts.live == 1 ? "run has" : "runs have", (unsigned)b->options->grace_s);
    screen_end(&b->screen);
    uv_timer_start(&b->grace, grace_over, (uint64_t)b->options->grace_s * 1000, 0);
    wake_all(b);
}

/* In the thread of a worker. Why is said at the end where it is a file that cannot be written. */
static void stop(void *context)
{
    struct batch *b = context;
    const struct options *o = b->options;
    struct progress_facts f = { 0 };
    uint64_t line = line_source_stop(b->work.source);
    look(b, &f);
    if (atomic_load(&b->sink.failure) == 0 && !recorder_has_failed(&b->recorder)) {
        screen_begin(&b->screen);
        output_complain(
            "stopping after line %llu: %llu of %llu lines did not end well, and "
            "--max-failures is %llu%s",
            (unsigned long long)line, (unsigned long long)worker_counts_failed(&f.counts),
            (unsigned long long)worker_counts_judged(&f.counts),
            (unsigned long long)(o->max_failures ? o->max_failures : o->max_failed_percent),
            o->max_failures ? "" : "%");
        screen_end(&b->screen);
    }
    wake_all(b);
}

/* The workers. */

/* Each thread needs a connection of its own to each endpoint. */
static uint32_t useful_threads(const struct options *o, const struct image *image)
{
    uint32_t most = o->threads < o->concurrency ? o->threads : o->concurrency;
    uint32_t tight = IMAGE_NONE;
    for (uint32_t i = 0; i < image->endpoint_count; i++) {
        if (image->endpoints[i].connections < most) {
            most = image->endpoints[i].connections;
            tight = i;
        }
    }
    if (tight != IMAGE_NONE && !o->quiet)
        output_complain("using %u of %u threads: endpoint `%s` has no connections for more",
                        (unsigned)most, (unsigned)o->threads,
                        image_text(image, image->endpoints[tight].name));
    return most;
}

static void run_worker(void *context)
{
    worker_run(context);
}

static bool start_threads(struct batch *b)
{
    sigset_t all;
    sigset_t before;
    bool good = true;
    /* Signals are the main thread's. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (uint32_t i = 1; i < b->count; i++) {
        if (uv_thread_create(&b->threads[i - 1], run_worker, &b->workers[i]) == 0)
            continue;
        b->threads[i - 1] = 0;
        worker_leave(&b->workers[i]);
        atomic_fetch_sub(&b->busy, 1);
        good = false;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return good;
}

static void run_all(struct batch *b)
{
    uv_loop_t *uv = loop_uv(b->workers[0].loop);
    line_source_on_ready(b->work.source, wake_all, b);
    loop_catch_signals(b->workers[0].loop, interrupt, b);
    if (!b->options->quiet)
        progress_start(&b->progress, uv, &b->screen, look, b);
    if (!start_threads(b))
        output_complain("the system refused to start some of the threads: the batch runs in fewer");
    worker_run(&b->workers[0]);
    for (uint32_t i = 1; i < b->count; i++)
        if (b->threads[i - 1])
            uv_thread_join(&b->threads[i - 1]);
}

/* True: all workers are there, and what the main thread waits for besides. */
static bool open_workers(struct batch *b)
{
    uint32_t wanted = useful_threads(b->options, b->work.program->image);
    b->workers = mem_alloc_zeroed(wanted, sizeof *b->workers);
    b->threads = mem_alloc_zeroed(wanted, sizeof *b->threads);
    while (b->count < wanted && worker_init(&b->workers[b->count], &b->work, b->count, wanted))
        b->count++;
    if (b->count < wanted)
        return false;
    b->work.workers = b->workers;
    b->work.count = b->count;
    uv_loop_t *uv = loop_uv(b->workers[0].loop);
    uv_timer_init(uv, &b->grace);
    b->grace.data = b;
    b->over.data = b;
    atomic_store(&b->busy, b->count);
    if (uv_async_init(uv, &b->over, stop_when_over) != 0)
        mem_exhausted();
    struct source_plan plan = { .rate = b->options->rate };
    earlier_results_plan(&b->earlier, &plan);
    b->work.source = line_source_new(uv, b->input, &plan);
    return true;
}

static void close_workers(struct batch *b)
{
    if (b->work.source) {
        line_source_free(b->work.source);
        progress_close(&b->progress);
        uv_close((uv_handle_t *)&b->grace, NULL);
        uv_close((uv_handle_t *)&b->over, NULL);
    } else {
        close(b->input);
    }
    for (uint32_t i = 0; i < b->count; i++)
        worker_release(&b->workers[i]);
    mem_free(b->workers);
    mem_free(b->threads);
}

/* What it came to. */

static bool write_report(struct batch *b, const struct report *r)
{
    struct bytes json = { 0 };
    report_print_json(r, &json);
    const char *problem = replace_file(b->options->report, bytes_text(&json), json.len, 0600);
    if (problem)
        output_complain("cannot write %s: %s", b->options->report, problem);
    bytes_release(&json);
    return !problem;
}

static void collect(struct batch *b, struct report *r, uint64_t started)
{
    struct progress_facts f = { 0 };
    look(b, &f);
    *r = (struct report){ .counts = f.counts,
                          .place = f.place,
                          .elapsed_ms = (uv_hrtime() - started) / 1000000,
                          .threads = b->count,
                          .was_stopped = b->interrupted || atomic_load(&b->work.stopped) };
    stats_init(&r->stats, b->work.program->image, NULL);
    for (uint32_t i = 0; i < b->count; i++) {
        struct http_counts h = loop_counts(b->workers[i].loop);
        stats_merge(&r->stats, &b->workers[i].stats);
        r->http.exchanges += h.exchanges;
        r->http.opened += h.opened;
        r->http.reused += h.reused;
        r->http.bytes_in += h.bytes_in;
        r->http.bytes_out += h.bytes_out;
        r->http.starved += h.starved;
    }
}

static bool say_report(struct batch *b, const struct report *r)
{
    struct bytes text = { 0 };
    if (!b->options->quiet) {
        report_print(r, &text);
        output_write(screen_begin(&b->screen), bytes_text(&text), text.len);
        screen_end(&b->screen);
        bytes_release(&text);
    }
    output_complain_starved(r->http.starved);
    earlier_results_check_lines(&b->earlier, &r->place);
    return !b->options->report || write_report(b, r);
}

static int status_of(const struct batch *b, const struct counts *c)
{
    const char *problem = line_source_problem(b->work.source);
    int failure = atomic_load(&b->sink.failure);
    if (problem)
        output_complain("%s: %s", b->options->lines, problem);
    if (failure != 0)
        output_complain("cannot write the results: %s", strerror(failure));
    if (problem || failure != 0)
        return STATUS_MISUSE;
    if (b->interrupted)
        return STATUS_INTERRUPTED;
    return c->runs[RUN_ENDED] == worker_counts_over(c) && c->invalid == 0 ? STATUS_ENDED
                                                                          : STATUS_FAILED;
}

static int run_lines(struct batch *b)
{
    struct report report;
    int status = STATUS_MISUSE;
    uint64_t started = uv_hrtime();
    line_writer_init(&b->sink, b->output, b->output != STDOUT_FILENO);
    screen_init(&b->screen);
    if (open_workers(b)) {
        run_all(b);
        collect(b, &report, started);
        bool said = say_report(b, &report);
        status = status_of(b, &report.counts);
        if (!said)
            status = STATUS_MISUSE;
        stats_release(&report.stats);
    } else {
        output_complain("cannot create the event loop: too many open files");
    }
    close_workers(b);
    screen_release(&b->screen);
    line_writer_release(&b->sink);
    return status;
}

/* Files. */

static int open_input(const char *path)
{
    return strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
}

/* What it holds stays until all files are open, see earlier_results_begin_output. */
static int open_output(const char *path)
{
    if (!path || strcmp(path, "-") == 0)
        return STDOUT_FILENO;
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static bool open_files(struct batch *b)
{
    const struct options *o = b->options;
    b->input = open_input(o->lines);
    if (b->input < 0) {
        output_complain("cannot read %s: %s", o->lines, strerror(errno));
        return false;
    }
    const char *problem = o->report ? replace_file_check(o->report) : NULL;
    if (problem) {
        output_complain("cannot write %s: %s", o->report, problem);
        return false;
    }
    b->output = open_output(o->output);
    if (b->output < 0) {
        output_complain("cannot write %s: %s", o->output, strerror(errno));
        return false;
    }
    if (b->output == STDOUT_FILENO && earlier_results_is_overwritten(&b->earlier))
        return false;
    if (!recorder_open(&b->recorder, b->work.program, o->record, o->har))
        return false;
    if (earlier_results_begin_output(&b->earlier, b->output))
        return true;
    output_complain("cannot write %s: %s", o->output, strerror(errno));
    return false;
}

static bool close_file(int fd, const char *path)
{
    if (fd < 0 || fd == STDOUT_FILENO || close(fd) == 0)
        return true;
    output_complain("cannot write %s: %s", path, strerror(errno));
    return false;
}

static int open_and_run(struct batch *b)
{
    int status = STATUS_MISUSE;
    if (open_files(b)) {
        status = run_lines(b);
        if (atomic_load(&b->sink.failure) == 0 &&
            !earlier_results_keep_last(&b->earlier, b->output))
            status = STATUS_MISUSE;
    } else if (b->input >= 0) {
        close(b->input);
    }
    bool closed = close_file(b->output, b->options->output);
    closed = recorder_close(&b->recorder) && closed;
    return closed ? status : STATUS_MISUSE;
}

int command_batch(const struct options *o)
{
    struct bytes problems = { 0 };
    struct batch b = { .options = o, .input = -1, .output = -1 };
    struct program *program = NULL;
    int status = STATUS_MISUSE;
    b.work = (struct work){ .options = o,
                            .sink = &b.sink,
                            .screen = &b.screen,
                            .recorder = &b.recorder,
                            .over = worker_over,
                            .stop = stop,
                            .context = &b,
                            .flow = IMAGE_NONE };
    struct image *image = load_image(o->file, &problems);
    if (image) {
        b.work.flow = inputs_find_flow(image, o->flow, &problems);
        program = command_program(image, o, &problems);
        b.work.program = program;
    }
    bool is_read = earlier_results_read(&b.earlier, o, &problems);
    output_complain_lines(&problems);
    /* In one thread, before there are more: older ones of its kind are not made for that. */
    if (program && b.work.flow != IMAGE_NONE && is_read) {
        libraries_prepare_curl();
        status = open_and_run(&b);
    }
    if (program)
        start_free(program);
    if (image)
        image_free(image);
    earlier_results_release(&b.earlier);
    bytes_release(&problems);
    return status;
}
