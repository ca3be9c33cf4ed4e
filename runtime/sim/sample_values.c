#include "sim/sample_values_parts.h"

#include "base/bytes.h"
#include "formats/json.h"
#include "program/opcode.h"
#include "sim/atoms.h"

#include <limits.h>
#include <string.h>

/* Limits of a recursive type: how deep it nests within itself, and how many values of it a
 * sample has. */
#define MAX_WITHIN 2
#define MAX_AGAIN 20
/* Limits of a sample, because a type that requires itself has no finite value. */
#define MAX_DEPTH 32
#define MAX_VALUES 10000
#define MAX_TEXTS 10
#define MAX_NAMES 16
#define MAX_MIXED 4
#define LONGEST_TEXT 40

void sample_values_release(struct sample_values *s)
{
    for (size_t i = 0; i < s->len; i++)
        value_unref(s->items[i]);
    s->len = 0;
}

void sample_values_add(struct sample_values *s, struct value v)
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

/* What the code of a function tells about its values. */

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

/* The end of the code of the arm at pc: the next node begins there. */
static uint32_t end_of_arm(const struct image *image, uint32_t function, uint32_t pc)
{
    uint32_t end = end_of(image, function);
    while (pc < end && word_op(image->code[pc]) != OPCODE_NODE)
        pc += opcode_words(image->code[pc]);
    return pc < end ? pc : end;
}

/* Values of types. */

/* How much a sample contains, the text in it, and how many values it has of each enclosing type. */
struct taste {
    bool rich; /* true, 1, one item, and every optional value present */
    const char *text;
    uint32_t again;
    uint32_t values; /* made so far */
};

/* The types that enclose a value, and their number. */
struct within {
    uint32_t type;
    unsigned depth;
    const struct within *outer;
};

/* Whether an optional value is present and a list has an item. */
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
        value_object_put_bytes(&v, name, strlen(name), of_type(image, m->type, t, outer));
    }
    return v;
}

static struct value of_type(const struct image *image, uint32_t type, struct taste *t,
                            const struct within *outer)
{
    const struct image_type *it = &image->types[type];
    const struct within here = { type, outer ? outer->depth + 1 : 0, outer };
    struct value list = value_null();
    if (here.depth > MAX_DEPTH || ++t->values > MAX_VALUES)
        return value_null();
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
            value_list_push(&list, of_type(image, it->item, t, &here));
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
                        struct sample_values *out)
{
    sample_values_add(out, of_type(image, type, &(struct taste){ true, "text", 0, 0 }, NULL));
    sample_values_add(out, of_type(image, type, &(struct taste){ false, "", 0, 0 }, NULL));
    for (size_t i = 0; i < h->text_count; i++)
        sample_values_add(out,
                          of_type(image, type, &(struct taste){ true, h->texts[i], 0, 0 }, NULL));
}

/* What is compared. */

#define FREE_ATOMS 3u /* of which every mixture is made */

static bool has_length(const struct atoms *a)
{
    for (size_t i = 0; i < a->len; i++) {
        if (a->items[i].is_length)
            return true;
    }
    return false;
}

/* Makes each atom true and false while all other atoms are true. Of two atoms of one part, only
 * the last one counts. */
static void add_one_by_one(const struct image *image, const struct atoms *a, struct value base,
                           struct sample_values *out)
{
    for (size_t i = 0; i < 2 * a->len; i++) {
        const struct atoms one = { { a->items[i / 2] }, 1 };
        struct value v = atoms_apply(image, a, value_ref(base), 0, true);
        sample_values_add(out, atoms_apply(image, &one, v, i % 2, true));
    }
}

/* Changes of base (borrowed) with each combination of truths of the first atoms, and of each
 * atom alone. */
static void add_applied(const struct image *image, const struct atoms *a, struct value base,
                        struct sample_values *out)
{
    size_t free = a->len < FREE_ATOMS ? a->len : FREE_ATOMS;
    for (unsigned bits = 0; a->len > 0 && bits < 1u << free; bits++) {
        sample_values_add(out, atoms_apply(image, a, value_ref(base), bits, true));
        if (has_length(a))
            sample_values_add(out, atoms_apply(image, a, value_ref(base), bits, false));
    }
    add_one_by_one(image, a, base, out);
}

/* Removes the values that do not fit the type. Keeps the first one, so that there is one:
 * nothing fits a type that contains itself without end. */
static void keep_fitting(const struct image *image, uint32_t type, struct sample_values *s)
{
    size_t to = 1;
    for (size_t i = 1; i < s->len; i++) {
        struct bytes why = { 0 };
        if (image_type_check(image, type, s->items[i], &why))
            s->items[to++] = s->items[i];
        else
            value_unref(s->items[i]);
        bytes_release(&why);
    }
    s->len = to;
}

