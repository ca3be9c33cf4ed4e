/* Escapes: the text after a backslash. */
#include "regex/pattern_parts.h"

#include "regex/unicode.h"

#include <string.h>

bool pattern_fail_back_reference(struct pattern_reader *r, const char *example)
{
    return pattern_fail(
        r, "back-references such as `%s` are not supported, so that matching takes linear time",
        example);
}

/* Letters for which people know another meaning. */
static const struct {
    char letter;
    const char *advice;
} advices[] = {
    { 'Z', "`\\Z` has no meaning: the end of the text is `\\z`" },
    { 'G', "`\\G` has no meaning: the beginning of the text is `\\A`" },
    { 'E', "`\\E` has no `\\Q` before it" },
    { 'u', "`\\u` has no meaning: a character by its number is `\\x{1F600}`" },
    { 'U', "`\\U` has no meaning: a character by its number is `\\x{1F600}`" },
    { '0', "`\\0` has no meaning: a character by its number is `\\x00` or `\\x{1F600}`" },
    { 'h', "`\\h` has no meaning: a blank or tab is `[ \\t]`" },
    { 'R', "`\\R` has no meaning: a line break is `(?:\\r\\n|\\n|\\r)`" },
    { 'N', "`\\N` has no meaning: any character but a line feed is `.`" },
    { 'e', "`\\e` has no meaning: the character Escape is `\\x1b`" },
};

static bool fail_letter(struct pattern_reader *r, char letter)
{
    const char example[] = { '\\', letter, '\0' };
    if ((letter >= '1' && letter <= '9') || letter == 'k' || letter == 'g')
        return pattern_fail_back_reference(r, example);
    for (size_t i = 0; i < sizeof advices / sizeof *advices; i++) {
        if (advices[i].letter == letter)
            return pattern_fail(r, "%s", advices[i].advice);
    }
    return pattern_fail(
        r,
        "`%s` has no meaning here: there are `\\d \\D \\s \\S \\w \\W \\pL \\PL`, `\\b "
        "\\B \\A \\z`, `\\t \\n \\r \\f \\v \\a`, `\\x41 \\x{1F600}`, `\\Q…\\E`, and "
        "signs such as `\\.`",
        example);
}

static bool is_letter_or_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Numbers. */

