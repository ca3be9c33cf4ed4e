/* The command line of flowrun. Reads words, opens no file. */
#ifndef FLOW_CLI_OPTIONS_H
#define FLOW_CLI_OPTIONS_H

#include "base/bytes.h"
#include "engine/run.h"
#include "net/host_policy.h"
#include "vm/program.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum command {
#define FLOWRUN_COMMAND(symbol, ...) COMMAND_##symbol,
#include "base/options.def"
};

enum trace_form { TRACE_NONE, TRACE_TEXT, TRACE_JSON };

struct options {
    enum command command;
    bool names_command; /* false: it is COMMAND_RUN because none is named */
    bool wants_help;
    bool wants_version;
    char **words; /* FILE.flowb and what follows it; test: names of tests; replay: records */
    int word_count;
    const char *file;            /* the first of these */
    const char *flow;            /* NULL: not named */
    struct setting_pairs inputs; /* names are copies, values point into the words */
    struct setting_pairs sets;
    const char *secrets; /* path */
    struct run_limits limits;
    uint64_t max_response;    /* bytes; 0: as each endpoint says */
    struct host_policy guard; /* --allow-host, --deny-private */
    bool json;
    const char *record; /* path */
    const char *har;    /* path */
    enum trace_form trace;
    const char *lines;  /* batch: --inputs, "-": stdin */
    const char *output; /* batch; NULL, "-": stdout */
    uint32_t concurrency;
    uint32_t threads;
    double rate;                 /* runs begun in a second; 0: any number */
    const char *resume;          /* path */
    const char *retry;           /* path */
    unsigned retried;            /* statuses whose lines are run again: see result.h */
    const char *report;          /* path */
    bool include_input;          /* in results */
    uint32_t max_failures;       /* lines; 0: no bound */
    uint32_t max_failed_percent; /* of the lines; 0: no bound. One of the two is 0 */
    uint32_t grace_s;            /* how long runs may go on after an interruption */
    bool quiet;
    const char *junit;           /* test: path */
    const char *coverage;        /* test: path */
    uint32_t min_coverage;       /* test: percent */
    bool generate;               /* test */
    struct setting_pairs breaks; /* step: names of nodes; the values are not used */
};

/* Reads the words of main(), and reorders them. False: the errors are added to problems, one on
 * each line. With --help or --version, nothing else is checked. */
bool options_read(struct options *o, int count, char **words, struct bytes *problems);
void options_release(struct options *o);

/* --help: of the command that was named, else of flowrun. */
void options_print_help(const struct options *o, struct bytes *out);

#endif
