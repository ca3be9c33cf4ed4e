/* Numbers of lines, as a set. In pages of bits; a page that is full costs nothing, so that a
 * billion lines that are there but for a few take little memory. */
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
