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

enum command { COMMAND_RUN, COMMAND_BATCH, COMMAND_STEP, COMMAND_HELP, COMMAND_VERSION };
enum trace_form { TRACE_NONE, TRACE_TEXT, TRACE_JSON };

struct options {
    enum command command;
    const char *file;
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
    struct setting_pairs breaks; /* step: names of nodes; the values are not used */
};

/* Words are reordered. False: what is wrong is added to problems, one line each. */
bool options_read(struct options *o, int count, char **words, struct bytes *problems);
void options_release(struct options *o);

/* The text of --help: its parts, one after the other; a NULL follows the last. */
extern const char *const options_help[];

#endif
