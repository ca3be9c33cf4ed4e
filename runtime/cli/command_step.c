/* A run that stops where a person wants to look: shows the variables, goes on node by node. */
#include "base/mem.h"
#include "base/nearest.h"
#include "cli/command.h"
#include "cli/command_program.h"
#include "cli/lines.h"
#include "cli/output.h"
#include "cli/trace_output.h"
#include "engine/loop.h"
#include "formats/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is shown of a body at once, in bytes. */
#define SHOWN_BODY 400u

struct stepper {
    const struct options *options;
    const struct program *program;
    const struct image *image;
    struct loop *loop;
    struct run *run; /* NULL: over */
    struct output out;
    bool *breaks;  /* per node of the image */
    bool stepping; /* stops at the next node */
    bool ended_input;
    char *line; /* what was typed last; getline's */
    size_t line_cap;
    int status;
};

static const char help[] =
    "  step, s, or an empty line   goes on to the next node\n"
    "  continue, c                 goes on to the next node with a break, or to the end\n"
    "  vars, v                     shows the variables\n"
    "  break NODE, b NODE          stops at this node (or FLOW.NODE) from now on\n"
    "  clear NODE                  no longer stops there\n"
    "  quit, q                     ends the run\n";

/* Lines out and in. */

static void show(struct stepper *s, const char *p, size_t len)
{
    output_message(&s->out, s->run ? run_masks(s->run) : &s->program->masks, p, len);
}

static void show_text(struct stepper *s, const char *text)
{
    show(s, text, strlen(text));
}

/* NULL: the input has ended. */
static char *read_line(struct stepper *s, const char *prompt)
{
    output_write(&s->out, prompt, strlen(prompt));
    ssize_t len = s->ended_input ? -1 : getline(&s->line, &s->line_cap, stdin);
    if (len < 0) {
        s->ended_input = true;
        show_text(s, "");
        return NULL;
    }
    while (len > 0 && (s->line[len - 1] == '\n' || s->line[len - 1] == '\r'))
        s->line[--len] = '\0';
    return s->line;
}

/* Nodes by their names. */

static void add_name(const struct image *image, uint32_t node, struct bytes *b)
{
    const struct image_node *n = &image->nodes[node];
    bytes_printf(b, "%s.%s", image_text(image, image->functions[n->function].name),
                 image_text(image, n->name));
}

static bool is_named(const struct image *image, uint32_t node, const char *name)
{
    struct bytes full = { 0 };
    add_name(image, node, &full);
    bool found = strcmp(image_text(image, image->nodes[node].name), name) == 0 ||
                 strcmp(bytes_text(&full), name) == 0;
    bytes_release(&full);
    return found;
}

static const char *nearest_node(const struct image *image, const char *name)
{
    const char **names = mem_alloc_zeroed(image->node_count + (size_t)1, sizeof *names);
    for (uint32_t i = 0; i < image->node_count; i++)
        names[i] = image_text(image, image->nodes[i].name);
    const char *near = nearest_word(name, names);
    mem_free((void *)names);
    return near;
}

/* False: there is no such node, which problem says. */
static bool set_breaks(struct stepper *s, const char *name, bool on, struct bytes *problem)
{
    bool found = false;
    for (uint32_t i = 0; i < s->image->node_count; i++) {
        if (!is_named(s->image, i, name))
            continue;
        s->breaks[i] = on;
        found = true;
    }
    if (found)
        return true;
    const char *near = nearest_node(s->image, name);
    bytes_printf(problem, "there is no node `%s`%s%s%s", name, near ? "; did you mean `" : "",
                 near ? near : "", near ? "`?" : "");
    return false;
}

/* What a person tells it to do. */

