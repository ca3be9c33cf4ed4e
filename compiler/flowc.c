/* The compiler's command line: `flowc build`, `check`, `disasm`, `explain`. */
#include "base/bytes.h"
#include "base/command_line.h"
#include "base/mem.h"
#include "base/replace_file.h"
#include "base/same_file.h"
#include "compiler/compile.h"
#include "config.h"
#include "model/model.h"
#include "program/disasm.h"
#include "program/image.h"
#include "syntax/diag.h"
#include "syntax/explain.h"
#include "tools/graph.h"
#include "tools/graph_svg.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_GOOD = 0, EXIT_WRONG_SOURCE = 1, EXIT_MISUSE = 2, EXIT_BUG = 3 };

struct flowc_options {
    struct diag_style style;
    const char *output;
    bool strip;
    const char *format;   /* graph */
    const char *coverage; /* graph: a file */
    const char *trace;    /* graph: a file */
    char **files;
    int file_count;
};

enum command {
#define FLOWC_COMMAND(symbol, ...) COMMAND_##symbol,
#include "base/options.def"
    COMMANDS
};

enum {
#define FLOWC_COMMAND(symbol, ...) IN_##symbol = 1 << COMMAND_##symbol,
#include "base/options.def"
    IN_ALL = (1 << COMMANDS) - 1
};

static int misuse(const char *what, const char *which)
{
    fprintf(stderr, "flowc: %s `%s`: see flowc --help\n", what, which);
    return EXIT_MISUSE;
}

static void option_read_warnings(const struct option_use *use, struct bytes *problems)
{
    struct diag_style *style = use->field;
    style->warnings_are_errors = true;
    if (strcmp(use->value, "error") != 0)
        bytes_printf(problems, "unknown warning option `%s`\n", use->value);
}

static void option_read_diagnostics(const struct option_use *use, struct bytes *problems)
{
    static const char *const names[] = { "text", "short", "json", "sarif" };
    struct diag_style *style = use->field;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(use->value, names[i]) == 0) {
            style->format = (enum diag_format)i;
            return;
        }
    }
    bytes_printf(problems, "unknown form `%s`\n", use->value);
}

static bool read_colour(const char *when, struct diag_style *style)
{
    const char *no_colour = getenv("NO_COLOR");
    if (strcmp(when, "always") == 0)
        style->colour = true;
    else if (strcmp(when, "never") == 0)
        style->colour = false;
    else if (strcmp(when, "auto") == 0)
        style->colour = isatty(STDERR_FILENO) && !(no_colour && *no_colour);
    else
        return false;
    return true;
}

static void option_read_colour(const struct option_use *use, struct bytes *problems)
{
    if (!read_colour(use->value, use->field))
        bytes_printf(problems, "unknown colour `%s`\n", use->value);
}

#define option_read_flag command_line_flag
#define option_read_text command_line_text

static const struct command_row command_rows[] = {
#define FLOWC_COMMAND(symbol, name, arguments, summary) { name, arguments, summary },
#include "base/options.def"
};

static const struct option_row option_rows[] = {
#define FLOWC_OPTION(commands, name, argument, kind, field, least, most, help)                     \
    { commands,                                                                                    \
      name,                                                                                        \
      argument,                                                                                    \
      option_read_##kind,                                                                          \
      offsetof(struct flowc_options, field),                                                       \
      sizeof((struct flowc_options *)0)->field,                                                    \
      least,                                                                                       \
      most,                                                                                        \
      help },
#include "base/options.def"
};

static const struct command_table table = {
    .program = "flowc",
    .commands = command_rows,
    .command_count = COMMANDS,
    .options = option_rows,
    .option_count = sizeof option_rows / sizeof *option_rows,
    .introduction =
        "\n"
        "Compiles flows: proves that every outcome of every node has a route, and writes\n"
        "bytecode that flowrun runs.\n",
    .ending = "Exit status: 0 good, 1 the source is wrong, 2 misuse, or a file that cannot be\n"
              "read or written, 3 a bug of flowc.\n"
              "Example: flowc order.flow && flowrun order.flowb customer=Ada\n",
};

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text);
    size_t end_len = strlen(end);
    return len > end_len && strcmp(text + len - end_len, end) == 0;
}

