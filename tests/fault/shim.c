/* Loaded before a program (LD_PRELOAD), makes one of its allocations fail, or all from one on. From
 * the environment:
 *
 *   FLOW_FAULT_AT=N      the Nth allocation after main begins, from 1
 *
 *   FLOW_FAULT_ON=1      and all after it
 *
 *   FLOW_FAULT_COUNT=F   at the end, how many there were, how many reads and writes were short, and
 *                        how many allocations were not given back, go to this file
 *
 *   FLOW_SHORT=half      reads and writes of more than 8 bytes do half of it; a number: at most so
 *                        many bytes. Those of 8 bytes, and those of pipes and events beyond stderr,
 *                        are what libuv tells itself: the kernel never shortens them
 *
 *   FLOW_FAULT_LOOKUP=N  looking up a name ends with the error N of getaddrinfo (netdb.h); `hang`:
 *                        it never ends
 *
 *   FLOW_FAULT_FLOOD=T   after a first piece of what a server sent, each further read of a socket
 *                        gives as much as was asked for of T, again and again
 *
 * For programs that allocate from the C library: tests/fault/flowrun is one that does. Counts
 * malloc, calloc, realloc, posix_memalign, aligned_alloc and memalign, of all libraries, until the
 * program's exit has called its handlers: what the runtime of `--coverage` asks for then is not
 * ours. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* glibc's own, which need no looking up. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *p);

static atomic_ulong count;
static atomic_ulong short_count;
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

static atomic_long live;

static void *kept(void *p)
{
    if (p && atomic_load_explicit(&counting, memory_order_relaxed))
        atomic_fetch_add_explicit(&live, 1, memory_order_relaxed);
    return p;
}

void *malloc(size_t size)
{
    return must_fail() ? NULL : kept(__libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
    return must_fail() ? NULL : kept(__libc_calloc(n, size));
}

void *realloc(void *p, size_t size)
{
    if (must_fail())
        return NULL;
    return p ? __libc_realloc(p, size) : kept(__libc_realloc(p, size));
}

void *memalign(size_t alignment, size_t size)
{
    return must_fail() ? NULL : kept(__libc_memalign(alignment, size));
}

void free(void *p)
{
    if (p && atomic_load_explicit(&counting, memory_order_relaxed))
        atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
    __libc_free(p);
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
    char text[64];
    int len = snprintf(text, sizeof text, "%lu %lu %ld\n", atomic_load(&count),
                       atomic_load(&short_count), atomic_load(&live));
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    if (fd >= 0) {
        (void)!write(fd, text, (size_t)len);
        close(fd);
    }
}

/* Reads and writes that do less. */

static size_t short_most; /* 0: half */
static int is_short;

static size_t shorten(int fd, size_t len)
{
    struct stat facts;
    if (!is_short || len <= 8 || !atomic_load_explicit(&counting, memory_order_relaxed))
        return len;
    if (fd > STDERR_FILENO && fstat(fd, &facts) == 0 && !S_ISREG(facts.st_mode) &&
        !S_ISSOCK(facts.st_mode))
        return len;
    atomic_fetch_add(&short_count, 1);
    return short_most && short_most < len ? short_most : len / 2;
}

#define REAL(name, type)                                                                           \
    static _Atomic(type) found;                                                                    \
    type real = atomic_load(&found);                                                               \
    if (!real) {                                                                                   \
        void *symbol = dlsym(RTLD_NEXT, name);                                                     \
        memcpy(&real, &symbol, sizeof real);                                                       \
        atomic_store(&found, real);                                                                \
    }

typedef ssize_t read_function(int, void *, size_t);
typedef ssize_t write_function(int, const void *, size_t);
typedef ssize_t pwrite_function(int, const void *, size_t, off_t);
typedef ssize_t recv_function(int, void *, size_t, int);
typedef ssize_t send_function(int, const void *, size_t, int);

ssize_t read(int fd, void *p, size_t len)
{
    REAL("read", read_function *)
    return real(fd, p, shorten(fd, len));
}

ssize_t write(int fd, const void *p, size_t len)
{
    REAL("write", write_function *)
    return real(fd, p, shorten(fd, len));
}

ssize_t pwrite(int fd, const void *p, size_t len, off_t at)
{
    REAL("pwrite", pwrite_function *)
    return real(fd, p, shorten(fd, len), at);
}

ssize_t pwrite64(int fd, const void *p, size_t len, off_t at)
{
    REAL("pwrite64", pwrite_function *)
    return real(fd, p, shorten(fd, len), at);
}

/* With FLOW_FAULT_FLOOD, each read of a socket after the first is filled with that text. Returns
 * whether p was filled. */
static int flood(void *p, size_t len, int flags)
{
    static atomic_int has_begun;
    const char *text = getenv("FLOW_FAULT_FLOOD");
    if (!text || flags & MSG_PEEK || !atomic_exchange(&has_begun, 1))
        return 0;
    for (size_t i = 0; i < len; i++)
        ((char *)p)[i] = text[i % strlen(text)];
    return 1;
}

ssize_t recv(int fd, void *p, size_t len, int flags)
{
    REAL("recv", recv_function *)
    return flood(p, len, flags) ? (ssize_t)len : real(fd, p, shorten(fd, len), flags);
}

ssize_t send(int fd, const void *p, size_t len, int flags)
{
    REAL("send", send_function *)
    return real(fd, p, shorten(fd, len), flags);
}

typedef int lookup_function(const char *, const char *, const struct addrinfo *,
                            struct addrinfo **);

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **addresses)
{
    const char *error = getenv("FLOW_FAULT_LOOKUP");
    while (error && strcmp(error, "hang") == 0)
        pause();
    if (error)
        return atoi(error);
    REAL("getaddrinfo", lookup_function *)
    return real(name, service, hints, addresses);
}

typedef int main_function(int, char **, char **);
static main_function *real_main;

static int counted_main(int argc, char **argv, char **envp)
{
    const char *at = getenv("FLOW_FAULT_AT");
    const char *on = getenv("FLOW_FAULT_ON");
    fail_at = at ? strtoul(at, NULL, 10) : 0;
    fail_on = on && *on == '1';
    const char *most = getenv("FLOW_SHORT");
    is_short = most != NULL;
    short_most = most ? strtoul(most, NULL, 10) : 0;
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
