/* Texts for messages. */
#include "check/check.h"

#include "base/utf8.h"

#define SOURCE_SHOWN 40

const char *check_type_text(struct checker *c, const struct type *t)
{
    struct bytes b = { 0 };
    type_print(&b, t);
    const char *text = arena_copy(c->arena, bytes_text(&b), b.len);
    bytes_release(&b);
    return text;
}

const char *check_source(struct checker *c, struct span span)
{
    const struct source *s = c->r->file->source;
    size_t len = span.end - span.start;
    if (span.start < s->base || span.end > s->base + s->len || span.end < span.start)
        return "…";
    const char *p = s->data + (span.start - s->base);
    for (size_t i = 0; i < len; i++) {
        if (p[i] == '\n' || p[i] == '\r')
            return "…";
    }
    return len <= SOURCE_SHOWN ? arena_copy(c->arena, p, len) : "…";
}

bool check_warns(const struct checker *c)
{
    return c->r->file == c->m->files[0] && c->d != &c->muted;
}
