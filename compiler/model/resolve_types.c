/* Resolves written types, and finds the declarations that the program needs. */
#include "model/resolve.h"

#include "base/mem.h"

#include <string.h>

static const struct type *basic_type(const char *name)
{
    static const struct {
        const char *name;
        enum type_kind kind;
    } rows[] = { { "text", TYPE_TEXT },
                 { "int", TYPE_INT },
                 { "number", TYPE_NUMBER },
                 { "bool", TYPE_BOOL },
                 { "any", TYPE_ANY } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(name, rows[i].name) == 0)
            return type_basic(rows[i].kind);
    }
    return NULL;
}

static const struct type *named_type(struct resolver *r, struct type_expr *written)
{
    if (!written->name.text)
        return type_basic(TYPE_UNKNOWN);
    const struct type *basic = basic_type(written->name.text);
    if (basic)
        return basic;
    struct entry *e = resolve_expect(r, written->name, DECL_TYPE, E0305);
    if (e && r->container) {
        struct reference *holds = arena_alloc(&r->m->arena, sizeof *holds);
        *holds = (struct reference){ e, r->container->holds };
        r->container->holds = holds;
    }
    return e ? e->type : type_basic(TYPE_UNKNOWN);
}

/* A list may be empty and an optional type null, so their values are finite whatever they
 * contain. */
static const struct type *resolve_inner(struct resolver *r, const struct type_expr *written)
{
    struct entry *container = r->container;
    r->container = NULL;
    const struct type *inner = resolve_type(r, written->inner);
    r->container = container;
    return inner;
}

static const struct type *optional_type(struct resolver *r, const struct type *inner)
{
    const struct type *t = type_optional(&r->m->arena, inner);
    if (t == inner || !inner->name)
        return t;
    struct late_copy *late = arena_alloc(&r->m->arena, sizeof *late);
    struct type *copy = arena_alloc(&r->m->arena, sizeof *copy);
    *copy = *t;
    *late = (struct late_copy){ copy, inner, r->late };
    r->late = late;
    return copy;
}

static void say_field_twice(struct resolver *r, const struct type_field *field,
                            const struct type_field *first)
{
    struct diags *d = r->m->diags;
    struct diag *diag =
        diag_add(d, E0309, field->name.span, "the member `%s` is declared twice", field->name.text);
    diag_note(d, diag, first->name.span, "the first `%s` is here", first->name.text);
}

static const struct type *shape_type(struct resolver *r, struct type_field *fields)
{
    size_t count = 0;
    for (const struct type_field *f = fields; f; f = f->next)
        count++;
    struct type_member *members = arena_array(&r->m->arena, count, sizeof *members);
    struct names seen = { 0 };
    count = 0;
    for (struct type_field *f = fields; f; f = f->next) {
        const struct type *t = resolve_type(r, f->type);
        struct type_field *first = f->name.text ? names_add(&seen, f->name.text, f) : f;
        if (first && first != f)
            say_field_twice(r, f, first);
        if (!first)
            members[count++] = (struct type_member){ f->name.text, t };
    }
    names_release(&seen);
    return type_object(&r->m->arena, members, count);
}

const struct type *resolve_type(struct resolver *r, struct type_expr *written)
{
    if (!written)
        return type_basic(TYPE_UNKNOWN);
    if (written->type)
        return written->type;
    const struct type *t = NULL;
    switch (written->kind) {
    case TYPE_EXPR_NAME:
        t = named_type(r, written);
        break;
    case TYPE_EXPR_LIST:
        t = type_list(&r->m->arena, resolve_inner(r, written));
        break;
    case TYPE_EXPR_SHAPE:
        t = shape_type(r, written->fields);
        break;
    case TYPE_EXPR_OPTIONAL:
        t = optional_type(r, resolve_inner(r, written));
        break;
    }
    written->type = t ? t : type_basic(TYPE_UNKNOWN);
    return written->type;
}

/* A declared type is made before its members are known, so that it may contain itself. */
static void fill_type(struct resolver *r, struct entry *e)
{
    r->container = e;
    const struct type *shape = resolve_type(r, e->decl->type);
    r->container = NULL;
    if (shape->kind != TYPE_OBJECT) {
        e->type->kind = TYPE_UNKNOWN;
        e->type->name = NULL;
        return;
    }
    e->type->members = shape->members;
    e->type->member_count = shape->member_count;
}

