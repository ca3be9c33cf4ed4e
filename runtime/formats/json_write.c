#include "formats/json.h"

#include "base/number.h"

static bool is_plain(char c)
{
    return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

/* The letter of a short escape, 0 where there is none. */
static char short_escape(char c)
{
    switch (c) {
    case '"':
    case '\\':
        return c;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

static void write_escape(struct bytes *b, char c)
{
    static const char hex[] = "0123456789abcdef";
    char letter = short_escape(c);
    if (letter) {
        bytes_add(b, (char[]){ '\\', letter }, 2);
        return;
    }
    unsigned char code = (unsigned char)c;
    bytes_add(b, (char[]){ '\\', 'u', '0', '0', hex[code >> 4], hex[code & 15] }, 6);
}

void json_write_string(struct bytes *b, const char *p, size_t len)
{
    const char *end = p + len;
    bytes_reserve(b, len + 2);
    bytes_add_char(b, '"');
    while (p < end) {
        const char *run = p;
        while (p < end && is_plain(*p))
            p++;
        bytes_add(b, run, (size_t)(p - run));
        if (p < end)
            write_escape(b, *p++);
    }
    bytes_add_char(b, '"');
}

static void write_list(struct bytes *b, const struct list *list)
{
    bytes_add_char(b, '[');
    for (uint32_t i = 0; i < list->len; i++) {
        if (i)
            bytes_add_char(b, ',');
        json_write(b, list->items[i]);
    }
    bytes_add_char(b, ']');
}

static void write_object(struct bytes *b, const struct object *object)
{
    bytes_add_char(b, '{');
    for (uint32_t i = 0; i < object->len; i++) {
        const struct member *m = &object->members[i];
        if (i)
            bytes_add_char(b, ',');
        json_write_string(b, m->key->data, m->key->len);
        bytes_add_char(b, ':');
        json_write(b, m->value);
    }
    bytes_add_char(b, '}');
}

/* Recurses as deep as v nests, which its builders keep within VALUE_MAX_DEPTH. */
void json_write(struct bytes *b, struct value v)
{
    char number[NUMBER_TEXT];
    switch ((enum value_tag)v.tag) {
    case VALUE_NULL:
        bytes_add(b, "null", 4);
        break;
    case VALUE_BOOL:
        bytes_add_text(b, v.boolean ? "true" : "false");
        break;
    case VALUE_INT:
        bytes_add(b, number, number_write_int(v.integer, number));
        break;
    case VALUE_NUMBER:
        bytes_add(b, number, number_write(v.number, number));
        break;
    case VALUE_DECIMAL:
        bytes_add(b, v.text->data, v.text->len);
        break;
    case VALUE_TEXT:
        json_write_string(b, v.text->data, v.text->len);
        break;
    case VALUE_LIST:
        write_list(b, v.list);
        break;
    case VALUE_OBJECT:
        write_object(b, v.object);
        break;
    }
}

void json_write_interpolated(struct bytes *b, struct value v)
{
    if (v.tag == VALUE_TEXT)
        bytes_add(b, v.text->data, v.text->len);
    else if (v.tag != VALUE_NULL)
        json_write(b, v);
}
