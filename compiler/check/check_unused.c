/* What is never used in the compiled file, and names that share one environment variable. */
#include "check/check.h"

#include <ctype.h>
#include <string.h>

static void warn(struct checker *c, enum diag_code code, struct span span, const char *what,
                 const char *name, const char *help)
{
    struct diag *diag = diag_add(c->d, code, span, "the %s `%s` is never used", what, name);
    diag_help(c->d, diag, "%s", help);
}

/* A name that begins with `_` is unused on purpose. */
static bool is_meant(const char *name)
{
    return name[0] == '_';
}

static void check_variables(struct checker *c, const struct flow_model *flow)
{
    for (size_t i = 0; i < flow->variable_count; i++) {
        const struct variable *v = flow->variables[i];
        if (v->is_read || is_meant(v->name))
            continue;
        if (v->is_input)
            warn(c, W0905, v->span, "input", v->name, "remove it, or begin its name with `_`");
        else
            warn(c, W0901, v->span, "variable", v->name, "remove it, or begin its name with `_`");
    }
}

static void check_entry(struct checker *c, const struct entry *e)
{
    if (e->origin != e) {
        if (!e->is_used && e->kind != DECL_BAD && !is_meant(e->name))
            warn(c, W0903, e->span, "import", e->name, "remove it");
        return;
    }
    if (e->kind == DECL_FLOW)
        check_variables(c, e->flow);
    if (e->is_used || is_meant(e->name))
        return;
    if (e->kind == DECL_ENDPOINT)
        warn(c, W0902, e->span, "endpoint", e->name, "remove it, or call it");
    else if (e->kind == DECL_SECRET)
        warn(c, W0904, e->span, "secret", e->name,
             "remove it: the program does not start without it");
    else if (e->kind == DECL_CONST || e->kind == DECL_CONFIG)
        warn(c, W0908, e->span, e->kind == DECL_CONST ? "constant" : "config", e->name,
             "remove it");
}

/* A file without flows is a library: other files use its declarations, and it has no calls that
 * decide the times of its endpoints. After a mistake nothing is reported, because the part that
 * could not be read may use the name. */
void check_unused(struct checker *c)
{
    const struct scope *scope = c->m->files[0]->scope;
    bool is_library = true;
    if (c->m->diags->errors)
        return;
    for (size_t i = 0; i < scope->count; i++)
        is_library &= scope->entries[i]->kind != DECL_FLOW ||
                      scope->entries[i]->origin->file != c->m->files[0];
    for (size_t i = 0; i < scope->count; i++) {
        struct entry *e = scope->entries[i];
        if (!is_library || e->origin != e)
            check_entry(c, e);
        else if (e->kind == DECL_ENDPOINT && !e->endpoint->is_used)
            check_within(c, &e->endpoint->limits, NULL, e->decl);
    }
}

/* The environment. */

static const char *environment_name(struct checker *c, const char *name)
{
    char *upper = arena_printf(c->arena, "FLOW_%s", name);
    for (char *p = upper; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    return intern_of(&c->m->words, upper);
}

static bool same_default(const struct expr *x, const struct expr *y)
{
    if (!x || !y)
        return !x && !y;
    struct folded a = fold_expr(x);
    struct folded b = fold_expr(y);
    bool same = a.state != FOLD_KNOWN || b.state != FOLD_KNOWN || value_equal(a.value, b.value);
    value_unref(a.value);
    value_unref(b.value);
    return same;
}

/* Two files may declare the same thing; two different things that read one variable are a
 * mistake. */
static bool same_declaration(const struct entry *x, const struct entry *y)
{
    if (x->kind != y->kind || x->name != y->name)
        return false;
    return x->kind == DECL_SECRET || (type_fits(x->config->type, y->config->type) &&
                                      type_fits(y->config->type, x->config->type) &&
                                      same_default(x->decl->value, y->decl->value));
}

static void check_meeting(struct checker *c, struct entry *e)
{
    const char *name = environment_name(c, e->name);
    const struct entry *first = names_add(&c->seen, name, e);
    if (!first || same_declaration(first, e))
        return;
    struct diag *diag = diag_add(c->d, E0309, e->span, "`%s` and `%s` are both read from %s",
                                 first->name, e->name, name);
    diag_note(c->d, diag, first->span, "`%s` is %s here", first->name,
              resolve_kind_text(first->kind));
    diag_help(c->d, diag, "rename one of them, or give both the same declaration");
}

void check_environment(struct checker *c)
{
    names_clear(&c->seen);
    for (size_t i = 0; i < c->m->file_count; i++) {
        const struct scope *scope = c->m->files[i]->scope;
        for (size_t n = 0; n < scope->count; n++) {
            struct entry *e = scope->entries[n];
            if (e->origin == e && e->is_needed &&
                (e->kind == DECL_CONFIG || e->kind == DECL_SECRET))
                check_meeting(c, e);
        }
    }
}
