#include "syntax/diag_print.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "syntax/diag_quote.h"

#include <stdlib.h>
#include <string.h>

/* The escapes that begin and end a colour; empty without colours. */
struct paint {
    const char *error;
    const char *warning;
    const char *note;
    const char *bold;
    const char *gutter;
    const char *off;
};

static const struct paint plain = { "", "", "", "", "", "" };
static const struct paint coloured = { "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;36m",
                                       "\x1b[1m",    "\x1b[34m",   "\x1b[0m" };

const char *diag_severity_name(const struct diag *diag, struct diag_style style)
{
    bool error = style.warnings_are_errors || diag_severity(diag->code) == DIAG_ERROR;
    return error ? "error" : "warning";
}

/* Control characters become their Unicode pictures, from U+2400 on; all else that must not be shown
 * becomes U+FFFD. */
static void clean_character(struct bytes *b, uint32_t c)
{
    char out[4];
    if (c < 0x20)
        c += 0x2400;
    else if (c == 0x7F)
        c = 0x2421;
    else if (c < 0xA0 ? c >= 0x80 : utf8_is_bidi_control(c) || c == 0xFEFF)
        c = 0xFFFD;
    bytes_add(b, out, utf8_encode(c, out));
}

void diag_clean(struct bytes *b, const char *p, size_t len)
{
    while (len > 0) {
        size_t valid = utf8_valid_prefix(p, len);
        for (size_t i = 0; i < valid;) {
            size_t width;
            clean_character(b, utf8_decode(p + i, valid - i, &width));
            i += width;
        }
        if (valid < len) {
            clean_character(b, 0xFFFD);
            valid++;
        }
        p += valid;
        len -= valid;
    }
}

static void print_clean(FILE *out, const char *text)
{
    struct bytes b = { 0 };
    diag_clean(&b, text, strlen(text));
    fputs(bytes_text(&b), out);
    bytes_release(&b);
}

static void print_place(FILE *out, struct place place)
{
    if (!place.source)
        return;
    print_clean(out, place.source->path);
    fprintf(out, ":%u:%u: ", place.line, place.column);
}

static void print_quote(FILE *out, const struct quote *q, int width, const char *mark_colour,
                        const struct paint *paint)
{
    fprintf(out, "%s%*u |%s %s\n", paint->gutter, width, q->line, paint->off, bytes_text(&q->text));
    fprintf(out, "%s%*s |%s %s%s%s\n", paint->gutter, width, "", paint->off, mark_colour,
            bytes_text(&q->marks), paint->off);
}

/* Byte offset of pos in its line, which is `line`. */
static size_t offset_in_line(struct source *source, uint32_t line, uint32_t pos)
{
    size_t len;
    const char *start = source_line(source, line, &len);
    return (size_t)(pos - source->base) - (size_t)(start - source->data);
}

static size_t leading_blanks(struct source *source, uint32_t line)
{
    size_t len;
    size_t i = 0;
    const char *p = source_line(source, line, &len);
    while (i < len && (p[i] == ' ' || p[i] == '\t'))
        i++;
    return i;
}

static int digits(uint32_t line)
{
    return snprintf(NULL, 0, "%u", line);
}

/* Quotes the line or, for a span over several lines, the first and the last. Returns the width of
 * the line numbers. */
static int print_snippet(FILE *out, struct sources *sources, struct span span,
                         const char *mark_colour, const struct paint *paint)
{
    struct place from = sources_locate(sources, span.start);
    struct place to = sources_locate(sources, span.end > span.start ? span.end - 1 : span.start);
    if (!from.source)
        return 1;
    struct quote q = { 0 };
    struct source *source = (struct source *)from.source;
    int width = digits(to.source == source ? to.line : from.line);
    bool several = to.source == source && to.line > from.line;
    size_t first = offset_in_line(source, from.line, span.start);
    size_t len;
    source_line(source, from.line, &len);
    fprintf(out, "%s%*s |%s\n", paint->gutter, width, "", paint->off);
    diag_quote_line(&q, source, from.line, first,
                    several ? len : first + (size_t)(span.end - span.start));
    print_quote(out, &q, width, mark_colour, paint);
    if (several && to.line > from.line + 1)
        fprintf(out, "%s...%s\n", paint->gutter, paint->off);
    if (several) {
        diag_quote_line(&q, source, to.line, leading_blanks(source, to.line),
                        offset_in_line(source, to.line, span.end));
        print_quote(out, &q, width, mark_colour, paint);
    }
    diag_quote_release(&q);
    return width;
}

