#include "syntax/diag_quote.h"

#include "base/utf8.h"
#include "syntax/diag_print.h"

#define TAB 4
#define LONGEST 160 /* columns of the longest line that is shown whole */
#define SHOWN 120   /* columns shown of a longer line */
#define BEFORE 60   /* columns shown before its carets */

void diag_quote_release(struct quote *q)
{
    bytes_release(&q->text);
    bytes_release(&q->marks);
}

/* One character of the line: its bytes, and the columns that it takes. */
struct cell {
    size_t width;
    size_t columns;
};

static struct cell cell_at(const char *p, size_t len)
{
    unsigned char c = (unsigned char)*p;
    if (c == '\t')
        return (struct cell){ 1, TAB };
    if (c < 0x80)
        return (struct cell){ 1, 1 };
    size_t shown = len < 4 ? len : 4;
    size_t width = 0;
    while (width == 0 && shown > 0 && utf8_valid_prefix(p, shown) == 0)
        shown--;
    if (shown == 0)
        return (struct cell){ 1, 1 };
    uint32_t point = utf8_decode(p, shown, &width);
    if (utf8_is_bidi_control(point) || point == 0xFEFF || point < 0xA0)
        return (struct cell){ width, 1 };
    return (struct cell){ width, (size_t)utf8_columns(point) };
}

static void add_columns(struct bytes *b, char c, size_t count)
{
    while (count-- > 0)
        bytes_add_char(b, c);
}

/* The bytes [from, to) of a line. */
struct part {
    size_t from;
    size_t to;
};

static size_t columns_of(const char *p, struct part part, size_t len)
{
    size_t columns = 0;
    for (size_t i = part.from; i < part.to && i < len;) {
        struct cell cell = cell_at(p + i, len - i);
        columns += cell.columns;
        i += cell.width;
    }
    return columns;
}

/* The first byte that is `columns` columns after i. */
static size_t skip_columns(const char *p, size_t i, size_t len, size_t columns)
{
    while (i < len) {
        struct cell cell = cell_at(p + i, len - i);
        if (cell.columns > columns)
            break;
        columns -= cell.columns;
        i += cell.width;
    }
    return i;
}

/* Which part of a line is shown, around its byte `first`. */
static struct part choose_window(const char *p, size_t len, size_t first)
{
    if (skip_columns(p, 0, len, LONGEST) >= len)
        return (struct part){ 0, len };
    size_t before = columns_of(p, (struct part){ 0, first }, len);
    size_t from = before > BEFORE ? skip_columns(p, 0, len, before - BEFORE) : 0;
    return (struct part){ from, skip_columns(p, from, len, SHOWN) };
}

static void add_text(struct bytes *b, const char *p, struct part part, size_t len)
{
    for (size_t i = part.from; i < part.to;) {
        struct cell cell = cell_at(p + i, len - i);
        if (p[i] == '\t')
            add_columns(b, ' ', TAB);
        else
            diag_clean(b, p + i, cell.width);
        i += cell.width;
    }
}

static struct part clip(struct part part, struct part window)
{
    if (part.from < window.from)
        part.from = window.from;
    if (part.to > window.to)
        part.to = window.to;
    return part;
}

void diag_quote_line(struct quote *q, struct source *source, uint32_t line, size_t first,
                     size_t end)
{
    static const char cut[] = "\xE2\x80\xA6"; /* … */
    size_t len;
    const char *p = source_line(source, line, &len);
    struct part window = choose_window(p, len, first);
    size_t carets = columns_of(p, clip((struct part){ first, end }, window), len);
    q->line = line;
    bytes_clear(&q->text);
    bytes_clear(&q->marks);
    bytes_add_text(&q->text, window.from > 0 ? cut : "");
    add_text(&q->text, p, window, len);
    bytes_add_text(&q->text, window.to < len ? cut : "");
    add_columns(&q->marks, ' ', window.from > 0);
    add_columns(&q->marks, ' ', columns_of(p, clip((struct part){ 0, first }, window), len));
    add_columns(&q->marks, '^', carets > 0 ? carets : 1);
}
