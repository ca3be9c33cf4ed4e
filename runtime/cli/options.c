#include "cli/options.h"

#include "base/mem.h"
#include "base/same_file.h"
#include "cli/file_conflicts.h"
#include "cli/result.h"
#include "formats/json.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define MOST_AT_ONCE 1000000u
#define USUALLY_AT_ONCE 100u
#define MOST_THREADS 256u
#define MOST_IN_A_SECOND 1e9
#define MOST_GRACE_S 86400u
#define USUAL_GRACE_S 30u
#define NO_GRACE UINT32_MAX /* none is given */

/* In parts, because a compiler need not take more than 4,095 characters at once. */
const char *const options_help[] = {
    "usage: flowrun FILE.flowb [FLOW] [name=value ...]     runs a flow once\n"
    "       flowrun run FILE.flowb [FLOW] [name=value ...] the same\n"
    "       flowrun batch FILE.flowb [FLOW] --inputs runs.jsonl|-\n"
    "                                                      runs it once per line\n"
    "       flowrun step FILE.flowb [FLOW] [name=value ...]\n"
    "                                                      runs it node by node, for people\n"
    "       flowrun test FILE.flowb [TEST ...]             runs its tests, offline\n"
    "       flowrun replay FILE.flowb RECORD...            runs recorded runs again, offline\n"
    "       flowrun show [--json] FILE.flowb               says what a program is and wants\n"
    "\n"
    "FILE.flowb comes from `flowc FILE.flow`. FLOW is the flow to run; without it `main`, or the\n"
    "first of the file. name=value is an input, read by its declared type: qty=3, "
    "basket='[\"a\"]'.\n"
    "\n"
    "  --set NAME=VALUE    sets a `config`; else the environment variable FLOW_NAME, else its "
    "default\n"
    "  --secrets FILE      reads secrets from a file of lines FLOW_NAME=value; else they come "
    "from\n"
    "                      the environment\n"
    "  --json              prints one JSON object instead of messages and value\n"
    "  --trace[=text|json] prints a line per step on stderr\n"
    "  --allow-host HOST   calls only this host; may be given again. HOST is a name, *.domain for "
    "all\n"
    "                      names below it, an address, or address/bits, each with :port if wanted\n"
    "  --deny-private      calls no address of this machine or a private network, unless an\n"
    "                      --allow-host names that address\n"
    "  --max-time D, --max-memory SIZE, --max-visits N, --max-fuel N, --max-calls N,\n"
    "  --max-message SIZE  a run that takes more is faulted: time (10s), memory (64MB), nodes "
    "that\n"
    "                      it enters, loops between two waits (100000000), flows that call each\n"
    "                      other (200), bytes of a message\n"
    "  --max-response SIZE, --max-depth N\n"
    "                      an answer that is longer, or nests deeper (512), is an `error`\n"
    "  --record FILE       writes every exchange of the runs as JSON lines, for `flowrun replay`;\n"
    "                      secrets as ***\n"
    "  --har FILE          the same as an HTTP Archive, for the network panel of a browser\n"
    "  --help, --version\n",
    "\n"
    "batch:\n"
    "  --inputs FILE       one JSON object with the inputs of a run per line; - is stdin\n"
    "  --output FILE       where the results go, one JSON object per line; else stdout\n"
    "  --concurrency N     at most so many runs at once (100)\n"
    "  --threads N         in so many threads (1)\n"
    "  --rate R/s          begins at most so many runs in a second\n"
    "  --resume FILE       passes over the lines whose results FILE holds, the output of an "
    "earlier\n"
    "                      batch, unless they were cancelled; it may be the --output too, which "
    "is\n"
    "                      then added to\n"
    "  --retry STATUS,... FILE\n"
    "                      runs only the lines whose results in FILE have one of these statuses:\n"
    "                      failed, faulted, cancelled, invalid; it may be the --output too, in "
    "which\n"
    "                      the new results replace the old ones\n"
    "  --include-input     each result has the inputs of its run as the member `input`\n"
    "  --max-failures N|N% begins no more lines when N of them did not end well, or N percent, "
    "once\n"
    "                      100 of them are over\n"
    "  --grace SECONDS     how long runs may go on after Ctrl-C (30); a second one ends them\n"
    "  --report FILE       writes what it all came to as JSON\n"
    "  --quiet             no progress and no summary on stderr\n"
    "\n"
    "step:\n"
    "  --break NODE        runs to this node (or FLOW.NODE) before it stops; may be given again\n"
    "\n"
    "test:\n"
    "  --junit FILE        writes the results as JUnit's XML too\n"
    "  --coverage FILE     writes how often each node, arm and arrow was taken, as JSON\n"
    "  --generate          prints tests for what no test covers, as text for the source\n"
    "  --min-coverage N    fails when the tests cover less than N percent of all nodes, arms and\n"
    "                      arrows\n"
    "\n"
    "Messages go to stdout as they are said, logs and errors to stderr. An `ask` reads a line "
    "from\n"
    "stdin. The value of `end` is printed last, as JSON.\n"
    "\n"
    "Exit status: 0 ended, 1 failed, 2 misuse or the program cannot start, 3 faulted,\n"
    "130 interrupted. Of batch: 0 all ended, 1 some did not.\n",
    NULL
};

