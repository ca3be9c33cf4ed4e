#include "emit/emit_image.h"

#include "base/mem.h"

#include <string.h>

_Static_assert((int)ARRAYS == (int)TABLES, "the same tables");

uint32_t emit_row(struct emitter *e, enum emit_array array)
{
    enum image_table_id id = (enum image_table_id)array;
    size_t size = image_tables[id].size;
    uint32_t row = image_table_count(e->image, id);
    char *rows = image_table_rows(e->image, id);
    if (row == e->caps[array]) {
        e->caps[array] = row ? row * 2 : 16;
        rows = mem_resize(rows, e->caps[array], size);
    }
    memset(rows + row * size, 0, size);
    image_table_set(e->image, id, rows, row + 1);
    return row;
}

static uint32_t hash_of(struct value v)
{
    switch ((enum value_tag)v.tag) {
    case VALUE_TEXT:
    case VALUE_DECIMAL:
        return value_text_hash(v.text) + v.tag;
    case VALUE_INT:
    case VALUE_NUMBER: {
        uint64_t bits = (uint64_t)v.integer * 0x9e3779b97f4a7c15u;
        return (uint32_t)(bits >> 32) + v.tag;
    }
    default:
        return v.tag * 7u + (v.tag == VALUE_BOOL && v.boolean);
    }
}

static bool same(struct value a, struct value b)
{
    if (a.tag != b.tag)
        return false;
    switch ((enum value_tag)a.tag) {
    case VALUE_NULL:
        return true;
    case VALUE_BOOL:
        return a.boolean == b.boolean;
    case VALUE_INT:
    case VALUE_NUMBER:
        return a.integer == b.integer; /* the bits: 0.0 and -0.0 are two constants */
    case VALUE_DECIMAL:
    case VALUE_TEXT:
        return a.text->len == b.text->len && memcmp(a.text->data, b.text->data, a.text->len) == 0;
    case VALUE_LIST:
    case VALUE_OBJECT:
        break;
    }
    return false;
}

static uint32_t free_slot(const struct table_index *index, uint32_t hash)
{
    uint32_t at = hash & (index->cap - 1);
    while (index->slots[at].row)
        at = (at + 1) & (index->cap - 1);
    return at;
}

static void grow_index(struct table_index *index)
{
    struct index_slot *old = index->slots;
    uint32_t old_cap = index->cap;
    index->cap = old_cap ? old_cap * 2 : 256;
    index->slots = mem_alloc_zeroed(index->cap, sizeof *index->slots);
    for (uint32_t i = 0; i < old_cap; i++) {
        if (old[i].row)
            index->slots[free_slot(index, old[i].hash)] = old[i];
    }
    mem_free(old);
}

uint32_t emit_constant(struct emitter *e, struct value v)
{
    struct table_index *index = &e->constant_index;
    if ((e->image->constant_count + 1) * 2 > index->cap)
        grow_index(index);
    uint32_t hash = hash_of(v);
    uint32_t at = hash & (index->cap - 1);
    for (; index->slots[at].row; at = (at + 1) & (index->cap - 1)) {
        uint32_t row = index->slots[at].row - 1;
        if (index->slots[at].hash != hash || !same(e->image->constants[row], v))
            continue;
        value_unref(v);
        return row;
    }
    uint32_t row = emit_row(e, ARRAY_CONSTANTS);
    value_make_immortal(v);
    e->image->constants[row] = v;
    index->slots[at] = (struct index_slot){ hash, row + 1 };
    return row;
}

static uint32_t add_composite(struct emitter *e, struct value v)
{
    uint32_t row = emit_row(e, ARRAY_CONSTANTS);
    value_make_immortal(v);
    e->image->constants[row] = v;
    return row;
}

