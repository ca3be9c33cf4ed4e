/* libxml2 compares each attribute of an element, namespaces included, with all others of it: 40,000
 * of them, 0.3 MB, took three seconds. It asks nobody before it has read the whole of an element,
 * so the attributes are counted beforehand. */
#include "formats/xml_parts.h"

#include <stdbool.h>
#include <string.h>

#define MAX_ATTRIBUTES 1000

struct place {
    const char *p;
    const char *end;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool may_begin_name(char c)
{
    unsigned char u = (unsigned char)c;
    return ((u | 0x20) >= 'a' && (u | 0x20) <= 'z') || c == '_' || c == ':' || u >= 0x80;
}

/* Whether what begins at s, behind its `<`, would be a tag of too many attributes. A `<` ends it in
 * any case: none may be in a tag, not even in a value. */
static bool has_many_attributes(struct place s)
{
    int count = 0;
    char quote = 0;
    for (; s.p < s.end && *s.p != '<'; s.p++) {
        if (quote)
            quote = *s.p == quote ? 0 : quote;
        else if (*s.p == '"' || *s.p == '\'')
            quote = *s.p;
        else if (*s.p == '>')
            break;
        else if (*s.p == '=' && ++count > MAX_ATTRIBUTES)
            return true;
    }
    return false;
}

/* The first tag of too many attributes. Each `<` is taken for the beginning of one, also in a
 * comment: so nothing in the document can hide a tag. */
static const char *find_many_attributes(struct place s)
{
    while ((s.p = memchr(s.p, '<', (size_t)(s.end - s.p))) != NULL) {
        s.p++;
        if (s.p < s.end && may_begin_name(*s.p) && has_many_attributes(s))
            return s.p;
    }
    return NULL;
}

const char *xml_excess(const char *p, size_t len, size_t *at)
{
    struct place s = { p, p + len };
    if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        s.p += 3;
    *at = (size_t)(s.p - p);
    /* libxml2 would guess another encoding. */
    size_t left = (size_t)(s.end - s.p);
    if (left > 0 && (memchr(s.p, 0, left < 4 ? left : 4) || (*s.p != '<' && !is_blank(*s.p))))
        return "it does not begin with `<`";
    const char *tag = find_many_attributes(s);
    if (!tag)
        return NULL;
    *at = (size_t)(tag - p);
    return "an element has more than 1,000 attributes and namespaces";
}
