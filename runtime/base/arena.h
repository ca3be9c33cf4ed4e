/* An arena: memory that is allocated piece by piece and freed all at once. The compiler uses it:
 * its trees live as long as the compilation. { 0 } is empty and may be released. */
#ifndef FLOW_BASE_ARENA_H
#define FLOW_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena {
    struct arena_block *blocks;
    char *next;
    char *end;
};

void arena_release(struct arena *a);

/* size zeroed bytes, aligned for any type; lives until arena_release. */
void *arena_alloc(struct arena *a, size_t size);

/* count * size zeroed bytes. */
void *arena_array(struct arena *a, size_t count, size_t size);

/* A NUL-terminated copy of len bytes. */
char *arena_copy(struct arena *a, const char *p, size_t len);

char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

#endif