enum {
    OPTION_SET = 256,
    OPTION_SECRETS,
    OPTION_RECORD,
    OPTION_ALLOW_HOST,
    OPTION_MAX_FUEL,
    OPTION_MAX_VISITS,
    OPTION_MAX_TIME,
    OPTION_MAX_MEMORY,
    OPTION_MAX_MESSAGE,
    OPTION_MAX_CALLS,
    OPTION_MAX_DEPTH,
    OPTION_MAX_RESPONSE,
    OPTION_DENY_PRIVATE,
    OPTION_BREAK,
    OPTION_HAR,
    OPTION_JSON,
    OPTION_TRACE,
    OPTION_INPUTS,
    OPTION_OUTPUT,
    OPTION_CONCURRENCY,
    OPTION_THREADS,
    OPTION_RATE,
    OPTION_RESUME,
    OPTION_RETRY,
    OPTION_INCLUDE_INPUT,
    OPTION_MAX_FAILURES,
    OPTION_GRACE,
    OPTION_REPORT,
    OPTION_QUIET,
    OPTION_VERSION
};

static const struct option rows[] = {
    { "set", required_argument, NULL, OPTION_SET },
    { "secrets", required_argument, NULL, OPTION_SECRETS },
    { "allow-host", required_argument, NULL, OPTION_ALLOW_HOST },
    { "deny-private", no_argument, NULL, OPTION_DENY_PRIVATE },
    { "max-fuel", required_argument, NULL, OPTION_MAX_FUEL },
    { "max-visits", required_argument, NULL, OPTION_MAX_VISITS },
    { "max-time", required_argument, NULL, OPTION_MAX_TIME },
    { "max-memory", required_argument, NULL, OPTION_MAX_MEMORY },
    { "max-message", required_argument, NULL, OPTION_MAX_MESSAGE },
    { "max-calls", required_argument, NULL, OPTION_MAX_CALLS },
    { "max-depth", required_argument, NULL, OPTION_MAX_DEPTH },
    { "max-response", required_argument, NULL, OPTION_MAX_RESPONSE },
    { "break", required_argument, NULL, OPTION_BREAK },
    { "record", required_argument, NULL, OPTION_RECORD },
    { "har", required_argument, NULL, OPTION_HAR },
    { "json", no_argument, NULL, OPTION_JSON },
    { "trace", optional_argument, NULL, OPTION_TRACE },
    { "inputs", required_argument, NULL, OPTION_INPUTS },
    { "output", required_argument, NULL, OPTION_OUTPUT },
    { "concurrency", required_argument, NULL, OPTION_CONCURRENCY },
    { "threads", required_argument, NULL, OPTION_THREADS },
    { "rate", required_argument, NULL, OPTION_RATE },
    { "resume", required_argument, NULL, OPTION_RESUME },
    { "retry", required_argument, NULL, OPTION_RETRY },
    { "include-input", no_argument, NULL, OPTION_INCLUDE_INPUT },
    { "max-failures", required_argument, NULL, OPTION_MAX_FAILURES },
    { "grace", required_argument, NULL, OPTION_GRACE },
    { "report", required_argument, NULL, OPTION_REPORT },
    { "quiet", no_argument, NULL, OPTION_QUIET },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, OPTION_VERSION },
    { 0 },
};

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