/* All comparisons that a function makes of the value in a slot. */
static void find_atoms(const struct image *image, uint32_t function, uint32_t slot,
                       struct atoms *out)
{
    const struct image_function *f = &image->functions[function];
    struct atom_origins origins = { 0 };
    atoms_begin(&origins, slot);
    atoms_keep(&origins, IMAGE_NEAR_SLOTS);
    atoms_find(image, &origins, f->code, f->code + f->code_count, out);
}

void sample_values_of_input(const struct image *image, uint32_t flow, uint32_t input,
                            struct sample_values *out)
{
    struct hints h = { 0 };
    struct atoms atoms = { 0 };
    uint32_t type = image->inputs[image->functions[flow].first_input + input].type;
    find_hints(image, flow, &h);
    add_of_type(image, type, &h, out);
    find_atoms(image, flow, input, &atoms);
    add_applied(image, &atoms, out->items[0], out);
    keep_fitting(image, type, out);
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
        value_object_put_bytes(&v, h->names[i], strlen(h->names[i]), value_ref(member));
    value_unref(member);
    return v;
}

/* Objects with texts and integers as members in every combination, for arms that read few
 * members. */
static void add_mixtures(const struct hints *h, struct sample_values *out)
{
    if (h->name_count < 2 || h->name_count > MAX_MIXED)
        return;
    for (unsigned bits = 1; bits + 1 < 1u << h->name_count; bits++) {
        struct value v = value_object(h->name_count);
        for (size_t i = 0; i < h->name_count; i++)
            value_object_put_bytes(&v, h->names[i], strlen(h->names[i]),
                                   bits >> i & 1 ? value_int(1) : value_text_of("text"));
        sample_values_add(out, v);
    }
}

/* The slot of the body of a call's response; IMAGE_NONE if the site sends nothing. */
static uint32_t body_slot(const struct image *image, uint32_t function, uint32_t site)
{
    uint32_t pc = image->functions[function].code;
    for (; pc < end_of(image, function); pc += opcode_words(image->code[pc])) {
        if (word_op(image->code[pc]) == OPCODE_SEND && image->code[pc + 1] == site)
            return word_a(image->code[pc]) + 2;
    }
    return IMAGE_NONE;
}

/* A place where a body is compared: slot holds it from pc on, the beginning of the arm. */
struct compared {
    const struct image *image;
    const struct image_site *site;
    const struct image_arm *arm;
    uint32_t function;
    uint32_t slot;
};

static bool is_guard_of(const struct compared *c, const struct image_way *way)
{
    return way->node == c->site->node && way->kind == IMAGE_WAY_ARM &&
           way->label == c->arm->label && way->text != IMAGE_NONE;
}

/* Tries each guard of the arm's label with all earlier guards false. The code of a guard is
 * between the previous arm and its own. Returns base (takes ownership of it) with all guards
 * false. */
static struct value add_of_guards(const struct compared *c, struct value base,
                                  struct sample_values *out)
{
    const struct image *image = c->image;
    uint32_t from = c->arm->pc;
    for (uint32_t i = 0; i < image->way_count; i++) {
        const struct image_way *way = &image->ways[i];
        struct atom_origins origins = { 0 };
        struct atoms atoms = { 0 };
        if (!is_guard_of(c, way) || way->pc < from)
            continue;
        atoms_begin(&origins, c->slot);
        atoms_find(image, &origins, from, way->pc, &atoms);
        add_applied(image, &atoms, base, out);
        base = atoms_apply(image, &atoms, base, UINT_MAX, true);
        from = way->pc;
    }
    return base;
}

/* The comparisons that the function makes, from the arm on, of variables that hold the body or a
 * part of it. */
static void add_of_variables(const struct compared *c, struct value base, struct sample_values *out)
{
    const struct image_function *f = &c->image->functions[c->function];
    struct atom_origins origins = { 0 };
    struct atoms of_arm = { 0 };
    struct atoms atoms = { 0 };
    uint32_t end = end_of_arm(c->image, c->function, c->arm->pc);
    atoms_begin(&origins, c->slot);
    atoms_find(c->image, &origins, c->arm->pc, end, &of_arm);
    atoms_keep(&origins, f->first_temp);
    atoms_find(c->image, &origins, f->code, c->arm->pc, &atoms);
    atoms_find(c->image, &origins, end, f->code + f->code_count, &atoms);
    add_applied(c->image, &atoms, base, out);
}