/* Nobody wants to lose a source to what is made of it. */
static bool overwrites(const struct sources *sources, const char *output)
{
    for (size_t i = 0; i < sources->len; i++) {
        if (!same_file(sources->items[i]->path, output))
            continue;
        fprintf(stderr, "flowc: %s would overwrite the source: give another file after -o\n",
                output);
        return true;
    }
    return false;
}

static int write_image(const struct image *image, const struct sources *sources,
                       const struct flowc_options *o)
{
    struct bytes path = { 0 };
    struct bytes data = { 0 };
    const char *reason = NULL;
    bytes_add_text(&path, o->output ? o->output : o->files[0]);
    if (!o->output)
        bytes_add_text(&path, ends_with(o->files[0], ".flow") ? "b" : ".flowb");
    bool refused = overwrites(sources, bytes_text(&path));
    if (!refused) {
        image_write(image, &data);
        reason = replace_file(bytes_text(&path), data.data, data.len, 0666);
    }
    if (reason)
        fprintf(stderr, "flowc: cannot write %s: %s\n", bytes_text(&path), reason);
    bytes_release(&path);
    bytes_release(&data);
    return reason || refused ? EXIT_MISUSE : EXIT_GOOD;
}

static bool is_wrong(const struct diags *diags, const struct flowc_options *o)
{
    return diags->errors || (diags->warnings && o->style.warnings_are_errors);
}

/* Nothing that flowrun would refuse is written. bug is NULL if the image is right. */
static int report_bug(const char *path, const char *bug)
{
    if (!bug)
        return EXIT_GOOD;
    fprintf(
        stderr,
        "flowc: %s: this is a bug of flowc, and not a mistake in the source: flowrun would refuse "
        "the bytecode (%s); please report it together with the source\n",
        path, bug);
    return EXIT_BUG;
}

/* A library is right, but it is no program. */
static void require_flow(const struct model *model, struct diags *diags)
{
    uint32_t start = model->files[0]->source->base;
    if (model->flow_count)
        return;
    struct diag *diag = diag_add(diags, E0314, (struct span){ start, start },
                                 "there is no flow in this file to run");
    diag_help(diags, diag,
              "write one, such as `flow main { … }`; a library for `import` is checked by `flowc "
              "check`");
}

/* Compiles one file as far as `check` or `build` want it. */
static int compile_file(struct sources *sources, struct diags *diags, const struct flowc_options *o,
                        const char *path, struct image **image)
{
    struct model model = { 0 };
    const char *reason = NULL;
    size_t errors = diags->errors;
    if (!compile_model(&model, sources, diags, path, &reason)) {
        fprintf(stderr, "flowc: cannot read %s: %s\n", path, reason);
        model_release(&model);
        return EXIT_MISUSE;
    }
    if (image && diags->errors == errors)
        require_flow(&model, diags);
    model.is_stripped = o->strip;
    char *bug = NULL;
    struct image *made = diags->errors == errors ? compile_image(&model, &bug) : NULL;
    model_release(&model);
    int status = report_bug(path, bug);
    mem_free(bug);
    if (image && status == EXIT_GOOD && !is_wrong(diags, o))
        *image = made;
    else
        image_free(made);
    return status;
}

static int build(const struct flowc_options *o)
{
    if (o->file_count != 1) {
        fprintf(stderr, "flowc: name one file to compile: see flowc --help\n");
        return EXIT_MISUSE;
    }
    if (ends_with(o->files[0], ".flowb"))
        return misuse("this is bytecode already; run it with flowrun:", o->files[0]);
    struct sources sources = { 0 };
    struct diags diags = { 0 };
    struct image *image = NULL;
    int status = compile_file(&sources, &diags, o, o->files[0], &image);
    diags_print(&diags, &sources, o->style, stderr);
    if (status == EXIT_GOOD && is_wrong(&diags, o))
        status = EXIT_WRONG_SOURCE;
    if (status == EXIT_GOOD && image)
        status = write_image(image, &sources, o);
    image_free(image);
    diags_release(&diags);
    sources_release(&sources);
    return status;
}

