/* Images by hand, for tests of the verifier and the machine: one flow `main` with one node, and
 * whatever the test adds. */
#ifndef FLOW_TESTS_ASSEMBLE_H
#define FLOW_TESTS_ASSEMBLE_H

#include "base/mem.h"
#include "program/image.h"
#include "program/opcode.h"

#include <string.h>

enum { K_MAIN, K_FILE, K_NODE, K_TEXT, K_SITE_FILE, K_FREE };

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

/* An image with its first constants (see the enum) and the types any, int, text; no function. */
static inline struct image *asm_empty(void)
{
    struct image *image = mem_alloc_zeroed(1, sizeof *image);
    static const char *const texts[] = { "main", "main.flow", "start", "text", "site.flow" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        asm_text(image, texts[i]);
    ASM_ROW(image, types, type_count)->kind = IMAGE_TYPE_ANY;
    ASM_ROW(image, types, type_count)->kind = IMAGE_TYPE_INT;
    ASM_ROW(image, types, type_count)->kind = IMAGE_TYPE_TEXT;
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

#endif
