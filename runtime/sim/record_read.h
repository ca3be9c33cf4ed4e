/* The runs in a record (docs/records.md): what each was given, and what happened in it. */
#ifndef FLOW_SIM_RECORD_READ_H
#define FLOW_SIM_RECORD_READ_H

#include "base/bytes.h"
#include "base/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One run of a record. Events are objects, owned by the list of runs. */
struct recorded_run {
    const char *file;
    const char *run;
    struct value start;
    struct value end;     /* null: the record ends before the run does */
    struct value *events; /* exchanges, answers and steps, in their order */
    uint32_t *used;       /* per event: how often it has been replayed */
    size_t first;         /* event that may not be used up */
    size_t len;
    size_t cap;
};

struct recorded_runs {
    struct recorded_run *items; /* in the order in which they began */
    size_t len;
    size_t cap;
    struct value places; /* object: of a run's name, in items */
    struct value lines;  /* list: keeps all events */
};

/* Adds the runs of a file. False: the error is added to problems, with its line. A truncated
 * last line is ignored. */
bool record_read(struct recorded_runs *p, const char *path, struct bytes *problems);
void record_read_release(struct recorded_runs *p);

/* A member that is a text; NULL if it is missing or not a text. */
const char *record_read_text(struct value event, const char *name);

/* A member that is a non-negative integer; 0 if it is missing. */
uint64_t record_read_number(struct value event, const char *name);

/* A member, borrowed; null if it is missing. */
struct value record_read_member(struct value event, const char *name);

/* The next unused event of a kind ("exchange", "answer", "step", "clock"), of a strand and,
 * unless flow is NULL, of a node; counts it as used once more. An event is used up after `calls`
 * uses, or after one if it has no such member. PAST_NONE if none is left. */
#define PAST_NONE SIZE_MAX
size_t record_read_take(struct recorded_run *p, const char *kind, const char *strand,
                        const char *flow, const char *node);

/* Null for PAST_NONE. Looked at. */
struct value record_read_event(const struct recorded_run *p, size_t i);

#endif
