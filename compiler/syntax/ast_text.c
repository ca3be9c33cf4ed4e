#include "syntax/ast_build.h"

#include "base/bytes.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

/* Marks a hole in the characters of a text. UTF-8 never contains this byte, and bytes that are not
 * UTF-8 were replaced before scanning. */
#define HOLE '\xFF'

static struct expr *make(struct builder *b, struct span span, const char *bytes, size_t len)
{
    struct expr *e = arena_alloc(b->arena, sizeof(*e));
    e->kind = EXPR_TEXT;
    e->span = span;
    e->bytes = bytes;
    e->len = len;
    return e;
}

struct expr *ast_text(struct builder *b, struct span span)
{
    return make(b, span, ast_bytes(b, span) + 1, span.end - span.start - 2);
}

struct word ast_text_word(struct builder *b, const struct expr *text)
{
    if (text->kind != EXPR_TEXT) {
        struct diag *diag = ast_mistake(
            b, text->span, "this text cannot contain `{…}`, because it is read when compiling");
        diag_help(b->diags, diag, "write `\\{` for a brace that is part of the text");
        return (struct word){ NULL, text->span };
    }
    if (memchr(text->bytes, '\0', text->len))
        diag_add(b->diags, E0102, text->span, "this text cannot contain the character `\\u{0}`");
    return (struct word){ intern_add(b->words, text->bytes, text->len), text->span };
}

struct text_part *ast_part(struct builder *b, struct span span, struct expr *hole)
{
    struct text_part *part = arena_alloc(b->arena, sizeof(*part));
    part->span = span;
    part->hole = hole;
    return part;
}

/* Appends the character of the escape at p (after the backslash); returns the length of the escape.
 * The lexer has reported unknown escapes; they are kept as written. */
static size_t add_escape(struct bytes *out, const char *p)
{
    char encoded[4];
    if (p[0] == 'n' || p[0] == 'r' || p[0] == 't') {
        bytes_add_char(out, p[0] == 'n' ? '\n' : p[0] == 'r' ? '\r' : '\t');
        return 1;
    }
    if (p[0] != 'u' || p[1] != '{') {
        bytes_add_char(out, p[0]);
        return 1;
    }
    char *end;
    unsigned long c = strtoul(p + 2, &end, 16);
    if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
        c = 0xFFFD;
    bytes_add(out, encoded, utf8_encode((uint32_t)c, encoded));
    return (size_t)(end - p) + (*end == '}');
}

/* The characters of text up to a hole or the end, with escapes replaced; *next is what follows. */
static struct expr *add_piece(struct builder *b, struct span span, const char *p, const char **next)
{
    struct bytes out = { 0 };
    while (*p && *p != HOLE) {
        size_t plain = strcspn(p, "\\\xFF");
        bytes_add(&out, p, plain);
        p += plain;
        if (*p == '\\')
            p += 1 + add_escape(&out, p + 1);
    }
    *next = p;
    struct expr *piece = make(b, span, arena_copy(b->arena, bytes_text(&out), out.len), out.len);
    bytes_release(&out);
    return piece;
}

/* Joins the pieces and holes in their order. flat has one HOLE for each hole of parts. */
static struct expr *assemble(struct builder *b, struct span span, const struct text_part *part,
                             const char *flat)
{
    struct expr_list items = { 0 };
    bool holes = false;
    for (;;) {
        struct span piece_span = part && !part->hole ? part->span : span;
        for (; part && !part->hole; part = part->next)
            piece_span.end = part->span.end;
        struct expr *piece = add_piece(b, part || holes ? piece_span : span, flat, &flat);
        if (!part && !holes)
            return piece;
        items = ast_expr_list_add(items, piece->len > 0 ? piece : NULL);
        if (!part)
            break;
        holes = true;
        part->hole->parenthesised = true; /* `{"x"}` is a value, not text */
        items = ast_expr_list_add(items, part->hole);
        part = part->next;
        flat++;
    }
    struct expr *e = ast_list(b, span, items);
    if (e->kind == EXPR_LIST)
        e->kind = EXPR_TEMPLATE;
    return e;
}

static void flatten(const struct builder *b, const struct text_part *part, struct bytes *flat)
{
    for (; part; part = part->next) {
        if (part->hole)
            bytes_add_char(flat, HOLE);
        else
            bytes_add(flat, ast_bytes(b, part->span), part->span.end - part->span.start);
    }
}

struct expr *ast_template(struct builder *b, struct span span, struct text_part_list parts)
{
    struct bytes flat = { 0 };
    flatten(b, parts.first, &flat);
    struct expr *e = assemble(b, span, parts.first, bytes_text(&flat));
    bytes_release(&flat);
    return e;
}

static size_t blanks_at(const char *p)
{
    return strspn(p, " \t\r");
}

/* A line of only blanks does not count for the indentation, and becomes empty. */
static bool is_blank_line(const char *line)
{
    char end = line[blanks_at(line)];
    return end == '\n' || end == '\0';
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');
    return end ? end + 1 : NULL;
}

/* How many leading blanks the lines share, beginning with the first line that has some. */
static size_t common_indentation(const char *first)
{
    const char *indentation = NULL;
    size_t common = 0;
    for (const char *line = first; line; line = next_line(line)) {
        if (is_blank_line(line))
            continue;
        size_t blanks = blanks_at(line);
        if (!indentation) {
            indentation = line;
            common = blanks;
        }
        size_t same = 0;
        while (same < common && same < blanks && indentation[same] == line[same])
            same++;
        common = same;
    }
    return common;
}

/* The line without its line break, LF or CR LF; a CR elsewhere is part of the text. */
static size_t length_of_line(const char *line)
{
    size_t len = strcspn(line, "\n");
    return len - (len > 0 && line[len] == '\n' && line[len - 1] == '\r');
}

static void add_line(struct bytes *out, const char *line, size_t indentation)
{
    if (!is_blank_line(line))
        bytes_add(out, line + indentation, length_of_line(line) - indentation);
}

/* Removes from flat the line break after the opening quotes, the one before the closing quotes, and
 * the shared indentation. Line breaks become LF, whatever the file has. */
static void unindent(const char *flat, struct bytes *out)
{
    const char *line = flat;
    if (is_blank_line(flat) && next_line(flat))
        line = next_line(flat);
    size_t indentation = common_indentation(line == flat ? next_line(flat) : line);
    for (bool first = true; line; line = next_line(line), first = false) {
        bool last = !next_line(line);
        if (last && is_blank_line(line) && line != flat)
            break;
        if (!first)
            bytes_add_char(out, '\n');
        if (line == flat)
            bytes_add(out, line, length_of_line(line));
        else
            add_line(out, line, indentation);
    }
}

struct expr *ast_block(struct builder *b, struct span span, struct text_part_list parts)
{
    struct bytes flat = { 0 };
    struct bytes out = { 0 };
    flatten(b, parts.first, &flat);
    unindent(bytes_text(&flat), &out);
    struct expr *e = assemble(b, span, parts.first, bytes_text(&out));
    bytes_release(&flat);
    bytes_release(&out);
    return e;
}
