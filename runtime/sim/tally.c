#include "sim/tally.h"

#include "base/mem.h"

struct tally_entry {
    uint64_t key;
    uint32_t times; /* 0: the place is free */
};

/* The slot of a key, or a free slot for it. */
static struct tally_entry *find(const struct tally *t, uint64_t key)
{
    uint32_t at = (uint32_t)key & (t->cap - 1);
    while (t->entries[at].times > 0 && t->entries[at].key != key)
        at = (at + 1) & (t->cap - 1);
    return &t->entries[at];
}

static void grow(struct tally *t)
{
    struct tally old = *t;
    t->cap = old.cap ? old.cap * 2 : 1024;
    t->entries = mem_alloc_zeroed(t->cap, sizeof *t->entries);
    for (uint32_t i = 0; i < old.cap; i++) {
        if (old.entries[i].times > 0)
            *find(t, old.entries[i].key) = old.entries[i];
    }
    mem_free(old.entries);
}

uint32_t tally_add(struct tally *t, uint64_t key)
{
    if (t->len * 2 >= t->cap)
        grow(t);
    struct tally_entry *entry = find(t, key);
    t->len += entry->times == 0;
    entry->key = key;
    return entry->times++;
}

void tally_release(struct tally *t)
{
    mem_free(t->entries);
    *t = (struct tally){ 0 };
}
