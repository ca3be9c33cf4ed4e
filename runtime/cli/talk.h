/* A run that talks to a person or a script: messages to stdout, questions answered from stdin, logs
 * and trace to stderr. */
#ifndef FLOW_CLI_TALK_H
#define FLOW_CLI_TALK_H

#include "cli/lines.h"
#include "cli/options.h"
#include "cli/output.h"
#include "engine/loop.h"
#include "engine/run.h"

struct question {
    uint32_t id;
    struct question *next;
};

struct talk {
    const struct options *options;
    const struct program *program;
    struct loop *loop;
    struct run *run; /* NULL: over */
    struct output out;
    struct output err;
    struct lines *answers; /* opened by the first question */
    struct question *first; /* that wait for an answer, in the order asked */
    struct question *last;
    bool colour;
    int status; /* exit status once the run is over */
};

void talk_init(struct talk *t, const struct options *o, const struct program *program,
               struct loop *loop);
void talk_release(struct talk *t);

/* The context of the run is the talk. */
extern const struct run_watch talk_watch;
extern const struct run_watch talk_watch_traced;

#endif
