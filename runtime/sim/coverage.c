#include "sim/coverage.h"

#include "base/mem.h"
#include "program/opcode.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static int compare(uint32_t a, uint32_t b)
{
    return a < b ? -1 : a > b;
}

struct place {
    uint32_t pc;
    uint32_t way;
};

static int by_pc(const void *a, const void *b)
{
    const struct place *x = a;
    const struct place *y = b;
    return x->pc != y->pc ? compare(x->pc, y->pc) : compare(x->way, y->way);
}

static uint32_t *sort_ways(const struct image *image)
{
    struct place *places = mem_alloc_zeroed(image->way_count + 1u, sizeof *places);
    uint32_t *sorted = mem_alloc_zeroed(image->way_count + 1u, sizeof *sorted);
    for (uint32_t i = 0; i < image->way_count; i++)
        places[i] = (struct place){ image->ways[i].pc, i };
    qsort(places, image->way_count, sizeof *places, by_pc);
    for (uint32_t i = 0; i < image->way_count; i++)
        sorted[i] = places[i].way;
    mem_free(places);
    return sorted;
}

/* Only the opcode changes; the operands stay in place. */
static uint32_t *mark_code(const struct image *image)
{
    uint32_t *code = mem_alloc_zeroed(image->code_count + 1u, sizeof *code);
    if (image->code_count > 0)
        memcpy(code, image->code, image->code_count * sizeof *code);
    for (uint32_t i = 0; i < image->way_count; i++)
        code[image->ways[i].pc] |= OPCODE_POINT;
    return code;
}

void coverage_init(struct coverage *c, const struct image *image)
{
    *c = (struct coverage){ .image = image, .count = image->node_count + image->way_count };
    c->counts = mem_alloc_zeroed(c->count + 1u, sizeof *c->counts);
    c->by_pc = sort_ways(image);
    c->code = mark_code(image);
}

void coverage_release(struct coverage *c)
{
    mem_free(c->counts);
    mem_free(c->by_pc);
    mem_free(c->code);
    *c = (struct coverage){ 0 };
}

/* The index in by_pc of the first way at a pc, or else of the next one after it. */
static uint32_t first_of(const struct coverage *c, uint32_t pc)
{
    uint32_t first = 0;
    uint32_t count = c->image->way_count;
    while (count > 0) {
        uint32_t half = count / 2;
        bool is_before = c->image->ways[c->by_pc[first + half]].pc < pc;
        first = is_before ? first + half + 1 : first;
        count = is_before ? count - half - 1 : half;
    }
    return first;
}

/* How closely an arm's label fits an outcome; 0 if it does not. */
static int closeness(uint16_t arm, uint16_t label)
{
    if (arm == label)
        return 3;
    if (label >= LABEL_CLASS)
        return 0;
    if (arm == LABEL_CLASS + label / 100)
        return 2;
    return arm == label_of_outcome(OUTCOME_OTHER);
}

uint32_t coverage_find(const struct coverage *c, uint32_t pc, uint16_t label)
{
    const struct image *image = c->image;
    uint32_t best = IMAGE_NONE;
    int best_closeness = 0;
    for (uint32_t i = first_of(c, pc); i < image->way_count; i++) {
        const struct image_way *way = &image->ways[c->by_pc[i]];
        if (way->pc != pc)
            break;
        int close = way->kind == IMAGE_WAY_ARM ? closeness(way->label, label) : 3;
        if (close <= best_closeness)
            continue;
        best = c->by_pc[i];
        best_closeness = close;
    }
    return best == IMAGE_NONE ? IMAGE_NONE : coverage_item_of_way(c, best);
}

uint32_t coverage_item_of_way(const struct coverage *c, uint32_t way)
{
    assert(way < c->image->way_count);
    return c->image->node_count + way;
}

uint32_t coverage_way_of_item(const struct coverage *c, uint32_t item)
{
    assert(item < c->count);
    return item < c->image->node_count ? IMAGE_NONE : item - c->image->node_count;
}

static void add_guard(const struct image *image, const struct image_way *way, struct bytes *b)
{
    if (way->text != IMAGE_NONE)
        bytes_printf(b, " when %s", image_text(image, way->text));
}

/* Adds all outcomes of a row's arm: its rows are adjacent and have one pc. */
static void add_outcomes(const struct image *image, uint32_t row, struct bytes *b)
{
    const struct image_way *ways = image->ways;
    uint32_t first = row;
    char label[20];
    while (first > 0 && ways[first - 1].kind == IMAGE_WAY_ARM && ways[first - 1].pc == ways[row].pc)
        first--;
    for (uint32_t i = first;
         i < image->way_count && ways[i].kind == IMAGE_WAY_ARM && ways[i].pc == ways[row].pc; i++)
        bytes_printf(b, "%s%s", i > first ? ", " : "", outcome_label_text(ways[i].label, label));
}

static void add_text(const struct image *image, const struct image_way *way, struct bytes *b)
{
    bytes_add_text(b, way->text == IMAGE_NONE ? "" : image_text(image, way->text));
}

/* Adds the condition of an arrow with a bound, which precedes its two ways; false if there is
 * none. */
static bool add_taker(const struct coverage *c, uint32_t row, struct bytes *b)
{
    const struct image_way *ways = c->image->ways;
    uint32_t taker = row - (ways[row].kind == IMAGE_WAY_OTHERWISE ? 2u : 1u);
    if (taker >= row || ways[taker].node != ways[row].node ||
        (ways[taker].kind != IMAGE_WAY_ARM && ways[taker].kind != IMAGE_WAY_CHOICE))
        return false;
    coverage_print_arrow(c, taker, b);
    return true;
}

void coverage_print_arrow(const struct coverage *c, uint32_t way, struct bytes *b)
{
    const struct image_way *w = &c->image->ways[way];
    switch ((enum image_way_kind)w->kind) {
    case IMAGE_WAY_ARM:
        add_outcomes(c->image, way, b);
        add_guard(c->image, w, b);
        break;
    case IMAGE_WAY_CHOICE:
        add_text(c->image, w, b);
        break;
    case IMAGE_WAY_BOUNDED:
    case IMAGE_WAY_OTHERWISE:
        bytes_add_text(b, add_taker(c, way, b) ? " " : "");
        add_text(c->image, w, b);
        break;
    case IMAGE_WAY_KINDS:
        break;
    }
}

void coverage_print_way(const struct coverage *c, uint32_t way, struct bytes *b)
{
    const struct image_way *w = &c->image->ways[way];
    char label[20];
    if (w->kind != IMAGE_WAY_ARM) {
        coverage_print_arrow(c, way, b);
        return;
    }
    bytes_add_text(b, outcome_label_text(w->label, label));
    add_guard(c->image, w, b);
}

void coverage_sum(const struct coverage *c, uint32_t *taken, uint32_t *all)
{
    *all = c->count;
    *taken = 0;
    for (uint32_t i = 0; i < c->count; i++)
        *taken += c->counts[i] > 0;
}
