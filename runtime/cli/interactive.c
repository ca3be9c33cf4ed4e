#include "cli/interactive.h"

#include "base/mem.h"
#include "cli/exit_status.h"
#include "cli/trace_output.h"
#include "formats/json.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Begins the line that the person types, so that it does not look like a message of the flow. */
#define PROMPT "> "

/* To the start of the line, and erase it (ECMA-48: EL). */
#define ERASE "\r\x1b[K"

static void drop_question(struct interactive *t)
{
    struct question *q = t->first;
    t->first = q->next;
    if (!t->first)
        t->last = NULL;
    mem_free(q);
}

void interactive_release(struct interactive *t)
{
    while (t->first)
        drop_question(t);
    lines_free(t->answers);
    t->answers = NULL;
    log_repeats_release(&t->repeats);
}

/* With --json stdout holds the object alone, and questions go to stderr. */
static struct output *question_output(struct interactive *t)
{
    return t->options->json ? &t->err : &t->out;
}

static void show_prompt(struct interactive *t)
{
    struct output *to = question_output(t);
    if (!to->is_terminal || isatty(STDIN_FILENO) != 1)
        return;
    output_write(to, PROMPT, sizeof PROMPT - 1);
    t->has_prompt = true;
}

/* Ends the line of the prompt. What was typed there is still read with the answer. */
static void leave_prompt(struct interactive *t)
{
    if (t->has_prompt)
        output_write(question_output(t), "\n", 1);
    t->has_prompt = false;
}

static void print_repeats(struct interactive *t)
{
    struct bytes b = { 0 };
    log_repeats_print(&t->repeats, &b);
    output_write(&t->err, bytes_text(&b), b.len);
    bytes_release(&b);
}

/* Ends what a terminal shows of lines that repeat. */
static void end_repeats(struct interactive *t)
{
    if (t->repeats.count > 0) {
        if (!t->draws)
            print_repeats(t);
        output_write(&t->err, "\n", 1);
    }
    log_repeats_reset(&t->repeats);
}

/* Output between the two is on lines of its own, and the prompt is below it again. */
static bool begin_output(struct interactive *t)
{
    bool had_prompt = t->has_prompt;
    end_repeats(t);
    leave_prompt(t);
    return had_prompt;
}

static void end_output(struct interactive *t, bool had_prompt)
{
    if (had_prompt)
        show_prompt(t);
}

/* What cannot be said must not go on silently. */
static void check_output(struct interactive *t)
{
    if (t->out.failure != 0 && t->run)
        run_cancel(t->run);
}

static void say(struct run *run, const struct text *text)
{
    struct interactive *t = run->context;
    if (t->options->json)
        return;
    bool had_prompt = begin_output(t);
    output_message(&t->out, run_masks(run), text->data, text->len);
    end_output(t, had_prompt);
    check_output(t);
}

/* True: the line repeats the one above it, and is only counted. */
static bool counts_together(struct interactive *t, const struct text *text)
{
    if (!t->err.is_terminal || t->has_prompt)
        return false;
    if (!log_repeats_is_next(&t->repeats, text->data, text->len))
        return false;
    t->repeats.count++;
    if (t->draws) {
        output_write(&t->err, ERASE, sizeof ERASE - 1);
        print_repeats(t);
    }
    return true;
}

static void print_log(struct run *run, const struct text *text)
{
    struct interactive *t = run->context;
    if (counts_together(t, text))
        return;
    bool had_prompt = begin_output(t);
    output_line(&t->err, run_masks(run), text->data, text->len);
    log_repeats_shown(&t->repeats, text->data, text->len);
    end_output(t, had_prompt);
}

static void step(struct run *run, const struct run_step *s)
{
    struct interactive *t = run->context;
    struct bytes b = { 0 };
    recorder_step(t->recorder, run, s);
    if (t->options->trace == TRACE_NONE)
        return;
    trace_output_step(t->program->image, run, s, t->options->trace, t->colour, &b);
    bool had_prompt = begin_output(t);
    output_write(&t->err, bytes_text(&b), b.len);
    end_output(t, had_prompt);
    bytes_release(&b);
}

static void print_question(struct interactive *t, const struct text *question, struct value choices)
{
    struct output *to = question_output(t);
    /* Nobody reads it there, unless a person is at the terminal. */
    if (t->options->json && isatty(STDIN_FILENO) != 1)
        return;
    begin_output(t);
    output_message(to, run_masks(t->run), question->data, question->len);
    if (choices.tag != VALUE_LIST || choices.list->len == 0)
        return;
    struct bytes b = { 0 };
    for (uint32_t i = 0; i < choices.list->len; i++) {
        bytes_add_text(&b, i == 0 ? "(" : ", ");
        json_write_interpolated(&b, choices.list->items[i]);
    }
    bytes_add_char(&b, ')');
    output_message(to, run_masks(t->run), bytes_text(&b), b.len);
    bytes_release(&b);
}

/* Gives a line to the first question that is still open, which waits for the next one where the
 * line is not a text. False: none is open. */
