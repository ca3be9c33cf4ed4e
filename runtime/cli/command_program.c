#include "cli/command_program.h"

#include "cli/command.h"
#include "cli/output.h"
#include "engine/inputs.h"
#include "engine/load.h"
#include "engine/start.h"
#include "net/tls_files.h"

/* The calls of such an endpoint all end in `error`: better to know it before the first of them. */
static void warn_of_files(const struct program *p)
{
    for (uint32_t i = 0; i < p->image->endpoint_count; i++) {
        const struct endpoint *e = &p->endpoints[i];
        if (e->tls.files && e->tls.files->problem)
            output_complain("endpoint `%s`: %s", e->name, e->tls.files->problem);
    }
}

struct program *command_program(const struct image *image, const struct options *o,
                                struct bytes *problems)
{
    const bool is_guarded = o->guard.len > 0 || o->guard.deny_private;
    const struct start_options options = { .sets = o->sets.items,
                                           .set_count = o->sets.len,
                                           .max_response = o->max_response,
                                           .guard = is_guarded ? &o->guard : NULL };
    struct program *program = load_program(image, &options, o->secrets, problems);
    if (program)
        warn_of_files(program);
    return program;
}

int command_program_run(const struct options *o,
                        int (*go)(const struct options *o, const struct program *program,
                                  uint32_t flow, struct value *inputs))
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
        program = command_program(image, o, &problems);
    }
    output_complain_lines(&problems);
    if (program && inputs)
        status = go(o, program, flow, inputs);
    if (inputs)
        inputs_free(image, flow, inputs);
    if (program)
        start_free(program);
    if (image)
        image_free(image);
    bytes_release(&problems);
    return status;
}
