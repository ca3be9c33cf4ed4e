/* Finds all files of a compilation, and what each of them declares. */
#include "model/resolve.h"

#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Identifies a file, whatever the path by which it is imported. */
struct identity {
    dev_t device;
    ino_t number;
    bool is_device; /* or a pipe: refused, because reading one could block */
};

struct files {
    struct resolver *r;
    struct identity *identities; /* of each file of the model */
};

static void *grown(void *items, size_t count, size_t size)
{
    if (count & (count - 1))
        return items;
    return mem_resize(items, count ? count * 2 : 1, size);
}

static struct identity identity_of(const char *path)
{
    struct stat s;
    if (stat(path, &s) != 0)
        return (struct identity){ 0 };
    return (struct identity){ s.st_dev, s.st_ino, !S_ISREG(s.st_mode) && !S_ISDIR(s.st_mode) };
}

static struct file_model *find_file(const struct files *f, struct identity identity)
{
    for (size_t i = 0; identity.number && i < f->r->m->file_count; i++) {
        if (f->identities[i].number == identity.number &&
            f->identities[i].device == identity.device)
            return f->r->m->files[i];
    }
    return NULL;
}

/* Removes "a/../" and "./", so that messages name the file as a person would. */
static char *tidy_path(struct arena *arena, const char *path)
{
    char *tidy = arena_copy(arena, path, strlen(path));
    char *end = tidy + (*path == '/');
    char *floor = end; /* nothing before this can be removed by ".." */
    for (const char *p = path + (*path == '/'); *p;) {
        size_t len = strcspn(p, "/");
        bool is_up = len == 2 && p[0] == '.' && p[1] == '.';
        if (is_up && end > floor) {
            do
                end--;
            while (end > floor && end[-1] != '/');
        } else if (len && !(len == 1 && *p == '.')) {
            memmove(end, p, len);
            end += len;
            *end++ = '/';
            floor = is_up ? end : floor;
        }
        p += len + (p[len] == '/');
    }
    if (end > tidy + 1)
        end--;
    *end = '\0';
    return tidy;
}

static char *path_beside(struct arena *arena, const char *importing, const char *path)
{
    const char *slash = strrchr(importing, '/');
    if (*path == '/' || !slash)
        return tidy_path(arena, path);
    return tidy_path(arena,
                     arena_printf(arena, "%.*s%s", (int)(slash + 1 - importing), importing, path));
}

