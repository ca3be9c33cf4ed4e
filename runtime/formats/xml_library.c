#include "formats/xml_library.h"

#include "base/mem.h"

#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Set once, under `once`; read only afterwards. */
static struct {
    pthread_once_t once;
    bool there;
    struct xml_library functions;
} loaded = { .once = PTHREAD_ONCE_INIT };

/* Where each function goes. */
static const struct row {
    const char *name;
    size_t offset;
} rows[] = {
#define FUNCTION(result, name, parameters) { #name, offsetof(struct xml_library, name) },
    XML_LIBRARY(FUNCTION)
#undef FUNCTION
};

/* POSIX has it that an object pointer from dlsym holds a function's address as well. */
static bool find_all(void *library, struct xml_library *functions)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        void *symbol = dlsym(library, rows[i].name);
        if (!symbol)
            return false;
        memcpy((char *)functions + rows[i].offset, &symbol, sizeof symbol);
    }
    return true;
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
    if (!library && was_for_memory())
        mem_exhausted();
    loaded.there = library && find_all(library, f);
    /* What it cannot have ends the program in the one place. */
    if (loaded.there)
        f->xmlMemSetup(mem_free, mem_alloc, mem_resize_bytes, mem_copy_string);
    /* By one thread, before any uses it; afterwards each may have a parser of its own. */
    if (loaded.there)
        f->xmlInitParser();
}

const struct xml_library *xml_library(void)
{
    pthread_once(&loaded.once, load);
    return loaded.there ? &loaded.functions : NULL;
}
