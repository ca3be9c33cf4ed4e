#include "engine/trace.h"

#include "base/utf8.h"
#include "formats/json.h"

#include <string.h>

#define NODE_COLUMNS 16
#define KIND_COLUMNS 40
#define OUTCOME_COLUMNS 14

static bool is_hidden(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
           utf8_is_bidi_control(c);
}

static void add_escape(struct bytes *b, uint32_t c)
{
    if (c == '\n')
        bytes_add_text(b, "\\n");
    else if (c == '\r')
        bytes_add_text(b, "\\r");
    else if (c == '\t')
        bytes_add_text(b, "\\t");
    else
        bytes_printf(b, "\\u{%X}", (unsigned)c);
}

static void add_valid(struct bytes *b, const char *p, size_t len)
{
    size_t shown = 0;
    size_t width;
    for (size_t i = 0; i < len; i += width) {
        uint32_t c = utf8_decode(p + i, len - i, &width);
        if (!is_hidden(c))
            continue;
        bytes_add(b, p + shown, i - shown);
        add_escape(b, c);
        shown = i + width;
    }
    bytes_add(b, p + shown, len - shown);
}

void trace_add_line(struct bytes *b, const char *p, size_t len)
{
    while (len > 0) {
        size_t valid = utf8_valid_prefix(p, len);
        add_valid(b, p, valid);
        p += valid;
        len -= valid;
        if (len > 0) {
            bytes_add_text(b, "\xef\xbf\xbd");
            p++;
            len--;
        }
    }
}

static size_t columns(const char *p, size_t len)
{
    size_t sum = 0;
    size_t width;
    for (size_t i = 0; i < len; i += width)
        sum += (size_t)utf8_columns(utf8_decode(p + i, len - i, &width));
    return sum;
}

/* Pads the text added since from to a column of that width, and adds a space. */
static void fill(struct bytes *b, size_t from, size_t want)
{
    size_t have = columns(b->data + from, b->len - from);
    for (; have < want; have++)
        bytes_add_char(b, ' ');
    bytes_add_char(b, ' ');
}

static void add(struct bytes *b, const char *text)
{
    if (text)
        trace_add_line(b, text, strlen(text));
}

static const char *colour_of(const struct run_step *step)
{
    const char *o = step->outcome;
    if (strcmp(step->to, "fault") == 0)
        return "\x1b[31m";
    if (!o || o[0] == '2' || strcmp(o, "ok") == 0)
        return "\x1b[32m";
    return strcmp(o, "error") == 0 || strcmp(o, "fail") == 0 || o[0] == '5' ? "\x1b[31m"
                                                                            : "\x1b[33m";
}

static void add_outcome(struct bytes *b, const struct run_step *step, bool colour)
{
    if (colour)
        bytes_add_text(b, colour_of(step));
    size_t from = b->len;
    add(b, step->outcome);
    if (step->error_kind)
        bytes_printf(b, " %s", step->error_kind);
    fill(b, from, OUTCOME_COLUMNS);
    if (colour)
        bytes_add_text(b, "\x1b[0m");
}

void trace_print_text(const struct run_step *step, const char *flow_of_run, bool colour,
                      struct bytes *b)
{
    size_t from = b->len;
    if (strcmp(step->flow, flow_of_run) != 0)
        bytes_printf(b, "%s.", step->flow);
    add(b, step->node);
    fill(b, from, NODE_COLUMNS);
    from = b->len;
    add(b, step->kind);
    if (step->url) {
        bytes_add_char(b, ' ');
        add(b, step->url);
    }
    fill(b, from, KIND_COLUMNS);
    add_outcome(b, step, colour);
    bytes_printf(b, "%6llu ms  -> ", (unsigned long long)step->elapsed_ms);
    add(b, step->to);
    if (step->attempts > 1)
        bytes_printf(b, "  (%u attempts)", (unsigned)step->attempts);
    if (step->message) {
        bytes_add_text(b, "  # ");
        add(b, step->message);
    }
    bytes_add_char(b, '\n');
}

static void add_member(struct bytes *b, const char *name, const char *text)
{
    struct bytes clean = { 0 };
    bytes_printf(b, ",\"%s\":", name);
    if (text) {
        trace_add_line(&clean, text, strlen(text));
        json_write_string(b, bytes_text(&clean), clean.len);
    } else {
        bytes_add_text(b, "null");
    }
    bytes_release(&clean);
}

void trace_print_json(const char *run_id, const struct run_step *step, struct bytes *b)
{
    bytes_printf(b, "{\"run\":\"%s\"", run_id);
    add_member(b, "flow", step->flow);
    add_member(b, "node", step->node);
    add_member(b, "kind", step->kind);
    add_member(b, "url", step->url);
    add_member(b, "outcome", step->outcome);
    add_member(b, "error_kind", step->error_kind);
    add_member(b, "message", step->message);
    bytes_printf(b, ",\"attempts\":%u,\"ms\":%llu", (unsigned)step->attempts,
                 (unsigned long long)step->elapsed_ms);
    add_member(b, "to", step->to);
    bytes_add_text(b, "}\n");
}
