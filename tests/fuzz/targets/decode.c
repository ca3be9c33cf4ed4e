/* A response's body: the first line is its content type, the rest its bytes. Whatever it is, a
 * value of valid text comes of it. */
#include "base/mem.h"
#include "base/utf8.h"
#include "formats/json.h"
#include "net/decode.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* What one input may hold in memory: libxml2 takes a good deal at once. */
#define MOST_BYTES (4u << 20)
#define MOST_BYTES_EACH 1024u

static void check(struct value v, bool good, char *why)
{
    struct bytes b = { 0 };
    json_write(&b, v);
    if (utf8_valid_prefix(b.data, b.len) != b.len)
        fuzz_fail("decoded to what is no UTF-8", bytes_text(&b));
    if (!good && (!why || utf8_valid_prefix(why, strlen(why)) != strlen(why)))
        fuzz_fail("refused without a reason that can be printed", why);
    if (!good && v.tag != VALUE_TEXT && v.tag != VALUE_NULL)
        fuzz_fail("refused, and neither text nor null", bytes_text(&b));
    bytes_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *line = (const char *)data;
    const char *end = size ? memchr(line, '\n', size) : NULL;
    if (!end)
        return 0;
    size_t len = (size_t)(end - line);
    struct value v;
    char *why = NULL;
    fuzz_begin(MOST_BYTES + size * MOST_BYTES_EACH);
    bool good = decode_body(line, len, end + 1, size - len - 1, &v, &why);
    check(v, good, why);
    value_unref(v);
    mem_free(why);
    fuzz_end();
    return 0;
}
