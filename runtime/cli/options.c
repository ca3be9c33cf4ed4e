#include "cli/options.h"

#include "base/command_line.h"
#include "base/mem.h"
#include "base/same_file.h"
#include "cli/file_conflicts.h"
#include "cli/result.h"
#include "formats/json.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CONCURRENCY 1000000u
#define DEFAULT_CONCURRENCY 100u
#define MAX_THREADS 256u
#define MAX_RATE 1e9
#define MAX_GRACE_S 86400u
#define DEFAULT_GRACE_S 30u

/* word must be NAME=VALUE with a name. */
static bool add_pair(struct setting_pairs *pairs, const char *word)
{
    const char *sign = strchr(word, '=');
    if (!sign || sign == word)
        return false;
    pairs->items = mem_resize(pairs->items, pairs->len + 1, sizeof *pairs->items);
    pairs->items[pairs->len++] =
        (struct setting_pair){ .name = mem_copy_text(word, (size_t)(sign - word)),
                               .value = sign + 1 };
    return true;
}

static void add_word(struct setting_pairs *pairs, const char *word)
{
    pairs->items = mem_resize(pairs->items, pairs->len + 1, sizeof *pairs->items);
    pairs->items[pairs->len++] = (struct setting_pair){ .name = mem_copy_text(word, strlen(word)) };
}

static void pairs_release(struct setting_pairs *pairs)
{
    for (size_t i = 0; i < pairs->len; i++)
        mem_free((char *)pairs->items[i].name);
    mem_free(pairs->items);
}

void options_release(struct options *o)
{
    pairs_release(&o->inputs);
    pairs_release(&o->sets);
    pairs_release(&o->breaks);
    host_policy_release(&o->guard);
    *o = (struct options){ 0 };
}

static void option_read_set(const struct option_use *use, struct bytes *problems)
{
    if (!add_pair(use->field, use->value))
        bytes_printf(problems, "--set needs name=value, not `%s`\n", use->value);
}

static void option_read_break(const struct option_use *use, struct bytes *problems)
{
    (void)problems;
    add_word(use->field, use->value);
}

static void option_read_host(const struct option_use *use, struct bytes *problems)
{
    const char *wrong = host_policy_allow(use->field, use->value);
    if (wrong)
        bytes_printf(problems, "--allow-host `%s`: %s\n", use->value, wrong);
}

static void option_read_rate(const struct option_use *use, struct bytes *problems)
{
    const char *text = use->value;
    size_t digits = strspn(text, "0123456789.");
    char *end;
    double rate = strtod(text, &end);
    if (digits > 0 && end == text + digits && (*end == '\0' || strcmp(end, "/s") == 0) &&
        rate >= 1e-6 && rate <= MAX_RATE)
        *(double *)use->field = rate;
    else
        bytes_printf(problems, "--rate needs runs per second, 50/s or 0.5/s, not `%s`\n", text);
}

static void option_read_max_failures(const struct option_use *use, struct bytes *problems)
{
    struct options *o = use->options;
    const char *text = use->value;
    char *end;
    errno = 0;
    unsigned long n = strtoul(text, &end, 10);
    bool is_percent = strcmp(end, "%") == 0;
    o->max_failures = 0;
    o->max_failed_percent = 0;
    if (errno != 0 || *text < '0' || *text > '9' || (*end && !is_percent) || n < 1 ||
        n > (is_percent ? 100 : UINT32_MAX))
        bytes_printf(problems,
                     "--max-failures needs a number from 1, or a part of the lines from 1%% to "
                     "100%%, not `%s`\n",
                     text);
    else
        *(is_percent ? &o->max_failed_percent : &o->max_failures) = (uint32_t)n;
}

static void option_read_retry(const struct option_use *use, struct bytes *problems)
{
    struct options *o = use->options;
    if (!result_read_statuses(use->value, &o->retried) || o->retried & RESULT_BIT(RESULT_ENDED))
        bytes_printf(problems,
                     "--retry needs statuses out of failed, faulted, cancelled, invalid with "
                     "commas between them, not `%s`\n",
                     use->value);
    if (!use->second)
        bytes_add_text(problems, "--retry needs statuses and the file with the results: --retry "
                                 "failed,faulted results.jsonl\n");
    o->retry = use->second;
}

static void option_read_trace(const struct option_use *use, struct bytes *problems)
{
    enum trace_form *form = use->field;
    if (!use->value || strcmp(use->value, "text") == 0)
        *form = TRACE_TEXT;
    else if (strcmp(use->value, "json") == 0)
        *form = TRACE_JSON;
    else
        bytes_printf(problems, "--trace is text or json, not `%s`\n", use->value);
}

static const struct command_row commands[] = {
#define FLOWRUN_COMMAND(symbol, name, arguments, summary) { name, arguments, summary },
#include "base/options.def"
};

enum {
#define FLOWRUN_COMMAND(symbol, ...) IN_##symbol = 1 << COMMAND_##symbol,
#include "base/options.def"
    IN_RUNS = IN_RUN | IN_BATCH | IN_STEP
};

