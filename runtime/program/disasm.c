#include "program/disasm.h"

#include "base/number.h"
#include "formats/json.h"
#include "program/opcode.h"

#include <string.h>

static void print_constant(const struct image *image, uint32_t index, struct bytes *b)
{
    json_write(b, image->constants[index]);
}

static void print_hex(const uint8_t *p, size_t len, struct bytes *b)
{
    for (size_t i = 0; i < len; i++)
        bytes_printf(b, "%02x", p[i]);
}

static void print_site(const struct image *image, uint32_t index, struct bytes *b)
{
    const struct image_site *s = &image->sites[index];
    bytes_printf(b, "site %u {", (unsigned)index);
    for (uint32_t i = 0; i < s->arm_count; i++) {
        const struct image_arm *arm = &image->arms[s->first_arm + i];
        char text[20];
        bytes_printf(b, "%s%s: %u", i ? ", " : " ", outcome_label_text(arm->label, text),
                     (unsigned)arm->pc);
    }
    bytes_add_text(b, " }");
}

static const char *flow_name(const struct image *image, uint32_t function)
{
    return image_text(image, image->functions[function].name);
}

/* What the word w of the instruction refers to, after its plain operands. */
static void print_word(const struct image *image, enum opcode op, uint32_t w, struct bytes *b)
{
    switch (op) {
    case OPCODE_LOADX:
    case OPCODE_MEMBER:
    case OPCODE_MAPMEMBER:
    case OPCODE_PUT:
    case OPCODE_HEADER:
    case OPCODE_QUERY:
    case OPCODE_FORM:
    case OPCODE_PATHTEXT:
        print_constant(image, w, b);
        break;
    case OPCODE_BUILTIN:
        bytes_add_text(b, image_text(image, image->builtins[w].name));
        break;
    case OPCODE_CHECK:
    case OPCODE_SHAPE:
        image_type_print(image, w, b);
        break;
    case OPCODE_MOVETO:
    case OPCODE_SPAWN:
        bytes_add_text(b, flow_name(image, w));
        break;
    case OPCODE_SEND:
    case OPCODE_ASK:
    case OPCODE_CALL:
    case OPCODE_JOIN:
        print_site(image, w, b);
        break;
    case OPCODE_REQUEST: {
        const struct image_call *c = &image->calls[image->sites[w].detail];
        bytes_printf(b, "%s %s", outcome_method_name((enum http_method)c->method),
                     image_text(image, image->endpoints[c->endpoint].name));
        break;
    }
    default:
        bytes_printf(b, "%u", (unsigned)w);
        break;
    }
}

static void print_x(const struct image *image, uint32_t word, struct bytes *b)
{
    uint32_t x = word_x16(word);
    switch (word_op(word)) {
    case OPCODE_LOADK:
        print_constant(image, x, b);
        break;
    case OPCODE_CONFIG:
        bytes_add_text(b, image_text(image, image->configs[x].name));
        break;
    case OPCODE_SECRET:
        bytes_add_text(b, image_text(image, image->secrets[x]));
        break;
    default:
        bytes_printf(b, "%u", (unsigned)x);
        break;
    }
}

static void print_jump(const struct image *image, uint32_t pc, struct bytes *b)
{
    const uint32_t *code = image->code + pc;
    enum opcode_shape shape = opcode_rows[word_op(code[0])].shape;
    int64_t from = (int64_t)pc + opcode_words(code[0]);
    int64_t jump =
        shape == SHAPE_J ? word_j24(code[0]) : (int32_t)code[opcode_jump_word(shape) - 1];
    bytes_printf(b, " -> %lld", (long long)(from + jump));
}

static void print_steps(const struct image *image, const uint32_t *code, struct bytes *b)
{
    for (uint32_t i = 1; i <= word_c(code[0]); i++) {
        if (code[i] & PATH_ITEM)
            bytes_printf(b, "[%u]", (unsigned)(code[i] & ~PATH_ITEM));
        else
            bytes_printf(b, ".%s", image_text(image, code[i]));
    }
}

