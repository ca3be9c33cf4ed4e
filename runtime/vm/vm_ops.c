#include "vm/vm_ops.h"

#include "base/arith.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/bytes.h"
#include "formats/json.h"
#include "program/opcode.h"

#include <string.h>

static const char text_too_long[] = "a text became longer than 64 MB";
static const char value_too_large[] = "a value became larger than 64 MB";
static const char list_too_long[] = "a list became longer than 10,000,000 items";
static const char too_deep[] = "a value is nested deeper than 1,000";

/* Takes a value out of the temporaries from one on, of which none is needed any more. */
static void drop(const struct strand *s, struct value *slots, uint32_t from, struct value v)
{
    uint32_t function = s->frames[s->depth - 1].function;
    uint32_t count = s->program->image->functions[function].slot_count;
    uint32_t end = count < IMAGE_NEAR_SLOTS ? count : IMAGE_NEAR_SLOTS;
    for (uint32_t i = from; i < end && v.counted->refs > 1; i++) {
        if (value_is_counted(slots[i]) && slots[i].counted == v.counted) {
            value_unref(slots[i]);
            slots[i] = value_null();
        }
    }
}

/* A temporary that an earlier instruction used may still hold the value, which would then have to
 * be copied. */
const char *vm_append(struct strand *s, struct value *slots, uint32_t word, uint32_t *cost)
{
    struct value *to = &slots[word_a(word)];
    struct value with = slots[word_c(word)];
    bool may_grow = to->tag == VALUE_TEXT || to->tag == VALUE_LIST;
    if (may_grow && to->counted->refs != VALUE_IMMORTAL)
        drop(s, slots, word_b(word), *to);
    bool is_copied = may_grow && to->counted->refs != 1;
    const char *problem = arith_append(to, with);
    *cost = value_cost(is_copied ? *to : with);
    return problem;
}

const char *vm_search(struct strand *s, const struct value *args, uint32_t most, bool *is_over,
                      uint32_t *cost, struct value *out)
{
    uint64_t steps = (uint64_t)most * COST_STEPS;
    const char *problem = s->search ? NULL : builtin_search_begin(args, &s->search);
    if (!problem)
        problem = builtin_search_go_on(s->search, &steps, is_over, out);
    *cost = (uint32_t)(steps / COST_STEPS);
    if (!problem && !*is_over)
        return NULL;
    if (!problem)
        *cost += builtin_search_weight(s->search);
    builtin_search_free(s->search);
    s->search = NULL;
    return problem;
}

/* One part of a text: where its bytes are. Ints are written into `digits`. */
struct part {
    const char *p;
    size_t len;
};

static bool simple_part(struct value v, struct part *part, char digits[NUMBER_TEXT])
{
    switch ((enum value_tag)v.tag) {
    case VALUE_NULL:
        *part = (struct part){ "", 0 };
        return true;
    case VALUE_BOOL:
        *part = v.boolean ? (struct part){ "true", 4 } : (struct part){ "false", 5 };
        return true;
    case VALUE_INT:
        *part = (struct part){ digits, number_write_int(v.integer, digits) };
        return true;
    case VALUE_NUMBER:
        *part = (struct part){ digits, number_write(v.number, digits) };
        return true;
    case VALUE_DECIMAL:
    case VALUE_TEXT:
        *part = (struct part){ v.text->data, v.text->len };
        return true;
    case VALUE_LIST:
    case VALUE_OBJECT:
        break;
    }
    return false;
}

static const char *concat_any(const struct value *parts, uint32_t count, struct value *out)
{
    struct bytes b = { 0 };
    const char *problem = NULL;
    for (uint32_t i = 0; i < count && !problem; i++) {
        if (value_size_up_to(parts[i], VALUE_MAX_BYTES) > VALUE_MAX_BYTES)
            problem = value_too_large;
        else
            json_write_interpolated(&b, parts[i]);
        if (b.len > VALUE_MAX_BYTES)
            problem = text_too_long;
    }
    *out = problem ? value_null() : value_text(bytes_text(&b), b.len);
    bytes_release(&b);
    return problem;
}

#define SIMPLE_PARTS 16

const char *vm_concat(struct strand *s, const struct value *parts, uint32_t count,
                      struct value *out)
{
    (void)s;
    struct part simple[SIMPLE_PARTS];
    char digits[SIMPLE_PARTS][NUMBER_TEXT];
    size_t len = 0;
    if (count > SIMPLE_PARTS)
        return concat_any(parts, count, out);
    for (uint32_t i = 0; i < count; i++) {
        if (!simple_part(parts[i], &simple[i], digits[i]))
            return concat_any(parts, count, out);
        len += simple[i].len;
    }
    if (len > VALUE_MAX_BYTES) {
        *out = value_null();
        return text_too_long;
    }
    *out = value_text_sized(len);
    char *p = out->text->data;
    for (uint32_t i = 0; i < count; i++) {
        bytes_copy_short(p, simple[i].p, simple[i].len);
        p += simple[i].len;
    }
    return NULL;
}

const char *vm_text(struct value v, struct value *out)
{
    if (v.tag == VALUE_TEXT) {
        *out = value_ref(v);
        return NULL;
    }
    return vm_concat(NULL, &v, 1, out);
}

struct entity {
    char c;
    const char *text;
};

/* A carriage return as it is would reach the reader as a line feed (XML 1.0, section 2.11), and in
 * an attribute a line feed or a tab as a space (section 3.3.3). */
