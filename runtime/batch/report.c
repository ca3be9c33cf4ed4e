#include "batch/report.h"

#include "batch/human_units.h"

#include <string.h>

static const char *endpoint_name(const struct image *image, uint32_t i)
{
    return image_text(image, image->endpoints[i].name);
}

static const char *flow_of_node(const struct image *image, uint32_t i)
{
    return image_text(image, image->functions[image->nodes[i].function].name);
}

static const char *node_name(const struct image *image, uint32_t i)
{
    return image_text(image, image->nodes[i].name);
}

static uint64_t all_calls(const struct endpoint_stats *e)
{
    uint64_t all = 0;
    for (uint32_t i = 0; e->statuses && i < STATS_STATUSES; i++)
        all += e->statuses[i];
    for (uint32_t i = 0; i < OUTCOMES; i++)
        all += e->outcomes[i];
    return all;
}

static uint64_t all_retries(const struct stats *s)
{
    uint64_t all = 0;
    for (uint32_t i = 0; i < s->image->endpoint_count; i++)
        all += s->endpoints[i].retries;
    return all;
}

/* The next outcome that came, from *at on, as a label; false: no more. */
static bool next_outcome(const struct endpoint_stats *e, uint32_t *at, uint16_t *label,
                         uint64_t *count)
{
    for (uint32_t i = *at; i < STATS_STATUSES + OUTCOMES; i++) {
        bool is_status = i < STATS_STATUSES;
        if (is_status && !e->statuses)
            continue;
        *count = is_status ? e->statuses[i] : e->outcomes[i - STATS_STATUSES];
        if (*count == 0)
            continue;
        *label = is_status ? (uint16_t)i : (uint16_t)(LABEL_OUTCOME + i - STATS_STATUSES);
        *at = i + 1;
        return true;
    }
    return false;
}

/* For people. */

static void print_runs(const struct report *r, struct bytes *b)
{
    const struct counts *c = &r->counts;
    const char *separator = ": ";
    human_units_things(b, worker_counts_over(c), "run");
    for (enum run_status s = RUN_ENDED; s <= RUN_CANCELLED; s++) {
        if (c->runs[s] == 0)
            continue;
        bytes_add_text(b, separator);
        human_units_count(b, c->runs[s]);
        bytes_printf(b, " %s", run_status_name(s));
        separator = ", ";
    }
    if (c->invalid > 0) {
        bytes_add_text(b, "; ");
        human_units_things(b, c->invalid, "invalid line");
    }
    if (r->place.skipped > 0) {
        bytes_add_text(b, "; ");
        human_units_things(b, r->place.skipped, "line");
        bytes_add_text(b, " done before");
    }
    bytes_add_text(b, "; ");
    human_units_time(b, r->elapsed_ms * 1000);
    bytes_add_text(b, ", ");
    uint64_t ms = r->elapsed_ms ? r->elapsed_ms : 1;
    human_units_count(b, (worker_counts_over(c) * 1000 + ms / 2) / ms);
    bytes_add_text(b, " runs/s\n");
}

static void print_kinds(const struct endpoint_stats *e, struct bytes *b)
{
    const char *separator = " (";
    for (uint32_t i = 0; i < ERROR_KINDS; i++) {
        if (e->kinds[i] == 0)
            continue;
        bytes_printf(b, "%s%s ", separator, outcome_error_kind_name((enum error_kind)i));
        human_units_count(b, e->kinds[i]);
        separator = ", ";
    }
    bytes_add_char(b, ')');
}

static void print_endpoint(const struct report *r, uint32_t i, struct bytes *b)
{
    const struct endpoint_stats *e = &r->stats.endpoints[i];
    const char *separator = ": ";
    uint32_t at = 0;
    uint16_t label;
    uint64_t count;
    char name[20];
    bytes_printf(b, "%s: ", endpoint_name(r->stats.image, i));
    human_units_things(b, all_calls(e), "call");
    while (next_outcome(e, &at, &label, &count)) {
        bytes_printf(b, "%s%s ", separator, outcome_label_text(label, name));
        human_units_count(b, count);
        if (label == label_of_outcome(OUTCOME_ERROR))
            print_kinds(e, b);
        separator = ", ";
    }
    if (e->retries > 0) {
        bytes_add_text(b, "; ");
        human_units_count(b, e->retries);
        bytes_printf(b, " %s", e->retries == 1 ? "retry" : "retries");
    }
    bytes_add_char(b, '\n');
}

static void print_traffic(const struct http_counts *h, struct bytes *b)
{
    bytes_add_text(b, "connections: ");
    human_units_count(b, h->opened);
    bytes_add_text(b, " opened, ");
    human_units_count(b, h->reused);
    bytes_add_text(b, " reused; ");
    human_units_size(b, h->bytes_in);
    bytes_add_text(b, " in, ");
    human_units_size(b, h->bytes_out);
    bytes_add_text(b, " out\n");
}

static void print_cell(struct bytes *b, uint64_t micros)
{
    struct bytes cell = { 0 };
    human_units_time(&cell, micros);
    bytes_printf(b, " %10s", bytes_text(&cell));
    bytes_release(&cell);
}

