#include "base/xml_library.h"

#include "base/mem.h"

#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

/* Set once, under `once`; read only afterwards. */
static struct {
    pthread_once_t once;
    bool there;
    struct xml_library functions;
} loaded = { .once = PTHREAD_ONCE_INIT };

/* POSIX has it that an object pointer from dlsym holds a function's address as well. */
static bool find(void *library, const char *name, void *function)
{
    void *symbol = dlsym(library, name);
    memcpy(function, &symbol, sizeof symbol);
    return symbol != NULL;
}

/* The loader has words for its reasons, and no codes. */
static bool was_for_memory(void)
{
    bool no_memory = errno == ENOMEM;
    const char *reason = dlerror();
    return no_memory || (reason && strstr(reason, "memory"));
}

static void load(void)
{
    struct xml_library *f = &loaded.functions;
    errno = 0;
    void *library = dlopen(XML_SONAME, RTLD_NOW | RTLD_LOCAL);
    bool good = library != NULL;
    if (!good && was_for_memory())
        mem_exhausted();
#define FUNCTION(result, name, parameters) good = good && find(library, #name, &f->name);
    XML_LIBRARY(FUNCTION)
#undef FUNCTION
    /* What it cannot have ends the program in the one place. */
    if (good)
        f->xmlMemSetup(mem_free, mem_alloc, mem_resize_bytes, mem_copy_string);
    loaded.there = good;
}

const struct xml_library *xml_library(void)
{
    pthread_once(&loaded.once, load);
    return loaded.there ? &loaded.functions : NULL;
}
