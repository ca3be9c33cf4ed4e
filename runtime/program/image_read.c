#include "program/image_format.h"

#include "base/mem.h"

#define XXH_INLINE_ALL
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

static uint64_t get_le(const char *p, size_t width)
{
    uint64_t v = 0;
    for (size_t i = 0; i < width; i++)
        v |= (uint64_t)(uint8_t)p[i] << (8 * i);
    return v;
}

static char *reason_text(const char *text)
{
    return mem_copy_text(text, strlen(text));
}

/* NULL: the header is right. */
static char *check_header(const char *p, size_t len)
{
    char text[120];
    if (len < IMAGE_HEADER_BYTES || memcmp(p, IMAGE_MAGIC, 8) != 0)
        return reason_text("not a compiled flow (compile the .flow file with flowc first)");
    uint64_t version = get_le(p + 8, 4);
    if (version != IMAGE_VERSION) {
        snprintf(text, sizeof text,
                 "compiled for format %llu, this flowrun reads format %u: compile it again",
                 (unsigned long long)version, IMAGE_VERSION);
        return reason_text(text);
    }
    uint64_t sum = XXH3_64bits(p + IMAGE_HEADER_BYTES, len - IMAGE_HEADER_BYTES);
    if (get_le(p + 12, 4) != 0 || get_le(p + 16, 8) != sum)
        return reason_text("the file is damaged (its checksum does not fit): compile it again");
    return NULL;
}

struct image *image_read(const char *p, size_t len, char **reason)
{
    *reason = check_header(p, len);
    if (*reason)
        return NULL;
    struct image *image = mem_alloc_zeroed(1, sizeof *image);
    struct image_io io = { .p = p, .len = len, .at = IMAGE_HEADER_BYTES };
    image_walk(&io, image);
    if (!io.failure)
        return image;
    char text[120];
    snprintf(text, sizeof text, "the file is damaged at byte %zu: %s", io.failed_at, io.failure);
    *reason = reason_text(text);
    image_free(image);
    return NULL;
}