static void read_count(const char *name, const char *text, uint32_t least, uint32_t most,
                       uint32_t *out, struct bytes *problems)
{
    char *end;
    errno = 0;
    unsigned long n = strtoul(text, &end, 10);
    if (errno != 0 || *end || *text < '0' || *text > '9' || n < least || n > most)
        bytes_printf(problems, "%s wants a number from %u to %u, not `%s`\n", name, (unsigned)least,
                     (unsigned)most, text);
    else
        *out = (uint32_t)n;
}

/* A unit and what it is of the smallest; the last row has no unit. */
struct amount {
    const char *unit;
    uint64_t of;
};

/* As the language writes them: a KB is 1,024 bytes. */
static const struct amount amounts_of_count[] = { { "", 1 }, { NULL, 0 } };
static const struct amount amounts_of_time[] = { { "ms", 1 },       { "s", 1000 },
                                                 { "m", 60000 },    { "h", 3600000 },
                                                 { "d", 86400000 }, { NULL, 0 } };
static const struct amount amounts_of_size[] = {
    { "KB", 1u << 10 }, { "MB", 1u << 20 }, { "GB", 1u << 30 }, { NULL, 0 }
};

static void read_amount(const char *name, const char *text, const struct amount *amounts,
                        uint64_t *out, struct bytes *problems)
{
    char *end;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    const struct amount *a = amounts;
    while (a->unit && strcmp(a->unit, end) != 0)
        a++;
    if (errno == 0 && *text >= '0' && *text <= '9' && a->unit && n > 0 &&
        !__builtin_mul_overflow(n, a->of, out))
        return;
    bytes_printf(problems, "%s wants a number above 0", name);
    for (a = amounts; a->unit && *a->unit; a++)
        bytes_printf(problems, "%s%s", a == amounts ? " with a unit of " : ", ", a->unit);
    bytes_printf(problems, ", not `%s`\n", text);
}

static void read_rate(struct options *o, const char *text, struct bytes *problems)
{
    size_t digits = strspn(text, "0123456789.");
    char *end;
    double rate = strtod(text, &end);
    if (digits > 0 && end == text + digits && (*end == '\0' || strcmp(end, "/s") == 0) &&
        rate >= 1e-6 && rate <= MOST_IN_A_SECOND)
        o->rate = rate;
    else
        bytes_printf(problems, "--rate wants runs in a second, 50/s or 0.5/s, not `%s`\n", text);
}

static void read_max_failures(struct options *o, const char *text, struct bytes *problems)
{
    char *end;
    errno = 0;
    unsigned long n = strtoul(text, &end, 10);
    bool is_percent = strcmp(end, "%") == 0;
    o->max_failures = 0;
    o->max_failed_percent = 0;
    if (errno != 0 || *text < '0' || *text > '9' || (*end && !is_percent) || n < 1 ||
        n > (is_percent ? 100 : UINT32_MAX))
        bytes_printf(problems,
                     "--max-failures wants a number from 1, or a part of the lines from 1%% to "
                     "100%%, not `%s`\n",
                     text);
    else
        *(is_percent ? &o->max_failed_percent : &o->max_failures) = (uint32_t)n;
}

