/* Why a look-up failed. libcurl calls getaddrinfo in a thread of its own and reports only that
 * there is no address, whether the name does not exist or no name server responded. So libcurl is
 * given this getaddrinfo, which calls that of the C library and remembers how the last look-up of
 * each name ended. If a libcurl looks names up in another way, the reason is not known. */
#include "net/http_parts.h"

#include "base/mem.h"

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <string.h>

/* At most this many names whose last look-up failed; the oldest are forgotten first. */
#define NAMES 64u
#define LONGEST_NAME 255u

struct lost_name {
    char name[LONGEST_NAME + 1];
    int error;
};

/* The only state that the loops and the threads of look-ups share. */
static struct {
    pthread_mutex_t mutex;
    struct lost_name failures[NAMES];
    uint32_t next; /* to be overwritten */
} past = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static struct lost_name *find(const char *name, size_t len)
{
    for (uint32_t i = 0; i < NAMES; i++) {
        struct lost_name *f = &past.failures[i];
        if (f->error != 0 && strncmp(f->name, name, len) == 0 && f->name[len] == '\0')
            return f;
    }
    return NULL;
}

static void note(const char *name, int error)
{
    size_t len = strlen(name);
    if (len > LONGEST_NAME)
        return;
    pthread_mutex_lock(&past.mutex);
    struct lost_name *f = find(name, len);
    if (!f && error != 0) {
        f = &past.failures[past.next];
        past.next = (past.next + 1) % NAMES;
        memcpy(f->name, name, len + 1);
    }
    if (f)
        f->error = error;
    pthread_mutex_unlock(&past.mutex);
}

int http_lookup_error(const char *name, size_t len)
{
    if (len > LONGEST_NAME)
        return 0;
    pthread_mutex_lock(&past.mutex);
    const struct lost_name *f = find(name, len);
    int error = f ? f->error : 0;
    pthread_mutex_unlock(&past.mutex);
    return error;
}

typedef int lookup(const char *, const char *, const struct addrinfo *, struct addrinfo **);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static lookup *system_lookup;

/* POSIX guarantees that a pointer from dlsym can be converted to a pointer to a function. */
static void find_system_lookup(void)
{
    void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");
    memcpy(&system_lookup, &symbol, sizeof symbol);
}

__attribute__((visibility("default"))) int getaddrinfo(const char *name, const char *service,
                                                       const struct addrinfo *hints,
                                                       struct addrinfo **addresses)
{
    pthread_once(&once, find_system_lookup);
    int error = system_lookup ? system_lookup(name, service, hints, addresses) : EAI_FAIL;
    if (name)
        note(name, error);
    return error;
}