#define option_read_flag command_line_flag
#define option_read_text command_line_text
#define option_read_count command_line_count
#define option_read_amount command_line_amount
#define option_read_time command_line_time
#define option_read_size command_line_size

static const struct option_row rows[] = {
#define FLOWRUN_OPTION(commands, name, argument, kind, field, least, most, help)                   \
    { commands,                                                                                    \
      name,                                                                                        \
      argument,                                                                                    \
      option_read_##kind,                                                                          \
      offsetof(struct options, field),                                                             \
      sizeof((struct options *)0)->field,                                                          \
      least,                                                                                       \
      most,                                                                                        \
      help },
#include "base/options.def"
};

static const struct command_table table = {
    .program = "flowrun",
    .commands = commands,
    .command_count = sizeof commands / sizeof *commands,
    .options = rows,
    .option_count = sizeof rows / sizeof *rows,
    .introduction =
        "\n"
        "FILE.flowb comes from `flowc FILE.flow`. FLOW is the flow to run; without it\n"
        "`main`, or the first of the file. name=value is an input, read by its declared\n"
        "type: qty=3, basket='[\"a\"]'.\n",
    .ending = "Messages go to stdout at once, logs and errors to stderr. An `ask`\n"
              "reads a line from stdin. The value of `end` is printed last, as JSON.\n"
              "\n"
              "Exit status: 0 ended, 1 failed, 2 misuse or the program cannot start, 3 faulted,\n"
              "130 interrupted. Of batch: 0 all ended, 1 some did not.\n",
};

/* Which words follow the command. */
static void read_words(struct options *o, struct bytes *problems)
{
    int i = 1;
    if (!o->file || o->command == COMMAND_TEST || o->command == COMMAND_REPLAY)
        return;
    if (o->command != COMMAND_SHOW) {
        if (i < o->word_count && !strchr(o->words[i], '='))
            o->flow = o->words[i++];
        for (; i < o->word_count; i++)
            if (!add_pair(&o->inputs, o->words[i]))
                bytes_printf(problems, "an input must be name=value, not `%s`\n", o->words[i]);
    }
}

static void check_command(const struct options *o, struct bytes *problems)
{
    if (o->command == COMMAND_SHOW && o->word_count != 1)
        bytes_add_text(problems, "show needs one FILE.flowb: `flowrun show order.flowb`\n");
    else if (o->command == COMMAND_REPLAY && o->word_count < 2)
        bytes_add_text(problems, "replay needs FILE.flowb and records: `flowrun replay order.flowb "
                                 "runs.jsonl`\n");
    else if (!o->file)
        bytes_add_text(problems, "give a FILE.flowb\n");
    if (o->command == COMMAND_BATCH && !o->lines)
        bytes_add_text(problems, "batch needs --inputs FILE, or --inputs - for stdin\n");
    if (o->command == COMMAND_BATCH && o->inputs.len > 0)
        bytes_add_text(problems, "the inputs of a batch come from --inputs, not as name=value\n");
}

/* What is read is added to where it is the --output too. */
static bool is_added_to(const struct options *o, const char *path)
{
    return path && o->output && same_file(path, o->output);
}

static void check_files(const struct options *o, struct bytes *problems)
{
    bool resumes = is_added_to(o, o->resume);
    bool retries = is_added_to(o, o->retry);
    const struct used_file files[] = {
        { "the program", o->file, false },
        { "--secrets", o->secrets, false },
        { "--inputs", o->lines, false },
        { "--resume", resumes ? NULL : o->resume, false },
        { "--retry", retries ? NULL : o->retry, false },
        { "--output", o->output, true },
        { "--report", o->report, true },
        { "--record", o->record, true },
        { "--har", o->har, true },
        { "--junit", o->junit, true },
        { "--coverage", o->coverage, true },
    };
    file_conflicts_find(files, sizeof files / sizeof *files, problems);
    if (o->resume && o->retry && same_file(o->resume, o->retry))
        bytes_printf(problems,
                     "--resume passes over the results of `%s`, and --retry takes some of them "
                     "again: give one of the two\n",
                     o->retry);
}

bool options_read(struct options *o, int count, char **words, struct bytes *problems)
{
    struct command_line line;
    *o = (struct options){ .concurrency = DEFAULT_CONCURRENCY,
                           .threads = 1,
                           .grace_s = DEFAULT_GRACE_S };
    bool good = command_line_read(&table, o, count, words, &line, problems);
    o->command = (enum command)line.command;
    o->words = line.words;
    o->word_count = line.word_count;
    o->file = line.word_count > 0 ? line.words[0] : NULL;
    o->wants_version = line.wants_version;
    o->wants_help = line.wants_help;
    o->names_command = line.names_command;
    if (!good || o->wants_help || o->wants_version)
        return good;
    read_words(o, problems);
    check_command(o, problems);
    check_files(o, problems);
    return problems->len == 0;
}

void options_print_help(const struct options *o, struct bytes *out)
{
    const struct command_line line = { .command = o->command, .names_command = o->names_command };
    command_line_print_help(&table, &line, out);
}
