#include "model/types.h"

#include "base/mem.h"

#include <stdint.h>
#include <string.h>

/* A comparison of two types gives up, and returns true, after this many steps. Only types that
 * contain each other in many ways need so many, and values are checked again when running. */
#define MISFIT_STEPS 20000

static const struct type basics[TYPE_KINDS][2][2];

#define ANY_ITEM &basics[TYPE_ANY][0][0]
#define FLAVOURS(k)                                                                                \
    [k] = { { { .kind = (k) }, { .kind = (k), .secret = true } },                                  \
            { { .kind = (k), .optional = true },                                                   \
              { .kind = (k), .optional = true, .secret = true } } }
#define FLAVOURS_OF_ANY(k)                                                                         \
    [k] = { { { .kind = (k), .item = ANY_ITEM },                                                   \
              { .kind = (k), .secret = true, .item = ANY_ITEM } },                                 \
            { { .kind = (k), .optional = true, .item = ANY_ITEM },                                 \
              { .kind = (k), .optional = true, .secret = true, .item = ANY_ITEM } } }

/* By kind, then optional, then secret. */
static const struct type basics[TYPE_KINDS][2][2] = {
    FLAVOURS(TYPE_UNKNOWN),  FLAVOURS(TYPE_NULL),        FLAVOURS(TYPE_BOOL),
    FLAVOURS(TYPE_INT),      FLAVOURS(TYPE_NUMBER),      FLAVOURS(TYPE_TEXT),
    FLAVOURS(TYPE_DURATION), FLAVOURS_OF_ANY(TYPE_LIST), FLAVOURS_OF_ANY(TYPE_OBJECT),
    FLAVOURS(TYPE_ANY),
};

const struct type *type_basic(enum type_kind kind)
{
    return &basics[kind][0][0];
}

static bool is_structured(const struct type *t)
{
    return t->kind == TYPE_LIST || t->kind == TYPE_OBJECT;
}

static const struct type *with_flags(struct arena *a, const struct type *t, bool optional,
                                     bool secret)
{
    if (t->optional == optional && t->secret == secret)
        return t;
    if (!is_structured(t))
        return &basics[t->kind][optional][secret];
    struct type *copy = arena_alloc(a, sizeof *copy);
    *copy = *t;
    copy->optional = optional;
    copy->secret = secret;
    return copy;
}

const struct type *type_list(struct arena *a, const struct type *item)
{
    struct type *t = arena_alloc(a, sizeof *t);
    t->kind = TYPE_LIST;
    t->item = item;
    t->secret = item->secret;
    return t;
}

const struct type *type_object(struct arena *a, const struct type_member *members, size_t count)
{
    struct type *t = arena_alloc(a, sizeof *t);
    t->kind = TYPE_OBJECT;
    t->members = members;
    t->member_count = count;
    for (size_t i = 0; i < count; i++)
        t->secret |= members[i].type->secret;
    return t;
}

const struct type *type_map(struct arena *a, const struct type *item)
{
    struct type *t = arena_alloc(a, sizeof *t);
    t->kind = TYPE_OBJECT;
    t->item = item;
    return t;
}

const struct type *type_optional(struct arena *a, const struct type *t)
{
    if (t->kind == TYPE_ANY || t->kind == TYPE_NULL || t->kind == TYPE_UNKNOWN)
        return t;
    return with_flags(a, t, true, t->secret);
}

const struct type *type_without_null(struct arena *a, const struct type *t)
{
    return with_flags(a, t, false, t->secret);
}

const struct type *type_with_secret(struct arena *a, const struct type *t, bool secret)
{
    return with_flags(a, t, t->optional, secret);
}

const struct type *type_member(const struct type *t, const char *name)
{
    for (size_t i = 0; i < t->member_count; i++) {
        const char *member = t->members[i].name;
        if (member == name || strcmp(member, name) == 0)
            return t->members[i].type;
    }
    return t->kind == TYPE_OBJECT ? t->item : NULL;
}

bool type_is_numeric(const struct type *t)
{
    return t->kind == TYPE_INT || t->kind == TYPE_NUMBER || t->kind == TYPE_DURATION;
}

bool type_may_be_null(const struct type *t)
{
    return t->optional || t->kind == TYPE_NULL;
}

bool type_is_open(const struct type *t)
{
    return t->kind == TYPE_ANY || t->kind == TYPE_UNKNOWN;
}

