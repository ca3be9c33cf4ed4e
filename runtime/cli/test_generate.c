#include "cli/test_generate.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "formats/json.h"
#include "program/outcome.h"
#include "sim/test_search.h"
#include "vm/vm.h"

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
        test_generate_value(o->members[i].value, b);
    }
    bytes_add_text(b, o->len ? " }" : "}");
}

void test_generate_value(struct value v, struct bytes *b)
{
    if (v.tag == VALUE_TEXT) {
        print_text(v.text->data, v.text->len, b);
    } else if (v.tag == VALUE_OBJECT) {
        print_object(v.object, b);
    } else if (v.tag == VALUE_LIST) {
        bytes_add_char(b, '[');
        for (uint32_t i = 0; i < v.list->len; i++) {
            bytes_add_text(b, i ? ", " : "");
            test_generate_value(v.list->items[i], b);
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
    const char **names; /* by function: what a test of the file calls the flow; NULL: nothing */
};

static void print_node(const struct image *image, uint32_t node, uint32_t flow, struct bytes *b)
{
    const struct image_node *n = &image->nodes[node];
    if (n->function != flow)
        bytes_printf(b, "%s.", image_text(image, image->functions[n->function].name));
    bytes_add_text(b, image_text(image, n->name));
}

static const char **names_of(const struct image *image)
{
    const char **names = mem_alloc_zeroed(image->function_count + 1, sizeof *names);
    for (uint32_t i = 0; i < image->function_count; i++)
        names[i] = image_text(image, image->functions[i].name);
    for (uint32_t i = 0; i < image->alias_count; i++) {
        const struct image_alias *a = &image->aliases[i];
        names[a->function] = a->name == IMAGE_NONE ? NULL : image_text(image, a->name);
    }
    return names;
}

/* A node as a test names it, where the flow that the test starts has a name. */
static void print_ref(const struct generation *g, uint32_t node, uint32_t flow, struct bytes *b)
{
    const struct image_node *n = &g->image->nodes[node];
    if (n->function != flow)
        bytes_printf(b, "%s.", g->names[n->function]);
    bytes_add_text(b, image_text(g->image, n->name));
}

static bool is_named(const struct generation *g, uint32_t node)
{
    return g->names[g->image->nodes[node].function] != NULL;
}

/* The first node that the test would have to name but cannot; IMAGE_NONE: there is none. */
static uint32_t find_unnamed(const struct generation *g, const struct exploration *e)
{
    for (uint32_t i = 0; i < e->choice_count; i++) {
        uint32_t node = g->image->sites[e->choices[i].site].node;
        if (!is_named(g, node))
            return node;
    }
    return g->names[e->flow] ? IMAGE_NONE : g->image->functions[e->flow].first_node;
}

static void print_start(const struct generation *g, const struct exploration *e, struct bytes *b)
{
    const struct image *image = g->image;
    const struct image_function *f = &image->functions[e->flow];
    const char *between = "";
    bytes_printf(b, "    start  %s(", g->names[e->flow]);
    for (uint32_t i = 0; i < f->input_count; i++) {
        if (vm_is_missing(e->inputs[i]))
            continue;
        bytes_printf(b, "%s%s: ", between,
                     image_text(image, image->inputs[f->first_input + i].name));
        test_generate_value(e->inputs[i], b);
        between = ", ";
    }
    bytes_add_text(b, ")\n");
}

static void print_choice(const struct generation *g, const struct exploration *e,
                         const struct choice *c, struct bytes *b)
{
    const struct image_site *site = &g->image->sites[c->site];
    char label[20];
    bool is_call = site->kind == IMAGE_SITE_API;
    bytes_add_text(b, is_call ? "    reply  " : "    answer ");
    print_ref(g, site->node, e->flow, b);
    bytes_add_text(b, ": ");
    if (is_call)
        bytes_add_text(b, outcome_label_text(c->label, label));
    else if (c->value.tag == VALUE_NULL)
        bytes_add_text(b, "timeout");
    if (c->value.tag != VALUE_NULL) {
        bytes_add_text(b, is_call ? " " : "");
        test_generate_value(c->value, b);
    }
    bytes_add_char(b, '\n');
}

/* Nodes that the test cannot name are left out: others may come between those that it names. */
static void print_visits(const struct generation *g, const struct exploration *e, struct bytes *b)
{
    const char *before = "    expect visit ";
    for (uint32_t i = 0; i < e->visit_count; i++) {
        if (!is_named(g, e->visits[i]))
            continue;
        bytes_add_text(b, before);
        print_ref(g, e->visits[i], e->flow, b);
        before = ", ";
    }
    bytes_add_char(b, '\n'); /* the first node is one of the flow that has a name */
}

static void print_expectations(const struct generation *g, const struct exploration *e,
                               struct bytes *b)
{
    if (e->visit_count <= MAX_VISITS)
        print_visits(g, e, b);
    bytes_printf(b, "    expect %s", e->failed ? "fail" : "end");
    if (e->has_value && e->value.tag == VALUE_OBJECT) {
        bytes_add_char(b, ' ');
        test_generate_value(e->value, b);
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

static void print_unnamed(struct generation *g, uint32_t item, uint32_t node)
{
    bytes_add_text(g->b, "\n# No test can be proposed for ");
    print_item(g->coverage, item, g->b);
    bytes_printf(g->b, ":\n# import the flow `%s`, so that a test can name its nodes.\n",
                 image_text(g->image, g->image->functions[g->image->nodes[node].function].name));
    g->count++;
}

static void print_test(void *context, const struct exploration *e)
{
    struct generation *g = context;
    uint32_t unnamed = find_unnamed(g, e);
    if (unnamed != IMAGE_NONE) {
        print_unnamed(g, e->item, unnamed);
        return;
    }
    print_name(g, e->item, g->b);
    print_start(g, e, g->b);
    for (uint32_t i = 0; i < e->choice_count; i++)
        print_choice(g, e, &e->choices[i], g->b);
    print_expectations(g, e, g->b);
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
            bytes_add_text(
                b, "\n# No run was found that reaches these: it would need values that cannot "
                   "be guessed:\n");
        first = false;
        bytes_add_text(b, "#   ");
        print_item(c, i, b);
        bytes_add_char(b, '\n');
    }
}

void test_generate(const struct program *program, struct coverage *coverage, struct bytes *b)
{
    struct generation g = {
        .image = program->image, .coverage = coverage, .b = b, .names = names_of(program->image)
    };
    test_search_run(program, coverage, print_test, &g);
    if (g.count == 0)
        bytes_add_text(b, "# No missing test was found.\n");
    print_untaken(coverage, b);
    mem_free(g.names);
}
