/* A line that is a secret, and a text: nothing of the secret is left in the text, and a string of
 * JSON stays one. */
#include "base/utf8.h"
#include "formats/json.h"
#include "tests/fuzz/fuzz.h"
#include "vm/program_mask.h"

#include <string.h>

static bool holds(const char *text, size_t len, const char *secret, size_t secret_len)
{
    return len >= secret_len && memmem(text, len, secret, secret_len) != NULL;
}

static void check_text(const struct masks *m, const char *secret, size_t secret_len,
                       const char *text, size_t len)
{
    struct bytes b = { 0 };
    bytes_add(&b, text, len);
    program_mask_apply(m, &b, false);
    if (holds(bytes_text(&b), b.len, secret, secret_len))
        fuzz_fail("the secret is left in the text", bytes_text(&b));
    if (program_mask_occur(m, &b))
        fuzz_fail("a form of the secret is left in the text", bytes_text(&b));
    bytes_release(&b);
}

static void check_string(const struct masks *m, const char *secret, size_t secret_len,
                         const char *text, size_t len)
{
    struct bytes json = { 0 };
    struct bytes inner = { 0 };
    struct value v;
    struct json_error error;
    json_write_string(&json, text, len);
    bytes_add(&inner, json.data + 1, json.len - 2);
    program_mask_apply(m, &inner, true);
    bytes_clear(&json);
    bytes_add_char(&json, '"');
    bytes_add(&json, bytes_text(&inner), inner.len);
    bytes_add_char(&json, '"');
    if (!json_read(json.data, json.len, &v, &error) || v.tag != VALUE_TEXT)
        fuzz_fail("a string of JSON is none any more", json.data);
    if (holds(v.text->data, v.text->len, secret, secret_len))
        fuzz_fail("the secret is left in the string of JSON", json.data);
    value_unref(v);
    bytes_release(&inner);
    bytes_release(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *secret = (const char *)data;
    const char *end = size > 0 ? memchr(secret, '\n', size) : NULL;
    if (!end)
        return 0;
    size_t secret_len = (size_t)(end - secret);
    const char *text = end + 1;
    size_t len = size - secret_len - 1;
    /* What is put for a secret could be a part of one that has a star. */
    if (secret_len < MASK_SHORTEST || memchr(secret, '*', secret_len) ||
        memchr(secret, 0, secret_len) || utf8_valid_prefix(secret, secret_len) < secret_len)
        return 0;
    struct masks m = { 0 };
    fuzz_begin(0);
    program_mask_add(&m, secret, secret_len);
    check_text(&m, secret, secret_len, text, len);
    check_string(&m, secret, secret_len, text, utf8_valid_prefix(text, len));
    program_mask_release(&m);
    fuzz_end();
    return 0;
}
