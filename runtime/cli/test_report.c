#include "cli/test_report.h"

#include "base/json.h"
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

void report_tap(const struct image *image, const struct test_entry *entry, uint32_t number,
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

void report_junit(const struct image *image, const struct test_entry *entries, uint32_t count,
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

void report_count(const struct image *image, const struct coverage *c, uint32_t *taken,
                  uint32_t *all)
{
    *taken = 0;
    *all = 0;
    for (uint32_t i = 0; i < image->site_count; i++) {
        const struct image_site *site = &image->sites[i];
        for (uint32_t a = 0; a < site->arm_count; a++) {
            *taken += c->arms[site->first_arm + a] > 0;
            ++*all;
        }
    }
}

static void add_node_name(const struct image *image, uint32_t node, struct bytes *b)
{
    const struct image_node *n = &image->nodes[node];
    bytes_printf(b, "%s.%s", image_text(image, image->functions[n->function].name),
                 image_text(image, n->name));
}

/* A line of the table: the node, and how often each of its outcomes was taken. */
static void add_counts(const struct image *image, const struct coverage *c,
                       const struct image_site *site, int width, struct bytes *b)
{
    struct bytes name = { 0 };
    char text[20];
    add_node_name(image, site->node, &name);
    bytes_printf(b, "#   %-*s", width, bytes_text(&name));
    for (uint32_t a = 0; a < site->arm_count; a++) {
        uint32_t arm = site->first_arm + a;
        bytes_printf(b, "  %s %llu", label_text(image->arms[arm].label, text),
                     (unsigned long long)c->arms[arm]);
    }
    bytes_add_char(b, '\n');
    bytes_release(&name);
}

static int widest_name(const struct image *image)
{
    int widest = 0;
    for (uint32_t i = 0; i < image->site_count; i++) {
        struct bytes name = { 0 };
        add_node_name(image, image->sites[i].node, &name);
        widest = (int)name.len > widest ? (int)name.len : widest;
        bytes_release(&name);
    }
    return widest;
}

static void add_untaken(const struct image *image, const struct coverage *c,
                        const struct image_site *site, struct bytes *b)
{
    char text[20];
    uint32_t untaken = 0;
    for (uint32_t a = 0; a < site->arm_count; a++) {
        uint32_t arm = site->first_arm + a;
        if (c->arms[arm] > 0)
            continue;
        if (untaken++ == 0) {
            bytes_add_text(b, "#   ");
            add_node_name(image, site->node, b);
            bytes_add_text(b, ": ");
        }
        bytes_printf(b, "%s%s", untaken > 1 ? ", " : "", label_text(image->arms[arm].label, text));
    }
    if (untaken)
        bytes_add_char(b, '\n');
}

void report_coverage(const struct image *image, const struct coverage *c, struct bytes *b)
{
    uint32_t taken;
    uint32_t all;
    report_count(image, c, &taken, &all);
    bytes_printf(b, "# outcomes taken: %u of %u (%u %%)\n", (unsigned)taken, (unsigned)all,
                 (unsigned)(all ? taken * 100 / all : 100));
    int width = widest_name(image);
    for (uint32_t i = 0; i < image->site_count; i++)
        add_counts(image, c, &image->sites[i], width, b);
    if (taken < all)
        bytes_add_text(b, "# no test takes:\n");
    for (uint32_t i = 0; i < image->site_count; i++)
        add_untaken(image, c, &image->sites[i], b);
}

static void add_site_json(const struct image *image, const struct coverage *c,
                          const struct image_site *site, struct bytes *b)
{
    const struct image_node *n = &image->nodes[site->node];
    const char *flow = image_text(image, image->functions[n->function].name);
    const char *name = image_text(image, n->name);
    char text[20];
    bytes_add_text(b, "{\"flow\":");
    json_write_string(b, flow, strlen(flow));
    bytes_add_text(b, ",\"node\":");
    json_write_string(b, name, strlen(name));
    bytes_add_text(b, ",\"outcomes\":{");
    for (uint32_t a = 0; a < site->arm_count; a++) {
        const struct image_arm *arm = &image->arms[site->first_arm + a];
        bytes_printf(b, "%s\"%s\":%llu", a ? "," : "", label_text(arm->label, text),
                     (unsigned long long)c->arms[site->first_arm + a]);
    }
    bytes_add_text(b, "}}");
}

void report_coverage_json(const struct image *image, const struct coverage *c, struct bytes *b)
{
    uint32_t taken;
    uint32_t all;
    report_count(image, c, &taken, &all);
    bytes_printf(b, "{\"taken\":%u,\"all\":%u,\"nodes\":[", (unsigned)taken, (unsigned)all);
    for (uint32_t i = 0; i < image->site_count; i++) {
        bytes_add_text(b, i ? ",\n" : "\n");
        add_site_json(image, c, &image->sites[i], b);
    }
    bytes_add_text(b, "]}\n");
}
