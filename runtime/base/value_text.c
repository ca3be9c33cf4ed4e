/* Texts: making them, letting them grow in their place, and finding their characters by number. */
#include "base/mem.h"
#include "base/utf8.h"
#include "base/value_parts.h"

#include <assert.h>
#include <string.h>

/* Where the characters of a long text are, as far as somebody has asked. A text keeps it, so that
 * a loop that takes a text apart, or looks at its length, does not pass over all of it in each
 * turn; what is appended does not change it. */
struct text_map {
    uint32_t *offsets; /* of each MAP_STEP-th character that was passed */
    size_t cap;
    uint32_t chars; /* passed so far */
    uint32_t bytes;
};

#define MAP_STEP 128u
#define MAP_LEAST 1024u /* bytes of a text that has a map */

#define LEAST_ROOM 6u

static size_t room_of(const struct text *t)
{
    return t->room ? (size_t)1 << t->room : t->len;
}

/* A long text is followed by the pointer to its map. */
static size_t map_place(size_t room)
{
    size_t end = offsetof(struct text, data) + room + 1;
    size_t unit = sizeof(struct text_map *);
    return (end + unit - 1) / unit * unit;
}

static size_t bytes_of(size_t room)
{
    return room < MAP_LEAST ? offsetof(struct text, data) + room + 1
                            : map_place(room) + sizeof(struct text_map *);
}

static struct text_map *get_map(const struct text *t)
{
    struct text_map *map = NULL;
    if (room_of(t) >= MAP_LEAST)
        memcpy(&map, (const char *)t + map_place(room_of(t)), sizeof map);
    return map;
}

static void set_map(struct text *t, struct text_map *map)
{
    if (room_of(t) >= MAP_LEAST)
        memcpy((char *)t + map_place(room_of(t)), &map, sizeof map);
}

static struct text *new_text(size_t len)
{
    struct text *t = mem_alloc(bytes_of(value_to_count(len)));
    *t = (struct text){ .refs = 1, .len = (uint32_t)len };
    t->data[len] = '\0';
    set_map(t, NULL);
    return t;
}

size_t value_text_bytes(const struct text *t)
{
    const struct text_map *map = get_map(t);
    size_t own = map ? sizeof *map + map->cap * sizeof *map->offsets : 0;
    return bytes_of(room_of(t)) + own;
}

void value_text_free(struct text *t)
{
    struct text_map *map = get_map(t);
    if (map)
        mem_free(map->offsets);
    mem_free(map);
    mem_free(t);
}

struct value value_text_sized(size_t len)
{
    return (struct value){ .tag = VALUE_TEXT, .text = new_text(len) };
}

struct value value_text(const char *p, size_t len)
{
    struct value v = value_text_sized(len);
    if (len)
        memcpy(v.text->data, p, len);
    return v;
}

struct value value_text_of(const char *text)
{
    return value_text(text, strlen(text));
}

struct value value_decimal(const char *digits, size_t len)
{
    struct value v = value_text(digits, len);
    v.tag = VALUE_DECIMAL;
    return v;
}

/* t with room for len bytes: in its place, or elsewhere. */
static struct text *grow(struct text *t, uint32_t len)
{
    struct text_map *map = get_map(t);
    unsigned room = LEAST_ROOM;
    while ((size_t)1 << room < len)
        room++;
    t = mem_resize(t, 1, bytes_of((size_t)1 << room));
    t->room = room & UINT8_MAX;
    set_map(t, map);
    return t;
}

void value_text_append(struct value *text, const char *p, size_t len)
{
    struct text *t = text->text;
    uint32_t total = value_to_count((size_t)t->len + len);
    assert(text->tag == VALUE_TEXT);
    if (t->refs != 1) {
        t = value_text(t->data, t->len).text;
        value_unref(*text);
    }
    if (total > room_of(t))
        t = grow(t, total);
    if (len)
        memcpy(t->data + t->len, p, len);
    t->data[total] = '\0';
    t->len = total;
    t->hash = 0;
    text->text = t;
}

/* NULL: the text is short, or it is shared by threads and was not completed. */
static struct text_map *make_map(struct text *t)
{
    struct text_map *map = get_map(t);
    if (map || room_of(t) < MAP_LEAST || t->refs == VALUE_IMMORTAL)
        return map;
    map = mem_alloc_zeroed(1, sizeof *map);
    set_map(t, map);
    return map;
}

static uint32_t width_of(char lead)
{
    unsigned char c = (unsigned char)lead;
    return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

static void add_offset(struct text_map *map)
{
    uint32_t at = map->chars / MAP_STEP;
    map->offsets = mem_grow(map->offsets, &map->cap, at, sizeof *map->offsets);
    map->offsets[at] = map->bytes;
}

/* Passes on until character i is passed, or all are. */
static void pass(const struct text *t, struct text_map *map, uint32_t i)
{
    while (map->chars <= i && map->bytes < t->len) {
        if (map->chars % MAP_STEP == 0)
            add_offset(map);
        map->bytes += width_of(t->data[map->bytes]);
        map->chars++;
    }
    assert(map->bytes <= t->len);
}

uint32_t value_text_count(struct text *t)
{
    struct text_map *map = make_map(t);
    if (!map)
        return (uint32_t)utf8_count(t->data, t->len);
    pass(t, map, UINT32_MAX);
    return map->chars;
}

uint32_t value_text_offset(struct text *t, uint32_t i)
{
    struct text_map *map = make_map(t);
    if (!map)
        return (uint32_t)utf8_offset(t->data, t->len, i);
    pass(t, map, i);
    if (i >= map->chars)
        return t->len;
    uint32_t from = map->offsets[i / MAP_STEP];
    return from + (uint32_t)utf8_offset(t->data + from, t->len - from, i % MAP_STEP);
}

void value_text_complete(struct text *t)
{
    value_text_hash(t);
    value_text_count(t);
}
