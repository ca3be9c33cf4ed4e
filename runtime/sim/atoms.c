#include "sim/atoms.h"

#include "program/builtin.h"
#include "program/opcode.h"

#include <string.h>

#define MAX_ITEMS 12u  /* of a list that is made up */
#define MAX_LENGTH 100 /* of a text that is */

void atoms_begin(struct atom_origins *o, uint32_t slot)
{
    if (slot < IMAGE_NEAR_SLOTS)
        o->at[slot] = (struct atom_origin){ .is_part = true };
}

void atoms_keep(struct atom_origins *o, uint32_t first_temp)
{
    for (uint32_t i = 0; i < IMAGE_NEAR_SLOTS; i++) {
        struct atom_origin *at = &o->at[i];
        if (i >= first_temp || !at->is_part)
            *at = (struct atom_origin){ 0 };
        at->is_kept = at->is_part;
    }
}

/* Finding. */

static void set_origin(struct atom_origins *o, uint32_t slot, struct atom_origin origin)
{
    if (!o->at[slot].is_kept && (o->default_end == 0 || slot != o->default_slot))
        o->at[slot] = origin;
}

static void set_constant(struct atom_origins *o, uint32_t slot, struct value v)
{
    set_origin(o, slot, (struct atom_origin){ .is_constant = true, .constant = v });
}

static struct atom_origin step_from(const struct atom_origin *from, const uint32_t *steps,
                                    uint32_t count)
{
    struct atom_origin to = *from;
    to.is_kept = false;
    if (!from->is_part || from->is_length || from->path.len + count > ATOMS_MAX_STEPS)
        return (struct atom_origin){ 0 };
    for (uint32_t i = 0; i < count; i++)
        to.path.steps[to.path.len++] = steps[i];
    return to;
}

static void index_from(struct atom_origins *o, uint32_t word)
{
    const struct atom_origin *index = &o->at[word_c(word)];
    bool is_place = index->is_constant && index->constant.tag == VALUE_INT &&
                    index->constant.integer >= 0 && index->constant.integer < MAX_ITEMS;
    uint32_t step = is_place ? PATH_ITEM | (uint32_t)index->constant.integer : 0;
    set_origin(o, word_a(word),
               is_place ? step_from(&o->at[word_b(word)], &step, 1) : (struct atom_origin){ 0 });
}

static void length_from(const struct image *image, struct atom_origins *o, const uint32_t *code)
{
    struct atom_origin to = o->at[word_b(code[0])];
    bool is_len = image->builtins[code[1]].function == BUILTIN_LEN;
    to.is_length = true;
    to.is_kept = false;
    set_origin(o, word_a(code[0]), is_len && to.is_part ? to : (struct atom_origin){ 0 });
}

static bool is_alike(const struct atom *a, const struct atom *b)
{
    return a->relation == b->relation && a->is_length == b->is_length &&
           a->path.len == b->path.len &&
           memcmp(a->path.steps, b->path.steps, a->path.len * sizeof *a->path.steps) == 0 &&
           value_equal(a->constant, b->constant);
}

static void add_atom(struct atoms *out, const struct atom_origin *part, enum atom_relation relation,
                     bool is_wanted, struct value constant)
{
    struct atom atom = { .path = part->path,
                         .is_length = part->is_length,
                         .relation = relation,
                         .is_wanted = is_wanted,
                         .constant = constant };
    for (size_t i = 0; i < out->len; i++) {
        if (is_alike(&out->items[i], &atom))
            return;
    }
    if (out->len < ATOMS_MAX)
        out->items[out->len++] = atom;
}

/* `c < part` is where (part <= c) is not. */
static void compare(const struct atom_origins *o, uint32_t a, uint32_t b,
                    enum atom_relation relation, bool is_wanted, struct atoms *out)
{
    static const enum atom_relation turned[] = {
        [ATOM_EQUAL] = ATOM_EQUAL, [ATOM_LESS] = ATOM_LESS_EQUAL, [ATOM_LESS_EQUAL] = ATOM_LESS
    };
    if (o->at[a].is_part && o->at[b].is_constant)
        add_atom(out, &o->at[a], relation, is_wanted, o->at[b].constant);
    else if (o->at[b].is_part && o->at[a].is_constant)
        add_atom(out, &o->at[b], turned[relation], is_wanted == (relation == ATOM_EQUAL),
                 o->at[a].constant);
}

static void test(const struct atom_origins *o, uint32_t slot, enum atom_relation relation,
                 bool is_wanted, struct atoms *out)
{
    if (o->at[slot].is_part && !o->at[slot].is_length)
        add_atom(out, &o->at[slot], relation, is_wanted, value_null());
}

