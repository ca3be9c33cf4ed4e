/* Types and signatures of flows as they are written. */
#include "program/image.h"

static const char *const kind_names[IMAGE_TYPE_KINDS] = {
    "any", "null", "bool", "int", "number", "text", "list", "object",
};

/* Types may hold themselves, many times too: from this depth and this length on the rest is left
 * out. */
#define PRINT_DEPTH 4
#define PRINT_BYTES 1000u

struct type_text {
    const struct image *image;
    struct bytes *b;
    size_t most; /* of b->len */
};

static void print_type(const struct type_text *t, uint32_t type, unsigned depth);

static void print_members(const struct type_text *t, const struct image_type *type, unsigned depth)
{
    bytes_add_text(t->b, "{ ");
    for (uint32_t i = 0; i < type->member_count; i++) {
        const struct image_member *m = &t->image->members[type->first_member + i];
        if (t->b->len > t->most) {
            bytes_add_text(t->b, ", …");
            break;
        }
        bytes_printf(t->b, "%s%s: ", i ? ", " : "", image_text(t->image, m->name));
        print_type(t, m->type, depth + 1);
    }
    bytes_add_text(t->b, " }");
}

static void print_type(const struct type_text *t, uint32_t type, unsigned depth)
{
    const struct image_type *row = &t->image->types[type];
    bool has_parts = row->kind >= IMAGE_TYPE_LIST;
    if (has_parts && (depth == PRINT_DEPTH || t->b->len > t->most)) {
        bytes_add_text(t->b, "…");
    } else if (row->kind == IMAGE_TYPE_LIST) {
        bytes_add_char(t->b, '[');
        print_type(t, row->item, depth + 1);
        bytes_add_char(t->b, ']');
    } else if (row->kind == IMAGE_TYPE_OBJECT) {
        print_members(t, row, depth);
    } else {
        bytes_add_text(t->b, kind_names[row->kind]);
    }
    if (row->optional)
        bytes_add_char(t->b, '?');
}

void image_type_print(const struct image *image, uint32_t type, struct bytes *b)
{
    const struct type_text t = { .image = image, .b = b, .most = b->len + PRINT_BYTES };
    print_type(&t, type, 0);
}

void image_signature_print(const struct image *image, uint32_t flow, struct bytes *b)
{
    const struct image_function *f = &image->functions[flow];
    bytes_printf(b, "%s(", image_text(image, f->name));
    for (uint32_t i = 0; i < f->input_count; i++) {
        const struct image_input *input = &image->inputs[f->first_input + i];
        bytes_printf(b, "%s%s: ", i ? ", " : "", image_text(image, input->name));
        image_type_print(image, input->type, b);
        bytes_add_text(b, input->has_default ? " = …" : "");
    }
    bytes_add_char(b, ')');
    if (f->result != IMAGE_NONE) {
        bytes_add_text(b, " -> ");
        image_type_print(image, f->result, b);
    }
}