static int check(const struct flowc_options *o)
{
    if (o->file_count == 0) {
        fprintf(stderr, "flowc: name the files to check: see flowc --help\n");
        return EXIT_MISUSE;
    }
    struct sources sources = { 0 };
    struct diags diags = { 0 };
    int status = EXIT_GOOD;
    for (int i = 0; i < o->file_count; i++) {
        int result = compile_file(&sources, &diags, o, o->files[i], NULL);
        status = result > status ? result : status;
    }
    diags_print(&diags, &sources, o->style, stderr);
    if (status == EXIT_GOOD && is_wrong(&diags, o))
        status = EXIT_WRONG_SOURCE;
    diags_release(&diags);
    sources_release(&sources);
    return status;
}

static bool read_file(const char *path, struct bytes *data)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    char buffer[65536];
    size_t n;
    while ((n = fread(buffer, 1, sizeof buffer, file)) > 0)
        bytes_add(data, buffer, n);
    bool good = !ferror(file);
    fclose(file);
    return good;
}

static int print(struct bytes *text)
{
    bool good = fwrite(bytes_text(text), 1, text->len, stdout) == text->len && fflush(stdout) == 0;
    if (!good)
        fprintf(stderr, "flowc: cannot write: %s\n", strerror(errno));
    bytes_release(text);
    return good ? EXIT_GOOD : EXIT_MISUSE;
}

static int disasm(const struct flowc_options *o)
{
    if (o->file_count != 1) {
        fprintf(stderr, "flowc: name one .flowb file: see flowc --help\n");
        return EXIT_MISUSE;
    }
    struct bytes data = { 0 };
    if (!read_file(o->files[0], &data)) {
        fprintf(stderr, "flowc: cannot read %s: %s\n", o->files[0], strerror(errno));
        bytes_release(&data);
        return EXIT_MISUSE;
    }
    char *reason = NULL;
    struct image *image = image_read(bytes_text(&data), data.len, &reason);
    if (image)
        reason = verify_image(image);
    bytes_release(&data);
    struct bytes text = { 0 };
    if (!reason)
        disasm_print(image, &text);
    else
        fprintf(stderr, "flowc: %s: %s\n", o->files[0], reason);
    image_free(image);
    if (!reason)
        return print(&text);
    mem_free(reason);
    return EXIT_MISUSE;
}

/* NULL, or what is wrong. */
static const char *paint(struct graph *g, const struct flowc_options *o)
{
    const char *path = o->coverage ? o->coverage : o->trace;
    struct bytes data = { 0 };
    const char *problem = NULL;
    if (!path)
        return NULL;
    if (o->coverage && o->trace)
        return "--coverage and --trace cannot be combined";
    if (!read_file(path, &data))
        problem = strerror(errno);
    else if (o->coverage)
        problem = graph_paint(g, bytes_text(&data), data.len);
    else
        problem = graph_paint_trace(g, bytes_text(&data), data.len);
    bytes_release(&data);
    return problem;
}

/* The picture in the wanted format; NULL, or what is wrong. */
static const char *draw(struct graph *g, const struct flowc_options *o, struct bytes *out)
{
    const char *format = o->format ? o->format : "dot";
    const char *wrong = paint(g, o);
    if (wrong)
        return wrong;
    if (strcmp(format, "mermaid") == 0) {
        graph_print_mermaid(g, out);
    } else if (strcmp(format, "json") == 0) {
        graph_print_json(g, out);
    } else if (strcmp(format, "dot") == 0) {
        graph_print_dot(g, out);
    } else if (strcmp(format, "svg") == 0) {
        struct bytes dot = { 0 };
        graph_print_dot(g, &dot);
        const char *problem = graph_svg(&dot, out);
        bytes_release(&dot);
        return problem;
    } else {
        return "--format is dot, mermaid, svg or json";
    }
    return NULL;
}

