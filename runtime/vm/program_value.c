/* Converts text from outside to a value of a declared type. */
#include "vm/program.h"

#include "base/number_value.h"
#include "base/utf8.h"
#include "formats/json.h"

#include <string.h>

static bool misread(const struct image *image, uint32_t type, const char *text, size_t len,
                    struct bytes *problem)
{
    bytes_add_text(problem, "expected ");
    image_type_print(image, type, problem);
    size_t shown = len < 60 ? len : 60;
    shown = utf8_valid_prefix(text, shown);
    bytes_printf(problem, ", got `%.*s%s`", (int)shown, text, shown < len ? "…" : "");
    return false;
}

/* A value of type `any`: JSON if the text is valid JSON, else the text itself. */
static bool read_json(enum image_type_kind kind, const char *text, size_t len, struct value *out,
                      struct json_error *error)
{
    if (json_read(text, len, out, error))
        return true;
    if (kind != IMAGE_TYPE_ANY)
        return false;
    *out = value_text(text, len);
    return true;
}

static bool is_word(const char *text, size_t len, const char *word)
{
    return len == strlen(word) && memcmp(text, word, len) == 0;
}

bool program_read_value(const struct image *image, uint32_t type, const char *text, size_t len,
                        struct value *out, struct bytes *problem)
{
    const struct image_type *t = &image->types[type];
    enum image_type_kind kind = (enum image_type_kind)t->kind;
    struct json_error error = { 0 };
    *out = value_null();
    if (utf8_valid_prefix(text, len) != len) {
        bytes_add_text(problem, "is not valid UTF-8");
        return false;
    }
    if (t->optional && is_word(text, len, "null"))
        return true;
    if (kind == IMAGE_TYPE_TEXT) {
        *out = value_text(text, len);
        return true;
    }
    if (kind == IMAGE_TYPE_BOOL) {
        *out = value_bool(is_word(text, len, "true"));
        return out->boolean || is_word(text, len, "false") ||
               misread(image, type, text, len, problem);
    }
    if (kind == IMAGE_TYPE_INT)
        return number_value_read_int(text, len, out) || misread(image, type, text, len, problem);
    if (kind == IMAGE_TYPE_NUMBER)
        return number_value_read_typed(text, len, out) || misread(image, type, text, len, problem);
    if (!read_json(kind, text, len, out, &error)) {
        misread(image, type, text, len, problem);
        bytes_printf(problem, ": as JSON, at byte %zu: %s", error.offset + 1, error.message);
        return false;
    }
    if (image_type_fit(image, type, out, problem))
        return true;
    value_unref(*out);
    *out = value_null();
    return false;
}
