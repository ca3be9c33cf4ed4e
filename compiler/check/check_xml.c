/* Where the values of an XML body are: in the text of an element or in a quoted attribute. There
 * they are escaped and keep their value; at any other place they would be markup, or be sent as
 * another value (XML 1.0, sections 2.4 to 2.8, 3.1 and 4.1). */
#include "check/check.h"

#include <ctype.h>
#include <string.h>

enum xml_place {
    CONTENT,
    CONTENT_REFERENCE,
    TAG,
    TAG_AFTER_EQUALS,
    SINGLE_QUOTED,
    SINGLE_QUOTED_REFERENCE,
    DOUBLE_QUOTED,
    DOUBLE_QUOTED_REFERENCE,
    COMMENT,
    CDATA,
    INSTRUCTION,
    DECLARATION,
    DECLARATION_SINGLE,
    DECLARATION_DOUBLE,
    SUBSET,
    SUBSET_COMMENT,
    SUBSET_INSTRUCTION,
    SUBSET_DECLARATION,
    SUBSET_SINGLE,
    SUBSET_DOUBLE
};

/* The signs that lead from one place to another. Of signs that begin alike the longest is first. */
static const struct {
    enum xml_place from;
    const char *sign;
    enum xml_place to;
} ways[] = {
    { CONTENT, "<!--", COMMENT },
    { CONTENT, "<![CDATA[", CDATA },
    { CONTENT, "<?", INSTRUCTION },
    { CONTENT, "<!", DECLARATION },
    { CONTENT, "<", TAG },
    { CONTENT, "&", CONTENT_REFERENCE },
    { CONTENT_REFERENCE, ";", CONTENT },
    { TAG, ">", CONTENT },
    { TAG, "'", SINGLE_QUOTED },
    { TAG, "\"", DOUBLE_QUOTED },
    { TAG, "=", TAG_AFTER_EQUALS },
    { TAG_AFTER_EQUALS, ">", CONTENT },
    { TAG_AFTER_EQUALS, "'", SINGLE_QUOTED },
    { TAG_AFTER_EQUALS, "\"", DOUBLE_QUOTED },
    { SINGLE_QUOTED, "'", TAG },
    { SINGLE_QUOTED, "&", SINGLE_QUOTED_REFERENCE },
    { SINGLE_QUOTED_REFERENCE, ";", SINGLE_QUOTED },
    { DOUBLE_QUOTED, "\"", TAG },
    { DOUBLE_QUOTED, "&", DOUBLE_QUOTED_REFERENCE },
    { DOUBLE_QUOTED_REFERENCE, ";", DOUBLE_QUOTED },
    { COMMENT, "-->", CONTENT },
    { CDATA, "]]>", CONTENT },
    { INSTRUCTION, "?>", CONTENT },
    { DECLARATION, ">", CONTENT },
    { DECLARATION, "'", DECLARATION_SINGLE },
    { DECLARATION, "\"", DECLARATION_DOUBLE },
    { DECLARATION, "[", SUBSET },
    { DECLARATION_SINGLE, "'", DECLARATION },
    { DECLARATION_DOUBLE, "\"", DECLARATION },
    { SUBSET, "]", DECLARATION },
    { SUBSET, "<!--", SUBSET_COMMENT },
    { SUBSET, "<?", SUBSET_INSTRUCTION },
    { SUBSET, "<!", SUBSET_DECLARATION },
    { SUBSET_COMMENT, "-->", SUBSET },
    { SUBSET_INSTRUCTION, "?>", SUBSET },
    { SUBSET_DECLARATION, ">", SUBSET },
    { SUBSET_DECLARATION, "'", SUBSET_SINGLE },
    { SUBSET_DECLARATION, "\"", SUBSET_DOUBLE },
    { SUBSET_SINGLE, "'", SUBSET_DECLARATION },
    { SUBSET_DOUBLE, "\"", SUBSET_DECLARATION },
};

