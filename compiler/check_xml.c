/* Where the values of an XML body stand: in the text of an element, or in a quoted attribute. There
 * they are escaped, and stay what they are; at any other place they would be markup, or be sent as
 * another value than they are (XML 1.0, sections 2.4 to 2.8 and 3.1). */
#include "compiler/check.h"

#include <string.h>

enum xml_place {
    CONTENT,
    TAG,
    TAG_AFTER_EQUALS,
    SINGLE_QUOTED,
    DOUBLE_QUOTED,
    COMMENT,
    CDATA,
    INSTRUCTION,
    DECLARATION,
    DECLARATION_SUBSET
};

static bool begins(const char *p, const char *end, const char *with)
{
    size_t len = strlen(with);
    return (size_t)(end - p) >= len && memcmp(p, with, len) == 0;
}

/* At p, which is a `<`; *to is behind what opens there. */
static enum xml_place opened(const char *p, const char *end, const char **to)
{
    static const struct {
        const char *open;
        enum xml_place place;
    } rows[] = { { "<!--", COMMENT },
                 { "<![CDATA[", CDATA },
                 { "<?", INSTRUCTION },
                 { "<!", DECLARATION },
                 { "<", TAG } };
    size_t i = 0;
    while (!begins(p, end, rows[i].open))
        i++;
    *to = p + strlen(rows[i].open);
    return rows[i].place;
}

/* What ends a place that knows no other within it; NULL: it is none of those. */
static const char *end_of(enum xml_place place)
{
    switch (place) {
    case SINGLE_QUOTED:
        return "'";
    case DOUBLE_QUOTED:
        return "\"";
    case COMMENT:
        return "-->";
    case CDATA:
        return "]]>";
    case INSTRUCTION:
        return "?>";
    case DECLARATION_SUBSET:
        return "]>";
    default:
        return NULL;
    }
}

static enum xml_place after_character(enum xml_place place, char c)
{
    if (c == '>')
        return CONTENT;
    if (place == DECLARATION)
        return c == '[' ? DECLARATION_SUBSET : DECLARATION;
    switch (c) {
    case '\'':
        return SINGLE_QUOTED;
    case '"':
        return DOUBLE_QUOTED;
    case '=':
        return TAG_AFTER_EQUALS;
    default:
        return place == TAG_AFTER_EQUALS && strchr(" \t\n\r", c) ? place : TAG;
    }
}

/* The place behind a piece of what was written, which begins in `place`. */
static enum xml_place go_over(enum xml_place place, const char *p, size_t len)
{
    const char *end = p + len;
    while (p < end) {
        const char *stop = end_of(place);
        if (place == CONTENT) {
            const char *open = memchr(p, '<', (size_t)(end - p));
            if (!open)
                return CONTENT;
            place = opened(open, end, &p);
        } else if (stop) {
            const char *found = memmem(p, (size_t)(end - p), stop, strlen(stop));
            if (!found)
                return place;
            p = found + strlen(stop);
            place = place == SINGLE_QUOTED || place == DOUBLE_QUOTED ? TAG : CONTENT;
        } else {
            place = after_character(place, *p++);
        }
    }
    return place;
}

static void refuse(struct checker *c, const struct expr *e, enum xml_place place)
{
    static const char *const names[] = { [TAG] = "in the name of an element or attribute",
                                         [TAG_AFTER_EQUALS] = "in an attribute without quotes",
                                         [COMMENT] = "in a comment",
                                         [CDATA] = "in a CDATA section",
                                         [INSTRUCTION] = "in a processing instruction",
                                         [DECLARATION] = "in a declaration",
                                         [DECLARATION_SUBSET] = "in a declaration" };
    struct diag *diag =
        diag_add(c->d, E0605, e->span, "no value can stand %s of XML", names[place]);
    const char *source = check_source(c, e->span);
    if (place == TAG_AFTER_EQUALS)
        diag_help(c->d, diag, "write it in quotes: `='{%s}'`", source);
    else if (place == CDATA)
        diag_help(c->d, diag, "leave out `<![CDATA[` and `]]>`: what stands in {…} is escaped");
    else if (place == COMMENT)
        diag_help(c->d, diag, "leave out the comment, or what stands in {…}");
    else
        diag_help(c->d, diag,
                  "values stand in the text of an element, `<a>{%s}</a>`, and in quoted "
                  "attributes, `<a b='{%s}'/>`",
                  source, source);
}

void check_xml(struct checker *c, const struct expr *template)
{
    enum xml_place place = CONTENT;
    if (template->kind != EXPR_TEMPLATE)
        return;
    for (const struct expr *item = template->items; item; item = item->next) {
        bool is_written = item->kind == EXPR_TEXT && !item->parenthesised;
        if (is_written)
            place = go_over(place, item->bytes, item->len);
        else if (place != CONTENT && place != SINGLE_QUOTED && place != DOUBLE_QUOTED)
            refuse(c, item, place);
    }
}
