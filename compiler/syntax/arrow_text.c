#include "syntax/arrow_text.h"

#include <string.h>

#define MAX_SHOWN 60 /* characters */

void arrow_text_source(struct sources *sources, struct span span, struct bytes *out)
{
    struct place place = sources_line(sources, span.start);
    if (!place.source)
        return;
    const char *p = place.source->data + (span.start - place.source->base);
    size_t len = span.end - span.start;
    size_t shown = 0;
    bool blank = false;
    for (size_t i = 0; i < len && shown < MAX_SHOWN; i++) {
        bool is_blank = p[i] == ' ' || p[i] == '\t' || p[i] == '\n' || p[i] == '\r';
        if (!is_blank || !blank) {
            bytes_add_char(out, is_blank ? ' ' : p[i]);
            shown += ((unsigned char)p[i] & 0xc0) != 0x80;
        }
        blank = is_blank;
    }
    if (shown == MAX_SHOWN)
        bytes_add_text(out, "…");
}

void arrow_text_arm(struct sources *sources, const struct arm *arm, struct bytes *out)
{
    for (const struct label *l = arm->labels; l; l = l->next)
        bytes_printf(out, "%s%s", l == arm->labels ? "" : ", ", l->word.text);
    if (!arm->when)
        return;
    bytes_add_text(out, " when ");
    arrow_text_source(sources, arm->when->span, out);
}

void arrow_text_condition(struct sources *sources, const struct condition *c, struct bytes *out)
{
    if (c->when)
        arrow_text_source(sources, c->when->span, out);
    else
        bytes_add_text(out, "else");
}

void arrow_text_case(struct sources *sources, const struct switch_case *c, struct bytes *out)
{
    for (const struct expr *k = c->constants; k; k = k->next) {
        bytes_add_text(out, k == c->constants ? "" : ", ");
        arrow_text_source(sources, k->span, out);
    }
    bytes_add_text(out, c->is_else ? "else" : "");
}

void arrow_text_bound(const struct bound *bound, struct bytes *out)
{
    bytes_printf(out, "%smax %lld", out->len ? " " : "", (long long)bound->max);
}

void arrow_text_otherwise(struct bytes *out)
{
    bytes_add_text(out, out->len ? " else" : "else");
}