static void print_operands(const struct image *image, uint32_t pc, struct bytes *b)
{
    const uint32_t *code = image->code + pc;
    uint32_t w = code[0];
    enum opcode op = word_op(w);
    unsigned a = word_a(w);
    unsigned bb = word_b(w);
    unsigned c = word_c(w);
    switch (opcode_rows[op].shape) {
    case SHAPE_NONE:
        break;
    case SHAPE_A:
        bytes_printf(b, " %u", a);
        break;
    case SHAPE_AB:
        bytes_printf(b, " %u %u", a, bb);
        break;
    case SHAPE_ABC:
        bytes_printf(b, " %u %u %u", a, bb, c);
        break;
    case SHAPE_AX:
        bytes_printf(b, " %u ", a);
        print_x(image, w, b);
        break;
    case SHAPE_AI:
        bytes_printf(b, " %u %d", a, (int)word_i16(w));
        break;
    case SHAPE_ABI:
        bytes_printf(b, " %u %u %d", a, bb, (int)word_i8(w));
        break;
    case SHAPE_X:
        bytes_printf(b, " %u %s", (unsigned)word_x24(w),
                     image_text(image, image->nodes[word_x24(w)].name));
        break;
    case SHAPE_J:
        print_jump(image, pc, b);
        break;
    case SHAPE_W:
        bytes_add_char(b, ' ');
        print_word(image, op, code[1], b);
        break;
    case SHAPE_AW:
        bytes_printf(b, " %u ", a);
        print_word(image, op, code[1], b);
        break;
    case SHAPE_ABW:
        bytes_printf(b, " %u %u ", a, bb);
        print_word(image, op, code[1], b);
        break;
    case SHAPE_ABCW:
        bytes_printf(b, " %u %u %u ", a, bb, c);
        print_word(image, op, code[1], b);
        break;
    case SHAPE_AJ:
        bytes_printf(b, " %u", a);
        print_jump(image, pc, b);
        break;
    case SHAPE_ABCJ:
        bytes_printf(b, " %u %u %u", a, bb, c);
        print_jump(image, pc, b);
        break;
    case SHAPE_ABCP:
        bytes_printf(b, " %u %u ", a, bb);
        print_steps(image, code, b);
        break;
    case SHAPE_ABWJ:
        bytes_printf(b, " %u %u ", a, bb);
        print_word(image, op, code[1], b);
        print_jump(image, pc, b);
        break;
    }
}

static void print_code(const struct image *image, const struct image_function *f, struct bytes *b)
{
    struct bytes place = { 0 };
    struct bytes before = { 0 };
    for (uint32_t pc = f->code; pc < f->code + f->code_count;) {
        bytes_clear(&place);
        image_place(image, pc, &place);
        if (strcmp(bytes_text(&place), bytes_text(&before)) != 0) {
            bytes_printf(b, "  ; %s\n", bytes_text(&place));
            bytes_clear(&before);
            bytes_add_text(&before, bytes_text(&place));
        }
        const struct opcode_row *row = &opcode_rows[word_op(image->code[pc])];
        bytes_printf(b, "  %5u  %s", (unsigned)pc, row->mnemonic);
        print_operands(image, pc, b);
        bytes_add_char(b, '\n');
        pc += opcode_words(image->code[pc]);
    }
    bytes_release(&place);
    bytes_release(&before);
}

static void print_function(const struct image *image, uint32_t function, struct bytes *b)
{
    static const char *const kinds[] = { "flow", "endpoint", "config" };
    const struct image_function *f = &image->functions[function];
    bytes_printf(b, "\n%s ", kinds[f->kind]);
    if (f->kind == IMAGE_FLOW)
        image_signature_print(image, function, b);
    else
        bytes_add_text(b, image_text(image, f->name));
    bytes_printf(b, "   ; %u slots\n", (unsigned)f->slot_count);
    print_code(image, f, b);
}

