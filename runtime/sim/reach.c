#include "sim/reach.h"

#include "base/mem.h"
#include "program/opcode.h"

#include <string.h>

/* The flow that an instruction calls or moves to, or IMAGE_NONE. */
static uint32_t flow_of(const struct image *image, const uint32_t *code)
{
    switch (word_op(code[0])) {
    case OPCODE_CALL:
        return image->sites[code[1]].detail;
    case OPCODE_SPAWN:
    case OPCODE_MOVETO:
        return code[1];
    default: /* calls no flow */
        return IMAGE_NONE;
    }
}

/* Appends the flows that a flow refers to and that were not reached yet; returns the new length
 * of the list. */
static uint32_t add_flows_of(const struct image *image, uint32_t flow, bool *reached,
                             uint32_t *list, uint32_t len)
{
    const struct image_function *f = &image->functions[flow];
    uint32_t end = f->code + f->code_count;
    for (uint32_t pc = f->code; pc < end; pc += opcode_words(image->code[pc])) {
        uint32_t to = flow_of(image, &image->code[pc]);
        if (to == IMAGE_NONE || reached[to])
            continue;
        reached[to] = true;
        list[len++] = to;
    }
    return len;
}

void reach_find(const struct image *image, uint32_t flow, bool *reached)
{
    uint32_t *list = mem_alloc_zeroed(image->function_count, sizeof *list);
    uint32_t len = 0;
    memset(reached, 0, image->function_count * sizeof *reached);
    reached[flow] = true;
    list[len++] = flow;
    for (uint32_t i = 0; i < len; i++)
        len = add_flows_of(image, list[i], reached, list, len);
    mem_free(list);
}
