/* The head of a response, line by line as it comes. libcurl lets pass what RFC 9112 does not: a
 * head that is not complete, contradictory lengths, lengths that are no number. */
#include "net/http_parts.h"

#include "base/utf8.h"

#include <string.h>
#include <strings.h>

/* Room for most heads, taken at once. */
#define USUAL_HEAD 255u

struct span {
    const char *p;
    size_t len;
};

void http_head_reset(struct carrier *c)
{
    c->status = 0;
    c->in_head = false;
    c->head_complete = false;
    c->is_http10 = false;
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

/* The characters of a name (tchar, RFC 9110, section 5.6.2) in lower case; 0: none. */
static const char lower_token[256] = {
    ['!'] = '!', ['#'] = '#', ['$'] = '$', ['%'] = '%', ['&'] = '&', ['\''] = '\'', ['*'] = '*',
    ['+'] = '+', ['-'] = '-', ['.'] = '.', ['^'] = '^', ['_'] = '_', ['`'] = '`',   ['|'] = '|',
    ['~'] = '~', ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4',   ['5'] = '5',
    ['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9', ['a'] = 'a', ['b'] = 'b',   ['c'] = 'c',
    ['d'] = 'd', ['e'] = 'e', ['f'] = 'f', ['g'] = 'g', ['h'] = 'h', ['i'] = 'i',   ['j'] = 'j',
    ['k'] = 'k', ['l'] = 'l', ['m'] = 'm', ['n'] = 'n', ['o'] = 'o', ['p'] = 'p',   ['q'] = 'q',
    ['r'] = 'r', ['s'] = 's', ['t'] = 't', ['u'] = 'u', ['v'] = 'v', ['w'] = 'w',   ['x'] = 'x',
    ['y'] = 'y', ['z'] = 'z', ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd',   ['E'] = 'e',
    ['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j', ['K'] = 'k',   ['L'] = 'l',
    ['M'] = 'm', ['N'] = 'n', ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r',   ['S'] = 's',
    ['T'] = 't', ['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y',   ['Z'] = 'z',
};

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
    return http_carrier_fail(c, FAILURE_NOT_HTTP1);
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
        return http_carrier_fail(c, FAILURE_STATUS_UNKNOWN);
    c->is_http10 = p[7] == '0';
    c->in_head = true;
    c->framing = (struct framing){ 0 };
    http_coding_reset(c);
    bytes_clear(&c->exchange->headers);
    bytes_reserve(&c->exchange->headers, USUAL_HEAD);
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
    if (headers->len == 0 || c->framing.last_line)
        return not_http(c);
    headers->data[--headers->len] = '\0';
    bytes_add_char(headers, ' ');
    add_value(headers, trim(line));
    bytes_add_char(headers, '\n');
    return true;
}

/* A list of equal lengths is one (RFC 9112, section 6.3). */
static void add_length(struct framing *f, struct span text)
{
    uint64_t length = 0;
    text = trim(text);
    if (text.len == 0 || text.len > 18)
        f->wrong_length = true;
    for (size_t i = 0; i < text.len && !f->wrong_length; i++) {
        if (!is_digit(text.p[i]))
            f->wrong_length = true;
        length = length * 10 + (uint64_t)(text.p[i] - '0');
    }
    if (f->has_length && f->length != length)
        f->wrong_length = true;
    f->has_length = true;
    f->length = length;
}

static void add_lengths(struct framing *f, struct span list)
{
    for (;;) {
        const char *comma = list.len > 0 ? memchr(list.p, ',', list.len) : NULL;
        size_t len = comma ? (size_t)(comma - list.p) : list.len;
        add_length(f, (struct span){ list.p, len });
        if (!comma)
            return;
        list = (struct span){ comma + 1, list.len - len - 1 };
    }
}

static bool is_name(struct span s, const char *name)
{
    return s.len == strlen(name) && memcmp(s.p, name, s.len) == 0;
}

/* Remembers what a header says about where the body ends. */
static void note_field(struct carrier *c, struct span name, struct span value)
{
    struct framing *f = &c->framing;
    f->last_line = false;
    if (is_name(name, "content-length")) {
        f->last_line = true;
        add_lengths(f, value);
    } else if (is_name(name, "transfer-encoding")) {
        f->last_line = true;
        f->encodings++;
        f->chunked = value.len == 7 && strncasecmp(value.p, "chunked", 7) == 0;
    } else if (is_name(name, "content-encoding")) {
        f->has_coding = true;
    }
}

/* Appends the name in lower case; returns its length, 0 when it is no name followed by a colon. */
static size_t add_name(struct bytes *b, struct span line)
{
    char *out = b->data + b->len;
    size_t len = 0;
    char lower;
    while (len < line.len && (lower = lower_token[(unsigned char)line.p[len]]) != 0)
        out[len++] = lower;
    if (len == line.len || line.p[len] != ':')
        return 0;
    b->len += len;
    return len;
}

static bool read_field(struct carrier *c, struct span line)
{
    struct bytes *headers = &c->exchange->headers;
    bytes_reserve(headers, line.len + 2);
    size_t start = headers->len;
    size_t name_len = add_name(headers, line);
    if (name_len == 0)
        return not_http(c);
    struct span value = trim((struct span){ line.p + name_len + 1, line.len - name_len - 1 });
    bytes_add(headers, ": ", 2);
    add_value(headers, value);
    bytes_add_char(headers, '\n');
    note_field(c, (struct span){ headers->data + start, name_len }, value);
    return true;
}

static bool may_have_body(const struct carrier *c)
{
    return c->method != HTTP_HEAD && c->status != 204 && c->status != 304;
}

/* A server that says two things about the length of its answer may mean another server's answer to
 * begin in the middle of it. No other coding than chunked was asked for. */
static bool check_framing(struct carrier *c)
{
    const struct framing *f = &c->framing;
    if (f->wrong_length)
        return http_carrier_fail(c, FAILURE_LENGTH_MALFORMED);
    if (f->encodings > 0 && f->has_length)
        return http_carrier_fail(c, FAILURE_LENGTH_AND_CODING);
    if (f->encodings > 1 || (f->encodings == 1 && !f->chunked) || (f->encodings && c->is_http10))
        return http_carrier_fail(c, FAILURE_TRANSFER_CODING);
    if (!may_have_body(c))
        return true;
    if (!f->has_length && !f->chunked)
        http_tls_begin_body(c);
    if (f->has_length && f->length > c->exchange->request->endpoint->max_response)
        return http_carrier_fail(c, FAILURE_BODY_TOO_LARGE);
    return true;
}

/* Read from the whole head: a value may go on in a further line. */
static void note_codings(struct carrier *c)
{
    size_t at = 0;
    size_t len;
    const char *list;
    while ((list = transport_headers_next(&c->exchange->headers, "content-encoding", &at, &len)) !=
           NULL)
        http_coding_begin(c, list, len);
}

static bool end_head(struct carrier *c)
{
    c->in_head = false;
    if (c->status < 200)
        return true;
    c->head_complete = true;
    if (c->framing.has_coding)
        note_codings(c);
    return check_framing(c);
}

bool http_head_hides_surplus(const struct carrier *c)
{
    const struct framing *f = &c->framing;
    return !may_have_body(c) || f->chunked || (f->has_length && f->length == 0);
}

bool http_head_line(struct carrier *c, const char *p, size_t len)
{
    if (len > MAX_HEAD_BYTES - c->head_bytes || ++c->head_lines > MAX_HEAD_LINES)
        return http_carrier_fail(c, FAILURE_HEAD_TOO_LARGE);
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