static const struct entity entities[] = {
    { '&', "&amp;" },   { '<', "&lt;" },   { '>', "&gt;" },   { '"', "&quot;" },
    { '\'', "&apos;" }, { '\r', "&#13;" }, { '\n', "&#10;" }, { '\t', "&#9;" },
};

static void escape_xml_char(struct bytes *b, char c)
{
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
        if (entities[i].c == c) {
            bytes_add_text(b, entities[i].text);
            return;
        }
    }
    bytes_add_char(b, c);
}

const char *vm_xml_escape(struct value v, struct value *out)
{
    struct value text;
    const char *problem = vm_text(v, &text);
    if (problem)
        return problem;
    struct bytes b = { 0 };
    for (uint32_t i = 0; i < text.text->len; i++)
        escape_xml_char(&b, text.text->data[i]);
    value_unref(text);
    if (b.len > VALUE_MAX_BYTES)
        problem = text_too_long;
    *out = problem ? value_null() : value_text(bytes_text(&b), b.len);
    bytes_release(&b);
    return problem;
}

static bool is_composite(struct value v)
{
    return v.tag == VALUE_LIST || v.tag == VALUE_OBJECT;
}

/* Measured to the end, so that what stands in items and members is paid for as well. */
static const char *look_through(struct value a, struct value b, uint32_t *cost)
{
    const struct value both[] = { a, b };
    *cost = 0;
    for (uint32_t i = 0; i < 2; i++) {
        size_t size = value_size_up_to(both[i], VALUE_MAX_BYTES);
        if (size > VALUE_MAX_BYTES && is_composite(both[i]))
            return value_too_large;
        *cost += (uint32_t)(size / COST_BYTES);
    }
    return NULL;
}

const char *vm_equal(struct value a, struct value b, bool *equal, uint32_t *cost)
{
    *cost = value_cost(a);
    if (is_composite(a) && is_composite(b)) {
        const char *problem = look_through(a, b, cost);
        if (problem)
            return problem;
    }
    *equal = value_equal(a, b);
    return NULL;
}

const char *vm_in(struct value a, struct value b, bool *found, uint32_t *cost)
{
    struct value out;
    const char *problem = look_through(a, b, cost);
    if (!problem)
        problem = arith_in(a, b, &out);
    *found = !problem && out.boolean;
    return problem;
}

struct value vm_map_member(struct value list, const struct text *key)
{
    if (list.tag != VALUE_LIST)
        return value_null();
    struct value out = value_list(list.list->len);
    for (uint32_t i = 0; i < list.list->len; i++) {
        struct value item = list.list->items[i];
        const struct value *found =
            item.tag == VALUE_OBJECT ? value_object_find(item.object, key) : NULL;
        value_list_push(&out, found ? value_ref(*found) : value_null());
    }
    return out;
}

struct value vm_map_index(struct value list, struct value index)
{
    if (list.tag != VALUE_LIST)
        return value_null();
    struct value out = value_list(list.list->len);
    for (uint32_t i = 0; i < list.list->len; i++)
        value_list_push(&out, arith_index(list.list->items[i], index));
    return out;
}

const char *vm_flatten(struct value v, struct value *out)
{
    *out = value_null();
    if (v.tag != VALUE_LIST)
        return NULL;
    *out = value_list(v.list->len);
    for (uint32_t i = 0; i < v.list->len; i++) {
        struct value inner = v.list->items[i];
        if (inner.tag != VALUE_LIST)
            continue;
        if (inner.list->len > ARITH_MAX_ITEMS - out->list->len) {
            value_unref(*out);
            *out = value_null();
            return list_too_long;
        }
        for (uint32_t k = 0; k < inner.list->len; k++)
            value_list_push(out, value_ref(inner.list->items[k]));
    }
    return NULL;
}

const char *vm_push(struct value *list, struct value item)
{
    if (list->tag != VALUE_LIST)
        return "cannot append: the value is not a list";
    if (list->list->len >= ARITH_MAX_ITEMS)
        return list_too_long;
    if (value_depth(item) >= VALUE_MAX_DEPTH)
        return too_deep;
    value_list_push(list, value_ref(item));
    return NULL;
}

const char *vm_put(struct value *object, struct text *key, struct value item)
{
    if (object->tag != VALUE_OBJECT)
        return "cannot set a member: the value is not an object";
    if (value_depth(item) >= VALUE_MAX_DEPTH)
        return too_deep;
    value_object_put(object, key, value_ref(item));
    return NULL;
}

const char *vm_check(struct strand *s, uint32_t type, struct value *v)
{
    struct bytes b = { 0 };
    if (image_type_fit(s->program->image, type, v, &b))
        return NULL;
    mem_free(s->failure);
    s->failure = bytes_take(&b);
    return s->failure;
}

#define WAIT_MAX_MS ((int64_t)366 * 24 * 3600 * 1000)

const char *vm_wait(struct value v, int64_t *ms)
{
    if (v.tag != VALUE_INT)
        return "`wait` needs a duration, such as 500ms or 3s, or a whole number of milliseconds";
    if (v.integer < 0 || v.integer > WAIT_MAX_MS)
        return "`wait` needs a duration from 0 to 366 days";
    *ms = v.integer;
    return NULL;
}

struct value vm_error(const char *kind, const char *message, size_t len, const struct value *value)
{
    struct value error = value_object(3);
    value_object_put_bytes(&error, "kind", 4, value_text_of(kind));
    value_object_put_bytes(&error, "message", 7, value_text(message, len));
    if (value)
        value_object_put_bytes(&error, "value", 5, value_ref(*value));
    return error;
}
