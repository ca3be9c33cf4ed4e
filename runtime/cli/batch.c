/* Many runs: one per line of inputs, as many at once as allowed, a result line for each as it ends.
 * Lines are read when there is room for a run, results are written in blocks. */
#include "base/json.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/inputs.h"
#include "cli/lines.h"
#include "cli/load.h"
#include "cli/output.h"
#include "engine/loop.h"
#include "engine/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define BLOCK 65536u
#define FLUSH_MS 100
#define LINES_AT_ONCE 1000 /* looked at before the loop looks at other things again */

struct batch {
    const struct options *options;
    const struct program *program;
    uint32_t flow;
    struct loop *loop;
    struct lines *lines;
    struct output out;
    struct output err;
    struct bytes block; /* results not written yet */
    uv_timer_t flush;
    uv_idle_t more; /* there may be more lines at once */
    uint64_t line;
    uint32_t live;
    bool no_more;   /* lines: at their end, or not wanted any more */
    bool all_ended; /* so far */
    bool interrupted;
};

struct job {
    struct batch *batch;
    uint64_t line;
};

static void write_block(struct batch *b)
{
    output_write(&b->out, bytes_text(&b->block), b->block.len);
    bytes_clear(&b->block);
}

static void flush(uv_timer_t *timer)
{
    write_block(timer->data);
}

static void end_line(struct batch *b)
{
    bytes_add_char(&b->block, '\n');
    if (b->block.len >= BLOCK)
        write_block(b);
    else if (!uv_is_active((uv_handle_t *)&b->flush))
        uv_timer_start(&b->flush, flush, FLUSH_MS, 0);
}

static void stop_when_done(struct batch *b)
{
    if (b->no_more && b->live == 0)
        loop_stop(b->loop);
}

/* A result that cannot be written: no run must be begun for it. */
static void check_output(struct batch *b)
{
    if (b->out.failure != 0)
        b->no_more = true;
}

static void print_log(struct run *run, const struct text *text)
{
    struct job *job = run->context;
    struct bytes line = { 0 };
    bytes_printf(&line, "%llu: ", (unsigned long long)job->line);
    bytes_add(&line, text->data, text->len);
    output_line(&job->batch->err, job->batch->program, line.data, line.len);
    bytes_release(&line);
}

static void step(struct run *run, const struct run_step *s)
{
    struct job *job = run->context;
    struct batch *b = job->batch;
    const struct image *image = b->program->image;
    struct bytes line = { 0 };
    if (b->options->trace == TRACE_JSON) {
        trace_print_json(run->id, s, &line);
        run_mask_json(b->program, &line);
    } else {
        bytes_printf(&line, "%llu: ", (unsigned long long)job->line);
        trace_print_text(s, image_text(image, image->functions[run->flow].name), false, &line);
        program_mask(b->program, &line);
    }
    output_write(&b->err, line.data, line.len);
    bytes_release(&line);
}

static void fill(struct batch *b);

static void over(struct run *run)
{
    struct job *job = run->context;
    struct batch *b = job->batch;
    run_print_json(run, job->line, &b->block);
    end_line(b);
    check_output(b);
    b->all_ended = b->all_ended && run->status == RUN_ENDED;
    b->live--;
    mem_free(job);
    fill(b);
}

/* Nobody is there to answer a question: it comes to its timeout, or faults. */
static const struct run_watch watch = { .log = print_log, .over = over };
static const struct run_watch watch_traced = { .log = print_log, .step = step, .over = over };

static void print_invalid(struct batch *b, const struct bytes *problems)
{
    struct bytes reason = { 0 };
    struct bytes json = { 0 };
    size_t len = problems->len;
    const char *p = bytes_text(problems);
    while (len > 0 && p[len - 1] == '\n')
        len--;
    for (size_t i = 0; i < len; i++)
        bytes_add_text(&reason, p[i] == '\n' ? "; " : (char[]){ p[i], '\0' });
    bytes_printf(&json, "{\"line\":%llu,\"status\":\"invalid\",\"error\":",
                 (unsigned long long)b->line);
    json_write_string(&json, bytes_text(&reason), reason.len);
    bytes_add_char(&json, '}');
    run_mask_json(b->program, &json);
    bytes_add(&b->block, json.data, json.len);
    end_line(b);
    check_output(b);
    b->all_ended = false;
    bytes_release(&reason);
    bytes_release(&json);
}

static struct value *read_inputs(struct batch *b, const char *p, size_t len,
                                 struct bytes *problems)
{
    struct value object;
    struct json_error error;
    if (!json_read(p, len, &object, &error)) {
        bytes_printf(problems, "no JSON: %s at byte %zu", error.message, error.offset + 1);
        return NULL;
    }
    struct value *inputs = inputs_of_object(b->program->image, b->flow, object, problems);
    value_unref(object);
    return inputs;
}