static int write_graph(const struct model *model, const struct sources *sources,
                       const struct flowc_options *o)
{
    struct graph g;
    if (o->output && overwrites(sources, o->output))
        return EXIT_MISUSE;
    struct bytes out = { 0 };
    graph_make(&g, model);
    const char *problem = draw(&g, o, &out);
    graph_release(&g);
    if (!problem && !o->output)
        return print(&out);
    if (!problem)
        problem = replace_file(o->output, bytes_text(&out), out.len, 0666);
    if (problem)
        fprintf(stderr, "flowc: graph: %s\n", problem);
    bytes_release(&out);
    return problem ? EXIT_MISUSE : EXIT_GOOD;
}

static int graph(const struct flowc_options *o)
{
    struct sources sources = { 0 };
    struct diags diags = { 0 };
    struct model model = { 0 };
    const char *reason = NULL;
    int status = EXIT_WRONG_SOURCE;
    if (o->file_count != 1) {
        fprintf(stderr, "flowc: name one file to draw: see flowc --help\n");
        return EXIT_MISUSE;
    }
    if (!compile_model(&model, &sources, &diags, o->files[0], &reason)) {
        fprintf(stderr, "flowc: cannot read %s: %s\n", o->files[0], reason);
        status = EXIT_MISUSE;
    }
    diags_print(&diags, &sources, o->style, stderr);
    if (!reason && diags.errors == 0)
        status = write_graph(&model, &sources, o);
    model_release(&model);
    diags_release(&diags);
    sources_release(&sources);
    return status;
}

static int explain(const struct flowc_options *o)
{
    struct bytes text = { 0 };
    if (o->file_count == 0)
        explain_list(&text);
    for (int i = 0; i < o->file_count; i++) {
        if (explain_print(o->files[i], &text))
            continue;
        const char *near = explain_nearest(o->files[i]);
        fprintf(stderr, "flowc: there is no page `%s`%s%s%s: `flowc explain` lists them\n",
                o->files[i], near ? "; did you mean `" : "", near ? near : "", near ? "`?" : "");
        bytes_release(&text);
        return EXIT_MISUSE;
    }
    return print(&text);
}

static int obey(enum command command, const struct flowc_options *o)
{
    switch (command) {
    case COMMAND_BUILD:
        return build(o);
    case COMMAND_CHECK:
        return check(o);
    case COMMAND_GRAPH:
        return graph(o);
    case COMMAND_DISASM:
        return disasm(o);
    case COMMAND_EXPLAIN:
        return explain(o);
    case COMMANDS:
        break;
    }
    return EXIT_MISUSE;
}

static int print_version(void)
{
    struct bytes text = { 0 };
    bytes_printf(&text, "flowc " PACKAGE_VERSION "\nbytecode format %u\n", IMAGE_FORMAT);
    return print(&text);
}

static int print_help(const struct command_line *line)
{
    struct bytes text = { 0 };
    command_line_print_help(&table, line, &text);
    return print(&text);
}

/* Without any word. */
static int complain_of_nothing(void)
{
    struct bytes text = { 0 };
    command_line_print_help(&table, &(struct command_line){ 0 }, &text);
    fputs(bytes_text(&text), stderr);
    bytes_release(&text);
    return EXIT_MISUSE;
}

static void complain(const struct bytes *problems)
{
    const char *end;
    for (const char *line = bytes_text(problems); (end = strchr(line, '\n')); line = end + 1)
        fprintf(stderr, "flowc: %.*s\n", (int)(end - line), line);
    fputs("flowc: `flowc --help` shows how it is used\n", stderr);
}

int main(int argc, char **argv)
{
    struct flowc_options o = { 0 };
    struct command_line line;
    struct bytes problems = { 0 };
    int status = EXIT_MISUSE;
    mem_on_exhausted("flowc", EXIT_MISUSE, replace_file_abandon);
    if (argc == 1)
        return complain_of_nothing();
    read_colour("auto", &o.style);
    bool good = command_line_read(&table, &o, argc, argv, &line, &problems);
    o.files = line.words;
    o.file_count = line.word_count;
    if (!good)
        complain(&problems);
    else if (line.wants_version)
        status = print_version();
    else if (line.wants_help)
        status = print_help(&line);
    else
        status = obey((enum command)line.command, &o);
    bytes_release(&problems);
    return status;
}
