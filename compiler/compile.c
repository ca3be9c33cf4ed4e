/* From a file to a model: the stages in their order. */
#include "compiler/compile.h"

#include "check/check.h"

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

static void check_all(struct resolver *r)
{
    struct binder b;
    struct checker c;
    binder_init(&b, r);
    checker_init(&c, r, &b);
    check_constants(&c);
    check_kind(&c, DECL_ENDPOINT);
    check_kind(&c, DECL_FLOW);
    check_cycles(&c);
    check_tests(&c);
    check_unused(&c);
    resolve_needed(r);
    check_environment(&c);
    checker_release(&c);
    binder_release(&b);
}

bool compile_model(struct model *m, struct sources *sources, struct diags *diags, const char *path,
                   const char **reason)
{
    *m = (struct model){ .sources = sources, .diags = diags };
    m->words.arena = &m->arena;
    struct source *source = sources_read(sources, path, reason);
    if (!source)
        return false;
    struct resolver r = { .m = m };
    resolve_files(&r, source);
    resolve_types(&r);
    check_all(&r);
    m->main = main_flow(m);
    resolver_release(&r);
    return true;
}
