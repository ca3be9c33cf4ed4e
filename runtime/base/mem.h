/* Memory from the heap. When no memory is left, the program ends in one place, with a message and
 * an exit status, never with a signal. So no caller checks for NULL. */
#ifndef FLOW_BASE_MEM_H
#define FLOW_BASE_MEM_H

#include <stddef.h>

/* The struct of the given type that contains *p as its member. Does not compile where p does not
 * point to that member's type. */
#define OWNER_OF(p, type, member)                                                                  \
    ((type *)(void *)((char *)(1 ? (p) : &((type *)NULL)->member) - offsetof(type, member)))

/* At least size bytes, not cleared; size 0 gives a pointer that may be freed. The caller frees. */
void *mem_alloc(size_t size);

/* count * size bytes, all zero; a product over SIZE_MAX ends the program like exhausted memory. */
void *mem_alloc_zeroed(size_t count, size_t size);

/* Grows or shrinks p to count * size bytes and keeps the contents; p may be NULL. */
void *mem_resize(void *p, size_t count, size_t size);

/* The part of mem_grow that is rarely needed. */
void *mem_double(void *p, size_t *cap, size_t size);

/* p, an array of *cap items of size bytes of which len are used, with room for one more: returns
 * it, grown if it was full. Inline: nearly always there is room. */
static inline void *mem_grow(void *p, size_t *cap, size_t len, size_t size)
{
    return len < *cap ? p : mem_double(p, cap, size);
}

/* A NUL-terminated copy of len bytes. */
char *mem_copy_text(const char *p, size_t len);

/* mem_resize and mem_copy_text with the parameters that libraries expect of an allocator. */
void *mem_resize_bytes(void *p, size_t size);
char *mem_copy_string(const char *text);

/* For a program that runs long: freed memory is kept for later allocations instead of being
 * returned to the system. Call it at the start, before any thread exists. */
void mem_keep(void);

/* How many bytes this thread has allocated so far; freed memory is not subtracted. */
size_t mem_allocated(void);

/* p may be NULL. */
void mem_free(void *p);

/* Prints "PROGRAM: out of memory" on stderr, runs the cleanup and exits with the given status. */
_Noreturn void mem_exhausted(void);

/* Sets the program's name and exit status for mem_exhausted, and what it calls first: cleanup may
 * be NULL, must not allocate, and removes what would be left behind half-written. */
void mem_on_exhausted(const char *program, int status, void (*cleanup)(void));

#endif