/* The length of the sign at p that leads to another place, which *place becomes; 0 if there is
 * none. */
static size_t find_way(enum xml_place *place, const char *p, size_t len)
{
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        size_t sign = strlen(ways[i].sign);
        if (ways[i].from != *place || len < sign || memcmp(p, ways[i].sign, sign) != 0)
            continue;
        *place = ways[i].to;
        return sign;
    }
    return 0;
}

static bool is_of_reference(char c)
{
    return isalnum((unsigned char)c) || strchr("#_.:-", c) || (unsigned char)c >= 0x80;
}

/* Passes a character that is not a sign. False if it must be read again, at the new *place. */
static bool pass(enum xml_place *place, char c)
{
    switch (*place) {
    case TAG_AFTER_EQUALS:
        if (!strchr(" \t\n\r", c))
            *place = TAG;
        return true;
    case CONTENT_REFERENCE:
    case SINGLE_QUOTED_REFERENCE:
    case DOUBLE_QUOTED_REFERENCE:
        if (is_of_reference(c))
            return true;
        --*place; /* in the enum, each follows the place around it */
        return false;
    default:
        return true;
    }
}

/* The place after a piece of the text that begins in `place`. */
static enum xml_place go_over(enum xml_place place, const char *p, size_t len)
{
    const char *end = p + len;
    while (p < end) {
        size_t sign = find_way(&place, p, (size_t)(end - p));
        if (sign > 0)
            p += sign;
        else if (pass(&place, *p))
            p++;
    }
    return place;
}

/* NULL if a value is allowed there. */
static const char *name_of(enum xml_place place)
{
    switch (place) {
    case CONTENT:
    case SINGLE_QUOTED:
    case DOUBLE_QUOTED:
        return NULL;
    case CONTENT_REFERENCE:
    case SINGLE_QUOTED_REFERENCE:
    case DOUBLE_QUOTED_REFERENCE:
        return "after the `&` of a reference";
    case TAG:
        return "in the name of an element or attribute";
    case TAG_AFTER_EQUALS:
        return "in an attribute without quotes";
    case COMMENT:
        return "in a comment";
    case CDATA:
        return "in a CDATA section";
    case INSTRUCTION:
        return "in a processing instruction";
    default:
        return "in a declaration";
    }
}

static void refuse(struct checker *c, const struct expr *e, enum xml_place place)
{
    struct diag *diag =
        diag_add(c->d, E0605, e->span, "in XML, a value cannot be inserted %s", name_of(place));
    const char *source = check_source(c, e->span);
    switch (place) {
    case CONTENT_REFERENCE:
    case SINGLE_QUOTED_REFERENCE:
    case DOUBLE_QUOTED_REFERENCE:
        diag_help(c->d, diag, "write `&amp;` for the character `&`");
        break;
    case TAG_AFTER_EQUALS:
        diag_help(c->d, diag, "write it in quotes: `='{%s}'`", source);
        break;
    case CDATA:
        diag_help(c->d, diag,
                  "remove `<![CDATA[` and `]]>`: the value of {…} is escaped by itself");
        break;
    case COMMENT:
        diag_help(c->d, diag, "remove the comment, or the {…} in it");
        break;
    default:
        diag_help(c->d, diag,
                  "insert values only in the text of an element, `<a>{%s}</a>`, or in a quoted "
                  "attribute, `<a b='{%s}'/>`",
                  source, source);
        break;
    }
}

void check_xml(struct checker *c, const struct expr *template)
{
    enum xml_place place = CONTENT;
    if (template->kind != EXPR_TEMPLATE)
        return;
    for (const struct expr *item = template->items; item; item = item->next) {
        if (item->kind == EXPR_TEXT && !item->parenthesised)
            place = go_over(place, item->bytes, item->len);
        else if (name_of(place))
            refuse(c, item, place);
    }
}
