#include "cli/trace_output.h"

#include "engine/trace.h"

#include <assert.h>

void trace_output_step(const struct image *image, const struct run *run, const struct run_step *s,
                       enum trace_form form, bool colour, struct bytes *b)
{
    struct bytes line = { 0 };
    assert(form != TRACE_NONE);
    if (form == TRACE_JSON) {
        trace_print_json(run->id, s, &line);
        run_mask_json(run_masks(run), &line);
    } else {
        trace_print_text(s, image_text(image, image->functions[run->flow].name), colour, &line);
        program_mask_apply(run_masks(run), &line, false);
    }
    bytes_add(b, line.data, line.len);
    bytes_release(&line);
}
