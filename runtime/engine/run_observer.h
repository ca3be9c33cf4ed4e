/* Observers of a run: up to four that look at the same run and know nothing of each other. An
 * observer is added to one run, is called while that run lives, and is removed by itself or with
 * the run. Knows nothing of what an observer is for. */
#ifndef FLOW_ENGINE_RUN_OBSERVER_H
#define FLOW_ENGINE_RUN_OBSERVER_H

#include "net/call.h"
#include "vm/vm.h"

#include <stdbool.h>
#include <stdint.h>

struct run;
struct run_attempt;

#define RUN_OBSERVERS_MAX 4u

/* Any function may be NULL. Pointers are valid during the call only. Observers are called in the
 * order in which they were added. */
struct run_observer {
    /* A strand enters a node of the image. May call vm_fault; later observers are then not called.
     */
    void (*enter)(void *context, struct run *run, struct strand *s, uint32_t node);
    /* A called flow ends (ended) or fails; its caller goes on. */
    void (*leave)(void *context, struct run *run, struct strand *s, bool ended);
    /* The strand has the outcome of what it waited for: s->label, and result and request if it was
     * a call of an endpoint, else NULL. request is NULL as well if it could not be built. */
    void (*outcome)(void *context, struct run *run, struct strand *s,
                    const struct outcome_facts *result, const struct request *request);
    /* The body of the response does not have its declared type: the outcome becomes `error`. */
    void (*misfit)(void *context, struct run *run, struct strand *s, const char *message);
    /* An attempt of a call is over. */
    void (*attempt)(void *context, struct run *run, const struct run_attempt *attempt);
    /* A strand is over. to is "end", "fail" or "fault". Not called for strands that are cancelled.
     */
    void (*strand_end)(void *context, struct run *run, struct strand *s, const char *to);
    /* The run is over: run->status is set. Called once; then the observer is removed. */
    void (*end)(void *context, struct run *run);
};

/* From now on observer is called for this run. observer and context outlive the run or are removed
 * before. The run has fewer than RUN_OBSERVERS_MAX observers. */
void run_observer_add(struct run *run, const struct run_observer *observer, void *context);

/* The observer with this context is not called any more. May be called by an observer. */
void run_observer_remove(struct run *run, const struct run_observer *observer, const void *context);

#endif
