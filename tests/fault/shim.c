/* Loaded before a program (LD_PRELOAD), makes one of its allocations fail, or all from one on. From
 * the environment:
 *   FLOW_FAULT_AT=N      the Nth allocation after main begins, from 1
 *   FLOW_FAULT_ON=1      and all after it
 *   FLOW_FAULT_COUNT=F   at the end, how many there were goes to this file
 * Counts malloc, calloc, realloc, posix_memalign, aligned_alloc and memalign, of all libraries, until the
 * program's exit has called its handlers: what the runtime of `--coverage` asks for then is not ours. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* glibc's own, which need no looking up. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static atomic_ulong count;
static unsigned long fail_at;
static int fail_on;
static atomic_int counting;

static int must_fail(void)
{
    if (!atomic_load_explicit(&counting, memory_order_relaxed))
        return 0;
    unsigned long n = atomic_fetch_add(&count, 1) + 1;
    if (fail_at == 0 || n < fail_at || (n > fail_at && !fail_on))
        return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size)
{
    return must_fail() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return must_fail() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
    return must_fail() ? NULL : __libc_realloc(p, size);
}

void *memalign(size_t alignment, size_t size)
{
    return must_fail() ? NULL : __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *p = memalign(alignment, size);
    if (!p)
        return ENOMEM;
    *out = p;
    return 0;
}

static void stop_counting(void)
{
    atomic_store(&counting, 0);
    const char *path = getenv("FLOW_FAULT_COUNT");
    char text[32];
    int len = snprintf(text, sizeof text, "%lu\n", atomic_load(&count));
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    if (fd >= 0) {
        (void)!write(fd, text, (size_t)len);
        close(fd);
    }
}

typedef int main_function(int, char **, char **);
static main_function *real_main;

static int counted_main(int argc, char **argv, char **envp)
{
    const char *at = getenv("FLOW_FAULT_AT");
    const char *on = getenv("FLOW_FAULT_ON");
    fail_at = at ? strtoul(at, NULL, 10) : 0;
    fail_on = on && *on == '1';
    atexit(stop_counting);
    atomic_store(&counting, 1);
    return real_main(argc, argv, envp);
}

/* What the program's start calls to run main. */
int __libc_start_main(main_function *main, int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
    int (*real)(main_function *, int, char **, void (*)(void), void (*)(void), void (*)(void),
                void *);
    void *symbol = dlsym(RTLD_NEXT, "__libc_start_main");
    memcpy(&real, &symbol, sizeof real);
    real_main = main;
    return real(counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}