static bool answer(struct interactive *t, const char *text, size_t len)
{
    while (t->first) {
        uint32_t id = t->first->id;
        if (text && !run_takes_answer(t->run, id, text, len)) {
            output_complain("stdin: " LINES_NO_TEXT);
            return true;
        }
        drop_question(t);
        if (run_answer(t->run, id, text, len))
            return true;
    }
    return false;
}

static void end_answers(struct interactive *t)
{
    while (answer(t, NULL, 0))
        ;
}

static void take_answers(void *context)
{
    struct interactive *t = context;
    const char *text;
    size_t len;
    while (t->run && t->first) {
        switch (lines_take(t->answers, &text, &len)) {
        case LINES_LINE:
            t->has_prompt = false; /* the person ended its line */
            if (!answer(t, text, len))
                lines_give_back(t->answers);
            break;
        case LINES_LONG:
            output_complain("stdin: " LINES_TOO_LONG);
            end_answers(t);
            break;
        case LINES_AGAIN:
            break;
        case LINES_END:
            leave_prompt(t);
            if (lines_problem(t->answers))
                output_complain("stdin: %s", lines_problem(t->answers));
            end_answers(t);
            break;
        case LINES_WAIT:
            if (!t->has_prompt)
                show_prompt(t);
            lines_wait(t->answers);
            return;
        }
    }
}

static void ask(struct run *run, uint32_t id, const struct text *question, struct value choices)
{
    struct interactive *t = run->context;
    struct question *q = mem_alloc_zeroed(1, sizeof *q);
    q->id = id;
    *(t->last ? &t->last->next : &t->first) = q;
    t->last = q;
    print_question(t, question, choices);
    check_output(t);
    if (!t->answers)
        t->answers = lines_new(loop_uv(t->loop), STDIN_FILENO, take_answers, t);
    take_answers(t);
}

static void print_result(struct interactive *t, const struct run *run)
{
    struct bytes b = { 0 };
    if (t->options->json)
        run_print_json(run, 0, NULL, &b);
    else if (run->status == RUN_ENDED && run->has_value)
        run_print_value(run, run->value, &b);
    if (b.len > 0)
        output_message(&t->out, NULL, b.data, b.len);
    bytes_release(&b);
}

/* What went wrong, on stderr; a value that a flow failed with as interpolation shows it. */
static void print_failure(struct interactive *t, const struct run *run)
{
    struct bytes b = { 0 };
    if (run->status == RUN_FAULTED) {
        bytes_printf(&b, "error: %s", run->error);
    } else if (run->status == RUN_CANCELLED) {
        bytes_add_text(&b, "interrupted");
    } else if (run->status == RUN_FAILED) {
        const struct image *image = t->program->image;
        bytes_add_text(&b, "failed: ");
        if (run->has_value && run->value.tag != VALUE_NULL)
            json_write_interpolated(&b, run->value);
        else
            bytes_printf(&b, "at node `%s`", image_text(image, image->nodes[run->node].name));
    }
    if (b.len > 0)
        output_line(&t->err, run_masks(run), b.data, b.len);
    bytes_release(&b);
}

static void over(struct run *run)
{
    struct interactive *t = run->context;
    t->run = NULL;
    t->status = exit_status_of(run->status);
    begin_output(t);
    recorder_over(t->recorder, run);
    if (t->out.failure == 0) {
        print_failure(t, run);
        print_result(t, run);
    }
    loop_stop(t->loop);
}

static void attempt(void *context, struct run *run, const struct run_attempt *a)
{
    struct interactive *t = context;
    recorder_attempt(t->recorder, run, a);
}

static void answered(struct run *run, const char *strand, uint32_t node, const char *text,
                     size_t len)
{
    struct interactive *t = run->context;
    recorder_answered(t->recorder, run, strand, node, text, len);
}

static int64_t now(struct run *run, const char *strand, uint32_t node, int64_t ms)
{
    struct interactive *t = run->context;
    return recorder_now(t->recorder, run, strand, node, ms);
}

static const struct run_observer observer = { .attempt = attempt };

void interactive_start(struct interactive *t, uint32_t flow, struct value *inputs)
{
    struct bytes given = { 0 };
    recorder_print_inputs(t->program->image, flow, inputs, &given);
    t->run = run_start(loop_engine(t->loop), flow, inputs, &t->watch, t);
    t->run->keep_messages = t->options->json;
    recorder_start(t->recorder, t->run, &given);
    if (recorder_is_wanted(t->recorder))
        run_observer_add(t->run, &observer, t);
    bytes_release(&given);
}

void interactive_init(struct interactive *t, const struct options *o, const struct program *program,
                      struct loop *loop, struct recorder *recorder)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    bool records = recorder_is_wanted(recorder);
    *t = (struct interactive){
        .options = o, .program = program, .loop = loop, .recorder = recorder
    };
    t->watch = (struct run_watch){ .say = say, .log = print_log, .ask = ask, .over = over };
    if (records || o->trace != TRACE_NONE)
        t->watch.step = step;
    if (records) {
        t->watch.answered = answered;
        t->watch.now = now;
    }
    output_init(&t->out, STDOUT_FILENO);
    output_init(&t->err, STDERR_FILENO);
    t->draws = t->err.is_terminal && terminal && strcmp(terminal, "dumb") != 0;
    t->colour = t->draws && !(no_colour && *no_colour);
}
