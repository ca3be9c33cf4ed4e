#include "emit/emit_expr.h"

#include "base/mem.h"

#define MAX_JUMP ((1 << 23) - 1)

uint32_t emit_label(struct emitter *e)
{
    e->labels = mem_grow(e->labels, &e->label_cap, e->label_len, sizeof *e->labels);
    e->labels[e->label_len] = IMAGE_NONE;
    return e->label_len++;
}

void emit_place(struct emitter *e, uint32_t label)
{
    e->labels[label] = e->image->code_count;
}

void emit_refer(struct emitter *e, uint32_t pc, uint32_t label)
{
    e->refs = mem_grow(e->refs, &e->ref_cap, e->ref_len, sizeof *e->refs);
    e->refs[e->ref_len++] = (struct label_ref){ .pc = pc, .label = label };
}

void emit_jump(struct emitter *e, uint32_t label)
{
    emit_refer(e, emit_code(e, word_x(OPCODE_JUMP, 0)), label);
}

void emit_jump_if(struct emitter *e, enum opcode op, uint32_t a, uint32_t b, uint32_t c,
                  uint32_t label)
{
    emit_refer(e, emit_code(e, word_abc(op, a, b, c)), label);
    emit_code(e, 0);
}

static void resolve_jump(struct emitter *e, const struct label_ref *ref)
{
    uint32_t *code = e->image->code + ref->pc;
    enum opcode op = word_op(*code);
    enum opcode_shape shape = opcode_rows[op].shape;
    int64_t from = (int64_t)ref->pc + opcode_words(*code);
    int64_t distance = (int64_t)e->labels[ref->label] - from;
    if (distance > MAX_JUMP || distance < -MAX_JUMP)
        e->too_large = true;
    if (shape == SHAPE_J)
        *code = word_x(op, (uint32_t)distance & 0xffffff);
    else
        code[opcode_jump_word(shape) - 1] = (uint32_t)(int32_t)distance;
}

/* An arm that another one before it leaves nothing to has no code, and is no way. */
static void resolve_ways(struct emitter *e)
{
    struct image *image = e->image;
    uint32_t to = e->first_way;
    for (uint32_t i = e->first_way; i < image->way_count; i++) {
        uint32_t pc = e->labels[image->ways[i].pc];
        image->ways[to] = image->ways[i];
        image->ways[to].pc = pc;
        to += pc != IMAGE_NONE;
    }
    image->way_count = to;
    e->first_way = to;
}

void emit_resolve_labels(struct emitter *e)
{
    struct image *image = e->image;
    for (uint32_t i = 0; i < e->ref_len; i++)
        resolve_jump(e, &e->refs[i]);
    for (uint32_t i = e->first_site; i < image->site_count; i++) {
        const struct image_site *site = &image->sites[i];
        for (uint32_t a = 0; a < site->arm_count; a++) {
            struct image_arm *arm = &image->arms[site->first_arm + a];
            arm->pc = e->labels[arm->pc];
        }
    }
    resolve_ways(e);
    e->first_site = image->site_count;
    e->ref_len = 0;
    e->label_len = 0;
}
