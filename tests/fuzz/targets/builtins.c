/* A built-in function, which the first byte chooses, is given the items of a JSON list. It gives a
 * sentence or a value; the value is one that can be written and read. */
#include "base/utf8.h"
#include "formats/json.h"
#include "tests/fuzz/fuzz.h"
#include "vm/builtins.h"

#include <string.h>

#define MAX_ARGUMENTS 8
/* A list this long, or a text so long, is not asked for: it takes its time without being wrong. */
#define MOST_RANGE 100000

static int64_t now_ms(void *context)
{
    (void)context;
    return 1767225600000;
}

static void fill(void *context, void *out, size_t len)
{
    (void)context;
    memset(out, 7, len);
}

static void check(enum builtin b, struct value v)
{
    struct bytes text = { 0 };
    struct value again;
    struct json_error error;
    json_write(&text, v);
    if (!json_read(text.data, text.len, &again, &error))
        fuzz_fail(builtin_rows[b].name, bytes_text(&text));
    if (!value_equal(v, again))
        fuzz_fail(builtin_rows[b].name, bytes_text(&text));
    value_unref(again);
    bytes_release(&text);
}

static bool is_too_long(enum builtin b, const struct value *args, uint32_t count)
{
    int64_t from = count > 1 && args[0].tag == VALUE_INT ? args[0].integer : 0;
    const struct value *to = &args[count - 1];
    int64_t len;
    return b == BUILTIN_RANGE && to->tag == VALUE_INT &&
           (__builtin_sub_overflow(to->integer, from, &len) || len > MOST_RANGE);
}

static void call(enum builtin b, const struct value *args, uint32_t count)
{
    const struct builtin_world world = { now_ms, fill, NULL };
    struct value v;
    if (count > 0 && is_too_long(b, args, count))
        return;
    const char *problem = builtin_call(b, args, count, &world, &v);
    if (problem && v.tag != VALUE_NULL)
        fuzz_fail("a fault and a value", problem);
    if (!problem)
        check(b, v);
    value_unref(v);
}

static void call_with(enum builtin b, const struct list *list)
{
    const struct builtin_row *row = &builtin_rows[b];
    if (list->len >= row->least && list->len <= row->most && list->len <= MAX_ARGUMENTS)
        call(b, list->items, list->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct value v;
    struct json_error error;
    if (size == 0)
        return 0;
    fuzz_begin(0);
    if (json_read((const char *)data + 1, size - 1, &v, &error) && v.tag == VALUE_LIST)
        call_with((enum builtin)(data[0] % BUILTINS), v.list);
    value_unref(v);
    fuzz_end();
    return 0;
}
