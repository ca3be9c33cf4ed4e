/* Forges the images named on the command line, systematically: each field of each table is put at
 * its bounds, one beside them, and at the bounds of what its bytes can hold; so is each operand of
 * each instruction, and each four bytes of the file, whatever they are. The checksum is right. What
 * is accepted is run (image_run.h). Says how many were refused; ends with 1 where a refusal gave no
 * reason, and by a signal where something does not hold.
 *
 *   image_bounds STEP FILE...      STEP: of the rows, instructions and bytes every so many-th */
#include "base/bytes.h"
#include "base/mem.h"
#include "program/image.h"
#include "program/image_format.h"
#include "program/image_table.h"
#include "program/opcode.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/image_change.h"
#include "tests/fuzz/image_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_EACH 3 /* of a table: the first, one in the middle, the last */
#define MAX_VALUES 40

struct tally {
    unsigned long refused;
    unsigned long accepted;
    unsigned long silent; /* refused without a reason */
};

static uint32_t every; /* STEP */

static void refuse(struct tally *tally, const char *reason)
{
    tally->refused++;
    if (!reason || !*reason)
        tally->silent++;
}

/* The bytes are in a block of exactly their size, so that ASan sees a read beyond them. */
static void try_bytes(struct tally *tally, const char *p, size_t len, bool with_tests)
{
    char *exact = mem_alloc(len);
    memcpy(exact, p, len);
    image_mend((uint8_t *)exact, len);
    char *reason = NULL;
    fuzz_begin(0);
    struct image *image = image_read(exact, len, &reason);
    mem_free(exact);
    if (image)
        reason = verify_image(image);
    if (!image || reason) {
        refuse(tally, reason);
    } else {
        tally->accepted++;
        image_run(image, with_tests);
    }
    fuzz_end();
    mem_free(reason);
    image_free(image);
}

static void try_image(struct tally *tally, const struct image *image, bool with_tests)
{
    struct bytes b = { 0 };
    image_write(image, &b);
    try_bytes(tally, b.data, b.len, with_tests);
    bytes_release(&b);
}

/* Numbers to put somewhere, each once. */
struct values {
    uint64_t items[MAX_VALUES];
    size_t len;
};

static void add(struct values *v, uint64_t number, unsigned width)
{
    uint64_t cut = width < 8 ? number & ((UINT64_C(1) << 8 * width) - 1) : number;
    for (size_t i = 0; i < v->len; i++) {
        if (v->items[i] == cut)
            return;
    }
    if (v->len < MAX_VALUES)
        v->items[v->len++] = cut;
}

static void add_around(struct values *v, uint64_t number, unsigned width)
{
    add(v, number - 1, width);
    add(v, number, width);
    add(v, number + 1, width);
}

/* What the bytes themselves can hold, with a sign and without. */
static void add_extremes(struct values *v, unsigned width)
{
    add_around(v, 0, width);
    add_around(v, UINT64_C(1) << (8 * width - 1), width);
    for (unsigned narrow = 1; narrow < width; narrow *= 2)
        add_around(v, UINT64_C(1) << 8 * narrow, width);
}

static struct values values_for(const struct image *image, const struct image_field *field,
                                uint64_t now)
{
    struct values v = { .len = 0 };
    add_around(&v, now, field->width);
    add_extremes(&v, field->width);
    add_around(&v, field->least, field->width);
    add_around(&v, field->most, field->width);
    if (field->bound == BOUND_ROW || field->bound == BOUND_FIRST || field->bound == BOUND_COUNT)
        add_around(&v, image_table_count(image, (enum image_table_id)field->table), field->width);
    if (field->bound == BOUND_TEXT)
        add_around(&v, image->constant_count, field->width);
    return v;
}

static void try_field(struct tally *tally, struct image *image, void *row,
                      const struct image_field *field)
{
    uint64_t before = image_field_get(row, field);
    struct values v = values_for(image, field, before);
    for (size_t i = 0; i < v.len; i++) {
        image_field_set(row, field, v.items[i]);
        if (v.items[i] != before)
            try_image(tally, image, true);
    }
    image_field_set(row, field, before);
}