static void add_of_names(const struct hints *h, const struct hints *of_arm,
                         struct sample_values *out)
{
    sample_values_add(out, value_null());
    sample_values_add(out, object_of_names(h, value_text_of("text")));
    sample_values_add(out, object_of_names(h, value_int(1)));
    sample_values_add(out, object_of_names(h, value_bool(true)));
    struct value item = object_of_names(h, value_text_of("text"));
    sample_values_add(out, object_of_names(h, value_list_of(&item, 1)));
    add_mixtures(of_arm, out);
    for (size_t i = 0; i < h->text_count; i++)
        sample_values_add(out, object_of_names(h, value_text_of(h->texts[i])));
}

void sample_values_of_body(const struct image *image, const struct image_site *site,
                           const struct image_arm *arm, struct sample_values *out)
{
    struct hints h = { 0 };
    struct hints of_arm = { 0 };
    uint32_t function = image->nodes[site->node].function;
    find_hints(image, function, &h);
    add_hints(image, arm->pc, end_of_arm(image, function, arm->pc), &of_arm);
    uint32_t type = type_of_arm(image, function, arm->pc);
    if (type != IMAGE_NONE)
        add_of_type(image, type, &h, out);
    else
        add_of_names(&h, &of_arm, out);
    /* With a type, the first one has everything that the type allows; without, the second one
     * has all names. */
    struct value base = out->items[type == IMAGE_NONE && out->len > 1];
    const struct compared c = { image, site, arm, function,
                                body_slot(image, function, (uint32_t)(site - image->sites)) };
    if (c.slot == IMAGE_NONE)
        return;
    base = add_of_guards(&c, value_ref(base), out);
    sample_values_add(out, value_ref(base));
    add_of_variables(&c, base, out);
    value_unref(base);
}

/* Answers. */

static const char *const usual_answers[] = { "text", "1",           "42",         "true",     "yes",
                                             "no",   "a@b.example", "2026-01-31", "AB123456", "0" };

static void add_shown(struct value v, struct sample_values *out)
{
    struct bytes b = { 0 };
    json_write_interpolated(&b, v);
    sample_values_add(out, value_text(bytes_text(&b), b.len));
    bytes_release(&b);
}

/* An answer is a text; it matches a choice by the text that the choice shows. */
static void add_choices(struct value choices, struct sample_values *out)
{
    for (uint32_t i = 0; i < choices.list->len; i++)
        add_shown(choices.list->items[i], out);
}

/* Answers that make the function's comparisons with the answer true or false. */
static void add_compared(const struct image *image, uint32_t function, uint32_t slot,
                         struct sample_values *out)
{
    struct atoms atoms = { 0 };
    struct sample_values values = { 0 };
    find_atoms(image, function, slot, &atoms);
    add_applied(image, &atoms, value_null(), &values);
    for (size_t i = 0; i < values.len; i++)
        add_shown(values.items[i], out);
    sample_values_release(&values);
}

/* The slot of the answer to a question; IMAGE_NONE if the site asks nothing. */
static uint32_t answer_slot(const struct image *image, uint32_t function, uint32_t site)
{
    uint32_t pc = image->functions[function].code;
    for (; pc < end_of(image, function); pc += opcode_words(image->code[pc])) {
        if (word_op(image->code[pc]) == OPCODE_ASK && image->code[pc + 1] == site)
            return word_b(image->code[pc]);
    }
    return IMAGE_NONE;
}

static void add_good(const struct image *image, const struct image_site *site, struct value choices,
                     struct sample_values *out)
{
    struct hints h = { 0 };
    uint32_t function = image->nodes[site->node].function;
    uint32_t slot = answer_slot(image, function, (uint32_t)(site - image->sites));
    if (choices.tag == VALUE_LIST) {
        add_choices(choices, out);
        return;
    }
    if (image->asks[site->detail].match != IMAGE_NONE)
        sample_values_add(
            out, sample_values_of_pattern(image_text(image, image->asks[site->detail].match)));
    find_hints(image, function, &h);
    for (size_t i = 0; i < sizeof usual_answers / sizeof *usual_answers; i++)
        sample_values_add(out, value_text_of(usual_answers[i]));
    for (size_t i = 0; i < h.text_count; i++)
        sample_values_add(out, value_text_of(h.texts[i]));
    if (slot != IMAGE_NONE)
        add_compared(image, function, slot, out);
}

void sample_values_of_answer(const struct image *image, const struct image_site *site,
                             struct value choices, bool good, struct sample_values *out)
{
    if (good) {
        add_good(image, site, choices, out);
        return;
    }
    sample_values_add(out, value_text_of("?"));
    sample_values_add(out, value_text_of("something else"));
}