uint32_t emit_composite(struct emitter *e, struct value v)
{
    if (v.tag == VALUE_LIST) {
        struct value list = value_list(v.list->len);
        for (uint32_t i = 0; i < v.list->len; i++) {
            uint32_t item = emit_composite(e, v.list->items[i]);
            value_list_push(&list, e->image->constants[item]);
        }
        return add_composite(e, list);
    }
    if (v.tag == VALUE_OBJECT) {
        struct value object = value_object(v.object->len);
        for (uint32_t i = 0; i < v.object->len; i++) {
            const struct member *m = &v.object->members[i];
            uint32_t key = emit_text(e, m->key->data, m->key->len);
            uint32_t item = emit_composite(e, m->value);
            value_object_put(&object, e->image->constants[key].text, e->image->constants[item]);
        }
        return add_composite(e, object);
    }
    return emit_constant(e, value_ref(v));
}

uint32_t emit_text(struct emitter *e, const char *p, size_t len)
{
    return emit_constant(e, value_text(p, len));
}

uint32_t emit_word(struct emitter *e, const char *text)
{
    return emit_text(e, text, strlen(text));
}

uint32_t emit_builtin(struct emitter *e, enum builtin function)
{
    if (e->builtins[function] == 0) {
        uint32_t name = emit_word(e, builtin_rows[function].name);
        uint32_t row = emit_row(e, ARRAY_BUILTINS);
        e->image->builtins[row] =
            (struct image_builtin){ .name = name, .function = (uint16_t)function };
        e->builtins[function] = row + 1;
    }
    return e->builtins[function] - 1;
}

static uint8_t type_kind(const struct type *t)
{
    switch (t->kind) {
    case TYPE_NULL:
        return IMAGE_TYPE_NULL;
    case TYPE_BOOL:
        return IMAGE_TYPE_BOOL;
    case TYPE_INT:
    case TYPE_DURATION:
        return IMAGE_TYPE_INT;
    case TYPE_NUMBER:
        return IMAGE_TYPE_NUMBER;
    case TYPE_TEXT:
        return IMAGE_TYPE_TEXT;
    case TYPE_LIST:
        return IMAGE_TYPE_LIST;
    case TYPE_OBJECT:
        return IMAGE_TYPE_OBJECT;
    case TYPE_UNKNOWN:
    case TYPE_ANY:
        break;
    }
    return IMAGE_TYPE_ANY;
}

static uint32_t find_row(const struct emitter *e, struct image_type wanted)
{
    for (uint32_t i = 0; i < e->image->type_count; i++) {
        const struct image_type *t = &e->image->types[i];
        if (t->kind == wanted.kind && t->optional == wanted.optional && t->item == wanted.item &&
            t->member_count == 0 && wanted.member_count == 0)
            return i;
    }
    return IMAGE_NONE;
}

static uint32_t type_slot(const struct emitter *e, const struct type *t)
{
    uint32_t at = (uint32_t)((uintptr_t)t >> 4) * 0x9e3779b1u & (e->type_cap - 1);
    while (e->types[at].type && e->types[at].type != t)
        at = (at + 1) & (e->type_cap - 1);
    return at;
}

static void grow_types(struct emitter *e)
{
    struct type_entry *old = e->types;
    uint32_t old_cap = e->type_cap;
    e->type_cap = old_cap ? old_cap * 2 : 64;
    e->types = mem_alloc_zeroed(e->type_cap, sizeof *e->types);
    for (uint32_t i = 0; i < old_cap; i++) {
        if (old[i].type)
            e->types[type_slot(e, old[i].type)] = old[i];
    }
    mem_free(old);
}

static void remember_type(struct emitter *e, const struct type *t, uint32_t row)
{
    if (e->type_len * 2 >= e->type_cap)
        grow_types(e);
    e->types[type_slot(e, t)] = (struct type_entry){ .type = t, .row = row };
    e->type_len++;
}

static uint32_t add_row(struct emitter *e, struct image_type row)
{
    uint32_t at = emit_row(e, ARRAY_TYPES);
    if (row.kind != IMAGE_TYPE_OBJECT)
        row.first_member = e->image->member_count;
    e->image->types[at] = row;
    return at;
}

