#include "program/image_format.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/utf8.h"
#include "formats/json.h"
#include "program/image_table.h"

#include <math.h>
#include <string.h>

static void fail(struct image_io *io, const char *why)
{
    if (io->failure)
        return;
    io->failure = why;
    io->failed_at = io->at;
}

static void walk_bytes(struct image_io *io, void *p, size_t len)
{
    if (io->out) {
        bytes_add(io->out, p, len);
        return;
    }
    if (io->failure || len > io->len - io->at) {
        fail(io, "the file ends too early");
        memset(p, 0, len);
        return;
    }
    memcpy(p, io->p + io->at, len);
    io->at += len;
}

static void walk_u8(struct image_io *io, uint8_t *v)
{
    walk_bytes(io, v, 1);
}

static void walk_bool(struct image_io *io, bool *v)
{
    uint8_t byte = *v;
    walk_u8(io, &byte);
    if (byte > 1)
        fail(io, "a flag is neither 0 nor 1");
    *v = byte == 1;
}

static void walk_uint(struct image_io *io, uint64_t *v, size_t width)
{
    uint8_t raw[8];
    for (size_t i = 0; i < width; i++)
        raw[i] = (uint8_t)(*v >> (8 * i));
    walk_bytes(io, raw, width);
    *v = 0;
    for (size_t i = 0; i < width; i++)
        *v |= (uint64_t)raw[i] << (8 * i);
}

static void walk_u32(struct image_io *io, uint32_t *v)
{
    uint64_t wide = *v;
    walk_uint(io, &wide, 4);
    *v = (uint32_t)wide;
}

static void walk_u64(struct image_io *io, uint64_t *v)
{
    walk_uint(io, v, 8);
}

/* The count of rows that take at least `least` bytes each in the file, and when reading the zeroed
 * array of `size` bytes a row: never more than the bytes left can fill. */
static void *walk_count(struct image_io *io, uint32_t *count, void *rows, size_t size, size_t least)
{
    walk_u32(io, count);
    if (io->out)
        return rows;
    if (!io->failure && *count > (io->len - io->at) / least)
        fail(io, "a count is larger than the file");
    if (io->failure)
        *count = 0;
    return mem_alloc_zeroed(*count, size);
}

static void write_text(struct image_io *io, struct text *t)
{
    uint32_t len = t->len;
    walk_u32(io, &len);
    bytes_add(io->out, t->data, len);
}

static struct value read_text(struct image_io *io)
{
    uint32_t len = 0;
    walk_u32(io, &len);
    if (!io->failure && len > io->len - io->at)
        fail(io, "a text is longer than the file");
    if (!io->failure && utf8_valid_prefix(io->p + io->at, len) != len)
        fail(io, "a text is not UTF-8");
    if (io->failure)
        return value_null();
    struct value v = value_text(io->p + io->at, len);
    io->at += len;
    return v;
}

static void walk_number(struct image_io *io, struct value *v)
{
    uint64_t bits;
    memcpy(&bits, &v->number, sizeof bits);
    walk_u64(io, &bits);
    memcpy(&v->number, &bits, sizeof bits);
    if (!isfinite(v->number)) {
        fail(io, "a number is not finite");
        *v = value_null();
    }
}

static void write_parts(struct image_io *io, const struct value *v, const uint32_t *parts)
{
    uint32_t count = v->counted->len;
    walk_u32(io, &count);
    for (uint32_t i = 0; i < count * (v->tag == VALUE_OBJECT ? 2 : 1); i++) {
        uint32_t part = parts[i];
        walk_u32(io, &part);
    }
}

/* A constant list or object refers to constants before it. */
static struct value earlier(struct image_io *io, const struct image *image, uint32_t at)
{
    uint32_t index = 0;
    walk_u32(io, &index);
    if (!io->failure && index >= at)
        fail(io, "a constant refers to a later one");
    return io->failure ? value_null() : image->constants[index];
}

