#include "vm/builtins_parts.h"

#include "formats/json.h"

#include <string.h>

static builtin_function *const functions[BUILTINS] = {
#define BUILTIN(symbol, name, least, most, first, second, third, result, doc, example, shows)      \
    builtin_##symbol,
#include "program/builtins.def"
#undef BUILTIN
};

const char builtin_too_large[] = "more than 64 MB";

static const char *const too_large[BUILTINS] = {
#define BUILTIN(symbol, name, least, most, first, second, third, result, doc, example, shows)      \
    "`" name "` takes and gives at most 64 MB",
#include "program/builtins.def"
#undef BUILTIN
};

/* Does not name the argument, because another one may well have this type. */
#define WRONG_TYPE(name, type)                                                                     \
    "`" name "` cannot take " type " here: "                                                       \
    "`flowc explain " name "` says what it takes"

/* The messages for a wrong type, by function and enum value_tag; static, as builtins.h promises. */
static const char *const wrong_type[BUILTINS][VALUE_OBJECT + 1] = {
#define BUILTIN(symbol, name, least, most, first, second, third, result, doc, example, shows)      \
    { WRONG_TYPE(name, "null"),     WRONG_TYPE(name, "a bool"),   WRONG_TYPE(name, "an int"),      \
      WRONG_TYPE(name, "a number"), WRONG_TYPE(name, "a number"), WRONG_TYPE(name, "a text"),      \
      WRONG_TYPE(name, "a list"),   WRONG_TYPE(name, "an object") },
#include "program/builtins.def"
#undef BUILTIN
};
#undef WRONG_TYPE

static bool fits(const char *letters, struct value v)
{
    switch ((enum value_tag)v.tag) {
    case VALUE_NULL:
        return strpbrk(letters, "az") != NULL;
    case VALUE_BOOL:
        return strpbrk(letters, "ab") != NULL;
    case VALUE_INT:
        return strpbrk(letters, "ain") != NULL;
    case VALUE_NUMBER:
    case VALUE_DECIMAL:
        return strpbrk(letters, "an") != NULL;
    case VALUE_TEXT:
        return strpbrk(letters, "at") != NULL;
    case VALUE_LIST:
        return strpbrk(letters, "al") != NULL;
    case VALUE_OBJECT:
        return strpbrk(letters, "ao") != NULL;
    }
    return false;
}

const char *builtin_misfit(enum builtin b, const struct value *args, uint32_t count)
{
    const struct builtin_row *row = &builtin_rows[b];
    for (uint32_t i = 0; i < count; i++) {
        const char *letters = row->most == BUILTIN_MANY ? row->takes[0] : row->takes[i];
        if (!fits(letters, args[i]))
            return wrong_type[b][args[i].tag];
    }
    return NULL;
}

const char *builtin_call(enum builtin b, const struct value *args, uint32_t count,
                         const struct builtin_world *world, struct value *out)
{
    *out = value_null();
    const char *problem = builtin_misfit(b, args, count);
    if (problem)
        return problem;
    problem = functions[b](args, count, world, out);
    if (!problem)
        return NULL;
    value_unref(*out);
    *out = value_null();
    return problem == builtin_too_large ? too_large[b] : problem;
}

/* Whether the function reads only a few items or members, however many there are, or characters
 * whose places a text caches. */
static bool is_picked_from(enum builtin b, struct value v)
{
    bool is_text = v.tag == VALUE_TEXT;
    bool picks = b == BUILTIN_LEN || b == BUILTIN_FIRST || b == BUILTIN_LAST || b == BUILTIN_HAS ||
                 b == BUILTIN_SLICE;
    return picks && (is_text || v.tag == VALUE_LIST || v.tag == VALUE_OBJECT);
}

uint32_t builtin_cost(enum builtin b, const struct value *args, uint32_t count, struct value result)
{
    uint32_t cost = value_cost(result);
    for (uint32_t i = 0; i < count; i++)
        cost += is_picked_from(b, args[i]) ? 0 : value_cost(args[i]);
    return cost;
}

const char *builtin_bounded(struct value v)
{
    return value_size_up_to(v, VALUE_MAX_BYTES) > VALUE_MAX_BYTES ? builtin_too_large : NULL;
}

const char *builtin_show(struct bytes *b, struct value v)
{
    const char *problem = builtin_bounded(v);
    if (problem)
        return problem;
    json_write_interpolated(b, v);
    return b->len > VALUE_MAX_BYTES ? builtin_too_large : NULL;
}

const char *builtin_take_text(struct bytes *b, struct value *out)
{
    const char *problem = b->len > VALUE_MAX_BYTES ? builtin_too_large : NULL;
    *out = problem ? value_null() : value_text(bytes_text(b), b->len);
    bytes_release(b);
    return problem;
}
