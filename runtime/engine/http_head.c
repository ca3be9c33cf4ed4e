/* The head of a response, line by line as it comes. libcurl lets pass what RFC 9112 does not: a head
 * that is not complete, contradictory lengths, lengths that are no number. */
#include "engine/http_parts.h"

#include "base/utf8.h"

#include <string.h>
#include <strings.h>

struct span {
    const char *p;
    size_t len;
};

void head_reset(struct carrier *c)
{
    c->status = 0;
    c->in_head = false;
    c->head_complete = false;
    c->is_http10 = false;
    c->framing_line = false;
    c->head_bytes = 0;
    c->head_lines = 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* tchar (RFC 9110, section 5.6.2). */
static bool is_token_character(char c)
{
    return (c >= 'a' && c <= 'z') || c == '-' || (c >= 'A' && c <= 'Z') || is_digit(c) ||
           (c != '\0' && strchr("!#$%&'*+.^_`|~", c) != NULL);
}

static struct span trim(struct span s)
{
    while (s.len > 0 && is_blank(s.p[0])) {
        s.p++;
        s.len--;
    }
    while (s.len > 0 && is_blank(s.p[s.len - 1]))
        s.len--;
    return s;
}

static bool not_http(struct carrier *c)
{
    return carrier_fail(c, ERROR_PROTOCOL, "what %h answered is not HTTP/1.1");
}

/* "HTTP/1.1 200 OK" */
static bool read_status(struct carrier *c, struct span line)
{
    const char *p = line.p;
    if (line.len < 12 || memcmp(p, "HTTP/1.", 7) != 0 || (p[7] != '0' && p[7] != '1') ||
        p[8] != ' ' || !is_digit(p[9]) || !is_digit(p[10]) || !is_digit(p[11]) ||
        (line.len > 12 && p[12] != ' '))
        return not_http(c);
    c->status = (p[9] - '0') * 100 + (p[10] - '0') * 10 + (p[11] - '0');
    if (c->status < 100 || c->status > 599)
        return carrier_fail(c, ERROR_PROTOCOL, "%h answered with a status that HTTP does not have");
    c->is_http10 = p[7] == '0';
    c->in_head = true;
    c->framing_line = false;
    bytes_clear(&c->exchange->headers);
    return true;
}

/* Bytes that are no UTF-8 are taken for ISO-8859-1, as HTTP had it once (RFC 9110, section 5.5). */
static void add_value(struct bytes *b, struct span value)
{
    if (utf8_valid_prefix(value.p, value.len) == value.len) {
        bytes_add(b, value.p, value.len);
        return;
    }
    char out[4];
    for (size_t i = 0; i < value.len; i++)
        bytes_add(b, out, utf8_encode((unsigned char)value.p[i], out));
}

/* A line that continues the one before (RFC 9112, section 5.2). libcurl does not put them together,
 * so it must not be one that libcurl acts on. */
static bool continue_line(struct carrier *c, struct span line)
{
    struct bytes *headers = &c->exchange->headers;
    if (headers->len == 0 || c->framing_line)
        return not_http(c);
    headers->data[--headers->len] = '\0';
    bytes_add_char(headers, ' ');
    add_value(headers, trim(line));
    bytes_add_char(headers, '\n');
    return true;
}

static bool is_name(struct span s, const char *name)
{
    return s.len == strlen(name) && strncasecmp(s.p, name, s.len) == 0;
}

static bool read_field(struct carrier *c, struct span line)
{
    struct bytes *headers = &c->exchange->headers;
    struct span name = { line.p, 0 };
    while (name.len < line.len && is_token_character(name.p[name.len]))
        name.len++;
    if (name.len == 0 || name.len == line.len || name.p[name.len] != ':')
        return not_http(c);
    bytes_reserve(headers, line.len + 2);
    for (size_t i = 0; i < name.len; i++) {
        char ch = name.p[i];
        bytes_add_char(headers, ch >= 'A' && ch <= 'Z' ? (char)(ch - 'A' + 'a') : ch);
    }
    bytes_add(headers, ": ", 2);
    add_value(headers, trim((struct span){ name.p + name.len + 1, line.len - name.len - 1 }));
    bytes_add_char(headers, '\n');
    c->framing_line = is_name(name, "content-length") || is_name(name, "transfer-encoding");
    return true;
}

/* The lengths that the head gives, as one number. A list of equal ones is one (RFC 9112, 6.3). */
struct lengths {
    bool any;
    bool wrong;
    uint64_t length;
};

static void add_length(struct lengths *l, struct span text)
{
    uint64_t length = 0;
    text = trim(text);
    if (text.len == 0 || text.len > 18)
        l->wrong = true;
    for (size_t i = 0; i < text.len && !l->wrong; i++) {
        if (!is_digit(text.p[i]))
            l->wrong = true;
        length = length * 10 + (uint64_t)(text.p[i] - '0');
    }
    if (l->any && l->length != length)
        l->wrong = true;
    l->any = true;
    l->length = length;
}

static void add_lengths(struct lengths *l, struct span list)
{
    for (;;) {
        const char *comma = list.len > 0 ? memchr(list.p, ',', list.len) : NULL;
        size_t len = comma ? (size_t)(comma - list.p) : list.len;
        add_length(l, (struct span){ list.p, len });
        if (!comma)
            return;
        list = (struct span){ comma + 1, list.len - len - 1 };
    }
}

/* What the head says about where the body ends. */
struct framing {
    struct lengths lengths;
    unsigned encodings; /* lines of Transfer-Encoding */
    bool chunked;
};

static bool take_prefix(struct span *line, const char *prefix)
{
    size_t len = strlen(prefix);
    if (line->len < len || memcmp(line->p, prefix, len) != 0)
        return false;
    *line = (struct span){ line->p + len, line->len - len };
    return true;
}

static struct framing find_framing(const struct bytes *headers)
{
    struct framing f = { 0 };
    const char *p = headers->data;
    const char *end = p + headers->len;
    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        struct span line = { p, (size_t)(newline - p) };
        if (take_prefix(&line, "content-length: ")) {
            add_lengths(&f.lengths, line);
        } else if (take_prefix(&line, "transfer-encoding: ")) {
            f.encodings++;
            f.chunked = is_name(line, "chunked");
        }
        p = newline + 1;
    }
    return f;
}

