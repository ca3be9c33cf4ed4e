/* A world without a network and without passing time, for one run after another: a clock that
 * jumps to the next due event, random numbers that are the same each time, and exchanges that
 * the caller answers. Everything else is the code of real runs. Opens no socket. */
#ifndef FLOW_SIM_SIMULATION_H
#define FLOW_SIM_SIMULATION_H

#include "engine/run.h"

#include <stdbool.h>
#include <stdint.h>

/* When tests begin unless they say otherwise: 2026-01-01 00:00 UTC, in ms since 1970. */
#define SIMULATION_EPOCH_MS INT64_C(1767225600000)

struct simulation {
    /* Set by the owner after simulation_init. */
    void (*started)(struct simulation *s, struct exchange *x); /* may be NULL */
    /* Nothing else can happen: ends x (see simulation_reply…), or leaves it without a response,
     * so that it times out. */
    void (*reply)(struct simulation *s, struct exchange *x);

    void (*cancelled)(struct simulation *s, struct exchange *x); /* may be NULL */

    struct run_engine *engine;
    struct timers timers;
    struct transport transport;
    struct call_world world;
    int64_t epoch_ms; /* the clock at the beginning, since 1970 */
    uint64_t chance;
    struct exchange *
        *waiting; /* exchanges that wait for replies, in the order in which they were started */
    uint32_t waiting_len;
    size_t waiting_cap;
};

/* program outlives it, and was started with `simulated`. */
void simulation_init(struct simulation *s, const struct program *program, int64_t epoch_ms);
void simulation_release(struct simulation *s);

/* Lets one event happen. False if nothing can happen any more although a run is not over. */
bool simulation_step(struct simulation *s);

#endif