static int by_start(const void *a, const void *b)
{
    const struct span *x = a;
    const struct span *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* Remembers where the parser found mistakes: a name that is missing there is not a second
 * mistake. */
static void note_mistakes(struct resolver *r)
{
    struct diags *d = r->m->diags;
    mem_free(r->mistakes);
    r->mistakes = mem_alloc_zeroed(d->len + 1, sizeof *r->mistakes);
    r->mistake_count = 0;
    for (size_t i = 0; i < d->len; i++) {
        if (d->items[i]->code < E0301)
            r->mistakes[r->mistake_count++] = d->items[i]->span;
    }
    if (r->mistake_count)
        qsort(r->mistakes, r->mistake_count, sizeof *r->mistakes, by_start);
}

static struct file_model *add_file(struct files *f, struct source *source)
{
    struct model *m = f->r->m;
    struct file_model *file = arena_alloc(&m->arena, sizeof *file);
    file->source = source;
    file->ast = parse(&m->arena, &m->words, source, m->diags);
    file->scope = arena_alloc(&m->arena, sizeof *file->scope);
    file->scope->tests = arena_alloc(&m->arena, sizeof *file->scope->tests);
    *file->scope->tests = (struct entry){ .kind = DECL_TEST, .file = file };
    file->scope->tests->origin = file->scope->tests;
    m->files = grown(m->files, m->file_count, sizeof *m->files);
    f->identities = grown(f->identities, m->file_count, sizeof *f->identities);
    f->identities[m->file_count] = identity_of(source->path);
    m->files[m->file_count++] = file;
    return file;
}

static struct file_model *import_file(struct files *f, const struct file_model *from,
                                      const struct decl *decl)
{
    struct model *m = f->r->m;
    const char *path = path_beside(&m->arena, from->source->path, decl->path.text);
    const char *reason = NULL;
    struct identity identity = identity_of(path);
    struct file_model *known = find_file(f, identity);
    if (known)
        return known;
    struct source *source = NULL;
    if (identity.is_device)
        reason = "it is a pipe or a device";
    else
        source = sources_read(m->sources, path, &reason);
    if (source)
        return add_file(f, source);
    struct diag *diag =
        diag_add(m->diags, E0313, decl->path.span, "cannot read `%s`: %s", path, reason);
    diag_help(m->diags, diag, "the path is relative to the folder of the file with the `import`");
    return NULL;
}

/* Declaring. */

static struct entry *new_entry(struct resolver *r, struct file_model *file, struct decl *decl,
                               struct word name)
{
    struct entry *e = arena_alloc(&r->m->arena, sizeof *e);
    e->name = name.text;
    e->span = name.span;
    e->kind = decl->kind;
    e->decl = decl;
    e->file = file;
    e->origin = e;
    return e;
}

/* False if the name is taken; reported. */
static bool add_entry(struct resolver *r, struct scope *scope, struct entry *e)
{
    struct entry *first = names_add(&scope->names, e->name, e);
    if (first) {
        struct diag *diag =
            diag_add(r->m->diags, E0309, e->span, "`%s` is declared twice", e->name);
        diag_note(r->m->diags, diag, first->span, "`%s` is %s here", first->name,
                  resolve_kind_text(first->kind));
        diag_help(r->m->diags, diag, "a file can declare each name only once: rename one of them");
        return false;
    }
    scope->entries = grown(scope->entries, scope->count, sizeof(struct entry *));
    scope->entries[scope->count++] = e;
    return true;
}

#define ADD(m, list, count, object)                                                                \
    ((m)->list = grown((m)->list, (m)->count, sizeof *(m)->list),                                  \
     (m)->list[(m)->count] = (object), (m)->count++)

static void make_nodes(struct resolver *r, struct flow_model *flow)
{
    size_t count = 0;
    for (struct node *n = flow->decl->nodes; n; n = n->next)
        count++;
    flow->nodes = arena_array(&r->m->arena, count, sizeof *flow->nodes);
    struct node_model *models = arena_array(&r->m->arena, count, sizeof *models);
    for (struct node *n = flow->decl->nodes; n; n = n->next) {
        struct node_model *node = &models[flow->node_count];
        node->ast = n;
        node->flow = flow;
        node->index = (uint32_t)flow->node_count;
        flow->nodes[flow->node_count++] = node;
    }
}

static void make_model(struct resolver *r, struct entry *e)
{
    struct model *m = r->m;
    struct arena *a = &m->arena;
    switch (e->kind) {
    case DECL_CONST:
        e->constant = arena_alloc(a, sizeof *e->constant);
        e->constant->decl = e->decl;
        e->binding = (struct binding){ .kind = BIND_CONST, .constant = e->constant };
        ADD(m, constants, constant_count, e->constant);
        break;
    case DECL_CONFIG:
        e->config = arena_alloc(a, sizeof *e->config);
        e->config->decl = e->decl;
        e->binding = (struct binding){ .kind = BIND_CONFIG, .config = e->config };
        ADD(m, configs, config_count, e->config);
        break;
    case DECL_SECRET:
        e->secret = arena_alloc(a, sizeof *e->secret);
        e->secret->decl = e->decl;
        e->binding = (struct binding){ .kind = BIND_SECRET, .secret = e->secret };
        ADD(m, secrets, secret_count, e->secret);
        break;
    case DECL_TYPE:
        e->type = arena_alloc(a, sizeof *e->type);
        e->type->kind = TYPE_OBJECT;
        e->type->name = e->name;
        break;
    case DECL_ENDPOINT:
        e->endpoint = arena_alloc(a, sizeof *e->endpoint);
        e->endpoint->decl = e->decl;
        ADD(m, endpoints, endpoint_count, e->endpoint);
        break;
    case DECL_FLOW:
        e->flow = arena_alloc(a, sizeof *e->flow);
        e->flow->decl = e->decl;
        e->flow->index = (uint32_t)m->flow_count;
        e->flow->is_imported = e->file != m->files[0];
        make_nodes(r, e->flow);
        ADD(m, flows, flow_count, e->flow);
        break;
    case DECL_BAD:
    case DECL_IMPORT:
    case DECL_TEST:
        break;
    }
}

static bool is_basic_type(const char *name)
{
    static const char *const names[] = { "text", "int", "number", "bool", "any" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

static void declare(struct resolver *r, struct file_model *file, struct decl *decl)
{
    if (!decl->name.text)
        file->scope->is_partial |= decl->kind != DECL_IMPORT && decl->kind != DECL_TEST;
    if (decl->kind == DECL_TEST && file == r->m->files[0])
        ADD(r->m, tests, test_count, decl);
    if (decl->kind == DECL_IMPORT || decl->kind == DECL_TEST || !decl->name.text)
        return;
    if (decl->kind == DECL_TYPE && is_basic_type(decl->name.text)) {
        diag_add(r->m->diags, E0309, decl->name.span,
                 "`%s` is a built-in type: choose another name", decl->name.text);
        return;
    }
    struct entry *e = new_entry(r, file, decl, decl->name);
    make_model(r, e);
    add_entry(r, file->scope, e);
}

/* Whether a mistake is before the braces of a declaration: its name may have been meant
 * otherwise. */
static bool is_in_head(const struct source *s, const struct decl *decl, uint32_t at)
{
    return decl->kind != DECL_TEST && at > decl->span.start &&
           !memchr(s->data + (decl->span.start - s->base), '{', at - decl->span.start);
}

/* A syntax error outside of all declarations means that a declaration is missing. */
static void look_for_lost(struct resolver *r, struct file_model *file)
{
    const struct source *s = file->source;
    const struct decl *decl = file->ast->decls;
    for (size_t i = 0; i < r->mistake_count; i++) {
        uint32_t at = r->mistakes[i].start;
        if (at < s->base || at > s->base + s->len)
            continue;
        while (decl && decl->span.end < at)
            decl = decl->next;
        if (!decl || decl->span.start > at || is_in_head(s, decl, at))
            file->scope->is_partial = true;
    }
}

/* Importing. */

static bool is_importable(const struct entry *e)
{
    return e->kind != DECL_BAD;
}

/* Adds the name that was meant, as DECL_BAD, so that its uses are not reported too. */
static void add_meant(struct resolver *r, struct file_model *file, struct decl *decl,
                      const struct import_name *name, const char *meant)
{
    struct word word = { intern_of(&r->m->words, meant), name->name.span };
    if (name->local.text != name->name.text || names_find(&file->scope->names, word.text))
        return;
    struct entry *e = new_entry(r, file, decl, word);
    e->kind = DECL_BAD;
    add_entry(r, file->scope, e);
}

static void say_no_import(struct resolver *r, const struct import_name *name,
                          struct file_model *file, struct decl *decl, struct file_model *from)
{
    struct diags *d = r->m->diags;
    struct diag *diag = diag_add(d, E0308, name->name.span, "`%s` does not declare `%s`",
                                 from->source->path, name->name.text);
    r->file = from;
    const char *near = resolve_nearest(r, name->name.text, is_importable, NULL);
    r->file = file;
    if (!near)
        return;
    diag_help(d, diag, "did you mean `%s`?", near);
    add_meant(r, file, decl, name, near);
}

/* The import that brings the name into a file, or NULL. */
static const struct decl *importing_decl(const struct file_model *file, const char *name)
{
    for (const struct decl *decl = file->ast->decls; decl; decl = decl->next) {
        for (const struct import_name *n = decl->kind == DECL_IMPORT ? decl->imports : NULL; n;
             n = n->next) {
            if (n->local.text == name)
                return decl;
        }
    }
    return NULL;
}

static void import_name(struct resolver *r, struct file_model *file, struct decl *decl,
                        const struct import_name *name, struct file_model *from)
{
    if (!name->name.text || !name->local.text)
        return;
    struct entry *e = new_entry(r, file, decl, name->local);
    struct entry *origin = from ? names_find(&from->scope->names, name->name.text) : NULL;
    const struct decl *import = from && !origin ? importing_decl(from, name->name.text) : NULL;
    e->kind = DECL_BAD;
    if (origin && origin->decl->kind == DECL_IMPORT)
        import = origin->decl;
    if (origin && !import) {
        e->kind = origin->kind;
        e->origin = origin;
    } else if (import) {
        struct diag *diag = diag_add(r->m->diags, E0308, name->name.span,
                                     "`%s` does not declare `%s`, but imports it",
                                     from->source->path, name->name.text);
        diag_help(r->m->diags, diag,
                  "import it from the file that declares it; that import is from \"%s\"",
                  import->path.text);
    } else if (from && !from->scope->is_partial) {
        say_no_import(r, name, file, decl, from);
    }
    add_entry(r, file->scope, e);
}

static void import_names(struct resolver *r, struct file_model *file)
{
    for (struct decl *decl = file->ast->decls; decl; decl = decl->next) {
        if (decl->kind != DECL_IMPORT || !decl->path.text)
            continue;
        for (const struct import_name *n = decl->imports; n; n = n->next)
            import_name(r, file, decl, n, decl->imported);
    }
}

bool resolve_parse(struct resolver *r, const char *path, const char **reason)
{
    struct model *m = r->m;
    struct files f = { .r = r };
    struct source *source = sources_read(m->sources, path, reason);
    if (!source)
        return false;
    add_file(&f, source);
    for (size_t i = 0; i < m->file_count; i++) {
        for (struct decl *decl = m->files[i]->ast->decls; decl; decl = decl->next) {
            if (decl->kind == DECL_IMPORT && decl->path.text)
                decl->imported = import_file(&f, m->files[i], decl);
        }
    }
    note_mistakes(r);
    mem_free(f.identities);
    return true;
}

void resolve_names(struct resolver *r)
{
    const struct model *m = r->m;
    for (size_t i = 0; i < m->file_count; i++) {
        for (struct decl *decl = m->files[i]->ast->decls; decl; decl = decl->next)
            declare(r, m->files[i], decl);
        look_for_lost(r, m->files[i]);
    }
    for (size_t i = 0; i < m->file_count; i++) {
        r->file = m->files[i];
        import_names(r, m->files[i]);
    }
}
