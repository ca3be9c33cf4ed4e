/* --record and --har: writes every exchange of a run when it ends, with the secrets as ***.
 * docs/records.md has the form of a record; HAR is the HTTP Archive format, version 1.2
 * (http://www.softwareishard.com/blog/har-12-spec/). For all threads of a batch. */
#ifndef FLOW_CLI_RECORDER_H
#define FLOW_CLI_RECORDER_H

#include "base/bytes.h"
#include "cli/har.h"
#include "cli/line_writer.h"
#include "engine/run.h"

#include <stdbool.h>

struct recorder {
    const struct program *program;
    bool holds;              /* the records of a run are held until it is over */
    const char *record_path; /* NULL: no record is wanted */
    const char *har_path;    /* NULL: no archive is wanted */
    struct line_writer record;
    struct har har;
};

/* Opens the files, readable by their owner only. program and the paths, either of which may be
 * NULL, outlive it. False, with a message on stderr, if that fails: do not close it then. */
bool recorder_open(struct recorder *r, const struct program *program, const char *record_path,
                   const char *har_path);

/* False, with a message on stderr, if something could not be written. */
bool recorder_close(struct recorder *r);

bool recorder_is_wanted(const struct recorder *r);

/* True: something could not be written, so that further runs are useless. In any thread. */
bool recorder_has_failed(const struct recorder *r);

/* Adds the inputs of a flow as a JSON object, without those that take their default: before
 * run_start takes them. */
void recorder_print_inputs(const struct image *image, uint32_t flow, const struct value *inputs,
                           struct bytes *b);

/* Right after run_start; inputs is what recorder_print_inputs made. */
void recorder_start(struct recorder *r, struct run *run, const struct bytes *inputs);

/* Pass on the calls of a watcher. In any thread. */
void recorder_attempt(struct recorder *r, struct run *run, const struct run_attempt *a);
void recorder_answered(struct recorder *r, struct run *run, const char *strand, uint32_t node,
                       const char *text, size_t len);
void recorder_step(struct recorder *r, struct run *run, const struct run_step *step);
int64_t recorder_now(struct recorder *r, struct run *run, const char *strand, uint32_t node,
                     int64_t ms);
void recorder_over(struct recorder *r, struct run *run);

#endif
