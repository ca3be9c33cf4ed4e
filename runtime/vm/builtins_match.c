/* matches(), at once and in parts. */
#include "vm/builtins_parts.h"

#include "base/mem.h"
#include "regex/matcher.h"

#include <string.h>

struct builtin_search {
    struct matcher *matcher;
    struct matcher_search *under_way;
    uint64_t left; /* steps */
};

const char *builtin_search_begin(const struct value *args, struct builtin_search **out)
{
    *out = NULL;
    const char *problem = builtin_misfit(BUILTIN_MATCHES, args, 2);
    if (problem)
        return problem;
    const struct text *text = args[0].text;
    const struct text *pattern = args[1].text;
    if (text->len > VALUE_MAX_BYTES)
        return "`matches` looks through texts of at most 64 MB";
    char why[1];
    bool has_nul = strlen(pattern->data) != pattern->len;
    struct matcher *m = has_nul ? NULL : matcher_new(pattern->data, why, sizeof why);
    if (!m)
        return "the second argument of `matches` is not a regular expression as RE2 takes it, or "
               "it is "
               "too large";
    struct builtin_search *s = mem_alloc(sizeof *s);
    s->matcher = m;
    s->under_way = matcher_begin(m, text->data, text->len);
    s->left = MATCHER_MAX_STEPS;
    *out = s;
    return NULL;
}

const char *builtin_search_go_on(struct builtin_search *s, uint64_t *steps, bool *is_over,
                                 struct value *out)
{
    if (*steps > s->left)
        *steps = s->left;
    int fits = matcher_go_on(s->under_way, steps);
    s->left -= *steps < s->left ? *steps : s->left;
    *is_over = fits >= 0;
    *out = value_bool(fits > 0);
    if (fits < 0 && s->left == 0)
        return "`matches` takes too long: the expression is too large for a text that long";
    return NULL;
}

uint32_t builtin_search_weight(const struct builtin_search *s)
{
    return matcher_weight(s->matcher);
}

void builtin_search_free(struct builtin_search *s)
{
    if (!s)
        return;
    matcher_end(s->under_way);
    matcher_free(s->matcher);
    mem_free(s);
}

const char *builtin_MATCHES(ARGS)
{
    UNUSED;
    struct builtin_search *s;
    uint64_t steps = MATCHER_MAX_STEPS;
    bool is_over;
    const char *problem = builtin_search_begin(args, &s);
    if (!problem)
        problem = builtin_search_go_on(s, &steps, &is_over, out);
    builtin_search_free(s);
    return problem;
}