static void type_flow(struct resolver *r, struct entry *e)
{
    for (struct param *p = e->decl->params; p; p = p->next)
        resolve_type(r, p->type);
    if (e->decl->type)
        e->flow->result = resolve_type(r, e->decl->type);
}

static void each_entry(struct resolver *r, void (*what)(struct resolver *r, struct entry *e))
{
    for (size_t i = 0; i < r->m->file_count; i++) {
        struct scope *scope = r->m->files[i]->scope;
        for (size_t n = 0; n < scope->count; n++) {
            if (scope->entries[n]->origin != scope->entries[n])
                continue;
            resolve_enter(r, scope->entries[n]);
            what(r, scope->entries[n]);
        }
    }
}

static void type_entry(struct resolver *r, struct entry *e)
{
    if (e->kind == DECL_TYPE)
        fill_type(r, e);
    else if (e->kind == DECL_CONFIG)
        e->config->type = resolve_type(r, e->decl->type);
    else if (e->kind == DECL_FLOW)
        type_flow(r, e);
}

void resolve_types(struct resolver *r)
{
    each_entry(r, type_entry);
    resolve_endless(r);
    for (struct late_copy *late = r->late; late; late = late->next) {
        late->copy->kind = late->of->kind;
        late->copy->members = late->of->members;
        late->copy->member_count = late->of->member_count;
    }
    r->late = NULL;
}

/* Needed declarations. */

struct queue {
    struct entry **items;
    size_t len;
    size_t cap;
};

static void need(struct queue *q, struct entry *e)
{
    if (e->is_needed)
        return;
    e->is_needed = true;
    q->items = mem_grow(q->items, &q->cap, q->len, sizeof *q->items);
    q->items[q->len++] = e;
}

void resolve_mark_needed(struct resolver *r)
{
    struct queue q = { 0 };
    const struct scope *scope = r->m->files[0]->scope;
    for (size_t i = 0; i < scope->count; i++) {
        if (scope->entries[i]->origin == scope->entries[i])
            need(&q, scope->entries[i]);
    }
    need(&q, scope->tests);
    while (q.len) {
        const struct entry *e = q.items[--q.len];
        for (const struct reference *ref = e->references; ref; ref = ref->next)
            need(&q, ref->to);
    }
    mem_free(q.items);
}

/* Puts a needed declaration back into the lists of the model, in the order of the files. */
static void keep(struct model *m, struct entry *e)
{
    switch (e->kind) {
    case DECL_CONST:
        m->constants[m->constant_count++] = e->constant;
        break;
    case DECL_CONFIG:
        e->config->index = (uint32_t)m->config_count;
        m->configs[m->config_count++] = e->config;
        break;
    case DECL_SECRET:
        e->secret->index = (uint32_t)m->secret_count;
        m->secrets[m->secret_count++] = e->secret;
        break;
    case DECL_ENDPOINT:
        e->endpoint->index = (uint32_t)m->endpoint_count;
        m->endpoints[m->endpoint_count++] = e->endpoint;
        break;
    case DECL_FLOW:
        e->flow->index = (uint32_t)m->flow_count;
        m->flows[m->flow_count++] = e->flow;
        break;
    case DECL_BAD:
    case DECL_IMPORT:
    case DECL_TYPE:
    case DECL_TEST:
        break;
    }
}

/* `main`, else the first flow of the compiled file. */
static struct flow_model *main_flow(struct model *m)
{
    const char *name = intern_of(&m->words, "main");
    for (size_t i = 0; i < m->flow_count; i++) {
        if (!m->flows[i]->is_imported && m->flows[i]->decl->name.text == name)
            return m->flows[i];
    }
    return m->flow_count && !m->flows[0]->is_imported ? m->flows[0] : NULL;
}

void resolve_needed(struct resolver *r)
{
    struct model *m = r->m;
    m->constant_count = 0;
    m->config_count = 0;
    m->secret_count = 0;
    m->endpoint_count = 0;
    m->flow_count = 0;
    for (size_t i = 0; i < m->file_count; i++) {
        const struct scope *scope = m->files[i]->scope;
        for (size_t n = 0; n < scope->count; n++) {
            struct entry *e = scope->entries[n];
            if (e->origin == e && e->is_needed)
                keep(m, e);
        }
    }
    m->main = main_flow(m);
}
