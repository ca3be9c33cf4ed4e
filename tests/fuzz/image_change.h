/* Changes an image as one who wants it to be accepted would: the checksum is put right, whole
 * instructions are changed, swapped, copied and inserted, rows of tables are changed. */
#ifndef FLOW_TESTS_IMAGE_CHANGE_H
#define FLOW_TESTS_IMAGE_CHANGE_H

#include <stddef.h>
#include <stdint.h>

/* Puts magic, version and checksum right. size is that of a header at least. */
void image_mend(uint8_t *data, size_t size);

/* A custom mutator of libFuzzer's. */
size_t image_change(uint8_t *data, size_t size, size_t max_size, unsigned seed);

#endif
