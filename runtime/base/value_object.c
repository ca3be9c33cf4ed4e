/* Objects: members in the order in which they were put, and from 9 on a hash table over them. */
#include "base/value.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/bytes.h"

#include <string.h>

#define FIRST_CAP 4
/* Up to here comparing all keys is faster than hashing one. */
#define MAX_WITHOUT_INDEX 8

static size_t object_bytes(uint32_t cap)
{
    return offsetof(struct object, members) + cap * sizeof(struct member);
}

struct value value_object(size_t cap)
{
    if (cap >= UINT32_MAX / 4)
        mem_exhausted();
    struct object *object = mem_alloc(object_bytes((uint32_t)cap));
    *object = (struct object){ .refs = 1, .cap = (uint32_t)cap, .depth = 1 };
    return (struct value){ .tag = VALUE_OBJECT, .object = object };
}

#define HASH_MASK ((1u << TEXT_HASH_BITS) - 1)

/* 0 stands for "not computed yet". */
static uint32_t hash_of(const char *p, size_t len)
{
    uint32_t hash = (uint32_t)hash_bytes(p, len) & HASH_MASK;
    return hash ? hash : 1;
}

uint32_t value_text_hash(struct text *t)
{
    if (!t->hash)
        t->hash = hash_of(t->data, t->len) & HASH_MASK;
    return t->hash;
}

static inline bool is_key(const struct text *key, const char *p, size_t len)
{
    return key->len == len && bytes_equal_short(key->data, p, len);
}

/* The table is open addressing with linear steps: 0 is free, else 1 + a member's position. */
static void index_add(struct object *o, uint32_t i)
{
    uint32_t slot = value_text_hash(o->members[i].key) & o->index_mask;
    while (o->index[slot])
        slot = (slot + 1) & o->index_mask;
    o->index[slot] = i + 1;
}

/* A table at least twice as large as the object has room for. */
static void index_build(struct object *o)
{
    uint32_t size = 4 * MAX_WITHOUT_INDEX;
    while (size < 2 * o->cap)
        size *= 2;
    mem_free(o->index);
    o->index = mem_alloc_zeroed(size, sizeof *o->index);
    o->index_mask = size - 1;
    for (uint32_t i = 0; i < o->len; i++)
        index_add(o, i);
}

static struct member *find_hashed(const struct object *o, const char *p, size_t len, uint32_t hash)
{
    uint32_t slot = hash & o->index_mask;
    for (; o->index[slot]; slot = (slot + 1) & o->index_mask) {
        const struct member *m = &o->members[o->index[slot] - 1];
        if (m->key->hash == hash && is_key(m->key, p, len))
            return (struct member *)m;
    }
    return NULL;
}

static struct member *find_unhashed(const struct object *o, const char *p, size_t len)
{
    return (struct member *)object_find_unhashed(o, p, len);
}

/* A key that was put here has its hash wherever there is an index, and so does a constant; another
 * may be hashed again each time, since a const text cannot keep it. */
static struct member *find(const struct object *o, const struct text *key)
{
    if (!o->index)
        return find_unhashed(o, key->data, key->len);
    uint32_t hash = key->hash ? key->hash : hash_of(key->data, key->len);
    return find_hashed(o, key->data, key->len, hash);
}

const struct value *value_object_find(const struct object *object, const struct text *key)
{
    const struct member *m = find(object, key);
    return m ? &m->value : NULL;
}

const struct value *value_object_find_bytes(const struct object *object, const char *key,
                                            size_t len)
{
    const struct member *m = object->index ? find_hashed(object, key, len, hash_of(key, len))
                                           : find_unhashed(object, key, len);
    return m ? &m->value : NULL;
}

static struct text *ref_text(struct text *t)
{
    return value_ref((struct value){ .tag = VALUE_TEXT, .text = t }).text;
}

static struct object *copy_object(const struct object *from)
{
    struct object *to = value_object((size_t)from->len + FIRST_CAP).object;
    for (uint32_t i = 0; i < from->len; i++) {
        to->members[i].key = ref_text(from->members[i].key);
        to->members[i].value = value_ref(from->members[i].value);
    }
    to->len = from->len;
    to->depth = from->depth;
    if (to->len > MAX_WITHOUT_INDEX)
        index_build(to);
    return to;
}

static struct object *grow_object(struct object *o)
{
    if (o->cap >= UINT32_MAX / 8)
        mem_exhausted();
    uint32_t cap = o->cap ? o->cap * 2 : FIRST_CAP;
    o = mem_resize(o, 1, object_bytes(cap));
    o->cap = cap;
    if (o->index)
        index_build(o);
    return o;
}

/* Takes key and value; key is not among the members, and there is room. */
static void append(struct object *o, struct text *key, struct value value)
{
    o->members[o->len++] = (struct member){ key, value };
    if (o->index)
        index_add(o, o->len - 1);
    else if (o->len > MAX_WITHOUT_INDEX)
        index_build(o);
}

static void raise_depth(struct object *o, struct value value)
{
    uint32_t depth = value_depth(value) + 1;
    if (depth > o->depth)
        o->depth = depth;
}

static void make_own(struct value *object)
{
    if (object->object->refs == 1)
        return;
    struct object *copy = copy_object(object->object);
    value_unref(*object);
    object->object = copy;
}

static struct object *make_room(struct value *object)
{
    if (object->object->len == object->object->cap)
        object->object = grow_object(object->object);
    return object->object;
}

static void replace(struct member *m, struct value value)
{
    struct value old = m->value;
    m->value = value;
    value_unref(old);
}

void value_object_put(struct value *object, struct text *key, struct value value)
{
    make_own(object);
    raise_depth(object->object, value);
    if (object->object->index)
        value_text_hash(key);
    struct member *m = find(object->object, key);
    if (m)
        replace(m, value);
    else
        append(make_room(object), ref_text(key), value);
}

void value_object_put_bytes(struct value *object, const char *key, size_t len, struct value value)
{
    struct value text = value_text(key, len);
    value_object_put(object, text.text, value);
    value_unref(text);
}

struct value value_object_of(const struct value *pairs, size_t n)
{
    struct value v = value_object(n);
    struct object *o = v.object;
    if (n > MAX_WITHOUT_INDEX)
        index_build(o);
    for (size_t i = 0; i < n; i++) {
        struct text *key = pairs[2 * i].text;
        struct value value = pairs[2 * i + 1];
        raise_depth(o, value);
        if (o->index)
            value_text_hash(key);
        struct member *m = find(o, key);
        if (!m) {
            append(o, key, value);
            continue;
        }
        replace(m, value);
        value_unref(pairs[2 * i]);
    }
    return v;
}
