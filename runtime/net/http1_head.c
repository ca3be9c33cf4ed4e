/* The numbers of sections are those of RFC 9112. */
#include "net/http1_head.h"

#include "base/utf8.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

/* Room for most heads, taken at once. */
#define USUAL_HEAD 255u

struct slice {
    const char *p;
    size_t len;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The characters of a name (tchar, RFC 9110, section 5.6.2) in lower case; 0 for other
 * characters. */
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

static struct slice trim(struct slice s)
{
    while (s.len > 0 && is_blank(s.p[0])) {
        s.p++;
        s.len--;
    }
    while (s.len > 0 && is_blank(s.p[s.len - 1]))
        s.len--;
    return s;
}

static bool is_status_line(struct slice line)
{
    const char *p = line.p;
    return line.len >= 12 && memcmp(p, "HTTP/1.", 7) == 0 && (p[7] == '0' || p[7] == '1') &&
           p[8] == ' ' && is_digit(p[9]) && is_digit(p[10]) && is_digit(p[11]) &&
           (line.len == 12 || p[12] == ' ');
}

/* "HTTP/1.1 200 OK" (section 4). The reason, and the space before it, may be missing. */
static enum http1_problem read_status(struct http1_head *h, struct bytes *headers,
                                      struct slice line)
{
    const char *p = line.p;
    if (!is_status_line(line))
        return HTTP1_MALFORMED;
    int status = (p[9] - '0') * 100 + (p[10] - '0') * 10 + (p[11] - '0');
    if (status < 100 || status > 599)
        return HTTP1_STATUS;
    *h = (struct http1_head){ .status = status,
                              .is_http10 = p[7] == '0',
                              .in_fields = true,
                              .bytes = h->bytes,
                              .lines = h->lines };
    bytes_clear(headers);
    bytes_reserve(headers, USUAL_HEAD);
    return HTTP1_GOOD;
}

/* Bytes that are not UTF-8 are read as ISO-8859-1, HTTP's former charset (RFC 9110, section 5.5).
 */
static void add_value(struct bytes *b, struct slice value)
{
    if (utf8_valid_prefix(value.p, value.len) == value.len) {
        bytes_add(b, value.p, value.len);
        return;
    }
    char out[4];
    for (size_t i = 0; i < value.len; i++)
        bytes_add(b, out, utf8_encode((unsigned char)value.p[i], out));
}

/* A line that continues the one before (section 5.2). Other readers, libcurl among them, do not
 * join such lines. So a header that frames the body must not be continued. */
static enum http1_problem continue_field(const struct http1_head *h, struct bytes *headers,
                                         struct slice line)
{
    if (headers->len == 0 || h->frames)
        return HTTP1_MALFORMED;
    headers->data[--headers->len] = '\0';
    bytes_add_char(headers, ' ');
    add_value(headers, trim(line));
    bytes_add_char(headers, '\n');
    return HTTP1_GOOD;
}

/* Several lengths that are equal count as one (section 6.3). */
static void note_length(struct http1_head *h, struct slice text)
{
    uint64_t length = 0;
    text = trim(text);
    if (text.len == 0 || text.len > 18)
        h->length_is_bad = true;
    for (size_t i = 0; i < text.len && !h->length_is_bad; i++) {
        if (!is_digit(text.p[i]))
            h->length_is_bad = true;
        length = length * 10 + (uint64_t)(text.p[i] - '0');
    }
    if (h->has_length && h->length != length)
        h->length_is_bad = true;
    h->has_length = true;
    h->length = length;
}

static void note_lengths(struct http1_head *h, struct slice list)
{
    for (;;) {
        const char *comma = list.len > 0 ? memchr(list.p, ',', list.len) : NULL;
        size_t len = comma ? (size_t)(comma - list.p) : list.len;
        note_length(h, (struct slice){ list.p, len });
        if (!comma)
            return;
        list = (struct slice){ comma + 1, list.len - len - 1 };
    }
}

static bool is_name(struct slice s, const char *name)
{
    return s.len == strlen(name) && memcmp(s.p, name, s.len) == 0;
}

/* Remembers what a header says about the body. */
static void note_field(struct http1_head *h, struct slice name, struct slice value)
{
    h->frames = false;
    if (is_name(name, "content-length")) {
        h->frames = true;
        note_lengths(h, value);
    } else if (is_name(name, "transfer-encoding")) {
        h->frames = true;
        h->codings++;
        h->is_chunked = value.len == 7 && strncasecmp(value.p, "chunked", 7) == 0;
    } else if (is_name(name, "content-encoding")) {
        h->has_encoding = true;
    }
}

/* Writes the token at the beginning of text in lower case behind b, which has room; returns its
 * length. */
static size_t put_token(const struct bytes *b, struct slice text)
{
    char *out = b->data + b->len;
    size_t len = 0;
    char lower;
    while (len < text.len && (lower = lower_token[(unsigned char)text.p[len]]) != 0)
        out[len++] = lower;
    return len;
}

static void add_rest(struct bytes *headers, struct slice value)
{
    bytes_add(headers, ": ", 2);
    add_value(headers, value);
    bytes_add_char(headers, '\n');
}

/* "Name: value" (section 5). A blank before the colon is a problem (section 5.1). */
static enum http1_problem read_field(struct http1_head *h, struct bytes *headers, struct slice line)
{
    bytes_reserve(headers, line.len + 2);
    size_t start = headers->len;
    size_t name_len = put_token(headers, line);
    if (name_len == 0 || name_len == line.len || line.p[name_len] != ':') {
        headers->data[headers->len] = '\0';
        return HTTP1_MALFORMED;
    }
    headers->len += name_len;
    struct slice value = trim((struct slice){ line.p + name_len + 1, line.len - name_len - 1 });
    add_rest(headers, value);
    note_field(h, (struct slice){ headers->data + start, name_len }, value);
    return HTTP1_GOOD;
}

/* A sender that gives two framings of its body may mean another message to begin in the middle of
 * it (section 11.1). No coding but chunked was requested, and HTTP/1.0 has none (section 6.1). */
static enum http1_problem check_framing(const struct http1_head *h)
{
    if (h->length_is_bad)
        return HTTP1_LENGTH;
    if (h->codings > 0 && h->has_length)
        return HTTP1_LENGTH_AND_CODING;
    if (h->codings > 1 || (h->codings == 1 && (!h->is_chunked || h->is_http10)))
        return HTTP1_CODING;
    return HTTP1_GOOD;
}

/* An interim response has no body, whatever it says (section 6.3). */
static enum http1_problem end_fields(struct http1_head *h)
{
    h->in_fields = false;
    if (h->status < 200)
        return HTTP1_GOOD;
    h->is_complete = true;
    return check_framing(h);
}

static struct slice without_end(struct slice line)
{
    if (line.len > 0 && line.p[line.len - 1] == '\n')
        line.len--;
    if (line.len > 0 && line.p[line.len - 1] == '\r')
        line.len--;
    return line;
}

enum http1_problem http1_head_line(struct http1_head *h, struct bytes *headers, const char *p,
                                   size_t len)
{
    if (len > HTTP1_HEAD_MAX_BYTES - h->bytes || ++h->lines > HTTP1_HEAD_MAX_LINES)
        return HTTP1_TOO_LARGE;
    h->bytes += (uint32_t)len;
    if (h->is_complete) /* a trailer, which is not looked at */
        return HTTP1_GOOD;
    struct slice line = without_end((struct slice){ p, len });
    if (!h->in_fields)
        return read_status(h, headers, line);
    if (line.len == 0)
        return end_fields(h);
    return is_blank(p[0]) ? continue_field(h, headers, line) : read_field(h, headers, line);
}

enum http1_problem http1_head_read(struct http1_head *h, struct bytes *headers, const char *p,
                                   size_t len, size_t *used)
{
    enum http1_problem problem = HTTP1_GOOD;
    const char *end;
    *used = 0;
    while (problem == HTTP1_GOOD && !h->is_complete && *used < len &&
           (end = memchr(p + *used, '\n', len - *used)) != NULL) {
        size_t line = (size_t)(end + 1 - p) - *used;
        problem = http1_head_line(h, headers, p + *used, line);
        *used += line;
    }
    return problem;
}

enum http1_body http1_head_body(const struct http1_head *h, bool is_head)
{
    assert(h->is_complete);
    if (is_head || h->status == 204 || h->status == 304)
        return HTTP1_NO_BODY;
    if (h->is_chunked)
        return HTTP1_BY_CHUNKS;
    return h->has_length ? HTTP1_BY_LENGTH : HTTP1_BY_CLOSE;
}

bool http1_head_add_field(struct bytes *headers, const char *name, size_t name_len,
                          const char *value, size_t len)
{
    if (len > 0 && memchr(value, '\n', len))
        return false;
    bytes_reserve(headers, name_len + len + 3);
    if (name_len == 0 || put_token(headers, (struct slice){ name, name_len }) != name_len) {
        headers->data[headers->len] = '\0';
        return false;
    }
    headers->len += name_len;
    add_rest(headers, trim((struct slice){ value, len }));
    return true;
}
