#include "base/arena.h"

#include "base/bytes.h"
#include "base/mem.h"

#include <stdint.h>
#include <string.h>

#define ALIGNMENT _Alignof(max_align_t)
#define BLOCK_SIZE ((size_t)64 * 1024)

struct arena_block {
    struct arena_block *next;
    max_align_t data[];
};

void arena_release(struct arena *a)
{
    for (struct arena_block *block = a->blocks; block;) {
        struct arena_block *next = block->next;
        mem_free(block);
        block = next;
    }
    *a = (struct arena){ 0 };
}

static char *add_block(struct arena *a, size_t size)
{
    size_t total;
    if (__builtin_add_overflow(size, sizeof(struct arena_block), &total))
        mem_exhausted();
    struct arena_block *block = mem_alloc_zeroed(1, total);
    block->next = a->blocks;
    a->blocks = block;
    return (char *)block->data;
}

void *arena_alloc(struct arena *a, size_t size)
{
    if (size > SIZE_MAX - ALIGNMENT)
        mem_exhausted();
    size = size ? (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT : ALIGNMENT;
    /* A large piece gets a block of its own, so that the rest of the current one stays in use. */
    if (size > BLOCK_SIZE / 4)
        return add_block(a, size);
    if (!a->next || size > (size_t)(a->end - a->next)) {
        a->next = add_block(a, BLOCK_SIZE);
        a->end = a->next + BLOCK_SIZE;
    }
    void *p = a->next;
    a->next += size;
    return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        mem_exhausted();
    return arena_alloc(a, total);
}

char *arena_copy(struct arena *a, const char *p, size_t len)
{
    if (len == SIZE_MAX)
        mem_exhausted();
    char *copy = arena_alloc(a, len + 1);
    if (len)
        memcpy(copy, p, len);
    return copy;
}

char *arena_vprintf(struct arena *a, const char *format, va_list args)
{
    struct bytes text = { 0 };
    bytes_vprintf(&text, format, args);
    char *copy = arena_copy(a, bytes_text(&text), text.len);
    bytes_release(&text);
    return copy;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(a, format, args);
    va_end(args);
    return text;
}
