#include "program/image.h"

#include "base/number.h"
#include "base/number_value.h"

#include <math.h>
#include <string.h>

/* A number without a fraction is an int where an int is wanted: JSON knows one kind of number. The
 * doubles beyond 2^53 are left out, for what was calculated may have been rounded there. */
static struct value to_int(struct value v)
{
    bool may_be = v.tag == VALUE_INT || v.tag == VALUE_DECIMAL ||
                  (v.tag == VALUE_NUMBER && fabs(v.number) <= 0x1p53);
    return may_be ? number_value_to_int(v) : value_null();
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
        return to_int(v).tag == VALUE_INT;
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

/* One check of a value. */
struct check {
    const struct image *image;
    struct bytes *b;     /* where a misfit is explained; NULL: nowhere */
    bool has_other_ints; /* a number that is not a VALUE_INT was found where an int is wanted */
};

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

#define SHOWN_DIGITS 40

static void print_number(struct value v, struct bytes *b)
{
    char text[NUMBER_TEXT];
    if (v.tag == VALUE_NUMBER) {
        number_write(v.number, text);
        bytes_printf(b, " %s", text);
    } else if (v.tag == VALUE_DECIMAL) {
        bytes_printf(b, " %.*s%s", SHOWN_DIGITS, v.text->data,
                     v.text->len > SHOWN_DIGITS ? "…" : "");
    }
}

static bool misfit(const struct check *c, uint32_t type, struct value v, bool absent,
                   const struct way *way)
{
    if (!c->b)
        return false;
    print_way(way, c->b);
    bytes_add_text(c->b, way ? ": expected " : "expected ");
    image_type_print(c->image, type, c->b);
    bytes_printf(c->b, ", got %s", absent ? "nothing" : value_type_name(v));
    print_number(v, c->b);
    return false;
}

static bool check(struct check *c, uint32_t type, struct value v, const struct way *way);

static bool check_items(struct check *c, uint32_t type, struct value v, const struct way *way)
{
    for (uint32_t i = 0; i < v.list->len; i++) {
        struct way item = { .before = way, .item = i };
        if (!check(c, type, v.list->items[i], &item))
            return false;
    }
    return true;
}

static const struct value *find_member(const struct image *image, const struct image_member *m,
                                       struct value object)
{
    return value_object_find(object.object, image->constants[m->name].text);
}

static bool check_members(struct check *c, const struct image_type *t, struct value v,
                          const struct way *way)
{
    for (uint32_t i = 0; i < t->member_count; i++) {
        const struct image_member *m = &c->image->members[t->first_member + i];
        const struct value *found = find_member(c->image, m, v);
        struct way member = { .before = way, .name = image_text(c->image, m->name) };
        const struct image_type *wanted = &c->image->types[m->type];
        bool may_lack = wanted->optional || wanted->kind == IMAGE_TYPE_ANY;
        if (!found && !may_lack)
            return misfit(c, m->type, value_null(), true, &member);
        if (found && !check(c, m->type, *found, &member))
            return false;
    }
    return true;
}

static bool check(struct check *c, uint32_t type, struct value v, const struct way *way)
{
    const struct image_type *t = &c->image->types[type];
    if (v.tag == VALUE_NULL && t->optional)
        return true;
    if (!simple_fits(t, v))
        return misfit(c, type, v, false, way);
    c->has_other_ints |= t->kind == IMAGE_TYPE_INT && v.tag != VALUE_INT;
    if (t->kind == IMAGE_TYPE_LIST)
        return check_items(c, t->item, v, way);
    if (t->kind == IMAGE_TYPE_OBJECT)
        return check_members(c, t, v, way);
    return true;
}

bool image_type_check(const struct image *image, uint32_t type, struct value v, struct bytes *b)
{
    struct check c = { .image = image, .b = b };
    return check(&c, type, v, NULL);
}

static struct value with_ints(const struct image *image, uint32_t type, struct value v);

static struct value list_with_ints(const struct image *image, const struct image_type *t,
                                   struct value v)
{
    struct value out = value_list(v.list->len);
    for (uint32_t i = 0; i < v.list->len; i++)
        value_list_push(&out, with_ints(image, t->item, v.list->items[i]));
    return out;
}

static struct value object_with_ints(const struct image *image, const struct image_type *t,
                                     struct value v)
{
    struct value out = value_ref(v);
    for (uint32_t i = 0; i < t->member_count; i++) {
        const struct image_member *m = &image->members[t->first_member + i];
        const struct value *found = find_member(image, m, v);
        if (found)
            value_object_put(&out, image->constants[m->name].text,
                             with_ints(image, m->type, *found));
    }
    return out;
}

/* A copy of v, which fits the type, with an int at each place where an int is wanted. */
static struct value with_ints(const struct image *image, uint32_t type, struct value v)
{
    const struct image_type *t = &image->types[type];
    if (t->kind == IMAGE_TYPE_INT && v.tag != VALUE_NULL)
        return to_int(v);
    if (t->kind == IMAGE_TYPE_LIST && v.tag == VALUE_LIST)
        return list_with_ints(image, t, v);
    if (t->kind == IMAGE_TYPE_OBJECT && v.tag == VALUE_OBJECT)
        return object_with_ints(image, t, v);
    return value_ref(v);
}

bool image_type_fit(const struct image *image, uint32_t type, struct value *v, struct bytes *b)
{
    struct check c = { .image = image, .b = b };
    if (!check(&c, type, *v, NULL))
        return false;
    if (c.has_other_ints) {
        struct value fitting = with_ints(image, type, *v);
        value_unref(*v);
        *v = fitting;
    }
    return true;
}
