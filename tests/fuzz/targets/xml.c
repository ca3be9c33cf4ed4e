/* Any bytes as XML. What is read holds nothing but valid text. */
#include "base/utf8.h"
#include "formats/json.h"
#include "formats/xml.h"
#include "tests/fuzz/fuzz.h"

/* What one input may hold in memory: libxml2 takes a good deal at once. */
#define MOST_BYTES (4u << 20)
#define MOST_BYTES_EACH 1024u

static void check_value(struct value v)
{
    struct bytes b = { 0 };
    if (v.tag != VALUE_OBJECT || v.object->len != 1)
        fuzz_fail("the root is not the one member", NULL);
    json_write(&b, v);
    if (utf8_valid_prefix(b.data, b.len) != b.len)
        fuzz_fail("read as what is no UTF-8", bytes_text(&b));
    bytes_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct value v;
    struct bytes why = { 0 };
    fuzz_begin(MOST_BYTES + size * MOST_BYTES_EACH);
    if (xml_read((const char *)data, size, &v, &why))
        check_value(v);
    else if (v.tag != VALUE_NULL || why.len == 0)
        fuzz_fail("refused without a reason", NULL);
    value_unref(v);
    bytes_release(&why);
    fuzz_end();
    return 0;
}
