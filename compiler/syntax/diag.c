#include "syntax/diag.h"

#include <string.h>

#include "base/mem.h"

/* How many earlier diagnostics diag_add compares; a stage that repeats a mistake does so soon. */
#define RECENT 256

struct row {
    const char *name;
    enum diag_severity severity;
    const char *title;
    const char *explanation;
};

static const struct row rows[] = {
#define DIAG(code, severity, title, explanation) { #code, severity, title, explanation },
#include "syntax/diagnostics.def"
#undef DIAG
};

void diags_release(struct diags *d)
{
    arena_release(&d->arena);
    mem_free(d->items);
    *d = (struct diags){ 0 };
}

static bool is_known(const struct diags *d, enum diag_code code, struct span span)
{
    for (size_t i = d->len; i > 0 && d->len - i < RECENT; i--) {
        const struct diag *other = d->items[i - 1];
        if (other->code == code && other->span.start == span.start && other->span.end == span.end)
            return true;
    }
    return false;
}

static void append(struct diags *d, struct diag *diag)
{
    d->items = mem_grow(d->items, &d->cap, d->len, sizeof *d->items);
    d->items[d->len++] = diag;
    if (diag_severity(diag->code) == DIAG_ERROR)
        d->errors++;
    else
        d->warnings++;
}

struct diag *diag_add(struct diags *d, enum diag_code code, struct span span, const char *format,
                      ...)
{
    va_list args;
    struct diag *diag = arena_alloc(&d->arena, sizeof(*diag));
    diag->code = code;
    diag->span = span;
    va_start(args, format);
    diag->message = arena_vprintf(&d->arena, format, args);
    va_end(args);
    if (!is_known(d, code, span))
        append(d, diag);
    return diag;
}

void diag_help(struct diags *d, struct diag *diag, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    diag->help = arena_vprintf(&d->arena, format, args);
    va_end(args);
}

void diag_note(struct diags *d, struct diag *diag, struct span span, const char *format, ...)
{
    va_list args;
    struct diag_note *note = arena_alloc(&d->arena, sizeof(*note));
    note->span = span;
    va_start(args, format);
    note->message = arena_vprintf(&d->arena, format, args);
    va_end(args);
    struct diag_note **end = &diag->notes;
    while (*end)
        end = &(*end)->next;
    *end = note;
}

enum diag_severity diag_severity(enum diag_code code)
{
    return rows[code].severity;
}

const char *diag_code_name(enum diag_code code)
{
    return rows[code].name;
}

const char *diag_title(enum diag_code code)
{
    return rows[code].title;
}

const char *diag_explanation(enum diag_code code)
{
    return rows[code].explanation;
}
