#include "program/image.h"

#include "base/mem.h"
#include "program/image_table.h"

#include <ctype.h>
#include <string.h>

void image_free(struct image *image)
{
    if (!image)
        return;
    for (uint32_t i = 0; i < image->constant_count; i++)
        value_free_immortal(image->constants[i]);
    for (unsigned id = 0; id < TABLES; id++)
        mem_free(image_table_rows(image, (enum image_table_id)id));
    mem_free(image);
}

void image_strip(struct image *image)
{
    image->line_count = 0;
    image->variable_count = 0;
    image->way_count = 0;
    image->test_count = 0;
    image->step_count = 0;
    image->ref_count = 0;
    image->alias_count = 0;
}

bool image_is_version(const char compiler[IMAGE_COMPILER])
{
    size_t len = 0;
    while (len < IMAGE_COMPILER && compiler[len] &&
           (isalnum((unsigned char)compiler[len]) || strchr(".+~_-", compiler[len])))
        len++;
    for (size_t i = len; i < IMAGE_COMPILER; i++) {
        if (compiler[i])
            return false;
    }
    return len > 0 && len < IMAGE_COMPILER;
}

const char *image_text(const struct image *image, uint32_t constant)
{
    return image->constants[constant].text->data;
}

/* The last row that begins at or before pc. */
static const struct image_line *find_line(const struct image *image, uint32_t pc)
{
    uint32_t low = 0;
    uint32_t high = image->line_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (image->lines[middle].pc <= pc)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? &image->lines[low - 1] : NULL;
}

void image_place(const struct image *image, uint32_t pc, struct bytes *b)
{
    const struct image_line *line = find_line(image, pc);
    if (line)
        bytes_printf(b, "%s:%u", image_text(image, line->file), (unsigned)line->line);
    else
        bytes_add_char(b, '?');
}

uint32_t image_find_flow(const struct image *image, const char *name)
{
    for (uint32_t i = 0; i < image->function_count; i++) {
        const struct image_function *f = &image->functions[i];
        if (f->kind == IMAGE_FLOW && strcmp(image_text(image, f->name), name) == 0)
            return i;
    }
    return IMAGE_NONE;
}

static const struct image_arm *find_exact(const struct image *image, const struct image_site *site,
                                          uint16_t label)
{
    const struct image_arm *arms = image->arms + site->first_arm;
    for (uint32_t i = 0; i < site->arm_count; i++) {
        if (arms[i].label == label)
            return &arms[i];
    }
    return NULL;
}

const struct image_arm *image_find_arm(const struct image *image, const struct image_site *site,
                                       uint16_t label)
{
    const struct image_arm *arm = find_exact(image, site, label);
    if (arm || label >= LABEL_CLASS)
        return arm;
    arm = find_exact(image, site, (uint16_t)(LABEL_CLASS + label / 100));
    return arm ? arm : find_exact(image, site, label_of_outcome(OUTCOME_OTHER));
}
