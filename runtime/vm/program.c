#include "vm/program.h"

#include "base/mem.h"

#include <string.h>

void program_free(struct program *p)
{
    if (!p)
        return;
    for (uint32_t i = 0; i < p->image->secret_count; i++) {
        if (p->secrets[i].tag == VALUE_TEXT)
            explicit_bzero(p->secrets[i].text->data, p->secrets[i].text->len);
    }
    for (size_t i = 0; i < p->frozen_len; i++)
        value_free_immortal(p->frozen[i]);
    mem_free(p->frozen);
    for (uint32_t i = 0; i < p->image->endpoint_count; i++)
        endpoint_release(&p->endpoints[i]);
    for (uint32_t i = 0; i < p->image->ask_count; i++)
        matcher_free(p->matches[i]);
    program_mask_release(&p->masks);
    mem_free(p->configs);
    mem_free(p->invented);
    mem_free(p->secrets);
    mem_free(p->endpoints);
    mem_free(p->matches);
    mem_free(p);
}

bool program_matches(const struct program *p, uint32_t ask, const struct text *text)
{
    const struct matcher *m = p->matches[ask];
    return m && matcher_fits(m, text->data, text->len, MATCHER_MAX_STEPS) > 0;
}

void program_mask(const struct program *p, struct bytes *b)
{
    program_mask_apply(&p->masks, b, false);
}
