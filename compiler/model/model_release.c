#include "model/model.h"

#include "base/mem.h"
#include "model/resolve.h"

static void release_constants(struct scope *scope)
{
    for (size_t i = 0; i < scope->count; i++) {
        const struct entry *e = scope->entries[i];
        if (e->kind == DECL_CONST && e->origin == e)
            value_unref(e->constant->value);
    }
}

void model_release(struct model *m)
{
    for (size_t i = 0; i < m->file_count; i++) {
        release_constants(m->files[i]->scope);
        resolve_scope_release(m->files[i]->scope);
    }
    mem_free(m->files);
    mem_free(m->endpoints);
    mem_free(m->configs);
    mem_free(m->secrets);
    mem_free(m->constants);
    mem_free(m->flows);
    mem_free(m->tests);
    intern_release(&m->words);
    arena_release(&m->arena);
    *m = (struct model){ .sources = NULL };
}