/* A type may hold itself: its row is known before its parts are. */
static uint32_t add_object(struct emitter *e, const struct type *t)
{
    uint32_t count = (uint32_t)t->member_count;
    uint32_t first = e->image->member_count;
    for (uint32_t i = 0; i < count; i++)
        emit_row(e, ARRAY_MEMBERS);
    uint32_t at = add_row(e, (struct image_type){ .kind = IMAGE_TYPE_OBJECT,
                                                  .optional = t->optional,
                                                  .first_member = first,
                                                  .member_count = count });
    remember_type(e, t, at);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t name = emit_word(e, t->members[i].name);
        uint32_t type = emit_type(e, t->members[i].type);
        e->image->members[first + i] = (struct image_member){ .name = name, .type = type };
    }
    return at;
}

static uint32_t add_list(struct emitter *e, const struct type *t)
{
    uint32_t at =
        add_row(e, (struct image_type){ .kind = IMAGE_TYPE_LIST, .optional = t->optional });
    remember_type(e, t, at);
    uint32_t item = emit_type(e, t->item);
    e->image->types[at].item = item;
    return at;
}

static uint32_t add_simple(struct emitter *e, const struct type *t)
{
    struct image_type row = { .kind = type_kind(t), .optional = t->optional };
    uint32_t at = find_row(e, row);
    if (at == IMAGE_NONE)
        at = add_row(e, row);
    remember_type(e, t, at);
    return at;
}

uint32_t emit_type(struct emitter *e, const struct type *t)
{
    if (e->type_cap) {
        uint32_t at = type_slot(e, t);
        if (e->types[at].type)
            return e->types[at].row;
    }
    if (t->kind == TYPE_OBJECT)
        return add_object(e, t);
    return t->kind == TYPE_LIST ? add_list(e, t) : add_simple(e, t);
}

uint32_t emit_file(struct emitter *e, const struct source *source)
{
    if (source == e->file_source)
        return e->file;
    const char *path = source->path;
    size_t root = strlen(e->root);
    if (strncmp(path, e->root, root) == 0)
        path += root;
    e->file = emit_word(e, path);
    e->file_source = source;
    return e->file;
}

/* Notes the line of a position and how far it reaches, so that what follows on it is quick. */
static bool find_line(struct emitter *e, uint32_t pos)
{
    struct place place = sources_line(e->model->sources, pos);
    if (!place.source)
        return false;
    e->line_file = emit_file(e, place.source);
    size_t len;
    const char *start = source_line((struct source *)(uintptr_t)place.source, place.line, &len);
    e->line = place.line;
    e->line_start = place.source->base + (uint32_t)(start - place.source->data);
    e->line_end = e->line_start + (uint32_t)len;
    return true;
}

void emit_line(struct emitter *e, struct span span)
{
    bool same_line = span.start >= e->line_start && span.start <= e->line_end;
    if (!same_line && !find_line(e, span.start))
        return;
    uint32_t pc = e->image->code_count;
    uint32_t count = e->image->line_count;
    struct image_line *last = count ? &e->image->lines[count - 1] : NULL;
    if (last && last->line == e->line && last->file == e->line_file &&
        last->pc >= e->image->functions[e->function_start].code)
        return;
    bool replace = last && last->pc == pc;
    uint32_t row = replace ? count - 1 : emit_row(e, ARRAY_LINES);
    e->image->lines[row] = (struct image_line){ .pc = pc, .file = e->line_file, .line = e->line };
}

uint32_t emit_code(struct emitter *e, uint32_t word)
{
    uint32_t pc = emit_row(e, ARRAY_CODE);
    e->image->code[pc] = word;
    return pc;
}

void emit_image_release(struct emitter *e)
{
    mem_free(e->constant_index.slots);
    mem_free(e->types);
    mem_free(e->labels);
    mem_free(e->refs);
    bytes_release(&e->way_text);
}
