#include "engine/samples_parts.h"

#include "base/bytes.h"
#include "base/json.h"
#include "program/opcode.h"

#include <string.h>

/* Where a type that holds itself ends: so often within itself, and after so many values of it. */
#define MAX_WITHIN 2
#define MAX_AGAIN 20
#define MAX_TEXTS 10
#define MAX_NAMES 16
#define MAX_MIXED 4
#define LONGEST_TEXT 40

void samples_release(struct samples *s)
{
    for (size_t i = 0; i < s->len; i++)
        value_unref(s->items[i]);
    s->len = 0;
}

void samples_add(struct samples *s, struct value v)
{
    for (size_t i = 0; i < s->len; i++) {
        if (s->items[i].tag == v.tag && value_equal(s->items[i], v)) {
            value_unref(v);
            return;
        }
    }
    if (s->len == SAMPLES_MAX)
        value_unref(v);
    else
        s->items[s->len++] = v;
}

/* What the code of a function has to go by. */

struct hints {
    const char *texts[MAX_TEXTS]; /* constants that it loads */
    size_t text_count;
    const char *names[MAX_NAMES]; /* members that it reads */
    size_t name_count;
};

static void add_hint(const char **list, size_t *count, size_t most, const char *text)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(list[i], text) == 0)
            return;
    }
    if (*count < most && strlen(text) <= LONGEST_TEXT)
        list[(*count)++] = text;
}

static void add_text(struct hints *h, const struct image *image, uint32_t constant)
{
    struct value v = image->constants[constant];
    if (v.tag == VALUE_TEXT && strlen(v.text->data) == v.text->len && !strchr(v.text->data, ' '))
        add_hint(h->texts, &h->text_count, MAX_TEXTS, v.text->data);
}

static void add_name(struct hints *h, const struct image *image, uint32_t constant)
{
    add_hint(h->names, &h->name_count, MAX_NAMES, image_text(image, constant));
}

static uint32_t end_of(const struct image *image, uint32_t function)
{
    return image->functions[function].code + image->functions[function].code_count;
}

/* Those of the code from pc to end. */
static void add_hints(const struct image *image, uint32_t pc, uint32_t end, struct hints *h)
{
    while (pc < end) {
        const uint32_t *code = &image->code[pc];
        enum opcode op = word_op(code[0]);
        if (op == OPCODE_LOADK)
            add_text(h, image, word_x16(code[0]));
        if (op == OPCODE_MEMBER || op == OPCODE_MAPMEMBER)
            add_name(h, image, code[1]);
        for (uint32_t i = 1; op == OPCODE_PATH && i <= word_c(code[0]); i++) {
            if (!(code[i] & PATH_ITEM))
                add_name(h, image, code[i]);
        }
        pc += opcode_words(code[0]);
    }
}

static void find_hints(const struct image *image, uint32_t function, struct hints *h)
{
    add_hints(image, image->functions[function].code, end_of(image, function), h);
}

/* Where the code of the arm at pc ends: the next node begins. */
static uint32_t end_of_arm(const struct image *image, uint32_t function, uint32_t pc)
{
    uint32_t end = end_of(image, function);
    while (pc < end && word_op(image->code[pc]) != OPCODE_NODE)
        pc += opcode_words(image->code[pc]);
    return pc < end ? pc : end;
}

/* Values of types. */

/* How rich a sample is, which text stands in it, and how many values it has
 * of types that they are within. */
struct taste {
    bool rich; /* true, 1, one item, and what may be null is there */
    const char *text;
    uint32_t again;
};

/* The types that a value is within. */
struct within {
    uint32_t type;
    const struct within *outer;
};

/* Whether an optional value is there, and a list has an item. */
static bool goes_on(struct taste *t, const struct within *outer, uint32_t type)
{
    int times = 0;
    for (; outer; outer = outer->outer)
        times += outer->type == type;
    t->again += times > 0;
    return t->rich && t->again < MAX_AGAIN && times < MAX_WITHIN;
}

static struct value of_type(const struct image *image, uint32_t type, struct taste *t,
                            const struct within *outer);

static struct value of_object(const struct image *image, const struct image_type *type,
                              struct taste *t, const struct within *outer)
{
    struct value v = value_object(type->member_count);
    for (uint32_t i = 0; i < type->member_count; i++) {
        const struct image_member *m = &image->members[type->first_member + i];
        const char *name = image_text(image, m->name);
        object_put_bytes(&v, name, strlen(name), of_type(image, m->type, t, outer));
    }
    return v;
}

static struct value of_type(const struct image *image, uint32_t type, struct taste *t,
                            const struct within *outer)
{
    const struct image_type *it = &image->types[type];
    const struct within here = { type, outer };
    struct value list = value_null();
    if (it->optional && !goes_on(t, outer, type))
        return value_null();
    switch ((enum image_type_kind)it->kind) {
    case IMAGE_TYPE_BOOL:
        return value_bool(t->rich);
    case IMAGE_TYPE_INT:
    case IMAGE_TYPE_NUMBER:
        return value_int(t->rich);
    case IMAGE_TYPE_ANY:
    case IMAGE_TYPE_TEXT:
        return value_text_of(t->text);
    case IMAGE_TYPE_LIST:
        list = value_list(1);
        if (goes_on(t, outer, type))
            list_push(&list, of_type(image, it->item, t, &here));
        return list;
    case IMAGE_TYPE_OBJECT:
        return of_object(image, it, t, &here);
    case IMAGE_TYPE_NULL:
    case IMAGE_TYPE_KINDS:
        break;
    }
    return value_null();
}

