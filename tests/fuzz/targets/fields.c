/* Any bytes as an image, whose checksum is put right, with fields of its tables at their bounds:
 * what the verifier accepts is run as a whole (image_run.h), in the simulated world and in a real
 * loop that can connect to nothing. Nothing may crash, leak or hang. */
#include "base/mem.h"
#include "program/image.h"
#include "program/image_format.h"
#include "program/image_table.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/image_change.h"
#include "tests/fuzz/image_run.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < IMAGE_HEADER_BYTES)
        return 0;
    char *copy = mem_alloc(size);
    memcpy(copy, data, size);
    image_mend((uint8_t *)copy, size);
    char *reason = NULL;
    fuzz_begin(0);
    struct image *image = image_read(copy, size, &reason);
    if (image)
        reason = verify_image(image);
    if (image && !reason)
        image_run(image, false);
    fuzz_end();
    mem_free(reason);
    mem_free(copy);
    image_free(image);
    return 0;
}

static uint64_t some_number(unsigned *seed, const struct image *image,
                            const struct image_field *field, uint64_t now)
{
    const uint64_t numbers[] = {
        now,         field->least,
        field->most, image_table_count(image, (enum image_table_id)field->table),
        0,           UINT64_MAX >> (64 - 8 * field->width),
        INT32_MAX,   UINT16_MAX
    };
    uint64_t number = numbers[(unsigned)rand_r(seed) % (sizeof numbers / sizeof *numbers)];
    return number + (uint64_t)((unsigned)rand_r(seed) % 3) - 1;
}

static void change_field(struct image *image, unsigned *seed)
{
    for (int tries = 0; tries < 20; tries++) {
        enum image_table_id id = (enum image_table_id)(1 + (unsigned)rand_r(seed) % (TABLES - 1));
        const struct image_table *table = &image_tables[id];
        uint32_t count = image_table_count(image, id);
        if (count == 0)
            continue;
        char *row = (char *)image_table_rows(image, id) +
                    (unsigned)rand_r(seed) % count * (size_t)table->size;
        const struct image_field *field =
            &table->fields[(unsigned)rand_r(seed) % table->field_count];
        uint64_t now = image_field_get(row, field);
        image_field_set(row, field, some_number(seed, image, field, now));
        return;
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    char *reason = NULL;
    struct bytes b = { 0 };
    if (size <= IMAGE_HEADER_BYTES || rand_r(&seed) % 4 == 0)
        return image_change(data, size, max_size, seed);
    image_mend(data, size);
    struct image *image = image_read((const char *)data, size, &reason);
    if (image) {
        for (int changes = 1 + rand_r(&seed) % 2; changes > 0; changes--)
            change_field(image, &seed);
        image_write(image, &b);
    }
    bool fits = b.len > 0 && b.len <= max_size;
    if (fits)
        memcpy(data, b.data, b.len);
    size_t changed = fits ? b.len : image_change(data, size, max_size, seed);
    mem_free(reason);
    image_free(image);
    bytes_release(&b);
    return changed;
}
