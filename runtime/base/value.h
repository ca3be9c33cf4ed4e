/* Values of the language: null, booleans, 64-bit integers, doubles, texts, lists, objects.
 * Immutable once shared, counted by reference, 16 bytes each. No cycle can arise: a list or object
 * is only ever changed while it has a single owner, and can only come to hold older values.
 *
 * Threads: a value belongs to one thread. Immortal values (the constants of a program) are never
 * counted and may be read by all. */
#ifndef FLOW_BASE_VALUE_H
#define FLOW_BASE_VALUE_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum value_tag {
    VALUE_NULL,
    VALUE_BOOL,
    VALUE_INT,
    VALUE_NUMBER,
    VALUE_DECIMAL, /* a JSON number that neither int64 nor double holds without loss: its digits,
                      as a text; arith_operand says what it calculates as */
    VALUE_TEXT,
    VALUE_LIST,
    VALUE_OBJECT,
};

/* Lists and objects nest at most this deep; builders report a deeper one. */
#define VALUE_MAX_DEPTH 1000

/* Bytes of the longest text, and of the largest list or object (value_size_up_to), that an
 * operation may make or a constant may be. */
#define VALUE_MAX_BYTES (64u << 20)

struct value {
    uint32_t tag; /* enum value_tag */
    uint32_t pad; /* 0 */
    union {
        bool boolean;
        int64_t integer;
        double number;
        struct text *text; /* VALUE_TEXT and VALUE_DECIMAL */
        struct list *list;
        struct object *object;
        struct counted *counted;
    };
};

#define VALUE_IMMORTAL UINT32_MAX

/* What every heap value begins with. */
struct counted {
    uint32_t refs; /* VALUE_IMMORTAL: not counted, freed by value_free_immortal only */
    uint32_t len;  /* bytes, items or members */
};

#define TEXT_HASH_BITS 24

struct text {
    uint32_t refs;
    uint32_t len;                   /* bytes; NUL bytes may be among them */
    uint32_t hash : TEXT_HASH_BITS; /* 0: not computed yet */
    uint32_t room : 8; /* of a text that was appended to: it has room for 2^room bytes; else 0 */
    char data[];       /* valid UTF-8, and a NUL after the last */
};

struct list {
    uint32_t refs;
    uint32_t len;
    uint32_t cap;
    uint32_t depth; /* 1 + the deepest item */
    struct value items[];
};

struct member {
    struct text *key;
    struct value value;
};

struct object {
    uint32_t refs;
    uint32_t len;
    uint32_t cap;
    uint32_t depth;
    uint32_t *index; /* hash table over members, from 9 members on; NULL below */
    uint32_t index_mask;
    struct member members[]; /* in the order in which they were first put */
};

/* Making. Each gives a value that the caller owns. */

static inline struct value value_null(void)
{
    return (struct value){ .tag = VALUE_NULL };
}

static inline struct value value_bool(bool b)
{
    return (struct value){ .tag = VALUE_BOOL, .boolean = b };
}

static inline struct value value_int(int64_t i)
{
    return (struct value){ .tag = VALUE_INT, .integer = i };
}

static inline struct value value_number(double d)
{
    return (struct value){ .tag = VALUE_NUMBER, .number = d };
}

/* Copies len bytes, which must be valid UTF-8. Longer than UINT32_MAX - 1: ends like exhausted
 * memory; callers bound what they take from outside. */
struct value value_text(const char *p, size_t len);
struct value value_text_of(const char *text);

/* A text of len bytes whose data the caller fills at once. */
struct value value_text_sized(size_t len);

/* digits is a JSON number. */
struct value value_decimal(const char *digits, size_t len);

/* An empty list or object with room for cap. */
struct value value_list(size_t cap);
struct value value_object(size_t cap);

/* A list of n items, which are taken. */
struct value value_list_of(const struct value *items, size_t n);

/* An object of n members: pairs holds n times a key (a text) and a value; both are taken. Of equal
 * keys the first gives the place, the last the value. */
