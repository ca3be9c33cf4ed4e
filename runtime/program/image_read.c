#include "program/image_format.h"

#include "base/mem.h"
#include "program/builtin.h"

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

bool image_origin(const char *p, size_t len, struct image_origin *origin)
{
    *origin = (struct image_origin){ 0 };
    if (len < IMAGE_HEADER_BYTES || memcmp(p, IMAGE_MAGIC, 8) != 0)
        return false;
    origin->format = (uint32_t)get_le(p + 8, 4);
    if (origin->format == 1 || len < IMAGE_HEADER_BYTES + IMAGE_COMPILER)
        return true; /* format 1 did not say */
    memcpy(origin->compiler, p + IMAGE_HEADER_BYTES, IMAGE_COMPILER);
    if (!image_is_version(origin->compiler))
        origin->compiler[0] = '\0';
    return true;
}

static char *other_format(const struct image_origin *origin)
{
    struct bytes b = { 0 };
    bytes_printf(&b,
                 "compiled by %s%s in format %u; this version reads format %u: compile it again",
                 origin->compiler[0] ? "flowc " : "another flowc", origin->compiler,
                 (unsigned)origin->format, IMAGE_FORMAT);
    return bytes_take(&b);
}

/* NULL if the header is right. A file of another format is never called damaged, because its
 * checksum may cover something else. */
static char *check_header(const char *p, size_t len)
{
    struct image_origin origin;
    if (!image_origin(p, len, &origin))
        return reason_text("not a compiled flow (compile the .flow file with flowc first)");
    if (origin.format != IMAGE_FORMAT)
        return other_format(&origin);
    uint64_t sum = XXH3_64bits(p + IMAGE_HEADER_BYTES, len - IMAGE_HEADER_BYTES);
    if (get_le(p + 12, 4) != 0 || get_le(p + 16, 8) != sum)
        return reason_text("the file is damaged (its checksum does not fit): compile it again");
    return NULL;
}

/* Nothing is proved yet: the index of a name may be invalid. */
static void find_builtins(struct image *image)
{
    for (uint32_t i = 0; i < image->builtin_count; i++) {
        uint32_t name = image->builtins[i].name;
        bool is_text = name < image->constant_count && image->constants[name].tag == VALUE_TEXT;
        image->builtins[i].function =
            is_text ? (uint16_t)builtin_find(image_text(image, name)) : BUILTINS;
    }
}

struct image *image_read(const char *p, size_t len, char **reason)
{
    *reason = check_header(p, len);
    if (*reason)
        return NULL;
    struct image *image = mem_alloc_zeroed(1, sizeof *image);
    struct image_io io = { .p = p, .len = len, .at = IMAGE_HEADER_BYTES };
    image_walk(&io, image);
    find_builtins(image);
    if (!io.failure)
        return image;
    char text[120];
    snprintf(text, sizeof text, "the file is damaged at byte %zu: %s", io.failed_at, io.failure);
    *reason = reason_text(text);
    image_free(image);
    return NULL;
}
