#include "cli/test_report.h"

#include "formats/json.h"
#include "program/outcome.h"

#include <string.h>

/* Every line of text with `indent` blanks before it. */
static void add_indented(struct bytes *b, const char *text, size_t len, int indent)
{
    const char *end = text + len;
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t line = (size_t)((stop ? stop : end) - text);
        bytes_printf(b, "%*s", indent, "");
        bytes_add(b, text, line);
        bytes_add_char(b, '\n');
        text += line + 1;
    }
}

/* A description may hold no # and no line end (TAP 14). */
static void add_description(struct bytes *b, const char *name)
{
    for (; *name; name++) {
        if (*name == '#' || *name == '\\')
            bytes_add_char(b, '\\');
        bytes_add_char(b, *name == '\n' || *name == '\r' ? ' ' : *name);
    }
}

void test_report_tap(const struct image *image, const struct test_entry *entry, uint32_t number,
                     struct bytes *b)
{
    const struct image_test *test = &image->tests[entry->test];
    bytes_printf(b, "%sok %u - ", entry->result.passed ? "" : "not ", (unsigned)number);
    add_description(b, image_text(image, test->name));
    bytes_add_char(b, '\n');
    if (entry->result.passed)
        return;
    bytes_add_text(b, "  ---\n  problems: |\n");
    add_indented(b, bytes_text(&entry->result.problems), entry->result.problems.len, 4);
    bytes_add_text(b, "  way: ");
    json_write_string(b, bytes_text(&entry->result.way), entry->result.way.len);
    bytes_printf(b, "\n  at: %s:%u\n  ...\n", image_text(image, test->file), (unsigned)test->line);
}

static void add_xml(struct bytes *b, const char *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c == '&')
            bytes_add_text(b, "&amp;");
        else if (c == '<')
            bytes_add_text(b, "&lt;");
        else if (c == '>')
            bytes_add_text(b, "&gt;");
        else if (c == '"')
            bytes_add_text(b, "&quot;");
        else if (c >= 0x20 || c == '\n' || c == '\t')
            bytes_add_char(b, (char)c);
    }
}

static void add_case(const struct image *image, const struct test_entry *entry, struct bytes *b)
{
    const struct image_test *test = &image->tests[entry->test];
    const char *name = image_text(image, test->name);
    const char *file = image_text(image, test->file);
    bytes_add_text(b, "  <testcase classname=\"");
    add_xml(b, file, strlen(file));
    bytes_add_text(b, "\" name=\"");
    add_xml(b, name, strlen(name));
    bytes_printf(b, "\" line=\"%u\"", (unsigned)test->line);
    if (entry->result.passed) {
        bytes_add_text(b, "/>\n");
        return;
    }
    bytes_add_text(b, ">\n    <failure>");
    add_xml(b, bytes_text(&entry->result.problems), entry->result.problems.len);
    bytes_add_text(b, "way: ");
    add_xml(b, bytes_text(&entry->result.way), entry->result.way.len);
    bytes_add_text(b, "</failure>\n  </testcase>\n");
}

void test_report_junit(const struct image *image, const struct test_entry *entries, uint32_t count,
                       struct bytes *b)
{
    uint32_t failed = 0;
    for (uint32_t i = 0; i < count; i++)
        failed += !entries[i].result.passed;
    bytes_printf(b,
                 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                 "<testsuite name=\"flow\" tests=\"%u\" failures=\"%u\" errors=\"0\">\n",
                 (unsigned)count, (unsigned)failed);
    for (uint32_t i = 0; i < count; i++)
        add_case(image, &entries[i], b);
    bytes_add_text(b, "</testsuite>\n");
}

/* Coverage. */

static void add_node_name(const struct image *image, uint32_t node, struct bytes *b)
{
    const struct image_node *n = &image->nodes[node];
    bytes_printf(b, "%s.%s", image_text(image, image->functions[n->function].name),
                 image_text(image, n->name));
}

static void add_entered(const struct coverage *c, uint32_t node, struct bytes *b)
{
    add_node_name(c->image, node, b);
    bytes_printf(b, " (%llu)", (unsigned long long)c->counts[node]);
}

/* The ways of a node are rows side by side, in the order of the nodes: those of this one from first
 * on. */
static uint32_t ways_end(const struct image *image, uint32_t node, uint32_t first)
{
    while (first < image->way_count && image->ways[first].node == node)
        first++;
    return first;
}

static uint64_t taken(const struct coverage *c, uint32_t way)
{
    return c->counts[coverage_item_of_way(c, way)];
}

static int widest_name(const struct coverage *c)
{
    size_t widest = 0;
    for (uint32_t i = 0; i < c->image->node_count; i++) {
        struct bytes name = { 0 };
        add_entered(c, i, &name);
        widest = name.len > widest ? name.len : widest;
        bytes_release(&name);
    }
    return (int)widest;
}