struct value value_object_of(const struct value *pairs, size_t n);

/* Appends len bytes, which make a valid text with those before them and are not part of *text.
 * Takes time by len alone, again and again, where *text is neither shared nor immortal; else *text
 * becomes a copy first. */
void value_text_append(struct value *text, const char *p, size_t len);

/* The same with the items of a list, which is not *list itself. */
void value_list_append(struct value *list, const struct list *items);

/* Appends; takes item. *list is a list; if it is shared or immortal it becomes a copy first. */
void value_list_push(struct value *list, struct value item);

/* Sets a member; takes value, refs key. A key that is there already keeps its place and gets the
 * new value. *object is an object; if it is shared or immortal it becomes a copy first. */
void value_object_put(struct value *object, struct text *key, struct value value);

/* The same with a key from bytes. */
void value_object_put_bytes(struct value *object, const char *key, size_t len, struct value value);

/* Keeping. */

static inline bool value_is_counted(struct value v)
{
    return v.tag >= VALUE_DECIMAL;
}

/* Frees a value whose count went to zero. Not for callers. */
void value_destroy(struct value v);

static inline struct value value_ref(struct value v)
{
    if (value_is_counted(v) && v.counted->refs != VALUE_IMMORTAL)
        v.counted->refs++;
    return v;
}

static inline void value_unref(struct value v)
{
    if (value_is_counted(v) && v.counted->refs != VALUE_IMMORTAL && --v.counted->refs == 0)
        value_destroy(v);
}

/* Makes v and all in it immortal, with hashes and the places of characters computed. v must not be
 * shared with another owner, except with immortal values. Only the top is freed by
 * value_free_immortal, once per value. */
void value_make_immortal(struct value v);

/* Frees v itself, not what it holds (each constant is freed on its own). */
void value_free_immortal(struct value v);

/* Looking. Nothing here changes a value or gives ownership. */

/* The member, or NULL, where there is no index: keys are compared one by one, without a call. */
static inline const struct member *object_find_unhashed(const struct object *o, const char *p,
                                                        size_t len)
{
    for (const struct member *m = o->members, *end = m + o->len; m < end; m++)
        if (m->key->len == len && bytes_equal_short(m->key->data, p, len))
            return m;
    return NULL;
}

/* The member's value, or NULL. */
const struct value *value_object_find(const struct object *object, const struct text *key);
const struct value *value_object_find_bytes(const struct object *object, const char *key,
                                            size_t len);

uint32_t value_text_hash(struct text *t);

/* The number of characters, and the byte at which character i begins (len when there are fewer). A
 * text remembers what was found out: asked again and again, each takes constant time, but for the
 * first pass over the text and over what is appended to it. */
uint32_t value_text_count(struct text *t);
uint32_t value_text_offset(struct text *t, uint32_t i);

/* Deep equality; numbers compare by mathematical value, so 1 == 1.0. NaN never occurs. */
bool value_equal(struct value a, struct value b);

/* Order of two numbers or of two texts (by code point, which for UTF-8 is by byte).
 * *order is <0, 0, >0. False where the two have no order. */
bool value_order(struct value a, struct value b, int *order);

static inline bool value_is_numeric(struct value v)
{
    return v.tag >= VALUE_INT && v.tag <= VALUE_DECIMAL;
}

/* An int or a number as the nearest double; not a decimal. */
double value_as_double(struct value v);

/* 0 for anything that is no list or object. */
uint32_t value_depth(struct value v);

/* "null", "bool", "int", "number", "text", "list", "object"; a decimal is a "number". */
const char *value_type_name(struct value v);

/* Bytes on the heap that v holds, shared parts counted each time. */
size_t value_size(struct value v);

/* The same, but stops counting once the result is over limit. A value with many shared parts can be
 * far larger than memory (a list that holds twice a list that holds twice ...): ask this before
 * walking, writing or comparing a value that a flow built. */
size_t value_size_up_to(struct value v, size_t limit);

#endif
