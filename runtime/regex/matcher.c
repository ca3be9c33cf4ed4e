#include "regex/matcher_parts.h"

#include "base/mem.h"

struct matcher *matcher_new(const char *pattern, char *why, size_t room)
{
    struct pattern *p = pattern_new(pattern, why, room);
    if (!p)
        return NULL;
    struct matcher *m = mem_alloc_zeroed(1, sizeof *m);
    matcher_make_classes(&m->classes, p);
    matcher_emit(m, p);
    matcher_find_beginning(m, p);
    m->weight = p->weight;
    m->groups = p->groups;
    m->names = p->names;
    p->names = NULL;
    p->groups = 0;
    pattern_free(p);
    return m;
}

void matcher_free(struct matcher *m)
{
    if (!m)
        return;
    matcher_free_search(atomic_load(&m->spare));
    for (uint32_t i = 0; i < m->groups; i++)
        mem_free(m->names[i]);
    mem_free(m->names);
    mem_free(m->steps);
    matcher_release_classes(&m->classes);
    mem_free(m);
}

uint32_t matcher_weight(const struct matcher *m)
{
    return m->weight;
}

uint32_t matcher_groups(const struct matcher *m)
{
    return m->groups;
}

const char *matcher_name(const struct matcher *m, uint32_t group)
{
    assert(group >= 1);
    assert(group <= m->groups);
    return m->names[group - 1];
}

int matcher_fits(const struct matcher *m, const char *p, size_t len, uint64_t steps)
{
    struct matcher_search *s = matcher_begin(m, p, len);
    int fits = matcher_go_on(s, &steps);
    matcher_end(s);
    return fits;
}
