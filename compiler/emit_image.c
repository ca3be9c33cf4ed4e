#include "compiler/emit_image.h"

#include "base/mem.h"

#include <string.h>

static uint32_t grow(struct emitter *e, enum emit_array array, void **rows, uint32_t *count,
                     size_t size)
{
    if (*count == e->caps[array]) {
        e->caps[array] = *count ? *count * 2 : 16;
        *rows = mem_resize(*rows, e->caps[array], size);
    }
    memset((char *)*rows + *count * size, 0, size);
    return (*count)++;
}

#define GROW(array, rows, count)                                                                   \
    case array: {                                                                                  \
        void *p = e->image->rows;                                                                  \
        uint32_t row = grow(e, array, &p, &e->image->count, sizeof *e->image->rows);               \
        e->image->rows = p;                                                                        \
        return row;                                                                                \
    }

uint32_t emit_row(struct emitter *e, enum emit_array array)
{
    switch (array) {
        GROW(ARRAY_CONSTANTS, constants, constant_count)
        GROW(ARRAY_TYPES, types, type_count)
        GROW(ARRAY_MEMBERS, members, member_count)
        GROW(ARRAY_CONFIGS, configs, config_count)
        GROW(ARRAY_SECRETS, secrets, secret_count)
        GROW(ARRAY_ENDPOINTS, endpoints, endpoint_count)
        GROW(ARRAY_FUNCTIONS, functions, function_count)
        GROW(ARRAY_INPUTS, inputs, input_count)
        GROW(ARRAY_NODES, nodes, node_count)
        GROW(ARRAY_SITES, sites, site_count)
        GROW(ARRAY_ARMS, arms, arm_count)
        GROW(ARRAY_CALLS, calls, call_count)
        GROW(ARRAY_ASKS, asks, ask_count)
        GROW(ARRAY_LABELS, labels, label_count)
        GROW(ARRAY_CODE, code, code_count)
        GROW(ARRAY_LINES, lines, line_count)
    }
    return 0;
}

static uint32_t hash_of(struct value v)
{
    switch ((enum value_tag)v.tag) {
    case VALUE_TEXT:
    case VALUE_DECIMAL:
        return text_hash(v.text) + v.tag;
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

static void rehash(struct emitter *e, uint32_t cap)
{
    struct table_index *index = &e->constant_index;
    mem_free(index->slots);
    index->slots = mem_alloc_zeroed(cap, sizeof *index->slots);
    index->cap = cap;
    for (uint32_t i = 0; i < e->image->constant_count; i++) {
        uint32_t at = hash_of(e->image->constants[i]) & (cap - 1);
        while (index->slots[at])
            at = (at + 1) & (cap - 1);
        index->slots[at] = i + 1;
    }
}

uint32_t emit_constant(struct emitter *e, struct value v)
{
    struct table_index *index = &e->constant_index;
    if ((e->image->constant_count + 1) * 2 > index->cap)
        rehash(e, index->cap ? index->cap * 2 : 256);
    uint32_t at = hash_of(v) & (index->cap - 1);
    for (; index->slots[at]; at = (at + 1) & (index->cap - 1)) {
        uint32_t row = index->slots[at] - 1;
        if (!same(e->image->constants[row], v))
            continue;
        value_unref(v);
        return row;
    }
    uint32_t row = emit_row(e, ARRAY_CONSTANTS);
    value_make_immortal(v);
    e->image->constants[row] = v;
    index->slots[at] = row + 1;
    return row;
}

uint32_t emit_text(struct emitter *e, const char *p, size_t len)
{
    return emit_constant(e, value_text(p, len));
}

uint32_t emit_word(struct emitter *e, const char *text)
{
    return emit_text(e, text, strlen(text));
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

static struct image_type object_row(struct emitter *e, const struct type *t)
{
    uint32_t *types = mem_alloc_zeroed(t->member_count, sizeof *types);
    for (size_t i = 0; i < t->member_count; i++)
        types[i] = emit_type(e, t->members[i].type);
    struct image_type row = { .kind = IMAGE_TYPE_OBJECT,
                              .optional = t->optional,
                              .first_member = e->image->member_count,
                              .member_count = (uint32_t)t->member_count };
    for (size_t i = 0; i < t->member_count; i++) {
        uint32_t name = emit_word(e, t->members[i].name);
        uint32_t member = emit_row(e, ARRAY_MEMBERS);
        e->image->members[member] = (struct image_member){ .name = name, .type = types[i] };
    }
    mem_free(types);
    return row;
}

static uint32_t add_type(struct emitter *e, const struct type *t)
{
    struct image_type row = { .kind = type_kind(t), .optional = t->optional };
    if (row.kind == IMAGE_TYPE_LIST)
        row.item = emit_type(e, t->item);
    if (row.kind == IMAGE_TYPE_OBJECT)
        row = object_row(e, t);
    uint32_t at = find_row(e, row);
    if (at == IMAGE_NONE) {
        at = emit_row(e, ARRAY_TYPES);
        e->image->types[at] = row;
    }
    return at;
}

uint32_t emit_type(struct emitter *e, const struct type *t)
{
    for (uint32_t i = 0; i < e->type_len; i++) {
        if (e->types[i].type == t)
            return e->types[i].row;
    }
    uint32_t row = add_type(e, t);
    if (e->type_len == e->type_cap) {
        e->type_cap = e->type_cap ? e->type_cap * 2 : 16;
        e->types = mem_resize(e->types, e->type_cap, sizeof *e->types);
    }
    e->types[e->type_len++] = (struct type_entry){ .type = t, .row = row };
    return row;
}

uint32_t emit_file(struct emitter *e, const struct source *source)
{
    const char *path = source->path;
    size_t root = strlen(e->root);
    if (strncmp(path, e->root, root) == 0)
        path += root;
    return emit_word(e, path);
}

void emit_line(struct emitter *e, struct span span)
{
    struct place place = sources_locate(e->model->sources, span.start);
    if (!place.source)
        return;
    if (place.source == e->last_source && place.line == e->last_line)
        return;
    if (place.source != e->last_source)
        e->last_file = emit_file(e, place.source);
    e->last_source = place.source;
    e->last_line = place.line;
    uint32_t pc = e->image->code_count;
    uint32_t count = e->image->line_count;
    bool replace = count && e->image->lines[count - 1].pc == pc;
    uint32_t row = replace ? count - 1 : emit_row(e, ARRAY_LINES);
    e->image->lines[row] =
        (struct image_line){ .pc = pc, .file = e->last_file, .line = place.line };
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
}
