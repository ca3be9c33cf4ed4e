/* A tree of pages with reference counts. A subtree whose slots are all unset is NULL: merging with
 * it gives NULL, without a look at the other side. */
#include "program/slot_map.h"

#include "base/mem.h"
#include "program/image.h"

#include <assert.h>
#include <string.h>

#define PAGE_BITS 6u
#define PAGE_SLOTS (1u << PAGE_BITS)
#define NODE_BITS 5u
#define NODE_CHILDREN (1u << NODE_BITS)
#define MAX_DEPTH 2u

_Static_assert(IMAGE_MAX_SLOTS <= 1u << (PAGE_BITS + MAX_DEPTH * NODE_BITS),
               "a tree of the greatest depth holds every slot");

struct slot_tree {
    uint32_t refs;
    union {
        uint8_t slots[PAGE_SLOTS];                 /* depth 0 */
        struct slot_tree *children[NODE_CHILDREN]; /* deeper; NULL: all unset */
    };
};

static const uint8_t unset_page[PAGE_SLOTS];

static size_t tree_size(unsigned depth)
{
    const struct slot_tree *t = NULL;
    size_t head = offsetof(struct slot_tree, slots);
    return head + (depth == 0 ? sizeof t->slots : sizeof t->children);
}

/* Slots below one child of a node of that depth. */
static uint32_t child_slots(unsigned depth)
{
    return PAGE_SLOTS << ((depth - 1) * NODE_BITS);
}

static struct slot_tree *tree_new(struct slot_memory *m, unsigned depth)
{
    struct slot_tree *t = mem_alloc_zeroed(1, tree_size(depth));
    t->refs = 1;
    m->bytes += tree_size(depth);
    return t;
}

static struct slot_tree *tree_ref(struct slot_tree *t)
{
    if (t)
        t->refs++;
    return t;
}

static void tree_unref(struct slot_memory *m, struct slot_tree *t, unsigned depth)
{
    if (!t || --t->refs > 0)
        return;
    for (uint32_t i = 0; depth > 0 && i < NODE_CHILDREN; i++)
        tree_unref(m, t->children[i], depth - 1);
    m->bytes -= tree_size(depth);
    mem_free(t);
}

/* Makes *t a tree that nobody else refers to, with the same content. */
static struct slot_tree *tree_own(struct slot_memory *m, struct slot_tree **t, unsigned depth)
{
    if (*t && (*t)->refs == 1)
        return *t;
    struct slot_tree *own = tree_new(m, depth);
    if (*t && depth == 0)
        memcpy(own->slots, (*t)->slots, sizeof own->slots);
    for (uint32_t i = 0; *t && depth > 0 && i < NODE_CHILDREN; i++)
        own->children[i] = tree_ref((*t)->children[i]);
    tree_unref(m, *t, depth);
    *t = own;
    return own;
}

void slot_memory_init(struct slot_memory *m, uint32_t slot_count)
{
    assert(slot_count <= IMAGE_MAX_SLOTS);
    *m = (struct slot_memory){ .depth = 0 };
    while (slot_count > PAGE_SLOTS << (m->depth * NODE_BITS))
        m->depth++;
}

void slot_map_release(struct slot_memory *m, struct slot_map *map)
{
    tree_unref(m, map->root, m->depth);
    map->root = NULL;
}

enum slot_state slot_map_get(const struct slot_memory *m, const struct slot_map *map, uint32_t slot)
{
    const struct slot_tree *t = map->root;
    for (unsigned depth = m->depth; t && depth > 0; depth--) {
        t = t->children[slot / child_slots(depth)];
        slot %= child_slots(depth);
    }
    return t ? t->slots[slot] : SLOT_UNSET;
}

static bool is_page_of(const struct slot_tree *t, uint32_t first, uint32_t count,
                       enum slot_state state)
{
    for (uint32_t i = first; i < first + count; i++)
        if ((t ? t->slots[i] : SLOT_UNSET) != state)
            return false;
    return true;
}