static struct value read_list(struct image_io *io, const struct image *image, uint32_t at)
{
    uint32_t count = 0;
    walk_u32(io, &count);
    if (!io->failure && count > (io->len - io->at) / 4)
        fail(io, "a constant list is longer than the file");
    struct value list = value_list(io->failure ? 0 : count);
    for (uint32_t i = 0; i < count && !io->failure; i++)
        value_list_push(&list, earlier(io, image, at));
    return list;
}

static struct value read_object(struct image_io *io, const struct image *image, uint32_t at)
{
    uint32_t count = 0;
    walk_u32(io, &count);
    if (!io->failure && count > (io->len - io->at) / 8)
        fail(io, "a constant object is longer than the file");
    struct value object = value_object(io->failure ? 0 : count);
    for (uint32_t i = 0; i < count && !io->failure; i++) {
        struct value key = earlier(io, image, at);
        struct value item = earlier(io, image, at);
        if (key.tag != VALUE_TEXT)
            fail(io, "a key of a constant object is not a text");
        else
            value_object_put(&object, key.text, item);
    }
    return object;
}

static struct value read_decimal(struct image_io *io)
{
    struct value text = read_text(io);
    int64_t i;
    double d;
    if (!io->failure && number_read(text.text->data, text.text->len, &i, &d) != NUMBER_DECIMAL)
        fail(io, "a decimal constant is not a decimal");
    struct value v = io->failure ? value_null() : value_decimal(text.text->data, text.text->len);
    value_unref(text);
    return v;
}

static struct value read_constant(struct image_io *io, const struct image *image, uint32_t at,
                                  uint8_t tag)
{
    struct value v = { .tag = tag };
    uint64_t bits = 0;
    switch ((enum value_tag)tag) {
    case VALUE_NULL:
        return value_null();
    case VALUE_BOOL:
        walk_bool(io, &v.boolean);
        return v;
    case VALUE_INT:
        walk_u64(io, &bits);
        return value_int((int64_t)bits);
    case VALUE_NUMBER:
        v.number = 0;
        walk_number(io, &v);
        return v;
    case VALUE_DECIMAL:
        return read_decimal(io);
    case VALUE_TEXT:
        return read_text(io);
    case VALUE_LIST:
        return read_list(io, image, at);
    case VALUE_OBJECT:
        return read_object(io, image, at);
    }
    fail(io, "a constant is of an unknown kind");
    return value_null();
}

static uint64_t identity(struct value v)
{
    if (v.tag == VALUE_BOOL)
        return v.boolean;
    return v.tag == VALUE_NULL ? 0 : (uint64_t)v.integer; /* the bits, or the pointer */
}

/* Which constant a part of a composite one is: a hash table of all constants by identity, made when
 * the first composite is written. Parts are always there, before the whole. */
static uint32_t part_slot(const struct image_io *io, const struct image *image, struct value part)
{
    uint64_t bits = identity(part);
    uint32_t at = (uint32_t)((bits * 0x9e3779b97f4a7c15u + part.tag) >> 32) & (io->part_cap - 1);
    for (; io->parts[at]; at = (at + 1) & (io->part_cap - 1)) {
        struct value c = image->constants[io->parts[at] - 1];
        if (c.tag == part.tag && identity(c) == bits)
            break;
    }
    return at;
}

static void index_parts(struct image_io *io, const struct image *image)
{
    io->part_cap = 64;
    while (io->part_cap < image->constant_count * 2)
        io->part_cap *= 2;
    io->parts = mem_alloc_zeroed(io->part_cap, sizeof *io->parts);
    for (uint32_t i = 0; i < image->constant_count; i++) {
        uint32_t at = part_slot(io, image, image->constants[i]);
        if (!io->parts[at])
            io->parts[at] = i + 1;
    }
}

static uint32_t index_of(struct image_io *io, const struct image *image, struct value part)
{
    if (!io->parts)
        index_parts(io, image);
    uint32_t row = io->parts[part_slot(io, image, part)];
    return row ? row - 1 : 0;
}

