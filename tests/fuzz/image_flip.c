/* Damages the image of the file named on the command line in every way of two simple kinds, and
 * reads each result as flowrun would: every bit flipped (as it is, and with the checksum made good
 * again, so that the verifier sees it), and every length cut. What is accepted is printed as
 * `flowc disasm` would, for that walks everything. Says how many were refused; ends with 1 where a
 * refusal gave no reason. */
#include "base/bytes.h"
#include "program/disasm.h"
#include "program/image.h"
#include "program/image_format.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

struct tally {
    unsigned long refused;
    unsigned long accepted;
    unsigned long silent; /* refused without a reason */
};

static void refuse(struct tally *tally, char *reason)
{
    tally->refused++;
    if (!reason || !*reason)
        tally->silent++;
    free(reason);
}

static void accept(struct tally *tally, const struct image *image)
{
    struct bytes listing = { 0 };
    disasm_print(image, &listing);
    bytes_release(&listing);
    tally->accepted++;
}

/* The bytes are copied to a block of exactly their size, so that ASan sees a read beyond them. */
static void try_image(struct tally *tally, const char *p, size_t len)
{
    char *exact = malloc(len ? len : 1);
    if (!exact)
        abort();
    memcpy(exact, p, len);
    char *reason = NULL;
    struct image *image = image_read(exact, len, &reason);
    free(exact);
    if (!image) {
        refuse(tally, reason);
        return;
    }
    reason = verify_image(image);
    if (reason)
        refuse(tally, reason);
    else
        accept(tally, image);
    image_free(image);
}

static void make_checksum_good(char *p, size_t len)
{
    uint64_t sum = XXH3_64bits(p + IMAGE_HEADER_BYTES, len - IMAGE_HEADER_BYTES);
    for (int i = 0; i < 8; i++)
        p[16 + i] = (char)(sum >> (8 * i));
}

/* Of a larger image one bit of each byte is flipped, another one from byte to byte: the time grows
 * with the square of its length. */
#define ALL_BITS 6000u

static void flip_each_bit(struct tally *tally, char *p, size_t len, bool mend)
{
    for (size_t i = 0; i < len * 8; i++) {
        char bit = (char)(1 << (i % 8));
        if (len > ALL_BITS && i % 8 != i / 8 % 8)
            continue;
        p[i / 8] = (char)(p[i / 8] ^ bit);
        if (mend)
            make_checksum_good(p, len);
        try_image(tally, p, len);
        p[i / 8] = (char)(p[i / 8] ^ bit);
    }
    make_checksum_good(p, len);
}

static void cut_at_each_length(struct tally *tally, char *p, size_t len, bool mend)
{
    for (size_t n = 0; n < len; n++) {
        char header[IMAGE_HEADER_BYTES];
        memcpy(header, p, sizeof header);
        if (mend && n >= sizeof header)
            make_checksum_good(p, n);
        try_image(tally, p, n);
        memcpy(p, header, sizeof header);
    }
}

static bool report(const char *what, const struct tally *tally)
{
    printf("%s: %lu refused, %lu accepted, %lu without a reason\n", what, tally->refused,
           tally->accepted, tally->silent);
    return tally->silent == 0;
}

static size_t read_file(const char *path, char *p, size_t room)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(2);
    }
    size_t len = fread(p, 1, room, file);
    fclose(file);
    return len;
}

int main(int argc, char **argv)
{
    static char image[1 << 20];
    size_t len = argc == 2 ? read_file(argv[1], image, sizeof image) : 0;
    if (len <= IMAGE_HEADER_BYTES || len == sizeof image) {
        fprintf(stderr, "usage: image_flip FILE.flowb (of less than 1 MiB)\n");
        return 2;
    }
    struct tally whole = { 0 }, flipped = { 0 }, mended = { 0 }, cut = { 0 }, cut_mended = { 0 };
    try_image(&whole, image, len);
    flip_each_bit(&flipped, image, len, false);
    flip_each_bit(&mended, image, len, true);
    cut_at_each_length(&cut, image, len, false);
    cut_at_each_length(&cut_mended, image, len, true);
    bool good = report("whole", &whole);
    good = report("flipped", &flipped) && good;
    good = report("flipped, checksum good", &mended) && good;
    good = report("cut", &cut) && good;
    good = report("cut, checksum good", &cut_mended) && good;
    return good ? 0 : 1;
}