static void begin(struct batch *b, const char *p, size_t len)
{
    struct bytes problems = { 0 };
    struct value *inputs = read_inputs(b, p, len, &problems);
    if (!inputs) {
        print_invalid(b, &problems);
        bytes_release(&problems);
        return;
    }
    struct job *job = mem_alloc(sizeof *job);
    *job = (struct job){ .batch = b, .line = b->line };
    b->live++;
    struct run *run = run_start(loop_engine(b->loop), b->flow, inputs,
                                b->options->trace == TRACE_NONE ? &watch : &watch_traced, job);
    run->keep_messages = true;
    inputs_free(b->program->image, b->flow, inputs);
}

static bool is_blank(const char *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (p[i] != ' ' && p[i] != '\t')
            return false;
    return true;
}

/* False: no line is there now. */
static bool take_line(struct batch *b)
{
    const char *p;
    size_t len;
    switch (lines_take(b->lines, &p, &len)) {
    case LINES_LINE:
        b->line++;
        if (!is_blank(p, len))
            begin(b, p, len);
        return true;
    case LINES_END:
        b->no_more = true;
        return false;
    case LINES_WAIT:
        break;
    }
    return false;
}

static void fill_more(uv_idle_t *idle)
{
    fill(idle->data);
}

static void fill(struct batch *b)
{
    int left = LINES_AT_ONCE;
    uv_idle_stop(&b->more);
    while (!b->no_more && b->live < b->options->concurrency && left-- > 0)
        if (!take_line(b))
            break;
    if (left < 0)
        uv_idle_start(&b->more, fill_more);
    stop_when_done(b);
}

static void lines_ready(void *context)
{
    fill(context);
}

/* The first ends the reading, the second the runs. */
static void interrupt(void *context, int signal)
{
    struct batch *b = context;
    (void)signal;
    b->no_more = true;
    if (b->interrupted) {
        run_engine_cancel(loop_engine(b->loop));
        return;
    }
    b->interrupted = true;
    output_complain("no more lines are begun after line %llu; %u runs are under way: once more ends "
                    "them",
                    (unsigned long long)b->line, (unsigned)b->live);
    stop_when_done(b);
}

static int open_output(const char *path)
{
    if (!path || strcmp(path, "-") == 0)
        return STDOUT_FILENO;
    return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
}

static int open_input(const char *path)
{
    return strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
}

static void run_all(struct batch *b, int input)
{
    uv_loop_t *uv = loop_uv(b->loop);
    uv_timer_init(uv, &b->flush);
    uv_idle_init(uv, &b->more);
    b->flush.data = b;
    b->more.data = b;
    b->lines = lines_new(uv, input, lines_ready, b);
    loop_catch_signals(b->loop, interrupt, b);
    uv_idle_start(&b->more, fill_more);
    loop_run(b->loop);
    write_block(b);
    uv_close((uv_handle_t *)&b->flush, NULL);
    uv_close((uv_handle_t *)&b->more, NULL);
}

static int status_of(const struct batch *b, const char *problem)
{
    if (problem)
        output_complain("%s: %s", b->options->lines, problem);
    if (b->out.failure != 0)
        output_complain("cannot write the results: %s", strerror(b->out.failure));
    if (problem || b->out.failure != 0)
        return STATUS_MISUSE;
    if (b->interrupted)
        return STATUS_INTERRUPTED;
    return b->all_ended ? STATUS_ENDED : STATUS_FAILED;
}

static int run_lines(const struct options *o, const struct program *program, uint32_t flow,
                     int input, int output)
{
    struct batch b = { .options = o, .program = program, .flow = flow, .all_ended = true };
    b.loop = loop_new(program, 0);
    if (!b.loop) {
        output_complain("cannot wait for events: the system has no descriptors left");
        return STATUS_MISUSE;
    }
    output_init(&b.out, output);
    output_init(&b.err, STDERR_FILENO);
    run_all(&b, input);
    int status = status_of(&b, lines_problem(b.lines));
    lines_free(b.lines);
    loop_free(b.loop);
    bytes_release(&b.block);
    return status;
}

static int open_and_run(const struct options *o, const struct program *program, uint32_t flow)
{
    int input = open_input(o->lines);
    if (input < 0) {
        output_complain("cannot read %s: %s", o->lines, strerror(errno));
        return STATUS_MISUSE;
    }
    int output = open_output(o->output);
    if (output < 0) {
        output_complain("cannot write %s: %s", o->output, strerror(errno));
        close(input);
        return STATUS_MISUSE;
    }
    int status = run_lines(o, program, flow, input, output);
    if (output != STDOUT_FILENO && close(output) != 0 && status != STATUS_MISUSE) {
        output_complain("cannot write %s: %s", o->output, strerror(errno));
        status = STATUS_MISUSE;
    }
    return status;
}

int command_batch(const struct options *o)
{
    struct bytes problems = { 0 };
    struct program *program = NULL;
    uint32_t flow = IMAGE_NONE;
    int status = STATUS_MISUSE;
    struct image *image = load_image(o->file, &problems);
    if (image) {
        flow = inputs_find_flow(image, o->flow, &problems);
        program = load_program(image, o, &problems);
    }
    output_complain_lines(&problems);
    if (program && flow != IMAGE_NONE)
        status = open_and_run(o, program, flow);
    if (program)
        program_free(program);
    if (image)
        image_free(image);
    bytes_release(&problems);
    return status;
}
