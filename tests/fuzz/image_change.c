#include "tests/fuzz/image_change.h"

#include "base/mem.h"
#include "program/builtin.h"
#include "program/image.h"
#include "program/image_format.h"
#include "program/opcode.h"
#include "program/verify.h"
#include "tests/fuzz/fuzz.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define MAX_WORDS 4 /* of an instruction that is inserted */

void image_mend(uint8_t *data, size_t size)
{
    memcpy(data, IMAGE_MAGIC, 8);
    for (int i = 0; i < 4; i++) {
        data[8 + i] = (uint8_t)(IMAGE_FORMAT >> (8 * i));
        data[12 + i] = 0;
    }
    uint64_t sum = XXH3_64bits(data + IMAGE_HEADER_BYTES, size - IMAGE_HEADER_BYTES);
    for (int i = 0; i < 8; i++)
        data[16 + i] = (uint8_t)(sum >> (8 * i));
}

struct chance {
    unsigned seed;
};

static uint32_t below(struct chance *c, uint32_t n)
{
    uint32_t r = (uint32_t)rand_r(&c->seed) << 15 ^ (uint32_t)rand_r(&c->seed);
    return n ? r % n : 0;
}

/* Mostly small, for numbers of slots, rows and steps are. */
static uint32_t number(struct chance *c, uint32_t n)
{
    return below(c, 4) ? below(c, n < 12 ? n : 12) : below(c, n);
}

/* The words of the instruction at pc, 1 where it is none. Never beyond the code. */
static uint32_t words_at(const struct image *image, uint32_t pc)
{
    uint32_t word = image->code[pc];
    uint32_t words = word_op(word) < OPCODES ? opcode_words(word) : 1;
    return words <= image->code_count - pc ? words : 1;
}

/* The beginning of some instruction. */
static uint32_t pick(struct chance *c, const struct image *image)
{
    uint32_t wanted = below(c, image->code_count);
    uint32_t pc = 0;
    while (pc + words_at(image, pc) <= wanted)
        pc += words_at(image, pc);
    return pc;
}

/* A further word of an instruction: what it names depends on the opcode. */
static uint32_t some_word(struct chance *c, const struct image *image, uint32_t op)
{
    switch (op) {
    case OPCODE_BUILTIN:
        return below(c, image->builtin_count);
    case OPCODE_CHECK:
    case OPCODE_SHAPE:
        return below(c, image->type_count);
    case OPCODE_REQUEST:
    case OPCODE_SEND:
    case OPCODE_ASK:
    case OPCODE_CALL:
    case OPCODE_GROUP:
    case OPCODE_JOIN:
        return below(c, image->site_count);
    case OPCODE_MOVETO:
    case OPCODE_SPAWN:
        return below(c, image->function_count);
    case OPCODE_PATH:
        return below(c, 2) ? PATH_ITEM | number(c, 20) : below(c, image->constant_count);
    default:
        return below(c, 8) ? below(c, image->constant_count) : number(c, 1000);
    }
}

static uint32_t with_byte(uint32_t word, uint32_t place, uint32_t byte)
{
    return (word & ~(0xffu << (8 * place))) | byte << (8 * place);
}

/* A whole new instruction of at most MAX_WORDS words; how many. */
static uint32_t invent(struct chance *c, const struct image *image, uint32_t *out)
{
    uint32_t count;
    do {
        out[0] = below(c, OPCODES);
        for (uint32_t place = 1; place < 4; place++)
            out[0] = with_byte(out[0], place, number(c, below(c, 8) ? 40 : 256));
        if (word_op(out[0]) == OPCODE_LOADK)
            out[0] = OPCODE_LOADK | below(c, 40) << 8 | below(c, image->constant_count) << 16;
        count = opcode_words(out[0]);
    } while (count > MAX_WORDS);
    for (uint32_t i = 1; i < count; i++)
        out[i] = some_word(c, image, word_op(out[0]));
    uint32_t jump = opcode_jump_word(opcode_rows[word_op(out[0])].shape);
    if (jump)
        out[jump - 1] = number(c, 30);
    return count;
}

/* Where the jump of the instruction at pc leads, -1 where it has none. */
static int64_t target_of(const struct image *image, uint32_t pc)
{
    enum opcode op = word_op(image->code[pc]);
    bool jumps = opcode_rows[op].shape == SHAPE_J || opcode_jump_word(opcode_rows[op].shape) != 0;
    return jumps ? verify_jump_target(image, pc) : -1;
}

static void lengthen_jumps(struct image *image, uint32_t at, uint32_t count)
{
    for (uint32_t pc = 0; pc < image->code_count; pc += words_at(image, pc)) {
        int64_t target = target_of(image, pc);
        int64_t longer =
            target < 0 ? 0 : (target > at) * (int64_t)count - (pc >= at) * (int64_t)count;
        uint32_t *code = image->code + pc;
        if (longer && opcode_rows[word_op(*code)].shape == SHAPE_J)
            *code = (*code & 0xffu) | (uint32_t)(word_j24(*code) + longer) << 8;
        else if (longer)
            code[opcode_jump_word(opcode_rows[word_op(*code)].shape) - 1] += (uint32_t)longer;
    }
}