static void show_variables(struct stepper *s, const struct strand *strand, uint32_t node)
{
    uint32_t flow = s->image->nodes[node].function;
    bool any = false;
    for (uint32_t i = 0; i < s->image->variable_count; i++) {
        const struct image_variable *v = &s->image->variables[i];
        struct bytes b = { 0 };
        if (v->function != flow)
            continue;
        any = true;
        bytes_printf(&b, "  %s = ", image_text(s->image, v->name));
        run_print_value(s->run, run_variable(strand, v->slot), &b);
        show(s, b.data, b.len);
        bytes_release(&b);
    }
    if (!any)
        show_text(s, "  (no variables here, or the program was compiled with --strip)");
}

static bool starts(const char *line, const char *word, const char **rest)
{
    size_t len = strlen(word);
    if (strncmp(line, word, len) != 0 || (line[len] != ' ' && line[len] != '\0'))
        return false;
    *rest = line + len + strspn(line + len, " ");
    return true;
}

static void change_break(struct stepper *s, const char *name, bool on)
{
    struct bytes problem = { 0 };
    if (*name == '\0')
        bytes_add_text(&problem, "which node?");
    if (problem.len > 0 || !set_breaks(s, name, on, &problem))
        show(s, problem.data, problem.len);
    bytes_release(&problem);
}

/* True: the run goes on. */
static bool obey(struct stepper *s, const char *line, const struct strand *strand, uint32_t node)
{
    const char *rest;
    s->stepping = true;
    if (*line == '\0' || starts(line, "s", &rest) || starts(line, "step", &rest))
        return true;
    if (starts(line, "c", &rest) || starts(line, "continue", &rest)) {
        s->stepping = false;
        return true;
    }
    if (starts(line, "q", &rest) || starts(line, "quit", &rest)) {
        run_cancel(s->run);
        return true;
    }
    if (starts(line, "v", &rest) || starts(line, "vars", &rest))
        show_variables(s, strand, node);
    else if (starts(line, "b", &rest) || starts(line, "break", &rest))
        change_break(s, rest, true);
    else if (starts(line, "clear", &rest))
        change_break(s, rest, false);
    else
        show_text(s, help);
    return false;
}

static void stop_at(struct stepper *s, const struct strand *strand, uint32_t node)
{
    struct bytes b = { 0 };
    const struct image_node *n = &s->image->nodes[node];
    bytes_add_text(&b, "-- ");
    add_name(s->image, node, &b);
    bytes_printf(&b, "  (%s:%u)", image_text(s->image, n->file), (unsigned)n->line);
    show(s, b.data, b.len);
    bytes_release(&b);
    for (;;) {
        const char *line = read_line(s, "step> ");
        if (!line) {
            run_cancel(s->run);
            return;
        }
        if (obey(s, line, strand, node))
            return;
    }
}

/* What the run does. */

static void enter(void *context, struct run *run, struct strand *strand, uint32_t node)
{
    struct stepper *s = context;
    (void)run;
    if ((s->stepping || s->breaks[node]) && !s->ended_input)
        stop_at(s, strand, node);
}

static void say(struct run *run, const struct text *text)
{
    struct stepper *s = run->context;
    show(s, text->data, text->len);
}

static void print_log(struct run *run, const struct text *text)
{
    struct stepper *s = run->context;
    struct bytes b = { 0 };
    bytes_add_text(&b, "log: ");
    bytes_add(&b, text->data, text->len);
    output_line(&s->out, run_masks(run), b.data, b.len);
    bytes_release(&b);
}

static void ask(struct run *run, uint32_t id, const struct text *question, struct value choices)
{
    struct stepper *s = run->context;
    show(s, question->data, question->len);
    if (choices.tag == VALUE_LIST && choices.list->len > 0) {
        struct bytes b = { 0 };
        json_write(&b, choices);
        show(s, b.data, b.len);
        bytes_release(&b);
    }
    const char *line = read_line(s, "answer> ");
    while (line && !run_takes_answer(run, id, line, strlen(line))) {
        output_complain("stdin: " LINES_NO_TEXT);
        line = read_line(s, "answer> ");
    }
    run_answer(run, id, line, line ? strlen(line) : 0);
}

