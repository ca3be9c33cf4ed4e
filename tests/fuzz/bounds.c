#include "tests/fuzz/fuzz.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Of AddressSanitizer, where there is one. */
extern size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));
extern int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *,
                                                                       size_t),
                                                     void (*on_free)(const volatile void *))
    __attribute__((weak));

/* Asking what is held is slow, so it is asked only when enough was taken since the last time to be
 * over the bound. */
static struct {
    bool installed;
    size_t most;   /* 0: no bound */
    size_t before; /* held when the input began */
    size_t taken;  /* since it began, what was given back included */
    size_t look_at;
    int64_t started_ms;
} bounds;

void fuzz_fail(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why ? why : "");
    abort();
}

static int64_t spent_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void look(void)
{
    size_t most = bounds.most;
    size_t now = __sanitizer_get_current_allocated_bytes();
    size_t held = now > bounds.before ? now - bounds.before : 0;
    bounds.most = 0; /* what follows may take memory itself */
    if (held > most) {
        fprintf(stderr, "%zu bytes are held, the bound is %zu\n", held, most);
        abort();
    }
    bounds.most = most;
    bounds.look_at = bounds.taken + (most - held) + most / 64 + 1;
}

static void on_malloc(const volatile void *p, size_t size)
{
    (void)p;
    if (bounds.most == 0)
        return;
    bounds.taken += size;
    if (bounds.taken >= bounds.look_at)
        look();
}

static void on_free(const volatile void *p)
{
    (void)p;
}

static void install(void)
{
    bounds.installed = true;
    if (__sanitizer_install_malloc_and_free_hooks && __sanitizer_get_current_allocated_bytes)
        __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
}

void fuzz_begin(size_t most_bytes)
{
    if (!bounds.installed)
        install();
    bounds.started_ms = spent_ms();
    bounds.taken = 0;
    bounds.look_at = most_bytes;
    if (most_bytes > 0 && __sanitizer_get_current_allocated_bytes)
        bounds.before = __sanitizer_get_current_allocated_bytes();
    bounds.most = most_bytes;
}

void fuzz_end(void)
{
    bounds.most = 0;
    int64_t took = spent_ms() - bounds.started_ms;
    if (took <= FUZZ_MOST_MS)
        return;
    fprintf(stderr, "it took %lld ms of the processor's time\n", (long long)took);
    abort();
}