/* A line of the table: the node, and how often each way from it was taken. */
static uint32_t add_counts(const struct coverage *c, uint32_t node, uint32_t way, int width,
                           struct bytes *b)
{
    struct bytes name = { 0 };
    uint32_t end = ways_end(c->image, node, way);
    add_entered(c, node, &name);
    bytes_printf(b, "#   %-*s", end > way ? width : 0, bytes_text(&name));
    for (; way < end; way++) {
        bytes_add_text(b, "  ");
        coverage_print_way(c, way, b);
        bytes_printf(b, " (%llu)", (unsigned long long)taken(c, way));
    }
    bytes_add_char(b, '\n');
    bytes_release(&name);
    return end;
}

static uint32_t add_untaken(const struct coverage *c, uint32_t node, uint32_t way, struct bytes *b)
{
    const char *between = ": ";
    uint32_t end = ways_end(c->image, node, way);
    struct bytes line = { 0 };
    for (; way < end; way++) {
        if (taken(c, way) > 0)
            continue;
        bytes_add_text(&line, between);
        coverage_print_way(c, way, &line);
        between = ", ";
    }
    if (line.len > 0) {
        bytes_add_text(b, "#   ");
        add_node_name(c->image, node, b);
        bytes_add(b, line.data, line.len);
        bytes_add_char(b, '\n');
    }
    bytes_release(&line);
    return end;
}

static void add_all_untaken(const struct coverage *c, struct bytes *b)
{
    struct bytes lines = { 0 };
    uint32_t way = 0;
    for (uint32_t i = 0; i < c->image->node_count; i++)
        way = add_untaken(c, i, way, &lines);
    if (lines.len > 0) {
        bytes_add_text(b, "# no test takes:\n");
        bytes_add(b, lines.data, lines.len);
    }
    bytes_release(&lines);
}

static void add_all_unentered(const struct coverage *c, struct bytes *b)
{
    const char *before = "# no test enters:\n";
    for (uint32_t i = 0; i < c->image->node_count; i++) {
        if (c->counts[i] > 0)
            continue;
        bytes_printf(b, "%s#   ", before);
        add_node_name(c->image, i, b);
        bytes_add_char(b, '\n');
        before = "";
    }
}

void test_report_coverage(const struct coverage *c, struct bytes *b)
{
    uint32_t covered;
    uint32_t all;
    uint32_t way = 0;
    int width = widest_name(c);
    coverage_sum(c, &covered, &all);
    bytes_printf(b, "# coverage: %u of %u (%u %%)\n", (unsigned)covered, (unsigned)all,
                 (unsigned)(all ? (uint64_t)covered * 100 / all : 100));
    for (uint32_t i = 0; i < c->image->node_count; i++)
        way = add_counts(c, i, way, width, b);
    add_all_unentered(c, b);
    add_all_untaken(c, b);
}

static void add_text(struct bytes *b, const char *before, const char *text)
{
    bytes_add_text(b, before);
    json_write_string(b, text, strlen(text));
}

static void add_way_json(const struct coverage *c, uint32_t row, struct bytes *b)
{
    const struct image_way *way = &c->image->ways[row];
    struct bytes arrow = { 0 };
    char label[20];
    const char *before = "{";
    if (way->kind == IMAGE_WAY_ARM) {
        add_text(b, "{\"outcome\":", outcome_label_text(way->label, label));
        before = ",";
    }
    if (way->kind == IMAGE_WAY_ARM && way->text != IMAGE_NONE)
        add_text(b, ",\"guard\":", image_text(c->image, way->text));
    coverage_print_arrow(c, row, &arrow);
    bytes_add_text(b, before);
    add_text(b, "\"arrow\":", bytes_text(&arrow));
    bytes_release(&arrow);
    bytes_printf(b, ",\"taken\":%llu}", (unsigned long long)taken(c, row));
}

static uint32_t add_node_json(const struct coverage *c, uint32_t node, uint32_t way,
                              struct bytes *b)
{
    const struct image_node *n = &c->image->nodes[node];
    const char *between = "";
    uint32_t end = ways_end(c->image, node, way);
    add_text(b, "{\"flow\":", image_text(c->image, c->image->functions[n->function].name));
    add_text(b, ",\"node\":", image_text(c->image, n->name));
    bytes_printf(b, ",\"entered\":%llu,\"ways\":[", (unsigned long long)c->counts[node]);
    for (; way < end; way++) {
        bytes_add_text(b, between);
        add_way_json(c, way, b);
        between = ",";
    }
    bytes_add_text(b, "]}");
    return end;
}

void test_report_coverage_json(const struct coverage *c, struct bytes *b)
{
    uint32_t covered;
    uint32_t all;
    uint32_t way = 0;
    coverage_sum(c, &covered, &all);
    bytes_printf(b, "{\"taken\":%u,\"all\":%u,\"nodes\":[", (unsigned)covered, (unsigned)all);
    for (uint32_t i = 0; i < c->image->node_count; i++) {
        bytes_add_text(b, i ? ",\n" : "\n");
        way = add_node_json(c, i, way, b);
    }
    bytes_add_text(b, "]}\n");
}