/* The truth that an instruction at pc wants of what it looks at, if it jumps for `when`: not to
 * jump, unless that is to the end. */
static bool wants(const struct image *image, uint32_t pc, uint32_t end, bool when)
{
    uint32_t word = image->code[pc];
    uint32_t at = pc + opcode_jump_word(opcode_rows[word_op(word)].shape) - 1;
    return (pc + opcode_words(word) + image->code[at] == end) == when;
}

/* What an instruction compares. */
static void look(const struct image *image, const struct atom_origins *o, uint32_t pc, uint32_t end,
                 struct atoms *out)
{
    uint32_t word = image->code[pc];
    uint32_t a = word_a(word);
    uint32_t b = word_b(word);
    uint32_t c = word_c(word);
    switch (word_op(word)) {
    case OPCODE_JEQUAL:
        compare(o, a, b, ATOM_EQUAL, wants(image, pc, end, c != 0), out);
        break;
    case OPCODE_JLESS:
        compare(o, a, b, ATOM_LESS, wants(image, pc, end, c != 0), out);
        break;
    case OPCODE_JLESSEQUAL:
        compare(o, a, b, ATOM_LESS_EQUAL, wants(image, pc, end, c != 0), out);
        break;
    case OPCODE_EQUAL:
    case OPCODE_NOTEQUAL:
        compare(o, b, c, ATOM_EQUAL, word_op(word) == OPCODE_EQUAL, out);
        break;
    case OPCODE_LESS:
        compare(o, b, c, ATOM_LESS, true, out);
        break;
    case OPCODE_LESSEQUAL:
        compare(o, b, c, ATOM_LESS_EQUAL, true, out);
        break;
    case OPCODE_JTRUE:
    case OPCODE_JFALSE:
        test(o, a, ATOM_TRUE, wants(image, pc, end, word_op(word) == OPCODE_JTRUE), out);
        break;
    case OPCODE_JNOTNULL:
        test(o, a, ATOM_GIVEN, true, out);
        break;
    default: /* compares nothing */
        break;
    }
}

/* What an instruction writes. */
static void note(const struct image *image, struct atom_origins *o, const uint32_t *code)
{
    uint32_t word = code[0];
    switch (word_op(word)) {
    case OPCODE_LOADK:
        set_constant(o, word_a(word), image->constants[word_x16(word)]);
        break;
    case OPCODE_LOADX:
        set_constant(o, word_a(word), image->constants[code[1]]);
        break;
    case OPCODE_LOADINT:
        set_constant(o, word_a(word), value_int(word_i16(word)));
        break;
    case OPCODE_LOADBOOL:
        set_constant(o, word_a(word), value_bool(word_b(word) != 0));
        break;
    case OPCODE_LOADNULL:
        set_constant(o, word_a(word), value_null());
        break;
    case OPCODE_NEGATE: {
        struct atom_origin of = o->at[word_b(word)];
        bool is_known =
            of.is_constant && of.constant.tag == VALUE_INT && of.constant.integer != INT64_MIN;
        of.constant.integer = is_known ? -of.constant.integer : 0;
        set_origin(o, word_a(word), is_known ? of : (struct atom_origin){ 0 });
        break;
    }
    case OPCODE_MOVE: {
        struct atom_origin same = o->at[word_b(word)];
        same.is_kept = false;
        set_origin(o, word_a(word), same);
        break;
    }
    case OPCODE_MEMBER:
        set_origin(o, word_a(word), step_from(&o->at[word_b(word)], &code[1], 1));
        break;
    case OPCODE_PATH:
        set_origin(o, word_a(word), step_from(&o->at[word_b(word)], &code[1], word_c(word)));
        break;
    case OPCODE_INDEX:
        index_from(o, word);
        break;
    case OPCODE_BUILTIN:
        length_from(image, o, code);
        break;
    default:
        if (strchr(opcode_rows[word_op(word)].writes, 'a'))
            set_origin(o, word_a(word), (struct atom_origin){ 0 });
        break;
    }
}

void atoms_find(const struct image *image, struct atom_origins *o, uint32_t from, uint32_t to,
                struct atoms *out)
{
    for (uint32_t pc = from; pc < to; pc += opcode_words(image->code[pc])) {
        uint32_t word = image->code[pc];
        if (pc >= o->default_end)
            o->default_end = 0;
        look(image, o, pc, to, out);
        note(image, o, &image->code[pc]);
        if (word_op(word) == OPCODE_JNOTNULL && o->at[word_a(word)].is_part) {
            o->default_slot = word_a(word);
            o->default_end = pc + opcode_words(word) + image->code[pc + 1];
        }
    }
}

/* Making values. */

