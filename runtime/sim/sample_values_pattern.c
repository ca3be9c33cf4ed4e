/* Texts for regular expressions. */
#include "sim/sample_values_parts.h"

#include "base/bytes.h"
#include "base/utf8.h"
#include "regex/pattern.h"

/* Bounds what each part of a pattern adds, so that nested repetitions stay small. */
#define LONGEST_PART 4096
#define MOST_TIMES 1000u

/* The first likely character of the set, or else its first character. Surrogates are not
 * characters. */
static uint32_t pick_char(const struct ranges *set)
{
    static const char candidates[] = "x1aA5 -_.@/:,;";
    for (const char *c = candidates; *c; c++) {
        if (ranges_has(set, (uint32_t)*c))
            return (uint32_t)*c;
    }
    for (uint32_t c = '!'; c <= '~'; c++) {
        if (ranges_has(set, c))
            return c;
    }
    uint32_t first = set->len > 0 ? set->ranges[set->len - 1].first : 'x';
    return first < 0xd800 || first > 0xdfff ? first : 0xe000;
}

static void add_char(struct bytes *out, uint32_t c)
{
    char bytes[4];
    bytes_add(out, bytes, utf8_encode(c, bytes));
}

static void add_node(struct bytes *out, const struct pattern *p, uint32_t number);

/* The fewest repetitions allowed, but one if that is zero. */
static void add_repeat(struct bytes *out, const struct pattern *p, const struct pattern_node *node)
{
    uint32_t times = node->least == 0 && node->most > 0 ? 1 : node->least;
    size_t before = out->len;
    for (uint32_t i = 0; i < times && i < MOST_TIMES && out->len - before < LONGEST_PART; i++)
        add_node(out, p, node->first);
}

static void add_node(struct bytes *out, const struct pattern *p, uint32_t number)
{
    const struct pattern_node *node = &p->nodes[number];
    switch (node->kind) {
    case PATTERN_EMPTY:
    case PATTERN_EDGE:
        break;
    case PATTERN_CHAR:
        add_char(out, node->value);
        break;
    case PATTERN_SET:
        add_char(out, pick_char(&p->sets[node->value]));
        break;
    case PATTERN_JOIN:
        for (uint32_t i = node->first; i != PATTERN_NONE; i = p->nodes[i].next)
            add_node(out, p, i);
        break;
    case PATTERN_EITHER:
    case PATTERN_GROUP:
        add_node(out, p, node->first);
        break;
    case PATTERN_REPEAT:
        add_repeat(out, p, node);
        break;
    }
}

struct value sample_values_of_pattern(const char *pattern)
{
    char why[PATTERN_MAX_WHY];
    struct bytes out = { 0 };
    struct pattern *p = pattern_new(pattern, why, sizeof why);
    if (p)
        add_node(&out, p, p->root);
    pattern_free(p);
    struct value text = value_text(bytes_text(&out), out.len);
    bytes_release(&out);
    return text;
}
