/* Built-ins on texts. */
#include "engine/builtins_parts.h"

#include "base/bytes.h"
#include "base/json.h"
#include "base/number.h"
#include "base/utf8.h"
#include "engine/request_build.h"

#include <math.h>
#include <string.h>

const char *builtin_LEN(ARGS)
{
    UNUSED;
    const struct value v = args[0];
    if (v.tag == VALUE_TEXT)
        *out = value_int((int64_t)utf8_count(v.text->data, v.text->len));
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

static enum number_form read_text(const struct text *text, int64_t *i, double *d)
{
    return number_read(text->data, text->len, i, d);
}

/* The int that a double is exactly; null where it is none. */
static struct value whole(double d)
{
    bool exact = d == floor(d) && d >= -0x1p63 && d < 0x1p63;
    return exact ? value_int((int64_t)d) : value_null();
}

/* The int that these digits are exactly, such as 9007199254740993.0; null where they are none. */
static struct value whole_digits(const struct text *text)
{
    int64_t i;
    double d;
    const char *point = strchr(text->data, '.');
    if (point && point[1 + strspn(point + 1, "0")] == '\0' &&
        number_read(text->data, (size_t)(point - text->data), &i, &d) == NUMBER_INT)
        return value_int(i);
    return value_null();
}

static struct value int_of_text(const struct text *text)
{
    int64_t i;
    double d;
    switch (read_text(text, &i, &d)) {
    case NUMBER_INT:
        return value_int(i);
    case NUMBER_DOUBLE:
        return whole(d);
    case NUMBER_DECIMAL:
        return whole_digits(text);
    case NUMBER_NONE:
        break;
    }
    return value_null();
}

const char *builtin_INT(ARGS)
{
    UNUSED;
    if (args[0].tag == VALUE_INT)
        *out = args[0];
    else if (args[0].tag == VALUE_NUMBER)
        *out = whole(args[0].number);
    else if (args[0].tag != VALUE_NULL)
        *out = int_of_text(args[0].text);
    return NULL;
}

const char *builtin_NUMBER(ARGS)
{
    UNUSED;
    int64_t i;
    double d;
    if (args[0].tag != VALUE_TEXT) {
        *out = value_ref(args[0]);
        return NULL;
    }
    switch (read_text(args[0].text, &i, &d)) {
    case NUMBER_INT:
        *out = value_int(i);
        break;
    case NUMBER_DOUBLE:
        *out = value_number(d);
        break;
    case NUMBER_DECIMAL:
        *out = value_decimal(args[0].text->data, args[0].text->len);
        break;
    case NUMBER_NONE:
        break;
    }
    return NULL;
}

const char *builtin_PARSE_JSON(ARGS)
{
    UNUSED;
    struct json_error error;
    json_read(args[0].text->data, args[0].text->len, out, &error);
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
        return "`replace` is to replace an empty text, which is everywhere";
    for (const char *at; (at = find(p, (size_t)(end - p), part)); p = at + part->len) {
        bytes_add(&b, p, (size_t)(at - p));
        bytes_add(&b, with->data, with->len);
        if (b.len > BUILTIN_MAX_TEXT)
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
        list_push(out, value_text(p, width));
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
        list_push(out, value_text(p, (size_t)(at - p)));
        if (out->list->len >= BUILTIN_MAX_ITEMS)
            return "`split` gives more than 10,000,000 parts";
    }
    list_push(out, value_text(p, (size_t)(end - p)));
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