static int hex_digit(const struct pattern_reader *r)
{
    static const char digits[] = "0123456789abcdef";
    char c = r->p < r->end ? *r->p : '\0';
    c = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* How many digits were read, `most` at most. */
static unsigned read_hex(struct pattern_reader *r, unsigned most, uint32_t *c)
{
    unsigned count = 0;
    *c = 0;
    for (; count < most && hex_digit(r) >= 0; count++, r->p++)
        *c = *c > RANGES_LAST ? *c : *c * 16 + (uint32_t)hex_digit(r);
    return count;
}

/* Behind \x. */
static bool read_number(struct pattern_reader *r, uint32_t *c)
{
    bool is_braced = pattern_sees(r, "{");
    r->p += is_braced;
    unsigned digits = read_hex(r, is_braced ? UINT32_MAX : 2, c);
    bool is_closed = !is_braced || pattern_sees(r, "}");
    r->p += is_braced && is_closed;
    if (digits == 0 || (!is_braced && digits != 2) || !is_closed)
        return pattern_fail(r, "`\\x` takes two hexadecimal digits, or some in braces: `\\x41`, "
                               "`\\x{1F600}`");
    if (*c > RANGES_LAST || (*c >= 0xd800 && *c <= 0xdfff))
        return pattern_fail(r, "the number of `\\x{…}` is not that of a character: they end at "
                               "10FFFF, without D800 to DFFF");
    return true;
}

bool pattern_read_escaped(struct pattern_reader *r, uint32_t *c)
{
    static const char letters[] = "tnrfva";
    static const char meanings[] = "\t\n\r\f\v\a";
    const char *from = ++r->p;
    if (r->p == r->end)
        return pattern_fail(r, "it ends with a backslash: write `\\\\` for the character");
    if ((unsigned char)*from >= 0x80)
        return pattern_fail(r, "a backslash before `%.*s` has no meaning: leave it out",
                            pattern_width(r, from), from);
    r->p++;
    if (*from == 'x')
        return read_number(r, c);
    const char *letter = strchr(letters, *from);
    if (letter)
        *c = (uint32_t)meanings[letter - letters];
    else if (is_letter_or_digit(*from))
        return fail_letter(r, *from);
    else
        *c = (uint32_t)*from;
    return true;
}

/* Classes. */

static void add_digits(struct ranges *s)
{
    ranges_add(s, '0', '9');
}

static void add_spaces(struct ranges *s)
{
    ranges_add(s, '\t', '\n');
    ranges_add(s, '\f', '\r');
    ranges_add(s, ' ', ' ');
}

static void add_word(struct ranges *s)
{
    add_digits(s);
    ranges_add(s, 'A', 'Z');
    ranges_add(s, '_', '_');
    ranges_add(s, 'a', 'z');
}

/* Behind \p or \P. */
static bool read_property(struct pattern_reader *r, struct ranges *part, bool *is_negated)
{
    const char *from = r->p;
    const char *close = pattern_sees(r, "{") ? memchr(r->p, '}', (size_t)(r->end - r->p)) : NULL;
    const char *name = close ? from + 1 : from;
    bool is_turned = close && *name == '^';
    name += is_turned;
    size_t len = close ? (size_t)(close - name) : (size_t)pattern_width(r, from);
    if (!unicode_add(part, name, len))
        return pattern_fail(
            r,
            "`\\p%.*s` is not a class of Unicode: there are general categories, such "
            "as `\\pL` and `\\p{Lu}`, and scripts, such as `\\p{Greek}`",
            close && close - from < 40 ? (int)(close + 1 - from) : pattern_width(r, from), from);
    *is_negated = *is_negated != is_turned;
    r->p = close ? close + 1 : name + len;
    return true;
}

bool pattern_read_class(struct pattern_reader *r, struct ranges *set)
{
    struct ranges part = { 0 };
    char letter = r->end - r->p > 1 ? r->p[1] : '\0';
    if (!letter || !strchr("dDsSwWpP", letter))
        return false;
    bool is_negated = letter < 'a';
    r->p += 2;
    if (letter == 'd' || letter == 'D')
        add_digits(&part);
    else if (letter == 's' || letter == 'S')
        add_spaces(&part);
    else if (letter == 'w' || letter == 'W')
        add_word(&part);
    else
        read_property(r, &part, &is_negated);
    pattern_merge(r, set, &part, is_negated);
    return !r->failed;
}

/* Edges. */

static bool read_edge(struct pattern_reader *r, enum pattern_edge *edge)
{
    static const char letters[] = "AzbB";
    static const enum pattern_edge edges[] = { PATTERN_TEXT_BEGIN, PATTERN_TEXT_END,
                                               PATTERN_WORD_EDGE, PATTERN_WORD_INNER };
    char c = r->end - r->p > 1 ? r->p[1] : '\0';
    const char *letter = c ? strchr(letters, c) : NULL;
    if (!letter)
        return false;
    *edge = edges[letter - letters];
    r->p += 2;
    return true;
}

uint32_t pattern_read_escape(struct pattern_reader *r)
{
    struct ranges set = { 0 };
    enum pattern_edge edge;
    uint32_t c;
    if (read_edge(r, &edge))
        return pattern_add(r, PATTERN_EDGE, edge);
    if (pattern_read_class(r, &set))
        return pattern_add_set(r, &set);
    ranges_release(&set);
    return !r->failed && pattern_read_escaped(r, &c) ? pattern_add_char(r, c) : PATTERN_NONE;
}
