#include "program/verify_blocks.h"

#include "base/mem.h"

/* Where blocks lead. */
struct edges {
    uint32_t *first; /* per block and one more: of its edges in `to` */
    uint32_t *to;
    uint32_t len;
    size_t cap;
};

bool verify_blocks_ends(enum opcode op)
{
    return op == OPCODE_JUMP || op == OPCODE_MOVETO || verify_blocks_has_arms(op) ||
           (op >= OPCODE_END && op <= OPCODE_DONE);
}

bool verify_blocks_has_arms(enum opcode op)
{
    return op == OPCODE_SEND || op == OPCODE_ASK || op == OPCODE_CALL || op == OPCODE_JOIN;
}

bool verify_blocks_has_jump(enum opcode op)
{
    return opcode_rows[op].shape == SHAPE_J || opcode_jump_word(opcode_rows[op].shape) != 0 ||
           op == OPCODE_COUNT;
}

bool verify_blocks_may_lead_to(const struct verifier *v, const struct image_function *f,
                               int64_t target)
{
    return target >= f->code && target < (int64_t)f->code + f->code_count && v->starts[target];
}

/* What is done with each place that an instruction may lead to, besides the next one. */
struct visitor {
    const struct verifier *v;
    const struct image_function *f;
    struct blocks *blocks;
    struct edges *edges; /* NULL: the blocks are being marked */
};

static void add_edge(struct edges *e, uint32_t block)
{
    e->to = mem_grow(e->to, &e->cap, e->len, sizeof *e->to);
    e->to[e->len++] = block;
}

/* Skips an invalid target: the proof of the code that leads there reports it. */
static void visit(const struct visitor *w, int64_t target)
{
    if (!verify_blocks_may_lead_to(w->v, w->f, target))
        return;
    uint32_t *at = &w->blocks->at[target - w->f->code];
    if (w->edges)
        add_edge(w->edges, *at - 1);
    else
        *at = 1;
}

static void visit_targets(const struct visitor *w, uint32_t pc)
{
    const struct image *image = w->v->image;
    enum opcode op = word_op(image->code[pc]);
    if (verify_blocks_has_jump(op))
        visit(w, verify_jump_target(image, pc));
    if (!verify_blocks_has_arms(op))
        return;
    const struct image_site *site = &image->sites[image->code[pc + 1]];
    for (uint32_t i = 0; i < site->arm_count; i++)
        visit(w, image->arms[site->first_arm + i].pc);
}

static void mark(const struct visitor *w)
{
    uint32_t end = w->f->code + w->f->code_count;
    w->blocks->at[0] = 1;
    for (uint32_t pc = w->f->code; pc < end; pc += opcode_words(w->v->image->code[pc]))
        visit_targets(w, pc);
}

/* Gives each marked word the number of its block. */
static void count(struct blocks *b, const struct image_function *f)
{
    for (uint32_t i = 0; i < f->code_count; i++)
        b->count += b->at[i];
    b->start = mem_alloc_zeroed(b->count, sizeof *b->start);
    uint32_t block = 0;
    for (uint32_t i = 0; i < f->code_count; i++) {
        if (!b->at[i])
            continue;
        b->start[block++] = f->code + i;
        b->at[i] = block;
    }
}

static void connect(const struct visitor *w)
{
    struct blocks *b = w->blocks;
    uint32_t end = w->f->code + w->f->code_count;
    bool goes_on = false;
    for (uint32_t pc = w->f->code; pc < end; pc += opcode_words(w->v->image->code[pc])) {
        uint32_t block;
        if (blocks_find(b, pc, &block)) {
            if (goes_on)
                add_edge(w->edges, block);
            w->edges->first[block] = w->edges->len;
        }
        visit_targets(w, pc);
        goes_on = !verify_blocks_ends(word_op(w->v->image->code[pc]));
    }
    w->edges->first[b->count] = w->edges->len;
}

/* Depth first, without recursion: a block is placed after all blocks that it is the first to
 * reach; the list is reversed at the end. */
static void put_in_order(struct blocks *b, const struct edges *e)
{
    uint32_t *stack = mem_alloc_zeroed(b->count, sizeof *stack);
    uint32_t *next = mem_alloc_zeroed(b->count, sizeof *next); /* per block: 1 + its next edge */
    uint32_t depth = 0;
    b->order = mem_alloc_zeroed(b->count, sizeof *b->order);
    stack[depth++] = 0;
    next[0] = e->first[0] + 1;
    while (depth > 0) {
        uint32_t block = stack[depth - 1];
        if (next[block] - 1 == e->first[block + 1]) {
            b->order[b->order_len++] = block;
            depth--;
            continue;
        }
        uint32_t to = e->to[next[block]++ - 1];
        if (next[to])
            continue;
        next[to] = e->first[to] + 1;
        stack[depth++] = to;
    }
    for (uint32_t i = 0; i < b->order_len / 2; i++) {
        uint32_t block = b->order[i];
        b->order[i] = b->order[b->order_len - 1 - i];
        b->order[b->order_len - 1 - i] = block;
    }
    mem_free(stack);
    mem_free(next);
}

void verify_blocks_init(struct blocks *b, const struct verifier *v, const struct image_function *f)
{
    struct edges edges = { .len = 0 };
    *b = (struct blocks){ .first = f->code };
    b->at = mem_alloc_zeroed(f->code_count, sizeof *b->at);
    struct visitor w = { .v = v, .f = f, .blocks = b };
    mark(&w);
    count(b, f);
    edges.first = mem_alloc_zeroed(b->count + 1u, sizeof *edges.first);
    w.edges = &edges;
    connect(&w);
    put_in_order(b, &edges);
    mem_free(edges.first);
    mem_free(edges.to);
}

void verify_blocks_release(struct blocks *b)
{
    mem_free(b->at);
    mem_free(b->start);
    mem_free(b->order);
}
