/* A set of line numbers, in pages of bits. A full page takes no memory, so that a billion lines
 * with few gaps take little. */
#ifndef FLOW_CLI_LINESET_H
#define FLOW_CLI_LINESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest number there may be. */
#define LINESET_MAX ((uint64_t)1 << 40)

struct lineset_page;

/* { 0 } is empty. */
struct lineset {
    struct lineset_page **pages; /* NULL: empty */
    size_t len;
    uint64_t count;
};

/* line is from 1 to LINESET_MAX. */
void lineset_add(struct lineset *s, uint64_t line);
/* True: it was there. */
bool lineset_remove(struct lineset *s, uint64_t line);
bool lineset_has(const struct lineset *s, uint64_t line);
void lineset_release(struct lineset *s);

#endif
