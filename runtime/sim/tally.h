/* How often each of many keys was seen. */
#ifndef FLOW_SIM_TALLY_H
#define FLOW_SIM_TALLY_H

#include <stdint.h>

/* { 0 } is empty. */
struct tally {
    struct tally_entry *entries; /* a hash table */
    uint32_t len;
    uint32_t cap; /* a power of two, or 0 */
};

/* How often the key was seen before. */
uint32_t tally_add(struct tally *t, uint64_t key);
void tally_release(struct tally *t);

#endif
