/* image_tables.def as data, for code that treats all fields of all tables alike: the reader and
 * writer, the verifier, and the tests that set each field to its limits. Knows the place and the
 * range of a field, not its purpose. */
#ifndef FLOW_PROGRAM_IMAGE_TABLE_H
#define FLOW_PROGRAM_IMAGE_TABLE_H

#include "program/image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum image_table_id {
    TABLE_CONSTANTS, /* not of the .def: its rows differ in length */
#define TABLE(symbol, rows, one, what) TABLE_##symbol,
#define COLUMN(symbol, rows, one, type, bound, what) TABLE_##symbol,
#include "program/image_tables.def"
    TABLES
};

/* As image_tables.def says; FLAG and ENUM are numbers. */
enum image_bound {
    BOUND_ANY,
    BOUND_NUMBER,
    BOUND_TEXT,
    BOUND_ROW,
    BOUND_FIRST,
    BOUND_COUNT, /* follows its BOUND_FIRST */
    BOUND_LABEL,
    BOUND_SEPARATOR,
};

struct image_field {
    const char *name;
    uint32_t offset;  /* in the row */
    uint8_t width;    /* bytes, in memory and in the file: 1, 2, 4 or 8 */
    uint8_t bound;    /* enum image_bound */
    bool may_be_none; /* IMAGE_NONE besides */
    uint8_t table;    /* BOUND_ROW, BOUND_FIRST, BOUND_COUNT: enum image_table_id */
    uint64_t least;   /* BOUND_NUMBER, BOUND_COUNT */
    uint64_t most;
};

struct image_table {
    const char *rows;     /* "endpoints" */
    const char *one;      /* "endpoint" */
    uint32_t rows_offset; /* of the pointer, in struct image */
    uint32_t count_offset;
    uint32_t size;        /* of a row in memory */
    uint32_t field_count; /* 0: the constants */
    const struct image_field *fields;
};

/* One per enum image_table_id, in the order of the file. */
extern const struct image_table image_tables[TABLES];

/* The rows of a table of the image; NULL where it has none. */
void *image_table_rows(const struct image *image, enum image_table_id table);
uint32_t image_table_count(const struct image *image, enum image_table_id table);

/* Takes ownership of rows, which were allocated by mem.h; those before are the caller's. */
void image_table_set(struct image *image, enum image_table_id table, void *rows, uint32_t count);

/* Bytes that a row takes in the file. */
uint32_t image_table_bytes(const struct image_table *table);

uint64_t image_field_get(const void *row, const struct image_field *field);

/* Cut to the field's width. */
void image_field_set(void *row, const struct image_field *field, uint64_t number);

#endif
