#include "base/value.h"

#include "base/mem.h"
#include "base/value_parts.h"

#include <assert.h>
#include <string.h>

#define FIRST_CAP 4

uint32_t value_to_count(size_t n)
{
    if (n >= UINT32_MAX)
        mem_exhausted();
    return (uint32_t)n;
}

static uint32_t max_depth(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static size_t list_bytes(uint32_t cap)
{
    return offsetof(struct list, items) + cap * sizeof(struct value);
}

struct value value_list(size_t cap)
{
    struct list *list = mem_alloc(list_bytes(value_to_count(cap)));
    *list = (struct list){ .refs = 1, .cap = (uint32_t)cap, .depth = 1 };
    return (struct value){ .tag = VALUE_LIST, .list = list };
}

struct value value_list_of(const struct value *items, size_t n)
{
    struct value v = value_list(n);
    uint32_t depth = 0;
    for (size_t i = 0; i < n; i++) {
        v.list->items[i] = items[i];
        depth = max_depth(depth, value_depth(items[i]));
    }
    v.list->len = (uint32_t)n;
    v.list->depth = depth + 1;
    return v;
}

static struct list *copy_list(const struct list *from)
{
    struct value copy = value_list((size_t)from->len + FIRST_CAP);
    for (uint32_t i = 0; i < from->len; i++)
        copy.list->items[i] = value_ref(from->items[i]);
    copy.list->len = from->len;
    copy.list->depth = from->depth;
    return copy.list;
}

/* The list as one with a single owner and room for count more items. */
static struct list *make_room(struct value *list, uint32_t count)
{
    struct list *to = list->list;
    if (to->refs != 1) {
        to = copy_list(to);
        value_unref(*list);
        list->list = to;
    }
    if (to->cap - to->len >= count)
        return to;
    if (to->cap >= UINT32_MAX / 2 || count >= UINT32_MAX / 2)
        mem_exhausted();
    uint32_t cap = to->cap ? to->cap * 2 : FIRST_CAP;
    cap = cap < to->len + count ? to->len + count : cap;
    to = mem_resize(to, 1, list_bytes(cap));
    to->cap = cap;
    return list->list = to;
}

void value_list_push(struct value *list, struct value item)
{
    struct list *to = make_room(list, 1);
    to->items[to->len++] = item;
    to->depth = max_depth(to->depth, value_depth(item) + 1);
}

void value_list_append(struct value *list, const struct list *items)
{
    assert(list->tag == VALUE_LIST && list->list != items);
    struct list *to = make_room(list, items->len);
    for (uint32_t i = 0; i < items->len; i++)
        to->items[to->len++] = value_ref(items->items[i]);
    to->depth = max_depth(to->depth, items->depth);
}

static void unref_text(struct text *t)
{
    value_unref((struct value){ .tag = VALUE_TEXT, .text = t });
}

static void destroy_list(struct list *list)
{
    for (uint32_t i = 0; i < list->len; i++)
        value_unref(list->items[i]);
    mem_free(list);
}

static void destroy_object(struct object *object)
{
    for (uint32_t i = 0; i < object->len; i++) {
        unref_text(object->members[i].key);
        value_unref(object->members[i].value);
    }
    mem_free(object->index);
    mem_free(object);
}

/* Recurses as deep as v nests, which its builders keep within VALUE_MAX_DEPTH. */
void value_destroy(struct value v)
{
    if (v.tag == VALUE_LIST)
        destroy_list(v.list);
    else if (v.tag == VALUE_OBJECT)
        destroy_object(v.object);
    else
        value_text_free(v.text);
}

static void make_text_immortal(struct text *t)
{
    if (t->refs == VALUE_IMMORTAL)
        return;
    value_text_complete(t);
    t->refs = VALUE_IMMORTAL;
}

void value_make_immortal(struct value v)
{
    if (!value_is_counted(v) || v.counted->refs == VALUE_IMMORTAL)
        return;
    if (v.tag == VALUE_LIST) {
        for (uint32_t i = 0; i < v.list->len; i++)
            value_make_immortal(v.list->items[i]);
    } else if (v.tag == VALUE_OBJECT) {
        for (uint32_t i = 0; i < v.object->len; i++) {
            make_text_immortal(v.object->members[i].key);
            value_make_immortal(v.object->members[i].value);
        }
    } else {
        value_text_complete(v.text);
    }
    v.counted->refs = VALUE_IMMORTAL;
}

void value_free_immortal(struct value v)
{
    if (!value_is_counted(v))
        return;
    if (v.tag == VALUE_TEXT || v.tag == VALUE_DECIMAL) {
        value_text_free(v.text);
        return;
    }
    if (v.tag == VALUE_OBJECT)
        mem_free(v.object->index);
    mem_free(v.counted);
}

uint32_t value_depth(struct value v)
{
    if (v.tag == VALUE_LIST)
        return v.list->depth;
    return v.tag == VALUE_OBJECT ? v.object->depth : 0;
}

const char *value_type_name(struct value v)
{
    switch ((enum value_tag)v.tag) {
    case VALUE_NULL:
        return "null";
    case VALUE_BOOL:
        return "bool";
    case VALUE_INT:
        return "int";
    case VALUE_NUMBER:
    case VALUE_DECIMAL:
        return "number";
    case VALUE_TEXT:
        return "text";
    case VALUE_LIST:
        return "list";
    case VALUE_OBJECT:
        return "object";
    }
    return "null";
}

/* Adds the size of v to size, until that is over limit. */
static size_t add_size(struct value v, size_t size, size_t limit)
{
    if (v.tag == VALUE_TEXT || v.tag == VALUE_DECIMAL)
        return size + value_text_bytes(v.text);
    if (v.tag == VALUE_LIST) {
        size += list_bytes(v.list->cap);
        for (uint32_t i = 0; i < v.list->len && size <= limit; i++)
            size = add_size(v.list->items[i], size, limit);
    } else if (v.tag == VALUE_OBJECT) {
        const struct object *o = v.object;
        size += offsetof(struct object, members) + o->cap * sizeof(struct member);
        size += o->index ? ((size_t)o->index_mask + 1) * sizeof *o->index : 0;
        for (uint32_t i = 0; i < o->len && size <= limit; i++) {
            size += value_text_bytes(o->members[i].key);
            size = add_size(o->members[i].value, size, limit);
        }
    }
    return size;
}

size_t value_size_up_to(struct value v, size_t limit)
{
    return add_size(v, 0, limit);
}

size_t value_size(struct value v)
{
    return value_size_up_to(v, SIZE_MAX);
}
