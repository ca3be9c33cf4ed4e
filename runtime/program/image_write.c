#include "program/image_format.h"

#include "base/mem.h"

#define XXH_INLINE_ALL
#include <string.h>
#include <xxhash.h>

static void put_le(char *p, uint64_t v, size_t width)
{
    for (size_t i = 0; i < width; i++)
        p[i] = (char)(v >> (8 * i));
}

void image_write(const struct image *image, struct bytes *out)
{
    char header[IMAGE_HEADER_BYTES] = { 0 };
    size_t start = out->len;
    bytes_add(out, header, sizeof header);
    struct image_io io = { .out = out };
    struct image copy = *image; /* the walk takes a changeable one, and changes nothing */
    image_walk(&io, &copy);
    mem_free(io.parts);
    memcpy(header, IMAGE_MAGIC, 8);
    put_le(header + 8, IMAGE_FORMAT, 4);
    const char *body = out->data + start + sizeof header;
    put_le(header + 16, XXH3_64bits(body, out->len - start - sizeof header), 8);
    memcpy(out->data + start, header, sizeof header);
}
