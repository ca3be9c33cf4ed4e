#include "cli/log_repeats.h"

#include <assert.h>
#include <string.h>

bool log_repeats_is_next(const struct log_repeats *r, const char *line, size_t len)
{
    return r->has_last && r->last.len == len && (len == 0 || memcmp(r->last.data, line, len) == 0);
}

void log_repeats_shown(struct log_repeats *r, const char *line, size_t len)
{
    bytes_clear(&r->last);
    bytes_add(&r->last, line, len);
    r->has_last = true;
    r->count = 0;
}

void log_repeats_print(const struct log_repeats *r, struct bytes *b)
{
    assert(r->count > 0);
    bytes_printf(b, "  (%llu more %s)", (unsigned long long)r->count,
                 r->count == 1 ? "time" : "times");
}

void log_repeats_reset(struct log_repeats *r)
{
    r->has_last = false;
    r->count = 0;
}

void log_repeats_release(struct log_repeats *r)
{
    bytes_release(&r->last);
    log_repeats_reset(r);
}