static struct value number_beside(struct value v, int by)
{
    if (v.tag == VALUE_INT)
        return value_int(v.integer + (v.integer < INT32_MAX && v.integer > INT32_MIN ? by : 0));
    return v.tag == VALUE_NUMBER ? value_number(v.number + by) : value_ref(v);
}

/* Above (1) or below (-1) a constant. */
static struct value beside(struct value v, int by)
{
    if (v.tag != VALUE_TEXT)
        return number_beside(v, by);
    if (by < 0)
        return value_text_of("");
    struct bytes b = { 0 };
    bytes_add(&b, v.text->data, v.text->len);
    bytes_add_text(&b, "x");
    struct value longer = value_text(bytes_text(&b), b.len);
    bytes_release(&b);
    return longer;
}

static struct value other_than(struct value v)
{
    if (v.tag == VALUE_BOOL)
        return value_bool(!v.boolean);
    return v.tag == VALUE_NULL ? value_text_of("text") : beside(v, 1);
}

static struct value part_for(const struct atom *atom, bool truth)
{
    switch (atom->relation) {
    case ATOM_EQUAL:
        return truth ? value_ref(atom->constant) : other_than(atom->constant);
    case ATOM_LESS:
        return truth ? beside(atom->constant, -1) : value_ref(atom->constant);
    case ATOM_LESS_EQUAL:
        return truth ? value_ref(atom->constant) : beside(atom->constant, 1);
    case ATOM_TRUE:
        return value_bool(truth);
    case ATOM_GIVEN:
        break;
    }
    return truth ? value_text_of("text") : value_null();
}

static struct value of_length(struct value length, bool is_list)
{
    int64_t len = length.tag == VALUE_INT ? length.integer : 0;
    struct bytes b = { 0 };
    if (is_list) {
        struct value list = value_list(MAX_ITEMS);
        for (int64_t i = 0; i < len && i < MAX_ITEMS; i++)
            value_list_push(&list, value_text_of("text"));
        return list;
    }
    for (int64_t i = 0; i < len && i < MAX_LENGTH; i++)
        bytes_add_char(&b, 'x');
    struct value text = value_text(bytes_text(&b), b.len);
    bytes_release(&b);
    return text;
}

static struct value replaced(const struct image *image, struct value v, const uint32_t *steps,
                             uint32_t count, struct value leaf);

/* The list (any other value counts as an empty list) with another item at a place; earlier
 * places are filled. */
static struct value with_item(const struct image *image, struct value v, const uint32_t *steps,
                              uint32_t count, struct value leaf)
{
    uint32_t at = steps[0] & ~PATH_ITEM;
    uint32_t len = v.tag == VALUE_LIST ? v.list->len : 0;
    struct value list = value_list(len > at ? len : at + 1);
    for (uint32_t i = 0; i < len || i <= at; i++) {
        struct value item = i < len ? value_ref(v.list->items[i]) : value_text_of("text");
        value_list_push(&list, i == at ? replaced(image, item, steps + 1, count - 1, leaf) : item);
    }
    value_unref(v);
    return list;
}

/* The object (any other value counts as an empty object) with another member. */
static struct value with_member(const struct image *image, struct value v, const uint32_t *steps,
                                uint32_t count, struct value leaf)
{
    struct text *key = image->constants[steps[0]].text;
    if (v.tag != VALUE_OBJECT) {
        value_unref(v);
        v = value_object(1);
    }
    const struct value *old = value_object_find(v.object, key);
    struct value part = old ? value_ref(*old) : value_null();
    value_object_put(&v, key, replaced(image, part, steps + 1, count - 1, leaf));
    return v;
}

/* v with another part, at most ATOMS_MAX_STEPS deep. Takes ownership of v and leaf. */
static struct value replaced(const struct image *image, struct value v, const uint32_t *steps,
                             uint32_t count, struct value leaf)
{
    if (count == 0) {
        value_unref(v);
        return leaf;
    }
    return steps[0] & PATH_ITEM ? with_item(image, v, steps, count, leaf)
                                : with_member(image, v, steps, count, leaf);
}

_Static_assert(ATOMS_MAX <= 8 * sizeof(unsigned), "a bit for each atom");

struct value atoms_apply(const struct image *image, const struct atoms *a, struct value v,
                         unsigned bits, bool has_lists)
{
    for (size_t i = 0; i < a->len; i++) {
        const struct atom *atom = &a->items[i];
        struct value part = part_for(atom, atom->is_wanted != (bits >> i & 1));
        if (atom->is_length) {
            struct value length = part;
            part = of_length(length, has_lists);
            value_unref(length);
        }
        v = replaced(image, v, atom->path.steps, atom->path.len, part);
    }
    return v;
}
