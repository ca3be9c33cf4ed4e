/* Declared types whose every value would contain another one, without end. A depth-first search
 * without recursion, because a chain of types can be long. */
#include "model/resolve.h"

static void report(struct resolver *r, const struct entry *e, const struct entry *inner)
{
    struct diag *diag;
    if (e == inner) {
        diag = diag_add(r->m->diags, E0315, e->span, "every `%s` contains another `%s`", e->name,
                        e->name);
    } else {
        diag =
            diag_add(r->m->diags, E0315, e->span, "every `%s` contains another `%s`, through `%s`",
                     e->name, e->name, inner->name);
    }
    diag_help(r->m->diags, diag, "make the inner one optional, `%s?`, or a list, `[%s]`", e->name,
              e->name);
}

static void enter(struct entry *e, struct entry *outer)
{
    e->search = BEING_SEARCHED;
    e->outer = outer;
}

static void search(struct resolver *r, struct entry *e)
{
    enter(e, NULL);
    while (e) {
        struct reference *held = e->holds;
        if (!held) {
            e->search = SEARCHED;
            e = e->outer;
            continue;
        }
        e->holds = held->next;
        if (held->to->search == BEING_SEARCHED)
            report(r, held->to, e);
        if (held->to->search == NOT_SEARCHED) {
            enter(held->to, e);
            e = held->to;
        }
    }
}

void resolve_endless(struct resolver *r)
{
    for (size_t i = 0; i < r->m->file_count; i++) {
        const struct scope *scope = r->m->files[i]->scope;
        for (size_t n = 0; n < scope->count; n++) {
            struct entry *e = scope->entries[n];
            if (e->origin == e && e->kind == DECL_TYPE && e->search == NOT_SEARCHED)
                search(r, e);
        }
    }
}