/* Jumps and arms that led to the place lead to the new instruction. */
static void insert(struct image *image, uint32_t at, const uint32_t *words, uint32_t count)
{
    lengthen_jumps(image, at, count);
    image->code = mem_resize(image->code, image->code_count + count, sizeof *image->code);
    memmove(image->code + at + count, image->code + at,
            (image->code_count - at) * sizeof *image->code);
    memcpy(image->code + at, words, count * sizeof *words);
    image->code_count += count;
    for (uint32_t i = 0; i < image->function_count; i++) {
        struct image_function *f = &image->functions[i];
        if (f->code > at)
            f->code += count;
        else if (at < f->code + f->code_count)
            f->code_count += count;
    }
    for (uint32_t i = 0; i < image->arm_count; i++)
        image->arms[i].pc += image->arms[i].pc > at ? count : 0;
    for (uint32_t i = 0; i < image->line_count; i++)
        image->lines[i].pc += image->lines[i].pc > at ? count : 0;
}

static void insert_some(struct chance *c, struct image *image)
{
    uint32_t words[MAX_WORDS];
    uint32_t count;
    uint32_t from = pick(c, image);
    if (below(c, 3) || words_at(image, from) > MAX_WORDS) {
        count = invent(c, image, words);
    } else {
        count = words_at(image, from);
        memcpy(words, image->code + from, count * sizeof *words);
    }
    insert(image, pick(c, image), words, count);
}

/* Another instruction of the same length takes the place. */
static void exchange(struct chance *c, struct image *image, uint32_t pc)
{
    uint32_t words[MAX_WORDS];
    for (int tries = 0; tries < 20; tries++) {
        if (invent(c, image, words) != words_at(image, pc))
            continue;
        memcpy(image->code + pc, words, words_at(image, pc) * sizeof *words);
        return;
    }
}

static void swap_with_next(struct image *image, uint32_t pc)
{
    uint32_t first = words_at(image, pc);
    if (pc + first >= image->code_count)
        return;
    uint32_t second = words_at(image, pc + first);
    uint32_t *copy = mem_alloc(first * sizeof *copy);
    memcpy(copy, image->code + pc, first * sizeof *copy);
    memmove(image->code + pc, image->code + pc + first, second * sizeof *copy);
    memcpy(image->code + pc + second, copy, first * sizeof *copy);
    mem_free(copy);
}

static void change_instruction(struct chance *c, struct image *image)
{
    uint32_t pc = pick(c, image);
    uint32_t words = words_at(image, pc);
    uint32_t *code = image->code + pc;
    switch (below(c, 6)) {
    case 0:
        *code = with_byte(*code, 0, below(c, OPCODES));
        break;
    case 1:
        exchange(c, image, pc);
        break;
    case 2:
        swap_with_next(image, pc);
        break;
    case 3:
        if (words > 1) {
            code[1 + below(c, words - 1)] = some_word(c, image, word_op(*code));
            break;
        }
        /* fall through */
    default:
        *code = with_byte(*code, 1 + below(c, 3), number(c, 256));
    }
}

/* One byte before the code, where the tables and constants are; the length of everything stays. */
static void change_byte(struct chance *c, uint8_t *data, size_t size)
{
    size_t at = IMAGE_HEADER_BYTES + below(c, (uint32_t)(size - IMAGE_HEADER_BYTES));
    switch (below(c, 4)) {
    case 0:
        data[at]++;
        break;
    case 1:
        data[at]--;
        break;
    case 2:
        data[at] = (uint8_t)number(c, 256);
        break;
    default:
        data[at] = (uint8_t)(data[at] ^ 1u << below(c, 8));
    }
}

static bool is_sound(const struct image *image)
{
    char *problem = verify_image(image);
    bool sound = !problem;
    mem_free(problem);
    return sound;
}

/* The new size, 0 where it does not fit. */
static size_t write_back(const struct image *image, uint8_t *data, size_t max_size)
{
    struct bytes b = { 0 };
    image_write(image, &b);
    size_t size = b.len <= max_size ? b.len : 0;
    if (size)
        memcpy(data, b.data, size);
    bytes_release(&b);
    return size;
}

static size_t change_code(struct chance *c, struct image *image, uint8_t *data, size_t max_size)
{
    bool may_insert = below(c, 3) == 0 && is_sound(image);
    for (uint32_t changes = 1 + below(c, 3); changes > 0; changes--) {
        if (may_insert && below(c, 2))
            insert_some(c, image);
        else
            change_instruction(c, image);
        may_insert = false;
    }
    return write_back(image, data, max_size);
}

size_t image_change(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    struct chance c = { seed };
    uint32_t way = below(&c, 16);
    size_t changed = 0;
    if (max_size <= IMAGE_HEADER_BYTES)
        return size;
    if (size <= IMAGE_HEADER_BYTES || way == 0) {
        changed = LLVMFuzzerMutate(data, size, max_size);
        changed = changed > IMAGE_HEADER_BYTES ? changed : IMAGE_HEADER_BYTES + 1;
    } else if (way < 5) {
        for (uint32_t changes = 1 + below(&c, 2); changes > 0; changes--)
            change_byte(&c, data, size);
        changed = size;
    } else {
        char *reason = NULL;
        image_mend(data, size);
        struct image *image = image_read((const char *)data, size, &reason);
        if (image && image->code_count > 0)
            changed = change_code(&c, image, data, max_size);
        else
            change_byte(&c, data, size);
        changed = changed ? changed : size;
        mem_free(reason);
        image_free(image);
    }
    image_mend(data, changed);
    return changed;
}
