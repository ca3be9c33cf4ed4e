/* A suspended run as plain data. Timers, lists, requests, transfers and callbacks are not part
 * of it; run_read makes them again. Knows nothing about files or stores. */
#ifndef FLOW_ENGINE_RUN_STATE_H
#define FLOW_ENGINE_RUN_STATE_H

#include "base/value.h"
#include "net/call.h"
#include "program/image.h"
#include "vm/vm.h"

#include <stdbool.h>
#include <stdint.h>

#define RUN_STATE_NEVER INT64_MAX

/* The node of one frame, as the trace knows it. */
struct run_level_state {
    uint32_t node;
    int64_t entered_ms; /* since 1970 */
    uint64_t order;
    uint16_t label;
    uint32_t attempts;
    bool has_kind;
    uint32_t kind; /* enum error_kind */
    char *message; /* heap; may be NULL */
    char *url;     /* heap; may be NULL */
};

/* A strand. A pending call of an endpoint begins again at the instruction `request`: the strand
 * is then VM_READY with its pc there. */
struct run_strand_state {
    uint8_t state;   /* enum vm_state: READY, ASK, WAIT, SPAWN, JOIN or FAULTED */
    uint32_t parent; /* index of the strand that called it; IMAGE_NONE: the main strand */
    uint32_t place;  /* in the results of the parent */
    uint32_t turn;   /* among the strands of the run that are ready, from 1; 0: it waits */
    uint32_t pc;
    uint32_t site;
    uint16_t label;
    uint32_t spawn_count;
    uint64_t fuel_used;
    struct frame *frames;
    uint32_t depth;
    struct value *slots; /* with the counters of `max` among them */
    uint32_t slot_count;
    struct value question;
    struct value choices;
    struct value body_type;
    uint32_t ask_id;
    int64_t due_ms; /* since 1970: the end of the pause or of the question's time */
    char *failure;  /* of VM_FAULTED; heap */

    bool has_call;
    uint32_t tries;    /* attempts of the call that are over */
    uint32_t attempts; /* exchanges of those */
    int64_t call_ms;   /* since 1970: when the call began, for `within` */

    bool has_group;
    bool group_failed;
    bool group_has_value;
    struct value group_value;
    struct value *results;
    uint32_t result_count;

    struct run_level_state *levels;
    uint32_t level_count;
};

/* { 0 } may be released. */
struct run_state {
    uint8_t program[IMAGE_HASH]; /* source_hash of the image */
    char compiler[IMAGE_COMPILER];
    char id[27];
    uint32_t flow;
    int64_t started_ms; /* since 1970 */
    bool keeps_messages;
    struct value messages;
    uint64_t visits;
    uint32_t last_ask;
    uint64_t entered;                 /* order of the next node in the trace */
    struct run_strand_state *strands; /* parents before their children; the main strand first */
    uint32_t strand_count;
};

void run_state_release(struct run_state *state);

#endif
