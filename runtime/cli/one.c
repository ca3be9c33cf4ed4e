/* One run from the shell: one case of many runs in one loop. */
#include "cli/commands.h"
#include "cli/inputs.h"
#include "cli/load.h"
#include "cli/talk.h"

#include <string.h>

static void interrupt(void *context, int signal)
{
    struct talk *t = context;
    (void)signal;
    if (t->run)
        run_cancel(t->run);
}

static int talk_through(const struct options *o, const struct program *program, uint32_t flow,
                        struct value *inputs, struct recorder *recorder)
{
    struct loop *loop = loop_new(program, 0);
    struct talk t;
    if (!loop) {
        output_complain("cannot wait for events: the system has no descriptors left");
        return STATUS_MISUSE;
    }
    struct bytes given = { 0 };
    talk_init(&t, o, program, loop, recorder);
    loop_catch_signals(loop, interrupt, &t);
    recorder_print_inputs(program->image, flow, inputs, &given);
    t.run = run_start(loop_engine(loop), flow, inputs, &t.watch, &t);
    recorder_start(recorder, t.run, &given);
    bytes_release(&given);
    t.run->keep_messages = o->json;
    loop_run(loop);
    output_complain_starved(loop_counts(loop).starved);
    talk_release(&t);
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
    struct bytes problems = { 0 };
    struct program *program = NULL;
    struct value *inputs = NULL;
    uint32_t flow = IMAGE_NONE;
    int status = STATUS_MISUSE;
    struct image *image = load_image(o->file, &problems);
    if (image) {
        flow = inputs_find_flow(image, o->flow, &problems);
        if (flow != IMAGE_NONE)
            inputs = inputs_of_pairs(image, flow, &o->inputs, &problems);
        program = load_program(image, o, &problems);
    }
    output_complain_lines(&problems);
    if (program && inputs)
        status = record_and_talk(o, program, flow, inputs);
    if (inputs)
        inputs_free(image, flow, inputs);
    if (program)
        program_free(program);
    if (image)
        image_free(image);
    bytes_release(&problems);
    return status;
}
