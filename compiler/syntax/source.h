/* Source files: bytes, and where a position is. Knows nothing of syntax.
 *
 * All files of one compilation share one space of 32-bit offsets: each file has a base, and a
 * position is base + byte offset. So a span is two numbers wherever it comes from. */
#ifndef FLOW_SYNTAX_SOURCE_H
#define FLOW_SYNTAX_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOURCE_MAX_BYTES (64u << 20)

struct span {
    uint32_t start; /* of the first byte */
    uint32_t end;   /* after the last byte */
};

struct source {
    const char *path; /* as the user wrote it, or relative to the importing file */
    const char *data; /* len bytes and two NULs (as flex wants them) */
    size_t len;
    uint32_t base;
    uint32_t *lines; /* offsets of line starts, made when first asked for */
    size_t line_count;
    size_t last_line; /* the index that was found last: most positions are asked for in order */
};

struct sources {
    struct source **items;
    size_t len;
};

struct place {
    const struct source *source; /* NULL when pos is in no file */
    uint32_t line;               /* from 1 */
    uint32_t column;             /* from 1, in characters */
};

void sources_release(struct sources *s);

/* Reads a file. NULL: it cannot be read, *reason (static or strerror) says why. Owned by s. */
struct source *sources_read(struct sources *s, const char *path, const char **reason);

/* Adds text that is already in memory (copied). Owned by s. */
struct source *sources_add(struct sources *s, const char *path, const char *data, size_t len);

struct place sources_locate(struct sources *s, uint32_t pos);

/* The same with column 0. Faster, because a column is counted from the beginning of its line. */
struct place sources_line(struct sources *s, uint32_t pos);

/* The bytes of a line (from 1) without its line end. */
const char *source_line(struct source *source, uint32_t line, size_t *len);

static inline struct span span_join(struct span a, struct span b)
{
    return (struct span){ a.start, b.end };
}

#endif
