/* Images by hand, for tests of the verifier and the machine: one flow `main` with one node, and
 * whatever the test adds. */
#ifndef FLOW_TESTS_ASSEMBLE_H
#define FLOW_TESTS_ASSEMBLE_H

#include "base/mem.h"
#include "program/builtin.h"
#include "program/image.h"
#include "program/opcode.h"

#include <string.h>

enum { K_MAIN, K_FILE, K_NODE, K_TEXT, K_SITE_FILE, K_BUILTINS, K_FREE = K_BUILTINS + BUILTINS };

/* Appends a zeroed row to an array of the image, for tests only: one allocation a row. */
#define ASM_ROW(image, rows, count)                                                                \
    ((image)->rows = mem_resize((image)->rows, (image)->count + 1u, sizeof *(image)->rows),        \
     memset(&(image)->rows[(image)->count], 0, sizeof *(image)->rows),                             \
     &(image)->rows[(image)->count++])

static inline uint32_t asm_constant(struct image *image, struct value v)
{
    value_make_immortal(v);
    *ASM_ROW(image, constants, constant_count) = v;
    return image->constant_count - 1;
}

static inline uint32_t asm_text(struct image *image, const char *text)
{
    return asm_constant(image, value_text_of(text));
}

/* A function of the given kind with its code; flows get one node. */
static inline struct image_function *asm_function(struct image *image, uint8_t kind, uint32_t slots,
                                                  const uint32_t *code, uint32_t count)
{
    struct image_function *f = ASM_ROW(image, functions, function_count);
    f->kind = kind;
    f->name = K_MAIN;
    f->code = image->code_count;
    f->code_count = count;
    f->slot_count = slots;
    f->first_temp = slots;
    f->first_input = image->input_count;
    f->first_node = image->node_count;
    f->result = IMAGE_NONE;
    for (uint32_t i = 0; i < count; i++)
        *ASM_ROW(image, code, code_count) = code[i];
    if (kind == IMAGE_FLOW) {
        f->node_count = 1;
        struct image_node *n = ASM_ROW(image, nodes, node_count);
        n->name = K_NODE;
        n->file = K_FILE;
        n->function = image->function_count - 1;
        n->line = 1;
    }
    return f;
}

/* An image with its first constants (see the enum), the types any, int, text, and all built-in
 * functions by the numbers of their enum; no function. */