bool type_comparable(const struct type *x, const struct type *y)
{
    if (type_is_open(x) || type_is_open(y) || x->kind == TYPE_NULL || y->kind == TYPE_NULL)
        return true;
    if (x->optional && y->optional)
        return true;
    return x->kind == y->kind || (type_is_numeric(x) && type_is_numeric(y));
}

bool type_same(const struct type *x, const struct type *y)
{
    while (x != y) {
        if (x->kind != y->kind || x->optional != y->optional || x->secret != y->secret)
            return false;
        if (x->kind == TYPE_OBJECT)
            return x->members == y->members && x->item == y->item;
        if (x->kind != TYPE_LIST)
            return true;
        x = x->item;
        y = y->item;
    }
    return true;
}

/* Pairs of types that were visited, so that types that contain others many times, or themselves,
 * are visited once. { 0 } is empty. */
struct pair {
    const void *key[4];
    const struct type *joined;
};

struct pairs {
    struct pair *items; /* a table of cap places, a power of two; key[0] NULL: free */
    size_t len;
    size_t cap;
};

static size_t place_of(const struct pairs *pairs, const void *const key[4])
{
    uintptr_t hash = 0;
    for (int i = 0; i < 4; i++)
        hash = (hash ^ (uintptr_t)key[i] >> 4) * (uintptr_t)0x9e3779b97f4a7c15u;
    size_t at = (hash >> (sizeof hash * 4)) & (pairs->cap - 1);
    while (pairs->items[at].key[0] &&
           memcmp(pairs->items[at].key, key, sizeof pairs->items[at].key))
        at = (at + 1) & (pairs->cap - 1);
    return at;
}

static void grow_pairs(struct pairs *pairs)
{
    struct pairs old = *pairs;
    pairs->cap = old.cap ? old.cap * 2 : 32;
    pairs->items = mem_alloc_zeroed(pairs->cap, sizeof *pairs->items);
    for (size_t i = 0; i < old.cap; i++) {
        if (old.items[i].key[0])
            pairs->items[place_of(pairs, old.items[i].key)] = old.items[i];
    }
    mem_free(old.items);
}

/* The pair of this key, which was added if *is_new. key[0] must not be NULL. Valid until the next
 * call. */
static struct pair *meet(struct pairs *pairs, const void *const key[4], bool *is_new)
{
    if (pairs->len * 2 >= pairs->cap)
        grow_pairs(pairs);
    struct pair *pair = &pairs->items[place_of(pairs, key)];
    *is_new = !pair->key[0];
    if (*is_new) {
        memcpy(pair->key, key, sizeof pair->key);
        pairs->len++;
    }
    return pair;
}

/* The parts of a structured type, without its flags. */
static const void *made_of(const struct type *t)
{
    return t->members ? (const void *)t->members : (const void *)t->item;
}

/* The place in the values that a comparison has reached. */
struct misfit {
    const struct misfit *above;
    const struct type *from;
    const struct type *to;
    const char *member; /* NULL for an item of a list */
    bool is_root;
};

struct misfit_search {
    struct bytes *b; /* NULL: find out only whether */
    unsigned steps;
    struct pairs met;
};

/* Whether these two were compared already, or are being compared further up: either they fit, or
 * that comparison finds the misfit. */
static bool was_met(struct misfit_search *s, const struct misfit *place)
{
    bool is_new;
    const void *const key[4] = { made_of(place->from), made_of(place->to), place->from->item,
                                 place->to->item };
    if (!key[0]) /* an object without members */
        return false;
    meet(&s->met, key, &is_new);
    return !is_new;
}

static void print_path(struct bytes *b, const struct misfit *place)
{
    if (place->is_root)
        return;
    print_path(b, place->above);
    if (!place->member)
        bytes_add_text(b, "[]");
    else
        bytes_printf(b, "%s%s", b->len ? "." : "", place->member);
}

static bool found(struct misfit_search *s, const struct misfit *place, bool is_missing)
{
    if (!s->b)
        return true;
    print_path(s->b, place);
    if (s->b->len)
        bytes_add_text(s->b, ": ");
    bytes_add_text(s->b, "expected ");
    type_print(s->b, place->to);
    bytes_add_text(s->b, is_missing ? ", but it is missing" : ", got ");
    if (!is_missing)
        type_print(s->b, place->from);
    return true;
}

static bool misfits(struct misfit_search *s, const struct misfit *place);

