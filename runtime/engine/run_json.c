/* Writes a run as JSON. */
#include "base/mem.h"
#include "base/utf8.h"
#include "engine/run_parts.h"
#include "formats/json.h"

#include <string.h>

const char *run_status_name(enum run_status status)
{
    static const char *const names[] = { "ended", "failed", "faulted", "cancelled" };
    return names[status];
}

/* The end of the string that begins at p[i]: after its closing quote. */
static size_t string_end(const char *p, size_t len, size_t i)
{
    for (i++; i < len && p[i] != '"'; i++)
        if (p[i] == '\\')
            i++;
    return i < len ? i + 1 : len;
}

static bool in_number(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

static size_t number_end(const char *p, size_t len, size_t i)
{
    while (i < len && in_number(p[i]))
        i++;
    return i;
}

/* Adds len bytes with secrets masked: a string without its quotes, or, with `quote`, a number; in
 * quotes, when that makes a number no number. */
static void add_masked(const struct masks *masks, struct bytes *b, const char *p, size_t len,
                       bool quote)
{
    struct bytes piece = { 0 };
    bytes_add(&piece, p, len);
    program_mask_apply(masks, &piece, !quote);
    quote = quote && (piece.len != len || memcmp(piece.data, p, len) != 0);
    bytes_add_text(b, quote ? "\"" : "");
    bytes_add(b, bytes_text(&piece), piece.len);
    bytes_add_text(b, quote ? "\"" : "");
    bytes_release(&piece);
}

static void add_string(const struct masks *masks, struct bytes *b, const char *p, size_t len)
{
    bytes_add_char(b, '"');
    add_masked(masks, b, p + 1, len - 2, false);
    bytes_add_char(b, '"');
}

static void mask_pieces(const struct masks *masks, struct bytes *b, const char *p, size_t len)
{
    size_t i = 0;
    while (i < len) {
        size_t from = i;
        if (p[i] == '"') {
            i = string_end(p, len, i);
            add_string(masks, b, p + from, i - from);
        } else if (p[i] == '-' || (p[i] >= '0' && p[i] <= '9')) {
            i = number_end(p, len, i);
            add_masked(masks, b, p + from, i - from, true);
        } else {
            bytes_add_char(b, p[i++]);
        }
    }
}

/* A secret may look like a piece of the syntax, `true` say: so only strings and numbers are masked,
 * and only where a look at the whole found something. */
void run_mask_json(const struct masks *masks, struct bytes *b)
{
    struct bytes masked = { 0 };
    if (!program_mask_occur(masks, b))
        return;
    mask_pieces(masks, &masked, bytes_text(b), b->len);
    bytes_release(b);
    *b = masked;
}

static bool rules_terminals(uint32_t c)
{
    return (c >= 0x7f && c < 0xa0) || utf8_is_bidi_control(c);
}

/* The first place from i on with such a character, or the end. *c: which. */
static size_t find_ruling(const struct bytes *b, size_t i, uint32_t *c, size_t *width)
{
    for (*width = 1; i < b->len; i += *width) {
        *width = 1;
        if ((unsigned char)b->data[i] < 0x7f)
            continue;
        *c = utf8_decode(b->data + i, b->len - i, width);
        if (rules_terminals(*c))
            break;
    }
    return i;
}

/* JSON allows characters unescaped that control a terminal. They occur in strings only, where an
 * escape means the same character. */
static void escape_ruling(struct bytes *b, size_t from)
{
    uint32_t c;
    size_t width;
    size_t at = find_ruling(b, from, &c, &width);
    if (at == b->len)
        return;
    struct bytes harmless = { 0 };
    for (size_t shown = from;; at = find_ruling(b, shown, &c, &width)) {
        bytes_add(&harmless, b->data + shown, at - shown);
        if (at == b->len)
            break;
        bytes_printf(&harmless, "\\u%04x", (unsigned)c);
        shown = at + width;
    }
    b->len = from;
    bytes_add(b, harmless.data, harmless.len);
    bytes_release(&harmless);
}

void run_print_masked(const struct masks *masks, struct value v, struct bytes *b)
{
    size_t from = b->len;
    if (program_mask_are_empty(masks)) {
        json_write(b, v);
        escape_ruling(b, from);
        return;
    }
    struct bytes json = { 0 };
    json_write(&json, v);
    run_mask_json(masks, &json);
    bytes_add(b, bytes_text(&json), json.len);
    bytes_release(&json);
    escape_ruling(b, from);
}

void run_print_value(const struct run *run, struct value v, struct bytes *b)
{
    run_print_masked(run_masks(run), v, b);
}

static void add_text(struct bytes *b, const char *text)
{
    if (text)
        json_write_string(b, text, strlen(text));
    else
        bytes_add_text(b, "null");
}

static const char *node_name(const struct run *run)
{
    const struct image *image = run->engine->program->image;
    return run->node == IMAGE_NONE ? NULL : image_text(image, image->nodes[run->node].name);
}

void run_print_json(const struct run *run, uint64_t line, const struct value *input,
                    struct bytes *b)
{
    const struct image *image = run->engine->program->image;
    bytes_add_char(b, '{');
    if (line > 0)
        bytes_printf(b, "\"line\":%llu,", (unsigned long long)line);
    if (input) {
        bytes_add_text(b, "\"input\":");
        run_print_value(run, *input, b);
        bytes_add_char(b, ',');
    }
    bytes_add_text(b, "\"run\":\"");
    bytes_add_text(b, run->id);
    bytes_add_text(b, "\",\"status\":\"");
    bytes_add_text(b, run_status_name(run->status));
    bytes_add_text(b, "\",\"flow\":");
    add_text(b, image_text(image, image->functions[run->flow].name));
    bytes_add_text(b, ",\"node\":");
    add_text(b, node_name(run));
    bytes_add_text(b, ",\"value\":");
    run_print_value(run, run->has_value ? run->value : value_null(), b);
    bytes_add_text(b, ",\"messages\":");
    if (run->messages.tag == VALUE_LIST)
        run_print_value(run, run->messages, b);
    else
        bytes_add_text(b, "[]");
    bytes_add_text(b, ",\"error\":");
    if (run->error) {
        struct value error = value_text_of(run->error);
        run_print_value(run, error, b);
        value_unref(error);
    } else {
        bytes_add_text(b, "null");
    }
    bytes_add_char(b, '}');
}
