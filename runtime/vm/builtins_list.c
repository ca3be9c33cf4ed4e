/* Built-ins on lists and objects. */
#include "vm/builtins_parts.h"

#include "base/arith.h"
#include "base/bytes.h"

#include <string.h>

const char *builtin_JOIN(ARGS)
{
    (void)world;
    struct bytes b = { 0 };
    const struct list *list = args[0].list;
    const char *problem = NULL;
    for (uint32_t i = 0; i < list->len && !problem; i++) {
        if (i && count > 1)
            bytes_add(&b, args[1].text->data, args[1].text->len);
        problem = builtin_show(&b, list->items[i]);
    }
    const char *taken = builtin_take_text(&b, out);
    return problem ? problem : taken;
}

const char *builtin_CONTAINS(ARGS)
{
    UNUSED;
    if (args[0].tag == VALUE_TEXT && args[1].tag != VALUE_TEXT)
        return "`contains` looks in a text for a text";
    if (args[1].tag >= VALUE_LIST && (builtin_bounded(args[0]) || builtin_bounded(args[1])))
        return builtin_too_large;
    return arith_in(args[1], args[0], out);
}

const char *builtin_KEYS(ARGS)
{
    UNUSED;
    const struct object *object = args[0].object;
    *out = value_list(object->len);
    for (uint32_t i = 0; i < object->len; i++) {
        struct value key = { .tag = VALUE_TEXT, .text = object->members[i].key };
        value_list_push(out, value_ref(key));
    }
    return NULL;
}

const char *builtin_VALUES(ARGS)
{
    UNUSED;
    const struct object *object = args[0].object;
    *out = value_list(object->len);
    for (uint32_t i = 0; i < object->len; i++)
        value_list_push(out, value_ref(object->members[i].value));
    return NULL;
}

const char *builtin_LIST(ARGS)
{
    UNUSED;
    if (args[0].tag == VALUE_LIST) {
        *out = value_ref(args[0]);
        return NULL;
    }
    *out = value_list(1);
    if (args[0].tag != VALUE_NULL)
        value_list_push(out, value_ref(args[0]));
    return NULL;
}

const char *builtin_HAS(ARGS)
{
    UNUSED;
    *out =
        value_bool(args[0].tag == VALUE_OBJECT && value_object_find(args[0].object, args[1].text));
    return NULL;
}

const char *builtin_FIRST(ARGS)
{
    UNUSED;
    if (args[0].list->len)
        *out = value_ref(args[0].list->items[0]);
    return NULL;
}

const char *builtin_LAST(ARGS)
{
    UNUSED;
    if (args[0].list->len)
        *out = value_ref(args[0].list->items[args[0].list->len - 1]);
    return NULL;
}

/* A position, counted from the end if negative, limited to 0..len. */
static size_t clamp(int64_t i, size_t len)
{
    if (i < 0)
        i += (int64_t)len;
    if (i < 0)
        return 0;
    return (uint64_t)i > len ? len : (size_t)i;
}

static struct value slice_text(struct text *text, int64_t from, int64_t to, bool to_end)
{
    size_t len = value_text_count(text);
    size_t start = clamp(from, len);
    size_t end = to_end ? len : clamp(to, len);
    if (end <= start)
        return value_text("", 0);
    uint32_t first = value_text_offset(text, (uint32_t)start);
    uint32_t last = value_text_offset(text, (uint32_t)end);
    return value_text(text->data + first, last - first);
}

static struct value slice_list(const struct list *list, int64_t from, int64_t to, bool to_end)
{
    size_t start = clamp(from, list->len);
    size_t end = to_end ? list->len : clamp(to, list->len);
    struct value out = value_list(end > start ? end - start : 0);
    for (size_t i = start; i < end; i++)
        value_list_push(&out, value_ref(list->items[i]));
    return out;
}

const char *builtin_SLICE(ARGS)
{
    (void)world;
    bool to_end = count < 3;
    int64_t to = to_end ? 0 : args[2].integer;
    if (args[0].tag == VALUE_TEXT)
        *out = slice_text(args[0].text, args[1].integer, to, to_end);
    else
        *out = slice_list(args[0].list, args[1].integer, to, to_end);
    return NULL;
}

const char *builtin_RANGE(ARGS)
{
    (void)world;
    int64_t from = count > 1 ? args[0].integer : 0;
    int64_t to = args[count - 1].integer;
    uint64_t len = to > from ? (uint64_t)to - (uint64_t)from : 0;
    if (len > BUILTIN_MAX_ITEMS)
        return "`range` gives more than 10,000,000 numbers";
    *out = value_list(len);
    for (int64_t i = from; i < to; i++)
        value_list_push(out, value_int(i));
    return NULL;
}
