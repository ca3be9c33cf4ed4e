#include "check/check.h"

#include "base/mem.h"
#include "program/opcode.h"

static const struct type *object_of(struct checker *c, const char *const *names,
                                    const struct type *const *types, size_t count)
{
    struct type_member *members = arena_array(c->arena, count, sizeof *members);
    for (size_t i = 0; i < count; i++)
        members[i] = (struct type_member){ intern_of(&c->m->words, names[i]), types[i] };
    return type_object(c->arena, members, count);
}

static void make_types(struct checker *c)
{
    static const char *const error_names[] = { "kind", "message", "value" };
    static const char *const run_names[] = {
#define RUN_MEMBER(symbol, name, type) name,
#include "program/run_members.def"
#undef RUN_MEMBER
    };
    const struct type *text = type_basic(TYPE_TEXT);
    const struct type *error_types[] = { text, text, type_basic(TYPE_ANY) };
    const struct type *run_types[] = {
#define RUN_MEMBER(symbol, name, type) type_basic(TYPE_##type),
#include "program/run_members.def"
#undef RUN_MEMBER
    };
    c->error = object_of(c, error_names, error_types, 2);
    c->fail_error = object_of(c, error_names, error_types, 3);
    c->run = object_of(c, run_names, run_types, RUN_MEMBERS);
    c->headers = type_map(c->arena, type_optional(c->arena, text));
}

static void init(struct checker *c, struct binder *b)
{
    struct resolver *r = b->r;
    *c = (struct checker){ .r = r, .b = b, .m = r->m, .arena = &r->m->arena, .d = r->m->diags };
    make_types(c);
}

static void release(struct checker *c)
{
    diags_release(&c->muted);
    names_release(&c->seen);
    mem_free(c->facts);
    mem_free(c->secret_from);
    *c = (struct checker){ .r = NULL };
}

static void check_kind(struct checker *c, enum decl_kind kind)
{
    for (size_t i = 0; i < c->m->file_count; i++) {
        const struct scope *scope = c->m->files[i]->scope;
        for (size_t n = 0; n < scope->count; n++) {
            struct entry *e = scope->entries[n];
            if (e->origin != e || e->kind != kind)
                continue;
            resolve_enter(c->r, e);
            if (kind == DECL_ENDPOINT)
                check_endpoint(c, e);
            else
                check_flow(c, e->flow);
        }
    }
}

void check_model(struct binder *b)
{
    struct checker c;
    init(&c, b);
    check_constants(&c);
    check_kind(&c, DECL_ENDPOINT);
    check_kind(&c, DECL_FLOW);
    binder_release_events(b);
    check_cycles(&c);
    check_tests(&c);
    check_unused(&c);
    check_environment(&c);
    release(&c);
}
