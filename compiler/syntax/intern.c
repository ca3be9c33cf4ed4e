#include "syntax/intern.h"

#include "base/bytes.h"
#include "base/mem.h"

#include <string.h>

struct words_slot {
    const char *text;
    uint32_t len;
    uint32_t hash;
};

void intern_release(struct intern *w)
{
    mem_free(w->slots);
    *w = (struct intern){ .arena = w->arena };
}

/* FNV-1a: words are short, so hashing byte by byte is fast enough. */
static uint32_t hash_word(const char *p, size_t len)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)p[i]) * 16777619u;
    return hash;
}

static void grow(struct intern *w)
{
    size_t cap = w->cap ? w->cap * 2 : 256;
    struct words_slot *slots = mem_alloc_zeroed(cap, sizeof(*slots));
    for (size_t i = 0; i < w->cap; i++) {
        if (!w->slots[i].text)
            continue;
        size_t at = w->slots[i].hash & (cap - 1);
        while (slots[at].text)
            at = (at + 1) & (cap - 1);
        slots[at] = w->slots[i];
    }
    mem_free(w->slots);
    w->slots = slots;
    w->cap = cap;
}

const char *intern_add(struct intern *w, const char *p, size_t len)
{
    if (w->len * 2 >= w->cap)
        grow(w);
    uint32_t hash = hash_word(p, len);
    size_t at = hash & (w->cap - 1);
    for (; w->slots[at].text; at = (at + 1) & (w->cap - 1)) {
        const struct words_slot *slot = &w->slots[at];
        if (slot->hash == hash && slot->len == len && memcmp(slot->text, p, len) == 0)
            return slot->text;
    }
    w->slots[at] = (struct words_slot){ arena_copy(w->arena, p, len), (uint32_t)len, hash };
    w->len++;
    return w->slots[at].text;
}

const char *intern_of(struct intern *w, const char *text)
{
    return intern_add(w, text, strlen(text));
}

const char *intern_lower(struct intern *w, const char *text)
{
    struct bytes lower = { 0 };
    bytes_add_lower(&lower, text, strlen(text));
    const char *word = intern_add(w, bytes_text(&lower), lower.len);
    bytes_release(&lower);
    return word;
}
