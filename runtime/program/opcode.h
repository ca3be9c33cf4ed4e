/* Instructions as words, and the table of what each takes. */
#ifndef FLOW_PROGRAM_OPCODE_H
#define FLOW_PROGRAM_OPCODE_H

#include <stdint.h>

enum opcode {
#define OPCODE(symbol, mnemonic, shape, reads, writes, secret, meaning) OPCODE_##symbol,
#include "program/opcodes.def"
#undef OPCODE
    OPCODES
};

/* Replaces the opcode of an instruction in a copy of the code, to report that a run reaches it.
 * No image contains it. All bits are set, so that it can be laid over any other opcode. */
#define OPCODE_POINT 0xffu

_Static_assert(OPCODES < OPCODE_POINT, "no instruction has the opcode of a mark");

enum opcode_shape {
    SHAPE_NONE,
    SHAPE_A,
    SHAPE_AB,
    SHAPE_ABC,
    SHAPE_AX,
    SHAPE_AI,
    SHAPE_ABI,
    SHAPE_X,
    SHAPE_J,
    SHAPE_W,
    SHAPE_AW,
    SHAPE_ABW,
    SHAPE_ABCW,
    SHAPE_AJ,
    SHAPE_ABCJ,
    SHAPE_ABWJ,
    SHAPE_ABCP,
};

/* The members of `run`, as the instruction RUN counts them. */
enum run_member {
#define RUN_MEMBER(symbol, name, type) RUN_MEMBER_##symbol,
#include "program/run_members.def"
#undef RUN_MEMBER
    RUN_MEMBERS
};

/* What `body` makes of its value. */
enum body_kind { BODY_JSON, BODY_TEXT, BODY_XML, BODY_FORM };
#define BODY_KINDS (BODY_FORM + 1u)

/* How many members `tls` names by small numbers. */
#define OPCODE_TLS_MEMBERS 4u

/* In a word of `path`: the step is an item, its position in the other bits. */
#define PATH_ITEM 0x80000000u

struct opcode_row {
    const char *mnemonic;
    enum opcode_shape shape;
    const char *reads;
    const char *writes;
    char secret;
    const char *meaning;
};

/* One row per enum opcode. */
extern const struct opcode_row opcode_rows[OPCODES];

/* Words the instruction with this first word takes: 1 to 256. Its opcode is known. */
uint32_t opcode_words(uint32_t word);

/* 1 + the place among the words of its jump, 0 when it has none as a word of its own. */
uint32_t opcode_jump_word(enum opcode_shape shape);

static inline enum opcode word_op(uint32_t w)
{
    return (enum opcode)(w & 0xff);
}

static inline uint32_t word_a(uint32_t w)
{
    return (w >> 8) & 0xff;
}

static inline uint32_t word_b(uint32_t w)
{
    return (w >> 16) & 0xff;
}

static inline uint32_t word_c(uint32_t w)
{
    return w >> 24;
}

static inline uint32_t word_x16(uint32_t w)
{
    return w >> 16;
}

static inline int32_t word_i16(uint32_t w)
{
    return (int32_t)w >> 16;
}

static inline int32_t word_i8(uint32_t w)
{
    return (int32_t)w >> 24;
}

static inline uint32_t word_x24(uint32_t w)
{
    return w >> 8;
}

static inline int32_t word_j24(uint32_t w)
{
    return (int32_t)w >> 8;
}

static inline uint32_t word_abc(enum opcode op, uint32_t a, uint32_t b, uint32_t c)
{
    return (uint32_t)op | a << 8 | b << 16 | c << 24;
}

static inline uint32_t word_ax(enum opcode op, uint32_t a, uint32_t x)
{
    return (uint32_t)op | a << 8 | x << 16;
}

static inline uint32_t word_x(enum opcode op, uint32_t x)
{
    return (uint32_t)op | x << 8;
}

#endif
