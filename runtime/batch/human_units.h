/* Numbers, times and sizes as people read them. */
#ifndef FLOW_BATCH_HUMAN_UNITS_H
#define FLOW_BATCH_HUMAN_UNITS_H

#include "base/bytes.h"

#include <stdint.h>

/* "12,345" */
void human_units_count(struct bytes *b, uint64_t n);

/* "870 us", "1.25 ms", "12.5 ms", "3.10 s", "4m05s", "2h07m" */
void human_units_time(struct bytes *b, uint64_t micros);

/* "512 B", "1.5 KB", "20.0 MB"; a KB is 1,024 bytes */
void human_units_size(struct bytes *b, uint64_t bytes);

/* "1 run", "2,000 runs" */
void human_units_things(struct bytes *b, uint64_t n, const char *thing);

#endif
