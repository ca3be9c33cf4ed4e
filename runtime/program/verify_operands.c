#include "program/verify.h"

#include "program/builtin.h"
#include "program/opcode.h"

/* Operands reach only the first IMAGE_NEAR_SLOTS, even if they mean several slots. */
static bool slot_ok(const struct image_function *f, uint32_t slot)
{
    return slot < f->slot_count && slot < IMAGE_NEAR_SLOTS;
}

/* Which of a, b, c are slots follows from what the row reads and writes. */
static bool slots_in_range(const struct image_function *f, const char *letters, uint32_t w)
{
    for (const char *p = letters; *p; p++) {
        uint32_t a = word_a(w);
        bool good = true;
        switch (*p) {
        case 'a':
            good = slot_ok(f, a);
            break;
        case 'b':
            good = slot_ok(f, word_b(w));
            break;
        case 'c':
            good = slot_ok(f, word_c(w));
            break;
        case '2':
            good = slot_ok(f, word_b(w) + 1);
            break;
        case 'E':
            good = slot_ok(f, a + 1);
            break;
        case 'R':
            good = word_c(w) == 0 || slot_ok(f, word_b(w) + word_c(w) - 1);
            break;
        case 'F':
            good = word_x16(w) < f->slot_count;
            break;
        default:
            break;
        }
        if (!good)
            return false;
    }
    return true;
}

static bool is_flow(const struct image *image, uint32_t index)
{
    return index < image->function_count && image->functions[index].kind == IMAGE_FLOW;
}

static bool arguments_fit(const struct image *image, const struct image_function *f, uint32_t flow,
                          uint32_t a)
{
    if (!is_flow(image, flow))
        return false;
    uint32_t count = image->functions[flow].input_count;
    return count == 0 || slot_ok(f, a + count - 1);
}

static bool is_site(const struct image *image, uint32_t w, enum image_site_kind kind)
{
    return w < image->site_count && image->sites[w].kind == kind;
}

static bool is_group_site(const struct image *image, uint32_t w)
{
    return is_site(image, w, IMAGE_SITE_PARALLEL) || is_site(image, w, IMAGE_SITE_EACH);
}

uint32_t verify_join_slots(const struct image_site *site)
{
    return site->kind == IMAGE_SITE_EACH ? 2 : site->detail + 1;
}

static bool steps_fit(const struct image *image, const uint32_t *code)
{
    for (uint32_t i = 1; i <= word_c(code[0]); i++) {
        if (!(code[i] & PATH_ITEM) && !verify_is_text(image, code[i]))
            return false;
    }
    return true;
}

/* What w, x and plain numbers must be, by instruction. */
static bool operand_fits(const struct image *image, const struct image_function *f,
                         const uint32_t *code)
{
    uint32_t word = code[0];
    uint32_t a = word_a(word);
    switch (word_op(word)) {
    case OPCODE_LOADK:
        return word_x16(word) < image->constant_count;
    case OPCODE_LOADX:
        return code[1] < image->constant_count;
    case OPCODE_MISSING:
        return slot_ok(f, a);
    case OPCODE_APPEND:
        return word_b(word) >= f->first_temp;
    case OPCODE_JGIVEN:
        return a < f->input_count && image->inputs[f->first_input + a].has_default;
    case OPCODE_CONFIG:
        return word_x16(word) < image->config_count;
    case OPCODE_SECRET:
        return word_x16(word) < image->secret_count;
    case OPCODE_RUN:
        return word_b(word) < RUN_MEMBERS;
    case OPCODE_MEMBER:
    case OPCODE_MAPMEMBER:
    case OPCODE_PUT:
    case OPCODE_HEADER:
    case OPCODE_QUERY:
    case OPCODE_FORM:
    case OPCODE_PATHTEXT:
        return verify_is_text(image, code[1]);
    case OPCODE_PATH:
        return steps_fit(image, code);
    case OPCODE_BUILTIN:
        return code[1] < image->builtin_count;
    case OPCODE_CHECK:
    case OPCODE_SHAPE:
        return code[1] < image->type_count;
    case OPCODE_NODE:
        return word_x24(word) - f->first_node < f->node_count;
    case OPCODE_REQUEST:
        return is_site(image, code[1], IMAGE_SITE_API);
    case OPCODE_SEND:
        return is_site(image, code[1], IMAGE_SITE_API) && slot_ok(f, a + 3);
    case OPCODE_ITEM:
        return word_b(word) != a && word_b(word) != a + 1;
    case OPCODE_BODY:
        return word_b(word) < BODY_KINDS;
    case OPCODE_TLS:
        return word_b(word) < OPCODE_TLS_MEMBERS;
    case OPCODE_ASK:
        return is_site(image, code[1], IMAGE_SITE_ASK) && slot_ok(f, word_b(word));
    case OPCODE_CALL:
        return is_site(image, code[1], IMAGE_SITE_CALL) && slot_ok(f, word_b(word) + 1) &&
               arguments_fit(image, f, image->sites[code[1]].detail, a);
    case OPCODE_MOVETO:
    case OPCODE_SPAWN:
        return arguments_fit(image, f, code[1], a);
    case OPCODE_GROUP:
        return is_group_site(image, code[1]);
    case OPCODE_JOIN:
        return is_group_site(image, code[1]) &&
               slot_ok(f, a + verify_join_slots(&image->sites[code[1]]) - 1);
    default:
        return true;
    }
}