static bool members_misfit(struct misfit_search *s, const struct misfit *above)
{
    const struct type *from = above->from;
    const struct type *to = above->to;
    for (size_t i = 0; i < to->member_count; i++) {
        const char *name = to->members[i].name;
        const struct type *given = type_member(from, name);
        struct misfit place = { above, given ? given : type_basic(TYPE_NULL), to->members[i].type,
                                name, false };
        if (!given && !type_may_be_null(place.to) && !type_is_open(place.to))
            return found(s, &place, true);
        if (given && misfits(s, &place))
            return true;
    }
    if (!to->item)
        return false;
    for (size_t i = 0; i < from->member_count; i++) {
        struct misfit place = { above, from->members[i].type, to->item, from->members[i].name,
                                false };
        if (misfits(s, &place))
            return true;
    }
    return false;
}

static bool kinds_fit(const struct type *from, const struct type *to)
{
    if (from->kind == to->kind)
        return true;
    if (to->kind == TYPE_NUMBER)
        return type_is_numeric(from);
    return to->kind == TYPE_INT && from->kind == TYPE_DURATION;
}

static bool misfits(struct misfit_search *s, const struct misfit *place)
{
    const struct type *from = place->from;
    const struct type *to = place->to;
    if (from == to || type_is_open(from) || type_is_open(to) || s->steps++ > MISFIT_STEPS)
        return false;
    if (from->kind == TYPE_NULL)
        return type_may_be_null(to) ? false : found(s, place, false);
    if (!kinds_fit(from, to) || (from->optional && !type_may_be_null(to)))
        return found(s, place, false);
    if (!is_structured(from) || was_met(s, place))
        return false;
    if (from->kind == TYPE_OBJECT)
        return from->members != to->members || from->item != to->item ? members_misfit(s, place)
                                                                      : false;
    struct misfit item = { place, from->item, to->item, NULL, false };
    return misfits(s, &item);
}

bool type_fits(const struct type *from, const struct type *to)
{
    struct misfit_search s = { 0 };
    struct misfit root = { NULL, from, to, NULL, true };
    bool fits = !misfits(&s, &root);
    mem_free(s.met.items);
    return fits;
}

bool type_explain_misfit(struct bytes *b, const struct type *from, const struct type *to)
{
    struct bytes text = { 0 };
    struct misfit_search s = { .b = &text };
    struct misfit root = { NULL, from, to, NULL, true };
    bool is_misfit = misfits(&s, &root);
    mem_free(s.met.items);
    if (is_misfit)
        bytes_add(b, text.data, text.len);
    bytes_release(&text);
    return is_misfit;
}

bool type_is_wholly_secret(const struct type *t)
{
    if (!t->secret)
        return false;
    for (size_t i = 0; i < t->member_count; i++) {
        if (t->members[i].type->secret)
            return false;
    }
    return true;
}

static bool same_member_names(const struct type *x, const struct type *y)
{
    if (x->member_count != y->member_count || x->item || y->item)
        return false;
    for (size_t i = 0; i < x->member_count; i++) {
        if (!type_member(y, x->members[i].name))
            return false;
    }
    return true;
}

/* The state of a join. */
struct joiner {
    struct arena *a;
    struct pairs met; /* pairs of objects that were joined member by member */
};

static const struct type *join(struct joiner *j, const struct type *x, const struct type *y);

static const struct type *join_members(struct joiner *j, const struct type *x, const struct type *y)
{
    struct type_member *members = arena_array(j->a, x->member_count, sizeof *members);
    for (size_t i = 0; i < x->member_count; i++) {
        members[i].name = x->members[i].name;
        members[i].type = join(j, x->members[i].type, type_member(y, members[i].name));
    }
    return type_object(j->a, members, x->member_count);
}

/* Joins each pair once: the result shares parts as often as the operands do. */
static const struct type *join_members_once(struct joiner *j, const struct type *x,
                                            const struct type *y)
{
    bool is_new;
    const void *const key[4] = { x, y, NULL, NULL };
    const struct pair *pair = meet(&j->met, key, &is_new);
    if (!is_new && pair->joined)
        return pair->joined;
    const struct type *joined = join_members(j, x, y);
    meet(&j->met, key, &is_new)->joined = joined;
    return joined;
}

/* Two declared types are never joined member by member, because they may contain themselves. */
static const struct type *join_objects(struct joiner *j, const struct type *x, const struct type *y)
{
    bool secret = x->secret || y->secret;
    if (x->members == y->members && x->item == y->item)
        return with_flags(j->a, x, false, secret);
    if (!secret && type_fits(x, y) && type_fits(y, x))
        return x->name ? x : y;
    if ((!x->name || !y->name) && !type_is_wholly_secret(x) && !type_is_wholly_secret(y) &&
        same_member_names(x, y))
        return join_members_once(j, x, y);
    return with_flags(j->a, type_basic(TYPE_ANY), false, secret);
}

