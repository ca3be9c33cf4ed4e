#include "program/opcode.h"

const struct opcode_row opcode_rows[OPCODES] = {
#define OPCODE(symbol, mnemonic, shape, reads, writes, secret, meaning)                            \
    { mnemonic, SHAPE_##shape, reads, writes, secret, meaning },
#include "program/opcodes.def"
#undef OPCODE
};

uint32_t opcode_words(uint32_t word)
{
    switch (opcode_rows[word_op(word)].shape) {
    case SHAPE_NONE:
    case SHAPE_A:
    case SHAPE_AB:
    case SHAPE_ABC:
    case SHAPE_AX:
    case SHAPE_AI:
    case SHAPE_ABI:
    case SHAPE_X:
    case SHAPE_J:
        return 1;
    case SHAPE_W:
    case SHAPE_AW:
    case SHAPE_ABW:
    case SHAPE_ABCW:
    case SHAPE_AJ:
    case SHAPE_ABCJ:
        return 2;
    case SHAPE_ABWJ:
        return 3;
    case SHAPE_ABCP:
        return 1 + word_c(word);
    }
    return 1;
}

uint32_t opcode_jump_word(enum opcode_shape shape)
{
    switch (shape) {
    case SHAPE_AJ:
    case SHAPE_ABCJ:
        return 2;
    case SHAPE_ABWJ:
        return 3;
    default:
        return 0;
    }
}
