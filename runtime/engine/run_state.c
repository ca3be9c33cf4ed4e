#include "engine/run_state.h"

#include "base/mem.h"

static void release_values(struct value *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        value_unref(values[i]);
    mem_free(values);
}

static void release_levels(struct run_level_state *levels, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        mem_free(levels[i].message);
        mem_free(levels[i].url);
    }
    mem_free(levels);
}

static void release_strand(struct run_strand_state *s)
{
    release_values(s->slots, s->slot_count);
    release_values(s->results, s->result_count);
    release_levels(s->levels, s->level_count);
    value_unref(s->question);
    value_unref(s->choices);
    value_unref(s->body_type);
    value_unref(s->group_value);
    mem_free(s->frames);
    mem_free(s->failure);
}

void run_state_release(struct run_state *state)
{
    for (uint32_t i = 0; i < state->strand_count; i++)
        release_strand(&state->strands[i]);
    mem_free(state->strands);
    value_unref(state->messages);
    *state = (struct run_state){ 0 };
}
