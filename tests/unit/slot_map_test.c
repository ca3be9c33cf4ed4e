/* Maps of slots, beside plain arrays that are merged slot by slot. */
#include "program/slot_map.h"

#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

#define MAPS 6
#define STEPS 4000

struct pair {
    struct slot_map map;
    uint8_t *plain;
};

static uint32_t seed;

static uint32_t below(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)seed * n) >> 32);
}

static uint8_t merged(uint8_t x, uint8_t y)
{
    if (x == y)
        return x;
    bool both = (x == SLOT_SET || x == SLOT_SECRET) && (y == SLOT_SET || y == SLOT_SECRET);
    return both ? SLOT_SECRET : SLOT_UNSET;
}

static bool merge_plain(uint8_t *to, const uint8_t *from, uint32_t count)
{
    bool changed = false;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t state = merged(to[i], from[i]);
        changed |= state != to[i];
        to[i] = state;
    }
    return changed;
}

static void take_step(struct slot_memory *m, struct pair *pairs, uint32_t count)
{
    struct pair *to = &pairs[below(MAPS)];
    struct pair *from = &pairs[below(MAPS)];
    uint32_t first = below(count);
    uint32_t most = below(4) ? 3 : count;
    uint32_t len = 1 + below(most < count - first ? most : count - first);
    enum slot_state state = below(4);
    switch (below(4)) {
    case 0:
        slot_map_copy(m, &to->map, &from->map);
        memmove(to->plain, from->plain, count);
        break;
    case 1:
        ck_assert(slot_map_merge(m, &to->map, &from->map) ==
                  merge_plain(to->plain, from->plain, count));
        break;
    default:
        slot_map_set(m, &to->map, first, len, state);
        memset(to->plain + first, state, len);
        break;
    }
}

static void check_same(const struct slot_memory *m, const struct pair *pairs, uint32_t count)
{
    for (int k = 0; k < MAPS; k++)
        for (uint32_t i = 0; i < count; i++)
            ck_assert_msg(slot_map_get(m, &pairs[k].map, i) == pairs[k].plain[i],
                          "slot %u of map %d of %u slots", i, k, count);
}

static void compare(uint32_t count)
{
    struct slot_memory m;
    struct pair pairs[MAPS] = { 0 };
    slot_memory_init(&m, count);
    seed = count;
    for (int k = 0; k < MAPS; k++)
        pairs[k].plain = calloc(count, 1);
    for (int i = 0; i < STEPS; i++) {
        take_step(&m, pairs, count);
        if (i % (count > 3000 ? 400 : 20) == 0)
            check_same(&m, pairs, count);
    }
    for (int k = 0; k < MAPS; k++) {
        slot_map_release(&m, &pairs[k].map);
        free(pairs[k].plain);
    }
    ck_assert_uint_eq(m.bytes, 0);
}

START_TEST(maps_are_as_plain_arrays)
{
    static const uint32_t counts[] = { 1, 2, 63, 64, 65, 200, 2047, 2048, 2049, 65535, 65536 };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        compare(counts[i]);
}
END_TEST

START_TEST(a_map_that_differs_in_one_slot_shares_the_rest)
{
    struct slot_memory m;
    struct slot_map one = { 0 };
    struct slot_map other = { 0 };
    slot_memory_init(&m, 65536);
    slot_map_set(&m, &one, 0, 65536, SLOT_SET);
    size_t whole = m.bytes;
    slot_map_copy(&m, &other, &one);
    ck_assert_uint_eq(m.bytes, whole);
    slot_map_set(&m, &other, 40000, 1, SLOT_SECRET);
    ck_assert_uint_lt(m.bytes, whole + 1000);
    ck_assert(slot_map_merge(&m, &one, &other));
    ck_assert_uint_lt(m.bytes, whole + 1000);
    slot_map_release(&m, &one);
    slot_map_release(&m, &other);
    ck_assert_uint_eq(m.bytes, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("slot_map");
    TCase *c = tcase_create("all");
    tcase_add_test(c, maps_are_as_plain_arrays);
    tcase_add_test(c, a_map_that_differs_in_one_slot_shares_the_rest);
    suite_add_tcase(s, c);
    return suite_main(s);
}