static void add_of_type(const struct image *image, uint32_t type, const struct hints *h,
                        struct samples *out)
{
    samples_add(out, of_type(image, type, &(struct taste){ true, "text", 0 }, NULL));
    samples_add(out, of_type(image, type, &(struct taste){ false, "", 0 }, NULL));
    for (size_t i = 0; i < h->text_count; i++)
        samples_add(out, of_type(image, type, &(struct taste){ true, h->texts[i], 0 }, NULL));
}

void samples_of_type(const struct image *image, uint32_t function, uint32_t type,
                     struct samples *out)
{
    struct hints h = { 0 };
    find_hints(image, function, &h);
    add_of_type(image, type, &h, out);
}

/* Bodies. */

/* The type after `as` of the arm, before the next node begins; IMAGE_NONE: it has none. */
static uint32_t type_of_arm(const struct image *image, uint32_t function, uint32_t pc)
{
    uint32_t end = end_of_arm(image, function, pc);
    while (pc < end) {
        if (word_op(image->code[pc]) == OPCODE_SHAPE)
            return image->code[pc + 1];
        pc += opcode_words(image->code[pc]);
    }
    return IMAGE_NONE;
}

static struct value object_of_names(const struct hints *h, struct value member)
{
    struct value v = value_object(h->name_count);
    for (size_t i = 0; i < h->name_count; i++)
        object_put_bytes(&v, h->names[i], strlen(h->names[i]), value_ref(member));
    value_unref(member);
    return v;
}

/* Objects whose members are texts and integers in every mixture, for arms that read few. */
static void add_mixtures(const struct hints *h, struct samples *out)
{
    if (h->name_count < 2 || h->name_count > MAX_MIXED)
        return;
    for (unsigned bits = 1; bits + 1 < 1u << h->name_count; bits++) {
        struct value v = value_object(h->name_count);
        for (size_t i = 0; i < h->name_count; i++)
            object_put_bytes(&v, h->names[i], strlen(h->names[i]),
                             bits >> i & 1 ? value_int(1) : value_text_of("text"));
        samples_add(out, v);
    }
}

void samples_of_body(const struct image *image, uint32_t function, uint32_t pc, struct samples *out)
{
    struct hints h = { 0 };
    struct hints of_arm = { 0 };
    find_hints(image, function, &h);
    add_hints(image, pc, end_of_arm(image, function, pc), &of_arm);
    uint32_t type = type_of_arm(image, function, pc);
    if (type != IMAGE_NONE) {
        add_of_type(image, type, &h, out);
        return;
    }
    samples_add(out, value_null());
    samples_add(out, object_of_names(&h, value_text_of("text")));
    samples_add(out, object_of_names(&h, value_int(1)));
    samples_add(out, object_of_names(&h, value_bool(true)));
    struct value item = object_of_names(&h, value_text_of("text"));
    samples_add(out, object_of_names(&h, value_list_of(&item, 1)));
    add_mixtures(&of_arm, out);
    for (size_t i = 0; i < h.text_count; i++)
        samples_add(out, object_of_names(&h, value_text_of(h.texts[i])));
}

/* Answers. */

static const char *const usual_answers[] = { "text", "1",           "42",         "true",     "yes",
                                             "no",   "a@b.example", "2026-01-31", "AB123456", "0" };

/* An answer is a text, and a choice is met by how it is shown. */
static void add_choices(struct value choices, struct samples *out)
{
    for (uint32_t i = 0; i < choices.list->len; i++) {
        struct bytes b = { 0 };
        json_write_interpolated(&b, choices.list->items[i]);
        samples_add(out, value_text(bytes_text(&b), b.len));
        bytes_release(&b);
    }
}

static void add_good(const struct image *image, uint32_t function, const struct image_ask *ask,
                     struct value choices, struct samples *out)
{
    struct hints h = { 0 };
    if (choices.tag == VALUE_LIST) {
        add_choices(choices, out);
        return;
    }
    if (ask->match != IMAGE_NONE) {
        samples_add(out, samples_of_pattern(image_text(image, ask->match)));
    }
    find_hints(image, function, &h);
    for (size_t i = 0; i < sizeof usual_answers / sizeof *usual_answers; i++)
        samples_add(out, value_text_of(usual_answers[i]));
    for (size_t i = 0; i < h.text_count; i++)
        samples_add(out, value_text_of(h.texts[i]));
}

void samples_of_answer(const struct program *program, uint32_t function, uint32_t ask,
                       struct value choices, bool good, struct samples *out)
{
    if (good) {
        add_good(program->image, function, &program->image->asks[ask], choices, out);
        return;
    }
    samples_add(out, value_text_of("?"));
    samples_add(out, value_text_of("something else"));
}
