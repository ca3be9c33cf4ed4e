/* Finds secrets in a text, in a time that is linear in the text. */
#include "vm/program_mask.h"

#include "base/mem.h"
#include "base/unescape.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A part of the text to be masked. */
struct stretch {
    size_t from;
    size_t to;
};

struct finding {
    struct unescaped text; /* what is searched */
    bool is_any;
    bool more; /* the end of the form is a character that unescape_all drops */
    struct stretch *found;
    size_t len;
    size_t cap;
};

/* Parts of one form are added in order, so overlapping ones are joined. */
static void add_stretch(struct finding *f, size_t first, size_t from, size_t to)
{
    unescape_source(&f->text, f->more, &from, &to);
    if (f->len > first && from < f->found[f->len - 1].to) {
        f->found[f->len - 1].to = to;
        return;
    }
    f->found = mem_grow(f->found, &f->cap, f->len, sizeof *f->found);
    f->found[f->len++] = (struct stretch){ from, to };
}

/* For each prefix of the form, the length of its longest proper prefix that is also its suffix
 * (Knuth, Morris and Pratt). */
static size_t *find_borders(const struct bytes *form)
{
    size_t *borders = mem_alloc_zeroed(form->len, sizeof *borders);
    for (size_t i = 1, border = 0; i < form->len; i++) {
        while (border > 0 && form->data[i] != form->data[border])
            border = borders[border - 1];
        border += form->data[i] == form->data[border];
        borders[i] = border;
    }
    return borders;
}

/* Finds all places, including overlapping ones. Most texts have none; memmem finds that out
 * fastest. */
static void find_form(struct finding *f, const struct bytes *form)
{
    const struct bytes *b = &f->text.text;
    const char *found = b->len > 0 ? memmem(b->data, b->len, form->data, form->len) : NULL;
    size_t first = f->len;
    f->is_any |= found != NULL;
    if (!found || !f->text.is_traced)
        return;
    size_t *borders = find_borders(form);
    size_t fits = 0;
    for (size_t i = (size_t)(found - b->data); i < b->len; i++) {
        while (fits > 0 && b->data[i] != form->data[fits])
            fits = borders[fits - 1];
        fits += b->data[i] == form->data[fits];
        if (fits < form->len)
            continue;
        add_stretch(f, first, i + 1 - form->len, i + 1);
        fits = borders[fits - 1];
    }
    mem_free(borders);
}

static int by_place(const void *a, const void *b)
{
    const struct stretch *x = a;
    const struct stretch *y = b;
    return x->from < y->from ? -1 : x->from > y->from;
}

/* Joins overlapping parts of all forms, so that no part of a secret is left between them. */
static void replace(const struct finding *f, struct bytes *b)
{
    struct bytes out = { 0 };
    size_t copied = 0;
    qsort(f->found, f->len, sizeof *f->found, by_place);
    for (size_t i = 0, next; i < f->len; i = next) {
        size_t to = f->found[i].to;
        for (next = i + 1; next < f->len && f->found[next].from < to; next++)
            to = f->found[next].to > to ? f->found[next].to : to;
        bytes_add(&out, b->data + copied, f->found[i].from - copied);
        bytes_add_text(&out, "***");
        copied = to;
    }
    bytes_add(&out, b->data + copied, b->len - copied);
    bytes_release(b);
    *b = out;
}

static void find_forms(struct finding *f, const struct mask_forms *forms, bool more)
{
    f->more = more;
    for (size_t i = 0; i < forms->len; i++)
        find_form(f, &forms->items[i]);
}

static void find_all(struct finding *f, const struct masks *m, bool is_json)
{
    if (is_json)
        unescape_string(&f->text);
    for (const struct masks *at = m; at; at = at->base)
        find_forms(f, &at->exact, false);
    if (!unescape_is_needed(&f->text))
        return;
    unescape_all(&f->text);
    for (const struct masks *at = m; at; at = at->base) {
        find_forms(f, &at->plain, false);
        find_forms(f, &at->plain_and_more, true);
    }
}

static bool finds_any(const struct masks *m, const struct bytes *b, bool is_json)
{
    struct finding f = { 0 };
    if (b->len < MASK_SHORTEST || program_mask_are_empty(m))
        return false;
    unescape_begin(&f.text, b->data, b->len, false);
    find_all(&f, m, is_json);
    unescape_release(&f.text);
    return f.is_any;
}

bool program_mask_occur(const struct masks *m, const struct bytes *b)
{
    return finds_any(m, b, false);
}

/* Most texts contain no secret. Finding that out needs no map from the searched text back to the
 * original, and making that map is most of the work. */
void program_mask_apply(const struct masks *m, struct bytes *b, bool is_json)
{
    struct finding f = { 0 };
    if (!finds_any(m, b, is_json))
        return;
    unescape_begin(&f.text, b->data, b->len, true);
    find_all(&f, m, is_json);
    replace(&f, b);
    unescape_release(&f.text);
    mem_free(f.found);
}
