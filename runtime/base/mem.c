#include "base/mem.h"

#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_CAP 4 /* items of an array that grows */

/* The one piece of global state: set once at start, before any thread, and read only at the end. */
static struct {
    const char *program;
    int status;
    void (*cleanup)(void);
} last_words = { "flow", 1, NULL };

void mem_on_exhausted(const char *program, int status, void (*cleanup)(void))
{
    last_words.program = program;
    last_words.status = status;
    last_words.cleanup = cleanup;
}

static void say(const char *text)
{
    /* Nothing is left to do about a message that cannot be written. */
    ssize_t written = write(STDERR_FILENO, text, strlen(text));
    (void)written;
}

_Noreturn void mem_exhausted(void)
{
    if (last_words.cleanup)
        last_words.cleanup();
    fflush(stdout);
    say(last_words.program);
    say(": out of memory\n");
    /* Handlers of atexit might allocate and come back here. */
    _exit(last_words.status);
}

/* Of the C library's allocator. A response of some MB would otherwise be mapped, or the heap grown,
 * and be given back for each call: a page fault for every 4 KB of it. */
#define KEPT_BYTES (64 << 20)
#define MAPPED_BYTES (16 << 20)

void mem_keep(void)
{
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
    mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES);
}

/* Only ever added to: who wants to know what some work took compares before and after. */
static _Thread_local size_t allocated;

size_t mem_allocated(void)
{
    return allocated;
}

void *mem_alloc(size_t size)
{
    allocated += size;
    void *p = malloc(size ? size : 1);
    if (!p)
        mem_exhausted();
    return p;
}

void *mem_alloc_zeroed(size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        mem_exhausted();
    allocated += total;
    void *p = calloc(1, total ? total : 1);
    if (!p)
        mem_exhausted();
    return p;
}

void *mem_resize(void *p, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        mem_exhausted();
    allocated += total;
    void *grown = realloc(p, total ? total : 1);
    if (!grown)
        mem_exhausted();
    return grown;
}

void *mem_double(void *p, size_t *cap, size_t size)
{
    *cap = *cap ? *cap * 2 : FIRST_CAP;
    return mem_resize(p, *cap, size);
}

char *mem_copy_text(const char *p, size_t len)
{
    if (len == SIZE_MAX)
        mem_exhausted();
    char *copy = mem_alloc(len + 1);
    if (len)
        memcpy(copy, p, len);
    copy[len] = '\0';
    return copy;
}

void *mem_resize_bytes(void *p, size_t size)
{
    return mem_resize(p, 1, size);
}

char *mem_copy_string(const char *text)
{
    return mem_copy_text(text, strlen(text));
}

void mem_free(void *p)
{
    free(p);
}