static void print_times(const struct stats *s, struct bytes *b)
{
    const struct image *image = s->image;
    int width = 0;
    for (uint32_t i = 0; i < image->node_count; i++) {
        size_t len = strlen(flow_of_node(image, i)) + 1 + strlen(node_name(image, i));
        if (s->nodes[i].count > 0 && (int)len > width)
            width = (int)len;
    }
    if (width == 0)
        return;
    bytes_printf(b, "%-*s %10s %10s %10s %10s\n", width, "", "p50", "p90", "p99", "max");
    for (uint32_t i = 0; i < image->node_count; i++) {
        const struct histogram *h = &s->nodes[i];
        if (h->count == 0)
            continue;
        int flow_width = (int)strlen(flow_of_node(image, i));
        bytes_printf(b, "%s.%-*s", flow_of_node(image, i), width - flow_width - 1,
                     node_name(image, i));
        print_cell(b, stats_histogram_percentile(h, 50));
        print_cell(b, stats_histogram_percentile(h, 90));
        print_cell(b, stats_histogram_percentile(h, 99));
        print_cell(b, h->max);
        bytes_add_char(b, '\n');
    }
}

void report_print(const struct report *r, struct bytes *b)
{
    print_runs(r, b);
    if (r->was_stopped)
        bytes_printf(b, "not started: the lines after line %llu\n",
                     (unsigned long long)r->place.line);
    for (uint32_t i = 0; i < r->stats.image->endpoint_count; i++)
        if (all_calls(&r->stats.endpoints[i]) > 0)
            print_endpoint(r, i, b);
    if (r->http.exchanges > 0)
        print_traffic(&r->http, b);
    print_times(&r->stats, b);
}

/* As JSON. Names of the language need no escapes. */

static void member(struct bytes *b, const char **separator, const char *name, uint64_t n)
{
    bytes_printf(b, "%s\"%s\":%llu", *separator, name, (unsigned long long)n);
    *separator = ",";
}

static void add_runs(const struct report *r, struct bytes *b)
{
    const char *separator = "";
    bytes_add_text(b, "{\"runs\":{");
    for (enum run_status s = RUN_ENDED; s <= RUN_CANCELLED; s++)
        member(b, &separator, run_status_name(s), r->counts.runs[s]);
    bytes_add_text(b, "},\"lines\":{");
    separator = "";
    member(b, &separator, "read", r->place.line);
    member(b, &separator, "invalid", r->counts.invalid);
    member(b, &separator, "skipped", r->place.skipped);
    bytes_printf(b, "},\"stopped\":%s,\"threads\":%u,\"seconds\":%llu.%03u",
                 r->was_stopped ? "true" : "false", (unsigned)r->threads,
                 (unsigned long long)(r->elapsed_ms / 1000), (unsigned)(r->elapsed_ms % 1000));
}

static void add_endpoint(const struct report *r, uint32_t i, struct bytes *b)
{
    const struct endpoint_stats *e = &r->stats.endpoints[i];
    const char *separator = "";
    uint32_t at = 0;
    uint16_t label;
    uint64_t count;
    char name[20];
    bytes_printf(b, "{\"endpoint\":\"%s\",\"calls\":%llu,\"retries\":%llu,\"outcomes\":{",
                 endpoint_name(r->stats.image, i), (unsigned long long)all_calls(e),
                 (unsigned long long)e->retries);
    while (next_outcome(e, &at, &label, &count))
        member(b, &separator, outcome_label_text(label, name), count);
    separator = "";
    bytes_add_text(b, "},\"errors\":{");
    for (uint32_t k = 0; k < ERROR_KINDS; k++)
        if (e->kinds[k] > 0)
            member(b, &separator, outcome_error_kind_name((enum error_kind)k), e->kinds[k]);
    bytes_add_text(b, "}}");
}

static void add_node(const struct stats *s, uint32_t i, struct bytes *b)
{
    const struct histogram *h = &s->nodes[i];
    bytes_printf(b,
                 "{\"flow\":\"%s\",\"node\":\"%s\",\"calls\":%llu,\"p50_us\":%llu,\"p90_us\":%llu,"
                 "\"p99_us\":%llu,\"max_us\":%llu}",
                 flow_of_node(s->image, i), node_name(s->image, i), (unsigned long long)h->count,
                 (unsigned long long)stats_histogram_percentile(h, 50),
                 (unsigned long long)stats_histogram_percentile(h, 90),
                 (unsigned long long)stats_histogram_percentile(h, 99), (unsigned long long)h->max);
}

static void add_traffic(const struct report *r, struct bytes *b)
{
    const char *separator = "";
    bytes_add_text(b, "\"retries\":");
    bytes_printf(b, "%llu,\"connections\":{", (unsigned long long)all_retries(&r->stats));
    member(b, &separator, "opened", r->http.opened);
    member(b, &separator, "reused", r->http.reused);
    separator = "";
    bytes_add_text(b, "},\"bytes\":{");
    member(b, &separator, "in", r->http.bytes_in);
    member(b, &separator, "out", r->http.bytes_out);
    bytes_add_text(b, "}}\n");
}

void report_print_json(const struct report *r, struct bytes *b)
{
    const struct image *image = r->stats.image;
    const char *separator = "";
    add_runs(r, b);
    bytes_add_text(b, ",\"endpoints\":[");
    for (uint32_t i = 0; i < image->endpoint_count; i++) {
        if (all_calls(&r->stats.endpoints[i]) == 0)
            continue;
        bytes_add_text(b, separator);
        add_endpoint(r, i, b);
        separator = ",";
    }
    separator = "";
    bytes_add_text(b, "],\"nodes\":[");
    for (uint32_t i = 0; i < image->node_count; i++) {
        if (r->stats.nodes[i].count == 0)
            continue;
        bytes_add_text(b, separator);
        add_node(&r->stats, i, b);
        separator = ",";
    }
    bytes_add_text(b, "],");
    add_traffic(r, b);
}
