#include "vm/program_known.h"

#include "program/opcode.h"

/* Instructions that end the code of an endpoint's setting. */
static bool is_setting(enum opcode op)
{
    return op == OPCODE_URL || op == OPCODE_HEADER || op == OPCODE_QUERY || op == OPCODE_BEARER ||
           op == OPCODE_BASIC || op == OPCODE_TLS || op == OPCODE_PASSPHRASE;
}

static void find_configs(const struct image *image, uint32_t from, uint32_t to,
                         void (*found)(void *context, uint32_t config), void *context)
{
    for (uint32_t pc = from; pc < to; pc += opcode_words(image->code[pc])) {
        if (word_op(image->code[pc]) == OPCODE_CONFIG)
            found(context, word_x16(image->code[pc]));
    }
}

void program_url_configs(const struct image *image, uint32_t endpoint,
                         void (*found)(void *context, uint32_t config), void *context)
{
    const struct image_function *f = &image->functions[image->endpoints[endpoint].function];
    uint32_t from = f->code;
    for (uint32_t pc = f->code; pc < f->code + f->code_count;) {
        enum opcode op = word_op(image->code[pc]);
        if (op == OPCODE_URL)
            find_configs(image, from, pc, found, context);
        pc += opcode_words(image->code[pc]);
        if (is_setting(op))
            from = pc;
    }
}

struct question {
    const struct program *program;
    bool is_known;
};

static void look(void *context, uint32_t config)
{
    struct question *q = context;
    q->is_known &= !q->program->invented[config];
}

bool program_url_is_known(const struct program *p, uint32_t endpoint)
{
    struct question q = { p, true };
    program_url_configs(p->image, endpoint, look, &q);
    return q.is_known;
}
