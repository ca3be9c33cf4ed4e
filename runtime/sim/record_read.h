/* Runs as records hold them (docs/records.md): what each was given, and what happened in it. */
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

/* Adds the runs of a file. False: what is wrong is added to problems, with the line. A last line
 * that was cut off while it was written does not count. */
bool record_read(struct recorded_runs *p, const char *path, struct bytes *problems);
void record_read_release(struct recorded_runs *p);

/* A member that is a text; NULL: there is none, or it is something else. */
const char *record_read_text(struct value event, const char *name);

/* A member that is an integer of 0 and more; 0: there is none. */
uint64_t record_read_number(struct value event, const char *name);

/* A member; null: there is none. Looked at. */
struct value record_read_member(struct value event, const char *name);

/* The next event of that kind ("exchange", "answer", "step", "clock") that is not used up, of a
 * strand and, unless flow is NULL, of a node; it is used once more then. An event is used up after
 * `calls` times, or once where it has no such member. PAST_NONE: none is left. */
#define PAST_NONE SIZE_MAX
size_t record_read_take(struct recorded_run *p, const char *kind, const char *strand,
                        const char *flow, const char *node);

/* Null for PAST_NONE. Looked at. */
struct value record_read_event(const struct recorded_run *p, size_t i);

#endif