static bool may_have_body(const struct carrier *c)
{
    return c->method != HTTP_HEAD && c->status != 204 && c->status != 304;
}

/* A server that says two things about the length of its answer may mean another server's answer to
 * begin in the middle of it. No other coding than chunked was asked for. */
static bool check_framing(struct carrier *c)
{
    struct framing f = find_framing(&c->exchange->headers);
    if (f.lengths.wrong)
        return carrier_fail(c, ERROR_PROTOCOL,
                            "%h gave a Content-Length that is no number, or more than one");
    if (f.encodings > 0 && f.lengths.any)
        return carrier_fail(c, ERROR_PROTOCOL,
                            "%h gave both a Content-Length and a Transfer-Encoding");
    if (f.encodings > 1 || (f.encodings == 1 && !f.chunked) || (f.encodings && c->is_http10))
        return carrier_fail(c, ERROR_PROTOCOL, "%h used a Transfer-Encoding that was not asked for");
    if (!f.lengths.any || !may_have_body(c))
        return true;
    if (f.lengths.length > c->exchange->request->endpoint->max_response)
        return carrier_fail(c, ERROR_TOO_LARGE, "the answer of %h is longer than `max-response`");
    return true;
}

static bool end_head(struct carrier *c)
{
    c->in_head = false;
    if (c->status < 200)
        return true;
    c->head_complete = true;
    coding_begin(c);
    return check_framing(c);
}

bool head_line(struct carrier *c, const char *p, size_t len)
{
    if (len > MAX_HEAD_BYTES - c->head_bytes || ++c->head_lines > MAX_HEAD_LINES)
        return carrier_fail(c, ERROR_TOO_LARGE, "%h sent more than 256 KB or 1,000 lines of headers");
    c->head_bytes += (uint32_t)len;
    if (c->head_complete) /* a trailer: not looked at */
        return true;
    if (len > 0 && p[len - 1] == '\n')
        len--;
    if (len > 0 && p[len - 1] == '\r')
        len--;
    struct span line = { p, len };
    if (!c->in_head)
        return read_status(c, line);
    if (len == 0)
        return end_head(c);
    return is_blank(p[0]) ? continue_line(c, line) : read_field(c, line);
}
