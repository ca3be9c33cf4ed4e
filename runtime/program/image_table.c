#include "program/image_table.h"

#include <string.h>

#define NUMBER(lowest, highest) .bound = BOUND_NUMBER, .least = (lowest), .most = (highest)
#define MAYBE_NUMBER(lowest, highest) NUMBER(lowest, highest), .may_be_none = true
#define ENUM(name, count) NUMBER(0, (count)-1)
#define FLAG NUMBER(0, 1)
#define TEXT .bound = BOUND_TEXT
#define MAYBE_TEXT TEXT, .may_be_none = true
#define ROW(of) .bound = BOUND_ROW, .table = TABLE_##of
#define MAYBE_ROW(of) ROW(of), .may_be_none = true
#define FIRST(of) .bound = BOUND_FIRST, .table = TABLE_##of
#define COUNT(of, lowest, highest)                                                                 \
    .bound = BOUND_COUNT, .table = TABLE_##of, .least = (lowest), .most = (highest)
#define LABEL .bound = BOUND_LABEL
#define SEPARATOR .bound = BOUND_SEPARATOR
#define ANY .bound = BOUND_ANY

#define TABLE(symbol, rows, one, what) static const struct image_field fields_of_##one[] = {
#define FIELD(one, kind, member, limits, meaning)                                                  \
    { .name = #member,                                                                             \
      .offset = offsetof(struct image_##one, member),                                              \
      .width = sizeof(kind),                                                                       \
      limits },
#define END_TABLE(one)                                                                             \
    }                                                                                              \
    ;
#define COLUMN(symbol, rows, one, kind, limits, what)                                              \
    static const struct image_field fields_of_##one[] = {                                          \
        { .name = #one, .width = sizeof(kind), limits }                                            \
    };
#include "program/image_tables.def"

#define DESCRIBE(rows_name, one_name)                                                              \
    { .rows = #rows_name,                                                                          \
      .one = #one_name,                                                                            \
      .rows_offset = offsetof(struct image, rows_name),                                            \
      .count_offset = offsetof(struct image, one_name##_count),                                    \
      .size = sizeof *((struct image *)0)->rows_name,                                              \
      .field_count = sizeof fields_of_##one_name / sizeof *fields_of_##one_name,                   \
      .fields = fields_of_##one_name },

const struct image_table image_tables[TABLES] = {
    { .rows = "constants",
      .one = "constant",
      .rows_offset = offsetof(struct image, constants),
      .count_offset = offsetof(struct image, constant_count),
      .size = sizeof(struct value) },
#define TABLE(symbol, rows, one, what) DESCRIBE(rows, one)
#define COLUMN(symbol, rows, one, type, bound, what) DESCRIBE(rows, one)
#include "program/image_tables.def"
};

/* A pointer to rows of some type is copied as bytes: struct image knows it by its own type. */
void *image_table_rows(const struct image *image, enum image_table_id table)
{
    void *rows;
    memcpy(&rows, (const char *)image + image_tables[table].rows_offset, sizeof rows);
    return rows;
}

uint32_t image_table_count(const struct image *image, enum image_table_id table)
{
    uint32_t count;
    memcpy(&count, (const char *)image + image_tables[table].count_offset, sizeof count);
    return count;
}

void image_table_set(struct image *image, enum image_table_id table, void *rows, uint32_t count)
{
    memcpy((char *)image + image_tables[table].rows_offset, &rows, sizeof rows);
    memcpy((char *)image + image_tables[table].count_offset, &count, sizeof count);
}

uint32_t image_table_bytes(const struct image_table *table)
{
    uint32_t bytes = 0;
    for (uint32_t i = 0; i < table->field_count; i++)
        bytes += table->fields[i].width;
    return bytes;
}

uint64_t image_field_get(const void *row, const struct image_field *field)
{
    const char *p = (const char *)row + field->offset;
    uint8_t v8;
    uint16_t v16;
    uint32_t v32;
    uint64_t v64;
    switch (field->width) {
    case 1:
        memcpy(&v8, p, sizeof v8);
        return v8;
    case 2:
        memcpy(&v16, p, sizeof v16);
        return v16;
    case 4:
        memcpy(&v32, p, sizeof v32);
        return v32;
    default:
        memcpy(&v64, p, sizeof v64);
        return v64;
    }
}

void image_field_set(void *row, const struct image_field *field, uint64_t number)
{
    char *p = (char *)row + field->offset;
    uint8_t v8 = (uint8_t)number;
    uint16_t v16 = (uint16_t)number;
    uint32_t v32 = (uint32_t)number;
    switch (field->width) {
    case 1:
        memcpy(p, &v8, sizeof v8);
        break;
    case 2:
        memcpy(p, &v16, sizeof v16);
        break;
    case 4:
        memcpy(p, &v32, sizeof v32);
        break;
    default:
        memcpy(p, &number, sizeof number);
        break;
    }
}