static void attempt(void *context, struct run *run, const struct run_attempt *a)
{
    struct stepper *s = context;
    (void)run;
    struct bytes b = { 0 };
    bytes_printf(&b, "   %s %s\n   ", outcome_method_name(a->request->method),
                 request_shown_url(a->request));
    if (a->exchange && a->exchange->unreadable) {
        bytes_printf(&b, "%d, unreadable: %s", a->exchange->outcome.status,
                     a->exchange->unreadable);
    } else if (a->exchange && a->exchange->outcome.is_complete) {
        size_t len = a->exchange->body.len;
        bytes_printf(&b, "%d, %zu bytes: ", a->exchange->outcome.status, len);
        bytes_add(&b, bytes_text(&a->exchange->body), len < SHOWN_BODY ? len : SHOWN_BODY);
        bytes_add_text(&b, len > SHOWN_BODY ? " …" : "");
    } else {
        bytes_add_text(&b, a->outcome->message ? a->outcome->message : "no answer");
    }
    show(s, b.data, b.len);
    bytes_release(&b);
}

static void step(struct run *run, const struct run_step *step)
{
    struct stepper *s = run->context;
    struct bytes b = { 0 };
    trace_output_step(s->image, run, step, TRACE_TEXT, false, &b);
    output_write(&s->out, bytes_text(&b), b.len);
    bytes_release(&b);
}

static void over(struct run *run)
{
    struct stepper *s = run->context;
    struct bytes b = { 0 };
    bytes_add_text(&b, run_status_name(run->status));
    if (run->has_value) {
        bytes_add_text(&b, " with ");
        run_print_value(run, run->value, &b);
    }
    if (run->error)
        bytes_printf(&b, ": %s", run->error);
    output_line(&s->out, run_masks(run), b.data, b.len);
    bytes_release(&b);
    s->run = NULL;
    s->status = exit_status_of(run->status);
    loop_stop(s->loop);
}

static const struct run_watch watch = {
    .say = say, .log = print_log, .ask = ask, .step = step, .over = over
};

static const struct run_observer observer = { .enter = enter, .attempt = attempt };

static void interrupt(void *context, int signal)
{
    struct stepper *s = context;
    (void)signal;
    if (s->run)
        run_cancel(s->run);
}

static bool read_breaks(struct stepper *s)
{
    bool good = true;
    for (size_t i = 0; i < s->options->breaks.len; i++) {
        struct bytes problem = { 0 };
        if (!set_breaks(s, s->options->breaks.items[i].name, true, &problem)) {
            output_complain("--break: %s", bytes_text(&problem));
            good = false;
        }
        bytes_release(&problem);
    }
    return good;
}

static int step_through(struct stepper *s, uint32_t flow, struct value *inputs)
{
    s->loop = loop_new(s->program, &s->options->limits);
    if (!s->loop) {
        output_complain("cannot create the event loop: too many open files");
        return STATUS_MISUSE;
    }
    loop_catch_signals(s->loop, interrupt, s);
    s->run = run_start(loop_engine(s->loop), flow, inputs, &watch, s);
    run_observer_add(s->run, &observer, s);
    loop_run(s->loop);
    loop_free(s->loop);
    if (s->out.failure == 0)
        return s->status;
    output_complain("stdout: %s", strerror(s->out.failure));
    return STATUS_MISUSE;
}

static int start(const struct options *o, const struct program *program, uint32_t flow,
                 struct value *inputs)
{
    struct stepper s = { .options = o, .program = program, .image = program->image };
    int status = STATUS_MISUSE;
    s.breaks = mem_alloc_zeroed(s.image->node_count, sizeof *s.breaks);
    s.stepping = o->breaks.len == 0;
    output_init(&s.out, STDOUT_FILENO);
    if (read_breaks(&s))
        status = step_through(&s, flow, inputs);
    mem_free(s.breaks);
    free(s.line);
    return status;
}

int command_step(const struct options *o)
{
    return command_program_run(o, start);
}