static inline struct image *asm_empty(void)
{
    struct image *image = mem_alloc_zeroed(1, sizeof *image);
    static const char *const texts[] = { "main", "main.flow", "start", "text", "site.flow" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        asm_text(image, texts[i]);
    ASM_ROW(image, types, type_count)->kind = IMAGE_TYPE_ANY;
    ASM_ROW(image, types, type_count)->kind = IMAGE_TYPE_INT;
    ASM_ROW(image, types, type_count)->kind = IMAGE_TYPE_TEXT;
    for (unsigned i = 0; i < BUILTINS; i++) {
        uint32_t name = asm_text(image, builtin_rows[i].name);
        struct image_builtin *b = ASM_ROW(image, builtins, builtin_count);
        *b = (struct image_builtin){ .name = name, .function = (uint16_t)i };
    }
    strcpy(image->compiler, "0.0.0");
    image->main = 0;
    return image;
}

/* One flow, `main`, of this code. */
static inline struct image *asm_flow(uint32_t slots, const uint32_t *code, uint32_t count)
{
    struct image *image = asm_empty();
    asm_function(image, IMAGE_FLOW, slots, code, count);
    return image;
}

#define ASM_FLOW(slots, ...)                                                                       \
    asm_flow(slots, (const uint32_t[]){ __VA_ARGS__ },                                             \
             sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

static inline struct image_arm *asm_arm(struct image *image, uint16_t label, uint32_t pc)
{
    struct image_arm *arm = ASM_ROW(image, arms, arm_count);
    arm->label = label;
    arm->pc = pc;
    return arm;
}

/* An endpoint `text` (its function sets url to that) and a GET of it whose five outcomes all lead
 * to pc. The site's index is 0 in an image without others. */
static inline void asm_call(struct image *image, uint32_t pc)
{
    uint32_t url = asm_text(image, "http://127.0.0.1:1");
    const uint32_t code[] = { word_ax(OPCODE_LOADK, 0, url), word_abc(OPCODE_URL, 0, 0, 0),
                              word_abc(OPCODE_DONE, 0, 0, 0) };
    asm_function(image, IMAGE_SETUP_ENDPOINT, 1, code, 3)->first_temp = 0;
    struct image_endpoint *e = ASM_ROW(image, endpoints, endpoint_count);
    e->name = K_TEXT;
    e->function = image->function_count - 1;
    e->connections = 1;
    e->separator = '&';
    e->max_response = 1000;
    struct image_call *c = ASM_ROW(image, calls, call_count);
    c->separator = '&';
    c->timeout_ms = c->within_ms = c->connect_ms = 1000;
    struct image_site *s = ASM_ROW(image, sites, site_count);
    s->kind = IMAGE_SITE_API;
    s->first_arm = image->arm_count;
    s->arm_count = 5;
    asm_arm(image, 200, pc);
    asm_arm(image, label_of_outcome(OUTCOME_OTHER), pc);
    asm_arm(image, label_of_outcome(OUTCOME_ERROR), pc);
    asm_arm(image, label_of_outcome(OUTCOME_TIMEOUT), pc);
    asm_arm(image, label_of_outcome(OUTCOME_MAX_CONNECTION), pc);
}

/* An image that has a row in every table. */
static inline struct image *asm_rich(void)
{
    struct image *image =
        ASM_FLOW(5, word_abc(OPCODE_REQUEST, 0, 0, 0), 0, word_abc(OPCODE_SEND, 0, 0, 0), 0,
                 word_abc(OPCODE_ENDNONE, 0, 0, 0));
    asm_call(image, 4);
    asm_constant(image, value_int(-9007199254740993));
    asm_constant(image, value_number(0.1));
    asm_constant(image, value_decimal("1e400", 5));
    asm_constant(image, value_bool(true));
    struct value list = value_list(2);
    value_list_push(&list, image->constants[K_TEXT]);
    value_list_push(&list, image->constants[K_MAIN]);
    asm_constant(image, list);
    struct value object = value_object(1);
    value_object_put(&object, image->constants[K_NODE].text, list);
    asm_constant(image, object);
    *ASM_ROW(image, inputs, input_count) =
        (struct image_input){ .name = K_TEXT, .has_default = true };
    image->functions[0].input_count = 1;
    image->functions[1].first_input = 1;
    image->functions[0].first_temp = 1;
    struct image_member *m = ASM_ROW(image, members, member_count);
    m->name = K_TEXT;
    m->type = 1;
    struct image_type *t = ASM_ROW(image, types, type_count);
    *t = (struct image_type){ .kind = IMAGE_TYPE_OBJECT, .optional = true, .member_count = 1 };
    struct image_config *config = ASM_ROW(image, configs, config_count);
    *config = (struct image_config){ .name = K_NODE, .type = 2, .function = IMAGE_NONE };
    *ASM_ROW(image, secrets, secret_count) = K_TEXT;
    *ASM_ROW(image, labels, label_count) = 503;
    image->calls[0].label_count = 1;
    image->calls[0].retries = 1;
    struct image_ask *ask = ASM_ROW(image, asks, ask_count);
    *ask = (struct image_ask){ .type = IMAGE_TYPE_TEXT, .match = IMAGE_NONE, .timeout_ms = 5 };
    struct image_line *line = ASM_ROW(image, lines, line_count);
    *line = (struct image_line){ .pc = 0, .file = K_FILE, .line = 12 };
    struct image_variable *variable = ASM_ROW(image, variables, variable_count);
    *variable = (struct image_variable){ .function = 0, .slot = 4, .name = K_TEXT };
    struct image_way *way = ASM_ROW(image, ways, way_count);
    *way = (struct image_way){ .kind = IMAGE_WAY_ARM, .label = 200, .pc = 4, .text = IMAGE_NONE };
    *ASM_ROW(image, refs, ref_count) = 0; /* the flow; its input is not given */
    *ASM_ROW(image, refs, ref_count) = IMAGE_NONE;
    *ASM_ROW(image, aliases, alias_count) = (struct image_alias){ 0, IMAGE_NONE };
    struct image_step *step = ASM_ROW(image, steps, step_count);
    *step = (struct image_step){
        .kind = IMAGE_STEP_START, .label = 200, .value = IMAGE_NONE, .ref_count = 2
    };
    struct image_test *test = ASM_ROW(image, tests, test_count);
    *test = (struct image_test){ .name = K_TEXT, .file = K_FILE, .step_count = 1 };
    return image;
}

#endif