static void read_statuses(struct options *o, const char *text, struct bytes *problems)
{
    if (result_read_statuses(text, &o->retried) && !(o->retried & RESULT_BIT(RESULT_ENDED)))
        return;
    bytes_printf(
        problems,
        "--retry wants statuses out of failed, faulted, cancelled, invalid with commas between "
        "them, not `%s`\n",
        text);
}

static void read_trace(struct options *o, const char *form, struct bytes *problems)
{
    if (!form || strcmp(form, "text") == 0)
        o->trace = TRACE_TEXT;
    else if (strcmp(form, "json") == 0)
        o->trace = TRACE_JSON;
    else
        bytes_printf(problems, "--trace is text or json, not `%s`\n", form);
}

static void allow_host(struct options *o, const char *pattern, struct bytes *problems)
{
    const char *wrong = host_policy_allow(&o->guard, pattern);
    if (wrong)
        bytes_printf(problems, "--allow-host `%s`: %s\n", pattern, wrong);
}

static void take_option(struct options *o, int option, const char *value, struct bytes *problems)
{
    switch (option) {
    case OPTION_SET:
        if (!add_pair(&o->sets, value))
            bytes_printf(problems, "--set wants name=value, not `%s`\n", value);
        break;
    case OPTION_SECRETS:
        o->secrets = value;
        break;
    case OPTION_ALLOW_HOST:
        allow_host(o, value, problems);
        break;
    case OPTION_DENY_PRIVATE:
        o->guard.deny_private = true;
        break;
    case OPTION_MAX_FUEL:
        read_amount("--max-fuel", value, amounts_of_count, &o->limits.fuel, problems);
        break;
    case OPTION_MAX_VISITS:
        read_amount("--max-visits", value, amounts_of_count, &o->limits.visits, problems);
        break;
    case OPTION_MAX_TIME:
        read_amount("--max-time", value, amounts_of_time, &o->limits.time_ms, problems);
        break;
    case OPTION_MAX_MEMORY:
        read_amount("--max-memory", value, amounts_of_size, &o->limits.memory, problems);
        break;
    case OPTION_MAX_MESSAGE:
        read_amount("--max-message", value, amounts_of_size, &o->limits.message, problems);
        break;
    case OPTION_MAX_CALLS:
        read_count("--max-calls", value, 1, VM_MAX_FRAMES, &o->limits.calls, problems);
        break;
    case OPTION_MAX_DEPTH:
        read_count("--max-depth", value, 1, JSON_MAX_DEPTH, &o->limits.depth, problems);
        break;
    case OPTION_MAX_RESPONSE:
        read_amount("--max-response", value, amounts_of_size, &o->max_response, problems);
        break;
    case OPTION_BREAK:
        add_word(&o->breaks, value);
        break;
    case OPTION_RECORD:
        o->record = value;
        break;
    case OPTION_HAR:
        o->har = value;
        break;
    case OPTION_JSON:
        o->json = true;
        break;
    case OPTION_TRACE:
        read_trace(o, value, problems);
        break;
    case OPTION_INPUTS:
        o->lines = value;
        break;
    case OPTION_OUTPUT:
        o->output = value;
        break;
    case OPTION_CONCURRENCY:
        read_count("--concurrency", value, 1, MOST_AT_ONCE, &o->concurrency, problems);
        break;
    case OPTION_THREADS:
        read_count("--threads", value, 1, MOST_THREADS, &o->threads, problems);
        break;
    case OPTION_RATE:
        read_rate(o, value, problems);
        break;
    case OPTION_RESUME:
        o->resume = value;
        break;
    case OPTION_RETRY:
        read_statuses(o, value, problems);
        break;
    case OPTION_INCLUDE_INPUT:
        o->include_input = true;
        break;
    case OPTION_MAX_FAILURES:
        read_max_failures(o, value, problems);
        break;
    case OPTION_GRACE:
        read_count("--grace", value, 0, MOST_GRACE_S, &o->grace_s, problems);
        break;
    case OPTION_REPORT:
        o->report = value;
        break;
    case OPTION_QUIET:
        o->quiet = true;
        break;
    case OPTION_VERSION:
        o->command = COMMAND_VERSION;
        break;
    default:
        o->command = COMMAND_HELP;
        break;
    }
}