int64_t verify_jump_target(const struct image *image, uint32_t pc)
{
    uint32_t word = image->code[pc];
    enum opcode_shape shape = opcode_rows[word_op(word)].shape;
    if (shape == SHAPE_J)
        return (int64_t)pc + 1 + word_j24(word);
    if (word_op(word) == OPCODE_COUNT)
        return (int64_t)pc + 3;
    uint32_t words = opcode_words(word);
    return (int64_t)pc + words + (int32_t)image->code[pc + opcode_jump_word(shape) - 1];
}

/* Set-up functions and flows have instructions of their own. */
static bool allowed_in(const struct image *image, enum image_function_kind kind,
                       const uint32_t *code)
{
    enum opcode op = word_op(code[0]);
    if (op == OPCODE_BUILTIN && code[1] < image->builtin_count &&
        builtin_varies((enum builtin)image->builtins[code[1]].function))
        return kind == IMAGE_FLOW;
    if (op == OPCODE_HEADER || op == OPCODE_QUERY)
        return kind != IMAGE_SETUP_CONFIG;
    if (op == OPCODE_RETURN)
        return kind == IMAGE_SETUP_CONFIG;
    if (op == OPCODE_SECRET)
        return kind != IMAGE_SETUP_CONFIG;
    if (op == OPCODE_APPEND)
        return true;
    if (op >= OPCODE_DONE)
        return kind == IMAGE_SETUP_ENDPOINT;
    if (op == OPCODE_RUN || op == OPCODE_JGIVEN || op == OPCODE_COUNT || op == OPCODE_MISSING)
        return kind == IMAGE_FLOW;
    return op < OPCODE_NODE || kind == IMAGE_FLOW;
}

/* A function may take more arguments in a later version. */
static bool verify_arguments(struct verifier *v, uint32_t pc)
{
    const uint32_t *code = v->image->code + pc;
    if (word_op(code[0]) != OPCODE_BUILTIN)
        return true;
    const struct builtin_row *row = &builtin_rows[v->image->builtins[code[1]].function];
    if (word_c(code[0]) >= row->least && word_c(code[0]) <= row->most)
        return true;
    return verify_fail(v, pc,
                       "compiled by flowc %s, it calls `%s` with %u arguments, which is not "
                       "known here: it needs a newer flowrun",
                       v->image->compiler, row->name, (unsigned)word_c(code[0]));
}

/* One instruction waits at a site, so that following all arms of all instructions is linear. */
static bool verify_awaited(struct verifier *v, uint32_t pc)
{
    const uint32_t *code = v->image->code + pc;
    enum opcode op = word_op(code[0]);
    if (op != OPCODE_SEND && op != OPCODE_ASK && op != OPCODE_CALL && op != OPCODE_JOIN)
        return true;
    if (v->awaited[code[1]])
        return verify_fail(v, pc, "a second instruction waits at site %u", (unsigned)code[1]);
    v->awaited[code[1]] = 1;
    return true;
}

bool verify_operands(struct verifier *v, uint32_t function)
{
    const struct image *image = v->image;
    const struct image_function *f = &image->functions[function];
    uint32_t end = f->code + f->code_count;
    for (uint32_t pc = f->code; pc < end;) {
        uint32_t word = image->code[pc];
        if (word_op(word) >= OPCODES)
            return verify_fail(v, pc, "unknown opcode %u", (unsigned)word_op(word));
        const struct opcode_row *row = &opcode_rows[word_op(word)];
        uint32_t words = opcode_words(word);
        if (words > end - pc)
            return verify_fail(v, pc, "`%s` is cut off", row->mnemonic);
        if (!allowed_in(image, (enum image_function_kind)f->kind, image->code + pc))
            return verify_fail(v, pc, "`%s` may not stand in this function", row->mnemonic);
        if (!slots_in_range(f, row->reads, word) || !slots_in_range(f, row->writes, word) ||
            !operand_fits(image, f, image->code + pc))
            return verify_fail(v, pc, "an operand of `%s` is out of range", row->mnemonic);
        if (!verify_arguments(v, pc) || !verify_awaited(v, pc))
            return false;
        v->starts[pc] = 1;
        pc += words;
    }
    return true;
}