static void print_notes(FILE *out, const struct diag *diag, struct sources *sources,
                        const struct paint *paint)
{
    for (const struct diag_note *note = diag->notes; note; note = note->next) {
        print_place(out, sources_locate(sources, note->span.start));
        fprintf(out, "%snote:%s ", paint->note, paint->off);
        print_clean(out, note->message);
        fputc('\n', out);
        print_snippet(out, sources, note->span, paint->note, paint);
    }
}

static void print_head(FILE *out, const struct diag *diag, struct sources *sources,
                       struct diag_style style, const struct paint *paint)
{
    const char *severity = diag_severity_name(diag, style);
    print_place(out, sources_locate(sources, diag->span.start));
    fprintf(out, "%s%s[%s]:%s %s", *severity == 'e' ? paint->error : paint->warning, severity,
            diag_code_name(diag->code), paint->off, paint->bold);
    print_clean(out, diag->message);
    fprintf(out, "%s\n", paint->off);
}

static void print_whole(FILE *out, const struct diag *diag, struct sources *sources,
                        struct diag_style style, const struct paint *paint)
{
    const char *severity = diag_severity_name(diag, style);
    print_head(out, diag, sources, style, paint);
    int width = print_snippet(out, sources, diag->span,
                              *severity == 'e' ? paint->error : paint->warning, paint);
    if (diag->help) {
        fprintf(out, "%s%*s =%s help: ", paint->gutter, width, "", paint->off);
        print_clean(out, diag->help);
        fputc('\n', out);
    }
    print_notes(out, diag, sources, paint);
}

void diag_print_text(const struct diags *d, struct sources *sources, struct diag_style style,
                     FILE *out)
{
    const struct paint *paint = style.colour ? &coloured : &plain;
    for (size_t i = 0; i < d->len && i < DIAG_PRINT_MAX; i++) {
        if (style.format == DIAG_SHORT)
            print_head(out, d->items[i], sources, style, paint);
        else
            print_whole(out, d->items[i], sources, style, paint);
    }
    if (d->len > DIAG_PRINT_MAX)
        fprintf(out, "and %zu more\n", d->len - DIAG_PRINT_MAX);
}

/* qsort is not stable, so each item remembers its old position. */
struct ranked {
    struct diag *diag;
    size_t rank;
};

static int compare(const void *left, const void *right)
{
    const struct ranked *a = left;
    const struct ranked *b = right;
    if (a->diag->span.start != b->diag->span.start)
        return a->diag->span.start < b->diag->span.start ? -1 : 1;
    return a->rank < b->rank ? -1 : a->rank > b->rank;
}

static void sort(struct diags *d)
{
    struct ranked *ranked = mem_alloc(d->len * sizeof(*ranked));
    for (size_t i = 0; i < d->len; i++)
        ranked[i] = (struct ranked){ d->items[i], i };
    if (d->len > 1)
        qsort(ranked, d->len, sizeof(*ranked), compare);
    for (size_t i = 0; i < d->len; i++)
        d->items[i] = ranked[i].diag;
    mem_free(ranked);
}

void diags_print(struct diags *d, struct sources *sources, struct diag_style style, FILE *out)
{
    sort(d);
    switch (style.format) {
    case DIAG_TEXT:
    case DIAG_SHORT:
        diag_print_text(d, sources, style, out);
        break;
    case DIAG_JSON:
        diag_print_json(d, sources, style, out);
        break;
    case DIAG_SARIF:
        diag_print_sarif(d, sources, style, out);
        break;
    }
}