static void tree_set(struct slot_memory *m, struct slot_tree **t, unsigned depth, uint32_t first,
                     uint32_t count, enum slot_state state)
{
    if (!*t && state == SLOT_UNSET)
        return;
    if (depth == 0) {
        if (!is_page_of(*t, first, count, state))
            memset(tree_own(m, t, 0)->slots + first, state, count);
        return;
    }
    struct slot_tree *own = tree_own(m, t, depth);
    uint32_t size = child_slots(depth);
    while (count > 0) {
        uint32_t begin = first % size;
        uint32_t part = count < size - begin ? count : size - begin;
        tree_set(m, &own->children[first / size], depth - 1, begin, part, state);
        first += part;
        count -= part;
    }
}

void slot_map_set(struct slot_memory *m, struct slot_map *map, uint32_t first, uint32_t count,
                  enum slot_state state)
{
    tree_set(m, &map->root, m->depth, first, count, state);
}

void slot_map_copy(struct slot_memory *m, struct slot_map *to, const struct slot_map *from)
{
    struct slot_tree *root = tree_ref(from->root);
    slot_map_release(m, to);
    to->root = root;
}

static uint8_t merge_slot(uint8_t x, uint8_t y)
{
    if (x == y)
        return x;
    bool both_set = (x == SLOT_SET || x == SLOT_SECRET) && (y == SLOT_SET || y == SLOT_SECRET);
    return both_set ? SLOT_SECRET : SLOT_UNSET;
}

static bool merge_page(struct slot_memory *m, struct slot_tree **to, struct slot_tree *from)
{
    uint8_t merged[PAGE_SLOTS];
    for (uint32_t i = 0; i < PAGE_SLOTS; i++)
        merged[i] = merge_slot((*to)->slots[i], from->slots[i]);
    if (memcmp(merged, (*to)->slots, PAGE_SLOTS) == 0)
        return false;
    struct slot_tree *page = NULL;
    if (memcmp(merged, from->slots, PAGE_SLOTS) == 0) {
        page = tree_ref(from);
    } else if (memcmp(merged, unset_page, PAGE_SLOTS) != 0) {
        page = tree_new(m, 0);
        memcpy(page->slots, merged, PAGE_SLOTS);
    }
    tree_unref(m, *to, 0);
    *to = page;
    return true;
}

static bool merge_tree(struct slot_memory *m, struct slot_tree **to, struct slot_tree *from,
                       unsigned depth);

static bool merge_children(struct slot_memory *m, struct slot_tree **to,
                           const struct slot_tree *from, unsigned depth)
{
    bool changed = false;
    for (uint32_t i = 0; i < NODE_CHILDREN; i++) {
        struct slot_tree *child = (*to)->children[i];
        if (!child || child == from->children[i])
            continue;
        /* The child may be shared by way of its parent, so it is merged as a reference of ours. */
        struct slot_tree *result = tree_ref(child);
        changed |= merge_tree(m, &result, from->children[i], depth - 1);
        if (result == child) {
            tree_unref(m, result, depth - 1);
            continue;
        }
        struct slot_tree *own = tree_own(m, to, depth);
        tree_unref(m, own->children[i], depth - 1);
        own->children[i] = result;
    }
    return changed;
}

static bool is_unset(const struct slot_tree *t, unsigned depth)
{
    if (!t || depth == 0)
        return !t || memcmp(t->slots, unset_page, PAGE_SLOTS) == 0;
    for (uint32_t i = 0; i < NODE_CHILDREN; i++)
        if (!is_unset(t->children[i], depth - 1))
            return false;
    return true;
}

/* True: a slot of *to has changed. */
static bool merge_tree(struct slot_memory *m, struct slot_tree **to, struct slot_tree *from,
                       unsigned depth)
{
    if (*to == from || !*to)
        return false;
    if (!from) {
        bool changed = !is_unset(*to, depth);
        tree_unref(m, *to, depth);
        *to = NULL;
        return changed;
    }
    return depth == 0 ? merge_page(m, to, from) : merge_children(m, to, from, depth);
}

bool slot_map_merge(struct slot_memory *m, struct slot_map *to, const struct slot_map *from)
{
    return merge_tree(m, &to->root, from->root, m->depth);
}
