/* Any bytes as JSON. What is read is written, read again, and is the same. */
#include "base/utf8.h"
#include "formats/json.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* What one input may hold in memory. */
#define MOST_BYTES (1u << 20)
#define MOST_BYTES_EACH 512u

static void check_error(const struct json_error *e, size_t size)
{
    if (!e->message || !*e->message)
        fuzz_fail("refused without a reason", NULL);
    if (e->offset > size)
        fuzz_fail("refused beyond the end", e->message);
}

static void check_again(struct value v)
{
    struct bytes first = { 0 };
    struct bytes second = { 0 };
    struct value again;
    struct json_error error;
    json_write(&first, v);
    if (utf8_valid_prefix(first.data, first.len) != first.len)
        fuzz_fail("written as what is no UTF-8", bytes_text(&first));
    if (!json_read(first.data, first.len, &again, &error))
        fuzz_fail("what was written cannot be read", error.message);
    if (!value_equal(v, again))
        fuzz_fail("what was read again is another value", bytes_text(&first));
    json_write(&second, again);
    if (second.len != first.len || memcmp(second.data, first.data, first.len) != 0)
        fuzz_fail("what was read again is written differently", bytes_text(&second));
    value_unref(again);
    bytes_release(&first);
    bytes_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct value v;
    struct json_error error = { 0 };
    fuzz_begin(MOST_BYTES + size * MOST_BYTES_EACH);
    if (json_read((const char *)data, size, &v, &error))
        check_again(v);
    else
        check_error(&error, size);
    value_unref(v);
    fuzz_end();
    return 0;
}