static void write_composite(struct image_io *io, const struct image *image, uint32_t at)
{
    struct value v = image->constants[at];
    uint32_t count = v.counted->len * (v.tag == VALUE_OBJECT ? 2 : 1);
    uint32_t *parts = mem_alloc_zeroed(count + 1, sizeof *parts);
    for (uint32_t i = 0; i < v.counted->len; i++) {
        if (v.tag == VALUE_LIST) {
            parts[i] = index_of(io, image, v.list->items[i]);
            continue;
        }
        struct value key = { .tag = VALUE_TEXT, .text = v.object->members[i].key };
        parts[2 * i] = index_of(io, image, key);
        parts[2 * i + 1] = index_of(io, image, v.object->members[i].value);
    }
    write_parts(io, &v, parts);
    mem_free(parts);
}

static void write_constant(struct image_io *io, const struct image *image, uint32_t at)
{
    struct value v = image->constants[at];
    uint64_t bits = (uint64_t)v.integer;
    switch ((enum value_tag)v.tag) {
    case VALUE_NULL:
        return;
    case VALUE_BOOL:
        walk_bool(io, &v.boolean);
        return;
    case VALUE_INT:
        walk_u64(io, &bits);
        return;
    case VALUE_NUMBER:
        walk_number(io, &v);
        return;
    case VALUE_DECIMAL:
    case VALUE_TEXT:
        write_text(io, v.text);
        return;
    case VALUE_LIST:
    case VALUE_OBJECT:
        write_composite(io, image, at);
        return;
    }
}

/* Composite constants share their parts, so a small file could describe an enormous value. */
static void weigh(struct image_io *io, struct value v)
{
    if (value_depth(v) > IMAGE_MAX_DEPTH)
        fail(io, "a constant is nested too deeply");
    if (value_size_up_to(v, VALUE_MAX_BYTES) > VALUE_MAX_BYTES)
        fail(io, "a constant is too large");
}

static void walk_constants(struct image_io *io, struct image *image)
{
    image->constants =
        walk_count(io, &image->constant_count, image->constants, sizeof *image->constants, 1);
    for (uint32_t i = 0; i < image->constant_count; i++) {
        uint8_t tag = (uint8_t)image->constants[i].tag;
        walk_u8(io, &tag);
        if (io->out) {
            write_constant(io, image, i);
            continue;
        }
        image->constants[i] = read_constant(io, image, i, tag);
        weigh(io, image->constants[i]);
        value_make_immortal(image->constants[i]);
    }
}

static void walk_field(struct image_io *io, void *row, const struct image_field *field)
{
    uint64_t number = io->out ? image_field_get(row, field) : 0;
    walk_uint(io, &number, field->width);
    if (!io->out)
        image_field_set(row, field, number);
}

static void walk_table(struct image_io *io, struct image *image, enum image_table_id id)
{
    const struct image_table *table = &image_tables[id];
    uint32_t count = image_table_count(image, id);
    char *rows =
        walk_count(io, &count, image_table_rows(image, id), table->size, image_table_bytes(table));
    image_table_set(image, id, rows, count);
    for (uint32_t i = 0; i < count; i++, rows += table->size) {
        for (uint32_t f = 0; f < table->field_count; f++)
            walk_field(io, rows, &table->fields[f]);
    }
}

void image_walk(struct image_io *io, struct image *image)
{
    walk_bytes(io, image->compiler, IMAGE_COMPILER);
    walk_bytes(io, image->source_hash, IMAGE_HASH);
    walk_u32(io, &image->main);
    walk_constants(io, image);
    for (unsigned id = TABLE_CONSTANTS + 1; id < TABLES; id++)
        walk_table(io, image, (enum image_table_id)id);
    if (!io->out && !io->failure && io->at != io->len)
        fail(io, "there are bytes after the end");
}