static void try_table(struct tally *tally, struct image *image, enum image_table_id id)
{
    const struct image_table *table = &image_tables[id];
    uint32_t count = image_table_count(image, id);
    char *rows = image_table_rows(image, id);
    uint32_t looked_at = count < ROWS_EACH ? count : every > 1 ? 1 : ROWS_EACH;
    for (uint32_t i = 0; i < looked_at; i++) {
        uint32_t row = looked_at > 1 ? (count - 1) / (looked_at - 1) * i : 0;
        for (uint32_t f = 0; f < table->field_count; f++)
            try_field(tally, image, rows + (size_t)row * table->size, &table->fields[f]);
    }
}

static void try_tables(struct tally *tally, struct image *image)
{
    static const struct image_field first = {
        .name = "main", .width = 4, .bound = BOUND_ROW, .table = TABLE_FUNCTIONS
    };
    for (unsigned id = TABLE_CONSTANTS + 1; id < TABLES; id++) {
        if (id != TABLE_CODE)
            try_table(tally, image, (enum image_table_id)id);
    }
    try_field(tally, image, &image->main, &first);
}

/* The bytes of the first word each by itself; further words whole. */
static void try_word(struct tally *tally, struct image *image, uint32_t at, bool is_first)
{
    static const enum image_table_id named[] = { TABLE_CONSTANTS, TABLE_TYPES, TABLE_FUNCTIONS,
                                                 TABLE_SITES, TABLE_BUILTINS };
    uint32_t before = image->code[at];
    for (unsigned place = 0; place < (is_first ? 4 : 1); place++) {
        struct values v = { .len = 0 };
        unsigned width = is_first ? 1 : 4;
        add_around(&v, before >> 8 * place, width);
        add_extremes(&v, width);
        for (size_t i = 0; i < sizeof named / sizeof *named; i++)
            add(&v, image_table_count(image, named[i]), width);
        for (size_t i = 0; i < v.len; i++) {
            uint32_t kept = is_first ? before & ~(0xffu << 8 * place) : 0;
            image->code[at] = kept | (uint32_t)v.items[i] << 8 * place;
            if (image->code[at] != before)
                try_image(tally, image, false);
        }
    }
    image->code[at] = before;
}

static void try_code(struct tally *tally, struct image *image)
{
    uint32_t number = 0;
    for (uint32_t pc = 0; pc < image->code_count; number++) {
        uint32_t words = opcode_words(image->code[pc]);
        for (uint32_t i = 0; i < words && number % every == 0; i++)
            try_word(tally, image, pc + i, i == 0);
        pc += words;
    }
}

/* Counts, lengths, kinds of constants: what the reader looks at. */
static void try_file(struct tally *tally, const struct image *image)
{
    static const uint32_t numbers[] = { 0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff };
    struct bytes b = { 0 };
    image_write(image, &b);
    for (size_t at = IMAGE_HEADER_BYTES; at + 4 <= b.len; at += every) {
        char before[4];
        memcpy(before, b.data + at, 4);
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
            for (int k = 0; k < 4; k++)
                b.data[at + (size_t)k] = (char)(numbers[i] >> 8 * k);
            try_bytes(tally, b.data, b.len, false);
        }
        memcpy(b.data + at, before, 4);
    }
    bytes_release(&b);
}

static void report(const char *what, const struct tally *tally)
{
    printf("%s: %lu refused, %lu accepted\n", what, tally->refused, tally->accepted);
}

static struct image *load(const char *path)
{
    static char data[1 << 20];
    char *reason = NULL;
    FILE *file = fopen(path, "rb");
    size_t len = file ? fread(data, 1, sizeof data, file) : 0;
    struct image *image = image_read(data, len, &reason);
    if (!image || len == sizeof data)
        fuzz_fail(path, reason ? reason : "it is too large");
    fclose(file);
    return image;
}

int main(int argc, char **argv)
{
    struct tally whole = { 0 }, tables = { 0 }, code = { 0 }, files = { 0 };
    every = argc > 2 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
    if (every == 0) {
        fprintf(stderr, "usage: image_bounds STEP FILE.flowb...\n");
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        struct image *image = load(argv[i]);
        try_image(&whole, image, true);
        try_tables(&tables, image);
        try_code(&code, image);
        try_file(&files, image);
        image_free(image);
    }
    report("whole", &whole);
    report("fields at their bounds", &tables);
    report("operands at their bounds", &code);
    report("numbers of the file", &files);
    return whole.silent + tables.silent + code.silent + files.silent > 0;
}

/* image_change.c is linked as well; it changes nothing here. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
    (void)data;
    (void)max_size;
    return size;
}
