/* Built-ins on texts. */
#include "vm/builtins_parts.h"

#include "base/bytes.h"
#include "base/number_value.h"
#include "base/utf8.h"
#include "formats/json.h"
#include "vm/request_build.h"

#include <string.h>

const char *builtin_LEN(ARGS)
{
    UNUSED;
    const struct value v = args[0];
    if (v.tag == VALUE_TEXT)
        *out = value_int(value_text_count(v.text));
    else
        *out = value_int(v.counted->len);
    return NULL;
}

const char *builtin_TEXT(ARGS)
{
    UNUSED;
    if (args[0].tag == VALUE_TEXT) {
        *out = value_ref(args[0]);
        return NULL;
    }
    struct bytes b = { 0 };
    const char *problem = builtin_show(&b, args[0]);
    const char *taken = builtin_take_text(&b, out);
    return problem ? problem : taken;
}

const char *builtin_JSON(ARGS)
{
    UNUSED;
    struct bytes b = { 0 };
    const char *problem = builtin_bounded(args[0]);
    if (problem)
        return problem;
    json_write(&b, args[0]);
    return builtin_take_text(&b, out);
}

const char *builtin_INT(ARGS)
{
    UNUSED;
    if (args[0].tag == VALUE_TEXT)
        number_value_read_int(args[0].text->data, args[0].text->len, out);
    else if (args[0].tag != VALUE_NULL)
        *out = number_value_to_int(args[0]);
    return NULL;
}

const char *builtin_NUMBER(ARGS)
{
    UNUSED;
    if (args[0].tag == VALUE_TEXT)
        number_value_read_typed(args[0].text->data, args[0].text->len, out);
    else
        *out = value_ref(args[0]);
    return NULL;
}

const char *builtin_PARSE_JSON(ARGS)
{
    UNUSED;
    static const char mark[] = "\xef\xbb\xbf";
    struct json_error error;
    const struct text *text = args[0].text;
    size_t skipped = strncmp(text->data, mark, strlen(mark)) == 0 ? strlen(mark) : 0;
    json_read(text->data + skipped, text->len - skipped, out, &error);
    return NULL;
}

static void change_letters(const struct text *from, char first, char last, int by,
                           struct value *out)
{
    *out = value_text_sized(from->len);
    for (uint32_t i = 0; i < from->len; i++) {
        char c = from->data[i];
        out->text->data[i] = c >= first && c <= last ? (char)(c + by) : c;
    }
}

const char *builtin_LOWER(ARGS)
{
    UNUSED;
    change_letters(args[0].text, 'A', 'Z', 'a' - 'A', out);
    return NULL;
}

const char *builtin_UPPER(ARGS)
{
    UNUSED;
    change_letters(args[0].text, 'a', 'z', 'A' - 'a', out);
    return NULL;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

const char *builtin_TRIM(ARGS)
{
    UNUSED;
    const char *p = args[0].text->data;
    size_t len = args[0].text->len;
    while (len && is_blank(*p)) {
        p++;
        len--;
    }
    while (len && is_blank(p[len - 1]))
        len--;
    *out = value_text(p, len);
    return NULL;
}

static const char *find(const char *p, size_t len, const struct text *part)
{
    return part->len ? memmem(p, len, part->data, part->len) : NULL;
}

const char *builtin_REPLACE(ARGS)
{
    UNUSED;
    const struct text *part = args[1].text;
    const struct text *with = args[2].text;
    const char *p = args[0].text->data;
    const char *end = p + args[0].text->len;
    struct bytes b = { 0 };
    if (part->len == 0)
        return "`replace` cannot search for an empty text";
    for (const char *at; (at = find(p, (size_t)(end - p), part)); p = at + part->len) {
        bytes_add(&b, p, (size_t)(at - p));
        bytes_add(&b, with->data, with->len);
        if (b.len > VALUE_MAX_BYTES)
            break;
    }
    bytes_add(&b, p, (size_t)(end - p));
    return builtin_take_text(&b, out);
}

static const char *split_characters(const struct text *text, struct value *out)
{
    const char *p = text->data;
    const char *end = p + text->len;
    while (p < end) {
        size_t width;
        utf8_decode(p, (size_t)(end - p), &width);
        value_list_push(out, value_text(p, width));
        p += width;
        if (out->list->len > BUILTIN_MAX_ITEMS)
            return "`split` gives more than 10,000,000 parts";
    }
    return NULL;
}

const char *builtin_SPLIT(ARGS)
{
    UNUSED;
    const struct text *part = args[1].text;
    const char *p = args[0].text->data;
    const char *end = p + args[0].text->len;
    *out = value_list(4);
    if (part->len == 0)
        return split_characters(args[0].text, out);
    for (const char *at; (at = find(p, (size_t)(end - p), part)); p = at + part->len) {
        value_list_push(out, value_text(p, (size_t)(at - p)));
        if (out->list->len >= BUILTIN_MAX_ITEMS)
            return "`split` gives more than 10,000,000 parts";
    }
    value_list_push(out, value_text(p, (size_t)(end - p)));
    return NULL;
}

const char *builtin_STARTS_WITH(ARGS)
{
    UNUSED;
    const struct text *text = args[0].text;
    const struct text *part = args[1].text;
    *out = value_bool(part->len <= text->len && memcmp(text->data, part->data, part->len) == 0);
    return NULL;
}

const char *builtin_ENDS_WITH(ARGS)
{
    UNUSED;
    const struct text *text = args[0].text;
    const struct text *part = args[1].text;
    *out = value_bool(part->len <= text->len &&
                      memcmp(text->data + text->len - part->len, part->data, part->len) == 0);
    return NULL;
}

const char *builtin_URL_ENCODE(ARGS)
{
    UNUSED;
    struct bytes b = { 0 };
    request_percent_encode(&b, args[0].text->data, args[0].text->len);
    return builtin_take_text(&b, out);
}
