/* An HTTP Archive, version 1.2 (http://www.softwareishard.com/blog/har-12-spec/), that is complete
 * after each entry, also one that cannot be written: what browsers' network panels open. */
#ifndef FLOW_CLI_HAR_H
#define FLOW_CLI_HAR_H

#include "cli/jsonl.h"
#include "engine/run.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>
#include <uv.h>

struct har {
    uv_mutex_t mutex;
    int fd;
    off_t end; /* where the next entry goes: the archive's own end stands there until then */
    bool has_entries;
    atomic_int failure; /* errno of the first write that failed; 0: none */
};

/* fd is an empty file, the caller's; what it holds is a complete archive from now on. */
void har_init(struct har *h, int fd);
void har_release(struct har *h);

/* Makes the entry of an attempt, of an empty line. */
void har_print(struct jsonl_line *l, const struct program *program, const struct run *run,
               const struct run_attempt *a);

/* Adds an entry that is finished. In any thread. */
void har_add(struct har *h, const struct bytes *entry);

#endif
