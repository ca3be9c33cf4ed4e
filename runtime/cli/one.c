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
                        struct value *inputs)
{
    struct loop *loop = loop_new(program, 0);
    struct talk t;
    if (!loop) {
        output_complain("cannot wait for events: the system has no descriptors left");
        return STATUS_MISUSE;
    }
    talk_init(&t, o, program, loop);
    loop_catch_signals(loop, interrupt, &t);
    t.run = run_start(loop_engine(loop), flow, inputs,
                      o->trace == TRACE_NONE ? &talk_watch : &talk_watch_traced, &t);
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
        status = talk_through(o, program, flow, inputs);
    if (inputs)
        inputs_free(image, flow, inputs);
    if (program)
        program_free(program);
    if (image)
        image_free(image);
    bytes_release(&problems);
    return status;
}
