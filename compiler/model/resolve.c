#include "model/resolve.h"

#include "base/mem.h"
#include "base/nearest.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The search for a near name looks at every name of the file. After this many unknown names the
 * others are reported without a suggestion. */
#define SUGGESTIONS 500

void resolve_scope_release(struct scope *s)
{
    names_release(&s->names);
    mem_free(s->entries);
    *s = (struct scope){ 0 };
}

void resolver_init(struct resolver *r, struct model *m, struct sources *sources,
                   struct diags *diags)
{
    *m = (struct model){ .sources = sources, .diags = diags };
    m->words.arena = &m->arena;
    *r = (struct resolver){ .m = m };
}

void resolver_release(struct resolver *r)
{
    names_release(&r->reported);
    names_release(&r->missing);
    mem_free(r->mistakes);
    *r = (struct resolver){ 0 };
}

void resolve_enter(struct resolver *r, struct entry *owner)
{
    r->owner = owner;
    r->file = owner->file;
    names_clear(&r->reported);
}

/* One edge for a run of uses of the same name is enough. */
static void refer(struct resolver *r, struct entry *to)
{
    struct entry *from = r->owner;
    if (!from || from == to || (from->references && from->references->to == to))
        return;
    struct reference *reference = arena_alloc(&r->m->arena, sizeof *reference);
    reference->to = to;
    reference->next = from->references;
    from->references = reference;
}

struct entry *resolve_find(struct resolver *r, const char *name)
{
    struct entry *e = names_find(&r->file->scope->names, name);
    if (!e)
        return NULL;
    e->is_used = true;
    e->origin->is_used = true;
    refer(r, e->origin);
    return e->origin;
}

bool resolve_first_report(struct resolver *r, const char *word)
{
    return !names_add(&r->reported, word, r);
}

static const char *missing_key(struct resolver *r, const char *place, const char *word)
{
    return intern_of(&r->m->words, arena_printf(&r->m->arena, "%s.%s", place, word));
}

bool resolve_first_missing(struct resolver *r, const char *place, const char *word)
{
    return !names_add(&r->missing, missing_key(r, place, word), r);
}

bool resolve_is_missing(struct resolver *r, const char *place, const char *word)
{
    return names_find(&r->missing, missing_key(r, place, word)) != NULL;
}

const char *resolve_kind_text(enum decl_kind kind)
{
    static const char *const texts[] = {
        [DECL_BAD] = "a mistake",        [DECL_IMPORT] = "an import", [DECL_CONST] = "a constant",
        [DECL_CONFIG] = "a config",      [DECL_SECRET] = "a secret",  [DECL_TYPE] = "a type",
        [DECL_ENDPOINT] = "an endpoint", [DECL_FLOW] = "a flow",      [DECL_TEST] = "a test",
    };
    return texts[kind];
}

const char *resolve_nearest(struct resolver *r, const char *word,
                            bool (*wanted)(const struct entry *e), const char *const *others)
{
    const struct scope *scope = r->file->scope;
    size_t count = 0;
    while (others && others[count])
        count++;
    if (r->suggestions++ >= SUGGESTIONS)
        return NULL;
    const char **candidates = mem_alloc_zeroed(scope->count + count + 1, sizeof *candidates);
    for (size_t i = 0; i < count; i++)
        candidates[i] = others[i];
    for (size_t i = 0; i < scope->count; i++) {
        if (wanted(scope->entries[i]->origin))
            candidates[count++] = scope->entries[i]->name;
    }
    const char *found = nearest_word(word, candidates);
    mem_free(candidates);
    return found;
}

/* The kind that a suggestion must have; used during one look-up, by the table below. */
#define WANTED(name, decl)                                                                         \
    static bool name(const struct entry *e)                                                        \
    {                                                                                              \
        return e->kind == (decl);                                                                  \
    }
WANTED(is_type, DECL_TYPE)
WANTED(is_endpoint, DECL_ENDPOINT)
WANTED(is_flow, DECL_FLOW)

static const char *nearest_of_kind(struct resolver *r, const char *word, enum decl_kind kind)
{
    static const char *const basics[] = { "text", "int", "number", "bool", "any", NULL };
    if (kind == DECL_TYPE)
        return resolve_nearest(r, word, is_type, basics);
    return resolve_nearest(r, word, kind == DECL_FLOW ? is_flow : is_endpoint, NULL);
}

/* The Flow type for the name of a type in other languages; NULL if it is not one. */
static const char *foreign_type(const char *name)
{
    static const char *const types[][2] = {
        { "string", "text" },      { "str", "text" },           { "integer", "int" },
        { "long", "int" },         { "float", "number" },       { "double", "number" },
        { "decimal", "number" },   { "boolean", "bool" },       { "array", "[T]" },
        { "list", "[T]" },         { "object", "{ name: T }" }, { "map", "{ name: T }" },
        { "dict", "{ name: T }" }, { "json", "any" },
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcasecmp(name, types[i][0]) == 0)
            return types[i][1];
    }
    return NULL;
}

static void say_unknown(struct resolver *r, struct word word, enum decl_kind kind,
                        enum diag_code code)
{
    static const char *const nouns[] = {
        [DECL_TYPE] = "type", [DECL_ENDPOINT] = "endpoint", [DECL_FLOW] = "flow"
    };
    static const char *const declare[] = {
        [DECL_TYPE] = "declare it with `type %s { … }`",
        [DECL_ENDPOINT] = "declare it with `endpoint %s { url \"https://…\" }`",
        [DECL_FLOW] = "declare it with `flow %s() { … }`",
    };
    struct diags *d = r->m->diags;
    const char *near = nearest_of_kind(r, word.text, kind);
    const char *foreign = kind == DECL_TYPE ? foreign_type(word.text) : NULL;
    struct diag *diag = diag_add(d, code, word.span, "there is no %s `%s`", nouns[kind], word.text);
    if (foreign) {
        diag_help(d, diag, "write `%s`%s", foreign,
                  strchr(foreign, 'T') ? ", where T is the type of the values in it" : "");
        return;
    }
    if (near) {
        diag_help(d, diag, "did you mean `%s`?", near);
        return;
    }
    char *how = arena_printf(&r->m->arena, "%s", declare[kind]);
    char *mark = strstr(how, "%s");
    diag_help(d, diag, "%.*s%s%s, or import it", (int)(mark - how), how, word.text, mark + 2);
}

static void say_wrong_kind(struct resolver *r, struct word word, const struct entry *found,
                           enum decl_kind kind)
{
    struct diags *d = r->m->diags;
    struct diag *diag =
        diag_add(d, E0312, word.span, "`%s` is %s, but %s is needed here", word.text,
                 resolve_kind_text(found->kind), resolve_kind_text(kind));
    diag_note(d, diag, found->span, "`%s` is declared here", found->name);
    const char *near = nearest_of_kind(r, word.text, kind);
    if (near)
        diag_help(d, diag, "did you mean `%s`?", near);
}

struct entry *resolve_expect(struct resolver *r, struct word word, enum decl_kind kind,
                             enum diag_code code)
{
    if (!word.text)
        return NULL;
    struct entry *found = resolve_find(r, word.text);
    if (found && found->kind == kind)
        return found;
    if (found && found->kind == DECL_BAD)
        return NULL;
    if ((!found && r->file->scope->is_partial) || resolve_is_before_mistake(r, word.span) ||
        !resolve_first_missing(r, r->file->source->path, word.text))
        return NULL;
    if (found)
        say_wrong_kind(r, word, found, kind);
    else
        say_unknown(r, word, kind, code);
    return NULL;
}
