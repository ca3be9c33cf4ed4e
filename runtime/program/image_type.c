#include "program/image.h"

#include "base/number.h"

#include <math.h>
#include <string.h>

static const char *const kind_names[IMAGE_TYPE_KINDS] = {
    "any", "null", "bool", "int", "number", "text", "list", "object",
};

/* Types may hold themselves: from this depth on the rest is left out. */
#define PRINT_DEPTH 4

static void print_type(const struct image *image, uint32_t type, unsigned depth, struct bytes *b)
{
    const struct image_type *t = &image->types[type];
    if (depth == PRINT_DEPTH && t->kind >= IMAGE_TYPE_LIST) {
        bytes_add_text(b, "…");
    } else if (t->kind == IMAGE_TYPE_LIST) {
        bytes_add_char(b, '[');
        print_type(image, t->item, depth + 1, b);
        bytes_add_char(b, ']');
    } else if (t->kind == IMAGE_TYPE_OBJECT) {
        bytes_add_text(b, "{ ");
        for (uint32_t i = 0; i < t->member_count; i++) {
            const struct image_member *m = &image->members[t->first_member + i];
            bytes_printf(b, "%s%s: ", i ? ", " : "", image_text(image, m->name));
            print_type(image, m->type, depth + 1, b);
        }
        bytes_add_text(b, " }");
    } else {
        bytes_add_text(b, kind_names[t->kind]);
    }
    if (t->optional)
        bytes_add_char(b, '?');
}

void image_type_print(const struct image *image, uint32_t type, struct bytes *b)
{
    print_type(image, type, 0, b);
}

/* A double without a fraction is an int where an int is wanted: JSON knows one kind of number. */
static bool is_whole(struct value v)
{
    return v.tag == VALUE_INT ||
           (v.tag == VALUE_NUMBER && v.number == floor(v.number) && fabs(v.number) <= 0x1p53);
}

static bool simple_fits(const struct image_type *t, struct value v)
{
    switch ((enum image_type_kind)t->kind) {
    case IMAGE_TYPE_ANY:
        return true;
    case IMAGE_TYPE_NULL:
        return v.tag == VALUE_NULL;
    case IMAGE_TYPE_BOOL:
        return v.tag == VALUE_BOOL;
    case IMAGE_TYPE_INT:
        return is_whole(v);
    case IMAGE_TYPE_NUMBER:
        return value_is_numeric(v);
    case IMAGE_TYPE_TEXT:
        return v.tag == VALUE_TEXT;
    case IMAGE_TYPE_LIST:
        return v.tag == VALUE_LIST;
    case IMAGE_TYPE_OBJECT:
        return v.tag == VALUE_OBJECT;
    case IMAGE_TYPE_KINDS:
        break;
    }
    return false;
}

/* The way to the part that is looked at, as a chain on the stack; printed only on a misfit. */
struct way {
    const struct way *before;
    const char *name; /* NULL: an item */
    uint32_t item;
};

static void print_way(const struct way *way, struct bytes *b)
{
    if (!way)
        return;
    print_way(way->before, b);
    if (way->name)
        bytes_printf(b, "%s%s", way->before ? "." : "", way->name);
    else
        bytes_printf(b, "[%u]", (unsigned)way->item);
}

static bool misfit(const struct image *image, uint32_t type, struct value v, bool absent,
                   const struct way *way, struct bytes *b)
{
    if (!b)
        return false;
    print_way(way, b);
    bytes_add_text(b, way ? ": wanted " : "wanted ");
    image_type_print(image, type, b);
    bytes_printf(b, ", got %s", absent ? "nothing" : value_type_name(v));
    if (v.tag == VALUE_NUMBER) {
        char text[NUMBER_TEXT];
        number_write(v.number, text);
        bytes_printf(b, " %s", text);
    }
    return false;
}

static bool check(const struct image *image, uint32_t type, struct value v, const struct way *way,
                  struct bytes *b);

static bool check_items(const struct image *image, uint32_t type, struct value v,
                        const struct way *way, struct bytes *b)
{
    for (uint32_t i = 0; i < v.list->len; i++) {
        struct way item = { .before = way, .item = i };
        if (!check(image, type, v.list->items[i], &item, b))
            return false;
    }
    return true;
}

static bool check_members(const struct image *image, const struct image_type *t, struct value v,
                          const struct way *way, struct bytes *b)
{
    for (uint32_t i = 0; i < t->member_count; i++) {
        const struct image_member *m = &image->members[t->first_member + i];
        const struct value *found =
            object_find(v.object, image->constants[m->name].text);
        struct way member = { .before = way, .name = image_text(image, m->name) };
        const struct image_type *wanted = &image->types[m->type];
        bool may_lack = wanted->optional || wanted->kind == IMAGE_TYPE_ANY;
        if (!found && !may_lack)
            return misfit(image, m->type, value_null(), true, &member, b);
        if (found && !check(image, m->type, *found, &member, b))
            return false;
    }
    return true;
}

static bool check(const struct image *image, uint32_t type, struct value v, const struct way *way,
                  struct bytes *b)
{
    const struct image_type *t = &image->types[type];
    if (v.tag == VALUE_NULL && t->optional)
        return true;
    if (!simple_fits(t, v))
        return misfit(image, type, v, false, way, b);
    if (t->kind == IMAGE_TYPE_LIST)
        return check_items(image, t->item, v, way, b);
    if (t->kind == IMAGE_TYPE_OBJECT)
        return check_members(image, t, v, way, b);
    return true;
}

bool image_type_check(const struct image *image, uint32_t type, struct value v, struct bytes *b)
{
    return check(image, type, v, NULL, b);
}
