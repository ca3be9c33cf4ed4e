/* One run from the shell: one case of many runs in one loop. */
#include "cli/command.h"
#include "cli/command_program.h"
#include "cli/interactive.h"

#include <string.h>

static void interrupt(void *context, int signal)
{
    struct interactive *t = context;
    (void)signal;
    if (t->run)
        run_cancel(t->run);
}

static int talk_through(const struct options *o, const struct program *program, uint32_t flow,
                        struct value *inputs, struct recorder *recorder)
{
    struct loop *loop = loop_new(program, &o->limits);
    struct interactive t;
    if (!loop) {
        output_complain("cannot create the event loop: too many open files");
        return STATUS_MISUSE;
    }
    interactive_init(&t, o, program, loop, recorder);
    loop_catch_signals(loop, interrupt, &t);
    interactive_start(&t, flow, inputs);
    loop_run(loop);
    output_complain_starved(loop_counts(loop).starved);
    interactive_release(&t);
    loop_free(loop);
    if (t.out.failure == 0)
        return t.status;
    output_complain("stdout: %s", strerror(t.out.failure));
    return STATUS_MISUSE;
}

static int record_and_talk(const struct options *o, const struct program *program, uint32_t flow,
                           struct value *inputs)
{
    struct recorder recorder;
    if (!recorder_open(&recorder, program, o->record, o->har))
        return STATUS_MISUSE;
    int status = talk_through(o, program, flow, inputs, &recorder);
    return recorder_close(&recorder) ? status : STATUS_MISUSE;
}

int command_run(const struct options *o)
{
    return command_program_run(o, record_and_talk);
}
