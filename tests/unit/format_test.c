/* The number of the bytecode's format rises whenever a row of its tables or of its instructions
 * moves, so that a file that was compiled before is told to be compiled again, and is never run as
 * something else. */
#include "suite.h"

#include "base/bytes.h"
#include "program/image_table.h"
#include "program/opcode.h"
#include "program/outcome.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* What each format was, the newest last. A row is never changed: files of that format may be about.
 */
static const struct {
    uint32_t format;
    uint64_t layout;
} formats[] = {
    { 2, UINT64_C(0xb7ecbcef78db4727) },
    { 3, UINT64_C(0xb77ec9b30c892f7b) },
    { 4, UINT64_C(0xa12a2e6055d6b125) },
    { 5, UINT64_C(0xfdeb5004a0f3c67d) },
};

#define FORMATS (sizeof formats / sizeof *formats)

static void describe_table(const struct image_table *table, struct bytes *b)
{
    bytes_printf(b, "table %s\n", table->rows);
    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct image_field *f = &table->fields[i];
        bytes_printf(b, "field %s %u %u %u %u %llu %llu\n", f->name, f->width, f->bound,
                     f->may_be_none, f->table, (unsigned long long)f->least,
                     (unsigned long long)f->most);
    }
}

static void describe_outcomes(struct bytes *b)
{
    for (unsigned i = 0; i < OUTCOMES; i++)
        bytes_printf(b, "outcome %s\n", outcome_name((enum outcome)i));
    for (unsigned i = 0; i < HTTP_METHODS; i++)
        bytes_printf(b, "method %s\n", outcome_method_name((enum http_method)i));
}

/* All that stands in a file as a number, but the functions: these stand there by their names. */
static void describe(uint32_t format, struct bytes *b)
{
    bytes_printf(b, "format %u\n", (unsigned)format);
    for (unsigned i = 0; i < TABLES; i++)
        describe_table(&image_tables[i], b);
    for (unsigned i = 0; i < OPCODES; i++)
        bytes_printf(b, "opcode %s %d %s %s %c\n", opcode_rows[i].mnemonic, opcode_rows[i].shape,
                     opcode_rows[i].reads, opcode_rows[i].writes, opcode_rows[i].secret);
    bytes_printf(b, "members %u %u %u\n", (unsigned)RUN_MEMBERS, BODY_KINDS, OPCODE_TLS_MEMBERS);
    describe_outcomes(b);
}

static uint64_t layout_of(uint32_t format)
{
    struct bytes b = { 0 };
    describe(format, &b);
    uint64_t layout = XXH3_64bits(b.data, b.len);
    bytes_release(&b);
    return layout;
}

START_TEST(the_format_has_another_number_when_a_table_or_an_instruction_has_changed)
{
    uint32_t last = formats[FORMATS - 1].format;
    ck_assert_msg(last == IMAGE_FORMAT && formats[FORMATS - 1].layout == layout_of(last),
                  "raise IMAGE_FORMAT to %u, and add { %u, UINT64_C(0x%016llx) } to formats",
                  last + 1, last + 1, (unsigned long long)layout_of(last + 1));
}
END_TEST

START_TEST(the_numbers_of_formats_rise)
{
    for (size_t i = 1; i < FORMATS; i++)
        ck_assert_uint_gt(formats[i].format, formats[i - 1].format);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("format");
    TCase *c = tcase_create("format");
    tcase_add_test(c, the_format_has_another_number_when_a_table_or_an_instruction_has_changed);
    tcase_add_test(c, the_numbers_of_formats_rise);
    suite_add_tcase(s, c);
    return suite_main(s);
}
