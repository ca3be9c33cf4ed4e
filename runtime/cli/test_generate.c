#include "cli/test_generate.h"

#include "base/json.h"
#include "base/utf8.h"
#include "engine/exploring.h"
#include "engine/vm.h"
#include "program/outcome.h"

#include <ctype.h>
#include <string.h>

/* Longer ways would tell nobody anything. */
#define MAX_VISITS 12

/* Values as they are written. */

static bool needs_escape(uint32_t c)
{
    return c < 0x20 || c == 0x7f || utf8_is_bidi_control(c);
}

static void print_char(uint32_t c, const char *p, size_t len, struct bytes *b)
{
    if (c == '"' || c == '\\' || c == '{' || c == '}')
        bytes_printf(b, "\\%c", (char)c);
    else if (c == '\n')
        bytes_add_text(b, "\\n");
    else if (needs_escape(c))
        bytes_printf(b, "\\u{%X}", (unsigned)c);
    else
        bytes_add(b, p, len);
}

static void print_text(const char *p, size_t len, struct bytes *b)
{
    size_t width;
    bytes_add_char(b, '"');
    for (size_t i = 0; i < len; i += width) {
        uint32_t c = utf8_decode(p + i, len - i, &width);
        print_char(c, p + i, width, b);
    }
    bytes_add_char(b, '"');
}

static bool is_name(const struct text *t)
{
    for (uint32_t i = 0; i < t->len; i++) {
        unsigned char c = (unsigned char)t->data[i];
        if (c >= 0x80 || !(isalpha(c) || c == '_' || (i > 0 && isdigit(c))))
            return false;
    }
    return t->len > 0;
}

static void print_object(const struct object *o, struct bytes *b)
{
    bytes_add_text(b, o->len ? "{ " : "{");
    for (uint32_t i = 0; i < o->len; i++) {
        const struct text *key = o->members[i].key;
        bytes_add_text(b, i ? ", " : "");
        if (is_name(key))
            bytes_add(b, key->data, key->len);
        else
            print_text(key->data, key->len, b);
        bytes_add_text(b, ": ");
        test_print_value(o->members[i].value, b);
    }
    bytes_add_text(b, o->len ? " }" : "}");
}

void test_print_value(struct value v, struct bytes *b)
{
    if (v.tag == VALUE_TEXT) {
        print_text(v.text->data, v.text->len, b);
    } else if (v.tag == VALUE_OBJECT) {
        print_object(v.object, b);
    } else if (v.tag == VALUE_LIST) {
        bytes_add_char(b, '[');
        for (uint32_t i = 0; i < v.list->len; i++) {
            bytes_add_text(b, i ? ", " : "");
            test_print_value(v.list->items[i], b);
        }
        bytes_add_char(b, ']');
    } else {
        json_write(b, v);
    }
}

/* Tests. */

struct generation {
    const struct image *image;
    const struct coverage *coverage;
    struct bytes *b;
    uint32_t count;
};

static void print_node(const struct image *image, uint32_t node, uint32_t flow, struct bytes *b)
{
    const struct image_node *n = &image->nodes[node];
    if (n->function != flow)
        bytes_printf(b, "%s.", image_text(image, image->functions[n->function].name));
    bytes_add_text(b, image_text(image, n->name));
}

static void print_start(const struct image *image, const struct exploration *e, struct bytes *b)
{
    const struct image_function *f = &image->functions[e->flow];
    const char *between = "";
    bytes_printf(b, "    start  %s(", image_text(image, f->name));
    for (uint32_t i = 0; i < f->input_count; i++) {
        if (vm_is_missing(e->inputs[i]))
            continue;
        bytes_printf(b, "%s%s: ", between,
                     image_text(image, image->inputs[f->first_input + i].name));
        test_print_value(e->inputs[i], b);
        between = ", ";
    }
    bytes_add_text(b, ")\n");
}

static void print_choice(const struct image *image, const struct exploration *e,
                         const struct choice *c, struct bytes *b)
{
    const struct image_site *site = &image->sites[c->site];
    char label[20];
    bool is_call = site->kind == IMAGE_SITE_API;
    bytes_add_text(b, is_call ? "    reply  " : "    answer ");
    print_node(image, site->node, e->flow, b);
    bytes_add_text(b, ": ");
    if (is_call)
        bytes_add_text(b, label_text(c->label, label));
    else if (c->value.tag == VALUE_NULL)
        bytes_add_text(b, "timeout");
    if (c->value.tag != VALUE_NULL) {
        bytes_add_text(b, is_call ? " " : "");
        test_print_value(c->value, b);
    }
    bytes_add_char(b, '\n');
}

static void print_expectations(const struct image *image, const struct exploration *e,
                               struct bytes *b)
{
    if (e->visit_count <= MAX_VISITS) {
        bytes_add_text(b, "    expect visit ");
        for (uint32_t i = 0; i < e->visit_count; i++) {
            bytes_add_text(b, i ? ", " : "");
            print_node(image, e->visits[i], e->flow, b);
        }
        bytes_add_char(b, '\n');
    }
    bytes_printf(b, "    expect %s", e->failed ? "fail" : "end");
    if (e->has_value && e->value.tag == VALUE_OBJECT) {
        bytes_add_char(b, ' ');
        test_print_value(e->value, b);
    }
    bytes_add_char(b, '\n');
}

/* "flow.node: 404 when body.n > 1" */
static void print_item(const struct coverage *c, uint32_t item, struct bytes *b)
{
    uint32_t way = coverage_way_of_item(c, item);
    print_node(c->image, way == IMAGE_NONE ? item : c->image->ways[way].node, IMAGE_NONE, b);
    if (way == IMAGE_NONE)
        return;
    bytes_add_text(b, ": ");
    coverage_print_way(c, way, b);
}

static void print_name(struct generation *g, uint32_t item, struct bytes *b)
{
    struct bytes name = { 0 };
    print_item(g->coverage, item, &name);
    bytes_add_text(b, "\ntest ");
    print_text(bytes_text(&name), name.len, b);
    bytes_add_text(b, " {\n");
    bytes_release(&name);
}

static void print_test(void *context, const struct exploration *e)
{
    struct generation *g = context;
    print_name(g, e->item, g->b);
    print_start(g->image, e, g->b);
    for (uint32_t i = 0; i < e->choice_count; i++)
        print_choice(g->image, e, &e->choices[i], g->b);
    print_expectations(g->image, e, g->b);
    bytes_add_text(g->b, "}\n");
    g->count++;
}

static void print_untaken(const struct coverage *c, struct bytes *b)
{
    bool first = true;
    for (uint32_t i = 0; i < c->count; i++) {
        if (c->counts[i] > 0)
            continue;
        if (first)
            bytes_add_text(b, "\n# No run was found that comes to these; it takes values that nobody "
                              "could guess:\n");
        first = false;
        bytes_add_text(b, "#   ");
        print_item(c, i, b);
        bytes_add_char(b, '\n');
    }
}

void test_generate(const struct program *program, struct coverage *coverage, struct bytes *b)
{
    struct generation g = { .image = program->image, .coverage = coverage, .b = b };
    exploring_run(program, coverage, print_test, &g);
    if (g.count == 0)
        bytes_add_text(b, "# No test is missing that could be found.\n");
    print_untaken(coverage, b);
}
