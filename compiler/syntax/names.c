#include "syntax/names.h"

#include "base/mem.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

struct names_slot {
    const char *word;
    void *value;
};

/* Slots of a table that names_clear keeps. */
#define KEPT_CAP 64

void names_release(struct names *n)
{
    mem_free(n->slots);
    *n = (struct names){ 0 };
}

void names_clear(struct names *n)
{
    if (n->cap > KEPT_CAP)
        names_release(n);
    else if (n->len)
        memset(n->slots, 0, n->cap * sizeof *n->slots);
    n->len = 0;
}

static size_t place_of(const char *word, size_t cap)
{
    uint64_t bits = (uint64_t)(uintptr_t)word;
    return (size_t)((bits * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (cap - 1);
}

/* The slot of word, or the free slot where it belongs. */
static struct names_slot *slot_of(const struct names *n, const char *word)
{
    size_t i = place_of(word, n->cap);
    while (n->slots[i].word && n->slots[i].word != word)
        i = (i + 1) & (n->cap - 1);
    return &n->slots[i];
}

static void grow(struct names *n)
{
    struct names old = *n;
    n->cap = old.cap ? old.cap * 2 : 16;
    n->slots = mem_alloc_zeroed(n->cap, sizeof(struct names_slot));
    for (size_t i = 0; i < old.cap; i++) {
        if (old.slots[i].word)
            *slot_of(n, old.slots[i].word) = old.slots[i];
    }
    mem_free(old.slots);
}

void *names_find(const struct names *n, const char *word)
{
    if (!n->len)
        return NULL;
    const struct names_slot *slot = slot_of(n, word);
    return slot->word == word ? slot->value : NULL;
}

void *names_add(struct names *n, const char *word, void *value)
{
    assert(word);
    assert(value);
    if (n->len * 2 >= n->cap)
        grow(n);
    struct names_slot *slot = slot_of(n, word);
    if (slot->word == word)
        return slot->value;
    *slot = (struct names_slot){ word, value };
    n->len++;
    return NULL;
}