static void print_endpoint(const struct image *image, const struct image_endpoint *e,
                           struct bytes *b)
{
    bytes_printf(b,
                 "endpoint %s: %u connections, wait %u ms, %u redirects, at most %llu bytes, "
                 "separator %c\n",
                 image_text(image, e->name), (unsigned)e->connections, (unsigned)e->wait_ms,
                 (unsigned)e->redirects, (unsigned long long)e->max_response, e->separator);
}

static void print_call(const struct image *image, uint32_t index, struct bytes *b)
{
    const struct image_call *c = &image->calls[index];
    bytes_printf(b, "call %u: %s %s, connect %u ms, timeout %u ms, within %u ms", (unsigned)index,
                 outcome_method_name((enum http_method)c->method),
                 image_text(image, image->endpoints[c->endpoint].name), (unsigned)c->connect_ms,
                 (unsigned)c->timeout_ms, (unsigned)c->within_ms);
    if (c->retries)
        bytes_printf(b, ", retry %u on", (unsigned)c->retries);
    for (uint32_t i = 0; i < c->label_count; i++) {
        char text[20];
        bytes_printf(b, " %s", outcome_label_text(image->labels[c->first_label + i], text));
    }
    if (c->retries)
        bytes_printf(b, " backoff %u..%u ms", (unsigned)c->backoff_from_ms,
                     (unsigned)c->backoff_to_ms);
    bytes_add_char(b, '\n');
}

void disasm_print(const struct image *image, struct bytes *b)
{
    bytes_add_text(b, "source ");
    print_hex(image->source_hash, IMAGE_HASH, b);
    bytes_add_char(b, '\n');
    for (uint32_t i = 0; i < image->config_count; i++) {
        bytes_printf(b, "config %s: ", image_text(image, image->configs[i].name));
        image_type_print(image, image->configs[i].type, b);
        bytes_add_text(b, image->configs[i].function == IMAGE_NONE ? "\n" : " = …\n");
    }
    for (uint32_t i = 0; i < image->secret_count; i++)
        bytes_printf(b, "secret %s\n", image_text(image, image->secrets[i]));
    for (uint32_t i = 0; i < image->endpoint_count; i++)
        print_endpoint(image, &image->endpoints[i], b);
    for (uint32_t i = 0; i < image->call_count; i++)
        print_call(image, i, b);
    for (uint32_t i = 0; i < image->function_count; i++)
        print_function(image, i, b);
}

static const char *const shape_texts[] = {
    [SHAPE_NONE] = "",
    [SHAPE_A] = "a",
    [SHAPE_AB] = "a b",
    [SHAPE_ABC] = "a b c",
    [SHAPE_AX] = "a x",
    [SHAPE_AI] = "a i",
    [SHAPE_ABI] = "a b i",
    [SHAPE_X] = "x",
    [SHAPE_J] = "jump",
    [SHAPE_W] = "w",
    [SHAPE_AW] = "a w",
    [SHAPE_ABW] = "a b w",
    [SHAPE_ABCW] = "a b c w",
    [SHAPE_AJ] = "a jump",
    [SHAPE_ABCJ] = "a b c jump",
    [SHAPE_ABWJ] = "a b w jump",
    [SHAPE_ABCP] = "a b c steps",
};

void disasm_reference(struct bytes *b)
{
    bytes_add_text(b, "| instruction | operands | words | secrets | meaning |\n"
                      "| --- | --- | --- | --- | --- |\n");
    for (unsigned i = 0; i < OPCODES; i++) {
        const struct opcode_row *row = &opcode_rows[i];
        const char *secret = row->secret == '.'   ? "refused"
                             : row->secret == '>' ? "carried on"
                             : row->secret == 'o' ? "allowed"
                             : row->secret == '!' ? "made"
                                                  : "";
        bytes_printf(b, "| `%s` | %s | %u | %s | %s |\n", row->mnemonic, shape_texts[row->shape],
                     (unsigned)opcode_words(word_abc((enum opcode)i, 0, 0, 1)), secret,
                     row->meaning);
    }
}