static const struct type *join_lists(struct joiner *j, const struct type *x, const struct type *y)
{
    struct arena *a = j->a;
    bool secret = x->secret || y->secret;
    const struct type *item = join(j, x->item, y->item);
    if (type_same(item, x->item))
        return with_flags(a, x, false, secret);
    return with_flags(a, type_list(a, item), false, secret);
}

static enum type_kind join_numeric(enum type_kind x, enum type_kind y)
{
    if (x == TYPE_NUMBER || y == TYPE_NUMBER)
        return TYPE_NUMBER;
    return x == y ? x : TYPE_INT;
}

static const struct type *join(struct joiner *j, const struct type *x, const struct type *y)
{
    struct arena *a = j->a;
    bool secret = x->secret || y->secret;
    bool optional = type_may_be_null(x) || type_may_be_null(y);
    if (x == y)
        return x;
    if (x->kind == TYPE_UNKNOWN)
        return with_flags(a, y, y->optional, secret);
    if (y->kind == TYPE_UNKNOWN)
        return with_flags(a, x, x->optional, secret);
    if (x->kind == TYPE_ANY || y->kind == TYPE_ANY)
        return &basics[TYPE_ANY][0][secret];
    if (x->kind == TYPE_NULL || y->kind == TYPE_NULL) {
        const struct type *other = x->kind == TYPE_NULL ? y : x;
        return with_flags(a, type_optional(a, other), other->kind != TYPE_NULL, secret);
    }
    const struct type *joined = type_basic(TYPE_ANY);
    if (type_is_numeric(x) && type_is_numeric(y))
        joined = type_basic(join_numeric(x->kind, y->kind));
    else if (x->kind == TYPE_OBJECT && y->kind == TYPE_OBJECT)
        joined = join_objects(j, x, y);
    else if (x->kind == TYPE_LIST && y->kind == TYPE_LIST)
        joined = join_lists(j, x, y);
    else if (x->kind == y->kind)
        joined = type_basic(x->kind);
    return with_flags(a, joined, optional && joined->kind != TYPE_ANY, secret || joined->secret);
}

const struct type *type_join(struct arena *a, const struct type *x, const struct type *y)
{
    struct joiner j = { .a = a };
    const struct type *joined = join(&j, x, y);
    mem_free(j.met.items);
    return joined;
}

/* Printing stops at this depth and at so many members: a message is one line. */
#define PRINT_DEPTH 4
#define PRINT_MEMBERS 6

static const char *const kind_names[TYPE_KINDS] = {
    [TYPE_UNKNOWN] = "any",       [TYPE_NULL] = "null",     [TYPE_BOOL] = "bool",
    [TYPE_INT] = "int",           [TYPE_NUMBER] = "number", [TYPE_TEXT] = "text",
    [TYPE_DURATION] = "duration", [TYPE_LIST] = "list",     [TYPE_OBJECT] = "object",
    [TYPE_ANY] = "any",
};

static void print_at(struct bytes *b, const struct type *t, int depth);

static void print_members(struct bytes *b, const struct type *t, int depth)
{
    bytes_add_text(b, "{");
    for (size_t i = 0; i < t->member_count; i++) {
        if (i == PRINT_MEMBERS || depth == PRINT_DEPTH) {
            bytes_add_text(b, i ? ", …" : " …");
            break;
        }
        bytes_printf(b, "%s%s: ", i ? ", " : " ", t->members[i].name);
        print_at(b, t->members[i].type, depth + 1);
    }
    bytes_add_text(b, t->member_count ? " }" : "}");
}

static void print_at(struct bytes *b, const struct type *t, int depth)
{
    if (t->name) {
        bytes_add_text(b, t->name);
    } else if (t->kind == TYPE_LIST) {
        bytes_add_text(b, "[");
        print_at(b, t->item, depth + (depth < PRINT_DEPTH));
        bytes_add_text(b, "]");
    } else if (t->kind == TYPE_OBJECT && !t->item) {
        print_members(b, t, depth);
    } else {
        bytes_add_text(b, kind_names[t->kind]);
    }
    if (t->optional && !type_is_open(t) && t->kind != TYPE_NULL)
        bytes_add_text(b, "?");
}

void type_print(struct bytes *b, const struct type *t)
{
    print_at(b, t, 0);
}
