/* A run that talks to a person or a script: messages to stdout, questions answered from stdin, logs
 * and trace to stderr. */
#ifndef FLOW_CLI_INTERACTIVE_H
#define FLOW_CLI_INTERACTIVE_H

#include "cli/lines.h"
#include "cli/log_repeats.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/recorder.h"
#include "engine/loop.h"
#include "engine/run.h"

struct question {
    uint32_t id;
    struct question *next;
};

struct interactive {
    const struct options *options;
    const struct program *program;
    struct loop *loop;
    struct run *run; /* NULL: over */
    struct output out;
    struct output err;
    struct recorder *recorder;
    struct run_watch watch; /* of the run; its context is the talk */
    struct lines *answers;  /* opened by the first question */
    struct question *first; /* that wait for an answer, in the order asked */
    struct question *last;
    bool colour;
    bool draws;                 /* stderr is a terminal that can erase a line */
    bool has_prompt;            /* the cursor is behind it */
    struct log_repeats repeats; /* if stderr is a terminal */
    int status;                 /* exit status once the run is over */
};

/* All outlive it. */
void interactive_init(struct interactive *t, const struct options *o, const struct program *program,
                      struct loop *loop, struct recorder *recorder);

/* Starts the run, recorded if the recorder is wanted; takes the inputs. */
void interactive_start(struct interactive *t, uint32_t flow, struct value *inputs);

void interactive_release(struct interactive *t);

#endif
