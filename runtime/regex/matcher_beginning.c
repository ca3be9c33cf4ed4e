/* Finds the prefix or first bytes that all matches share, so that a search can skip the rest of
 * the text. */
#include "regex/matcher_parts.h"

#include "base/utf8.h"

#include <string.h>

/* With more ASCII characters than this, skipping the others saves nothing. */
#define FEW_BYTES 16u

/* Adds the characters that come next in every match. Returns false where they are no longer
 * known. */
static bool find_prefix(struct matcher *m, const struct pattern *p, uint32_t number)
{
    const struct pattern_node *node = &p->nodes[number];
    if (node->kind == PATTERN_CHAR && m->prefix_len + 4 <= sizeof m->prefix) {
        m->prefix_len += utf8_encode(node->value, m->prefix + m->prefix_len);
        return true;
    }
    if (node->kind == PATTERN_GROUP)
        return find_prefix(m, p, node->first);
    if (node->kind == PATTERN_REPEAT && node->least > 0)
        find_prefix(m, p, node->first);
    if (node->kind != PATTERN_JOIN)
        return node->kind == PATTERN_EMPTY;
    for (uint32_t i = node->first; i != PATTERN_NONE; i = p->nodes[i].next) {
        if (!find_prefix(m, p, i))
            return false;
    }
    return true;
}

static bool begins_text(const struct pattern *p, uint32_t number)
{
    const struct pattern_node *node = &p->nodes[number];
    switch (node->kind) {
    case PATTERN_EDGE:
        return node->value == PATTERN_TEXT_BEGIN;
    case PATTERN_JOIN:
    case PATTERN_GROUP:
        return begins_text(p, node->first);
    case PATTERN_REPEAT:
        return node->least > 0 && begins_text(p, node->first);
    case PATTERN_EITHER:
        for (uint32_t i = node->first; i != PATTERN_NONE; i = p->nodes[i].next) {
            if (!begins_text(p, i))
                return false;
        }
        return true;
    case PATTERN_EMPTY:
    case PATTERN_CHAR:
    case PATTERN_SET:
        return false;
    }
    return false;
}

/* The bytes that a match may begin with. */

/* Adds all characters outside ASCII, by the bytes that they begin with. */
static void add_others(struct matcher *m)
{
    memset(m->first + 0xc0, true, 0x100 - 0xc0);
}

static bool has_others(const struct matcher_classes *c, uint32_t set)
{
    for (size_t i = c->runs; i-- > 0;) {
        if (matcher_class_has(c, c->ids[i], set))
            return true;
        if (c->firsts[i] < 0x80)
            break;
    }
    return false;
}

static void add_set(struct matcher *m, uint32_t set)
{
    for (uint32_t c = 0; c < 128; c++)
        m->first[c] = m->first[c] || matcher_class_has(&m->classes, m->classes.ascii[c], set);
    if (has_others(&m->classes, set))
        add_others(m);
}

enum beginning {
    BEGINNING_KNOWN,
    BEGINNING_MAY_BE_EMPTY, /* the parts after it add their first bytes */
    BEGINNING_UNKNOWN       /* it contains an edge */
};

static enum beginning add_node(struct matcher *m, const struct pattern *p, uint32_t number);

static enum beginning add_parts(struct matcher *m, const struct pattern *p, uint32_t part)
{
    enum beginning result = BEGINNING_MAY_BE_EMPTY;
    for (; part != PATTERN_NONE && result == BEGINNING_MAY_BE_EMPTY; part = p->nodes[part].next)
        result = add_node(m, p, part);
    return result;
}

static enum beginning add_branches(struct matcher *m, const struct pattern *p, uint32_t part)
{
    enum beginning result = BEGINNING_KNOWN;
    for (; part != PATTERN_NONE; part = p->nodes[part].next) {
        enum beginning other = add_node(m, p, part);
        result = other > result ? other : result;
    }
    return result;
}

static enum beginning add_node(struct matcher *m, const struct pattern *p, uint32_t number)
{
    const struct pattern_node *node = &p->nodes[number];
    enum beginning result;
    switch (node->kind) {
    case PATTERN_EMPTY:
        return BEGINNING_MAY_BE_EMPTY;
    case PATTERN_CHAR:
        if (node->value < 0x80)
            m->first[node->value] = true;
        else
            add_others(m);
        return BEGINNING_KNOWN;
    case PATTERN_SET:
        add_set(m, node->value);
        return BEGINNING_KNOWN;
    case PATTERN_EDGE:
        return BEGINNING_UNKNOWN;
    case PATTERN_JOIN:
        return add_parts(m, p, node->first);
    case PATTERN_EITHER:
        return add_branches(m, p, node->first);
    case PATTERN_REPEAT:
        result = add_node(m, p, node->first);
        return result == BEGINNING_KNOWN && node->least == 0 ? BEGINNING_MAY_BE_EMPTY : result;
    case PATTERN_GROUP:
        return add_node(m, p, node->first);
    }
    return BEGINNING_UNKNOWN;
}

static bool is_few(const struct matcher *m)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < 0x80; i++)
        count += m->first[i];
    return count <= FEW_BYTES;
}

void matcher_find_beginning(struct matcher *m, const struct pattern *p)
{
    m->begins_text = begins_text(p, p->root);
    m->is_prefix = find_prefix(m, p, p->root) && m->prefix_len > 0;
    if (m->prefix_len == 0 && !m->begins_text)
        m->has_first = add_node(m, p, p->root) == BEGINNING_KNOWN && is_few(m);
}