/* The word that follows the value of --retry. getopt_long lets an option take a second one. */
static void take_retried_file(struct options *o, int count, char **words, struct bytes *problems)
{
    if (optind < count && words[optind][0] != '-')
        o->retry = words[optind++];
    else
        bytes_add_text(problems, "--retry wants statuses and the file with the results: --retry "
                                 "failed,faulted results.jsonl\n");
}

static void read_options(struct options *o, int count, char **words, struct bytes *problems)
{
    opterr = 0;
    optind = 0;
    for (;;) {
        int option = getopt_long(count, words, ":h", rows, NULL);
        if (option == -1)
            return;
        const char *word = optind > 0 && optind <= count ? words[optind - 1] : "";
        if (option == ':')
            bytes_printf(problems, "%s wants a value\n", word);
        else if (option == '?')
            bytes_printf(problems, "there is no option `%s`, or it takes no value\n", word);
        else
            take_option(o, option, optarg, problems);
        if (option == OPTION_RETRY)
            take_retried_file(o, count, words, problems);
    }
}

static void read_words(struct options *o, int count, char **words, struct bytes *problems)
{
    int i = 0;
    if (count > 0 && strcmp(words[0], "run") == 0) {
        i++;
    } else if (count > 0 && strcmp(words[0], "batch") == 0) {
        o->command = COMMAND_BATCH;
        i++;
    } else if (count > 0 && strcmp(words[0], "step") == 0) {
        o->command = COMMAND_STEP;
        i++;
    }
    if (i < count)
        o->file = words[i++];
    else
        bytes_add_text(problems, "no FILE.flowb is given\n");
    if (i < count && !strchr(words[i], '='))
        o->flow = words[i++];
    for (; i < count; i++)
        if (!add_pair(&o->inputs, words[i]))
            bytes_printf(problems, "an input is given as name=value, not `%s`\n", words[i]);
}

static bool has_batch_option(const struct options *o)
{
    return o->lines || o->output || o->concurrency > 0 || o->threads > 0 || o->rate > 0 ||
           o->resume || o->retry || o->include_input || o->max_failures > 0 ||
           o->max_failed_percent > 0 || o->report || o->quiet || o->grace_s != NO_GRACE;
}

static void check_command(const struct options *o, struct bytes *problems)
{
    if (o->command != COMMAND_STEP && o->breaks.len > 0)
        bytes_add_text(problems, "--break is an option of `flowrun step`\n");
    if (o->command == COMMAND_STEP && (o->json || o->trace != TRACE_NONE || o->record || o->har))
        bytes_add_text(problems, "--json, --trace, --record and --har are no options of `flowrun "
                                 "step`\n");
    if (o->command != COMMAND_BATCH && has_batch_option(o))
        bytes_add_text(problems, "--inputs and what `flowrun --help` shows below it are options of "
                                 "`flowrun batch`\n");
    if (o->command == COMMAND_BATCH && !o->lines)
        bytes_add_text(problems, "batch wants --inputs FILE, or --inputs - for stdin\n");
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
    *o = (struct options){ .command = COMMAND_RUN, .grace_s = NO_GRACE };
    read_options(o, count, words, problems);
    if (problems->len > 0 || o->command != COMMAND_RUN)
        return problems->len == 0;
    read_words(o, count - optind, words + optind, problems);
    check_command(o, problems);
    check_files(o, problems);
    if (o->concurrency == 0)
        o->concurrency = USUALLY_AT_ONCE;
    if (o->threads == 0)
        o->threads = 1;
    if (o->grace_s == NO_GRACE)
        o->grace_s = USUAL_GRACE_S;
    return problems->len == 0;
}
