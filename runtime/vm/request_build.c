#include "vm/request_build.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "formats/json.h"
#include "program/opcode.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

void request_build_release(struct request_build *b)
{
    bytes_release(&b->path);
    bytes_release(&b->query);
    bytes_release(&b->shown_query);
    bytes_release(&b->body);
    endpoint_fields_release(&b->headers);
    mem_free(b->failure);
    *b = (struct request_build){ 0 };
}

void request_build_begin(struct request_build *b, const struct endpoint *endpoint,
                         enum http_method method, char separator)
{
    b->is_open = true;
    b->endpoint = endpoint;
    b->method = method;
    b->separator = separator;
    b->segment = 0;
    b->segment_has_value = false;
    b->has_body = false;
    b->body_secret = false;
    bytes_clear(&b->path);
    bytes_clear(&b->query);
    bytes_clear(&b->shown_query);
    bytes_clear(&b->body);
    endpoint_fields_release(&b->headers);
    mem_free(b->failure);
    b->failure = NULL;
}

struct request_build *request_build_keep(struct request_build *b)
{
    if (!b->is_open)
        return NULL;
    struct request_build *kept = mem_alloc(sizeof *kept);
    *kept = *b;
    *b = (struct request_build){ 0 };
    return kept;
}

void request_build_restore(struct request_build *b, struct request_build *kept)
{
    request_build_release(b);
    *b = *kept;
    mem_free(kept);
}

void request_build_free(struct request_build *kept)
{
    if (!kept)
        return;
    request_build_release(kept);
    mem_free(kept);
}

/* Only the first mistake counts. */
static void fail(struct request_build *b, enum failure f, const struct failure_facts *facts)
{
    if (b->failure)
        return;
    b->failure = failure_text(f, facts);
    b->reason = f;
}

static void fail_of_text(struct request_build *b, enum failure f, const char *text)
{
    fail(b, f, &(struct failure_facts){ .text = text });
}

static bool is_unreserved(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static void encode(struct bytes *b, const char *p, size_t len, bool plus)
{
    static const char digits[] = "0123456789ABCDEF";
    bytes_reserve(b, 3 * len + 1);
    char *out = b->data + b->len;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)p[i];
        if (is_unreserved(c)) {
            *out++ = (char)c;
        } else if (plus && c == ' ') {
            *out++ = '+';
        } else {
            *out++ = '%';
            *out++ = digits[c >> 4];
            *out++ = digits[c & 15];
        }
    }
    *out = '\0';
    b->len = (size_t)(out - b->data);
}

void request_percent_encode(struct bytes *b, const char *p, size_t len)
{
    encode(b, p, len, false);
}

/* Adds v as interpolation shows it, encoded. */
static void encode_value(struct bytes *b, struct value v, bool plus)
{
    if (v.tag == VALUE_TEXT) {
        encode(b, v.text->data, v.text->len, plus);
        return;
    }
    struct bytes text = { 0 };
    json_write_interpolated(&text, v);
    encode(b, bytes_text(&text), text.len, plus);
    bytes_release(&text);
}

/* The segment that ends here must not change the meaning of the path. */
static void close_segment(struct request_build *b)
{
    const char *segment = bytes_text(&b->path) + b->segment;
    size_t len = b->path.len - b->segment;
    if (b->segment_has_value) {
        if (len == 0)
            fail_of_text(b, FAILURE_PATH_EMPTY, bytes_text(&b->path));
        else if ((len == 1 && segment[0] == '.') || (len == 2 && memcmp(segment, "..", 2) == 0))
            fail_of_text(b, FAILURE_PATH_DOTS, len == 1 ? "." : "..");
    }
    b->segment_has_value = false;
}

void request_build_path_text(struct request_build *b, const struct text *text)
{
    const char *p = text->data;
    const char *end = p + text->len;
    while (p < end) {
        const char *slash = memchr(p, '/', (size_t)(end - p));
        bytes_add(&b->path, p, (size_t)((slash ? slash : end) - p));
        if (!slash)
            return;
        close_segment(b);
        bytes_add_char(&b->path, '/');
        b->segment = b->path.len;
        p = slash + 1;
    }
}

void request_build_path_value(struct request_build *b, struct value v)
{
    b->segment_has_value = true;
    if (v.tag == VALUE_NULL)
        fail_of_text(b, FAILURE_PATH_NULL, bytes_text(&b->path));
    else
        encode_value(&b->path, v, false);
}

/* RFC 9110, section 5.5: no control character other than tab. */
static bool may_stand_in_header(const char *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)p[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

void request_build_header(struct request_build *b, const struct text *name, struct value v,
                          bool secret)
{
    if (v.tag == VALUE_NULL)
        return;
    struct bytes text = { 0 };
    const char *p = v.tag == VALUE_TEXT ? v.text->data : NULL;
    size_t len = p ? v.text->len : 0;
    if (!p) {
        json_write_interpolated(&text, v);
        p = bytes_text(&text);
        len = text.len;
    }
    if (may_stand_in_header(p, len))
        endpoint_fields_add(&b->headers, name->data, name->len, p, len, secret);
    else
        fail_of_text(b, FAILURE_HEADER_CONTROL, name->data);
    bytes_release(&text);
}

/* Adds one pair, with a separator before it unless it is the first. */
struct pair_form {
    char separator;
    bool plus;
};

static void add_pair(struct bytes *b, struct pair_form form, const char *name, size_t name_len,
                     struct value v, bool hide)
{
    if (b->len)
        bytes_add_char(b, form.separator);
    encode(b, name, name_len, form.plus);
    bytes_add_char(b, '=');
    if (hide)
        bytes_add_text(b, "***");
    else
        encode_value(b, v, form.plus);
}

static void add_pairs(struct bytes *b, struct pair_form form, const char *name, size_t name_len,
                      struct value v, bool hide)
{
    if (v.tag == VALUE_NULL)
        return;
    if (v.tag != VALUE_LIST) {
        add_pair(b, form, name, name_len, v, hide);
        return;
    }
    for (uint32_t i = 0; i < v.list->len; i++) {
        if (v.list->items[i].tag != VALUE_NULL)
            add_pair(b, form, name, name_len, v.list->items[i], hide);
    }
}

/* The shown url differs from the sent one from the first secret pair on. */
void request_encode_pairs(struct bytes *b, struct bytes *shown, char separator, const char *name,
                          size_t name_len, struct value v, bool secret)
{
    struct pair_form form = { .separator = separator };
    if (secret && shown->len == 0)
        bytes_add(shown, bytes_text(b), b->len);
    if (secret || shown->len)
        add_pairs(shown, form, name, name_len, v, secret);
    add_pairs(b, form, name, name_len, v, false);
}

void request_build_query(struct request_build *b, const struct text *name, struct value v,
                         bool secret)
{
    request_encode_pairs(&b->query, &b->shown_query, b->separator, name->data, name->len, v,
                         secret);
}

void request_build_form(struct request_build *b, const struct text *name, struct value v,
                        bool secret)
{
    b->has_body = true;
    b->body_kind = BODY_FORM;
    b->body_secret |= secret;
    struct pair_form form = { .separator = '&', .plus = true };
    add_pairs(&b->body, form, name->data, name->len, v, false);
}

/* XML has no way to write these, not even as entities (XML 1.0, section 2.2: Char). */
static bool may_stand_in_xml(uint32_t c)
{
    return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c != 0xfffe && c != 0xffff);
}

static void fail_of_character(struct request_build *b, uint32_t c)
{
    char shown[16];
    snprintf(shown, sizeof shown, "U+%04X", (unsigned)c);
    fail_of_text(b, FAILURE_XML_CHARACTER, shown);
}

static void check_xml(struct request_build *b)
{
    const char *p = bytes_text(&b->body);
    for (size_t i = 0, width; i < b->body.len; i += width) {
        uint32_t c = utf8_decode(p + i, b->body.len - i, &width);
        if (!may_stand_in_xml(c))
            fail_of_character(b, c);
    }
}

void request_build_body(struct request_build *b, enum body_kind kind, struct value v, bool secret)
{
    b->has_body = true;
    b->body_kind = kind;
    b->body_secret |= secret;
    switch (kind) {
    case BODY_JSON:
        json_write(&b->body, v);
        break;
    case BODY_TEXT:
        json_write_interpolated(&b->body, v);
        break;
    case BODY_XML:
        json_write_interpolated(&b->body, v);
        check_xml(b);
        break;
    case BODY_FORM:
        break;
    }
}

static void add_field(struct fields *to, const struct field *from)
{
    endpoint_fields_add(to, from->name, strlen(from->name), from->value, strlen(from->value),
                        from->secret);
}

/* The endpoint's headers, then the node's own. A header that both give must be equal and is sent
 * once. */
static void join_headers(struct request_build *b, struct request *r)
{
    const struct fields *common = &b->endpoint->headers;
    if (common->len == 0) {
        r->headers = b->headers;
        b->headers = (struct fields){ 0 };
        return;
    }
    for (size_t i = 0; i < common->len; i++)
        add_field(&r->headers, &common->items[i]);
    for (size_t i = 0; i < b->headers.len; i++) {
        const struct field *own = &b->headers.items[i];
        const struct field *same = endpoint_fields_find(common, own->name);
        if (!same)
            add_field(&r->headers, own);
        else if (strcmp(same->value, own->value) != 0)
            fail(b, FAILURE_HEADER_CONFLICT,
                 &(struct failure_facts){ .text = own->name, .also = b->endpoint->name });
    }
}

static void add_content_type(struct request_build *b, struct request *r)
{
    static const char *const types[] = { "application/json", "text/plain; charset=utf-8",
                                         "application/xml", "application/x-www-form-urlencoded" };
    if (!b->has_body || endpoint_fields_find(&r->headers, "Content-Type"))
        return;
    const char *type = types[b->body_kind];
    endpoint_fields_add(&r->headers, "Content-Type", 12, type, strlen(type), false);
}

/* Only libcurl sets the headers that frame the message: a second, conflicting one allows request
 * smuggling (RFC 9112, section 11.2). Host must be that of the url, because that host is
 * allowed. */
static void refuse_framing(struct request_build *b, const struct request *r)
{
    static const char *const names[] = {
        "Content-Length", "Transfer-Encoding", "Connection", "Expect", "TE",
        "Trailer",        "Upgrade",           "Host"
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (r->headers.len && endpoint_fields_find(&r->headers, names[i]))
            fail_of_text(b, FAILURE_HEADER_RESERVED, names[i]);
    }
}

static void add_url(const struct request_build *b, struct bytes *url, const struct bytes *common,
                    const struct bytes *own)
{
    bytes_add_text(url, b->endpoint->url);
    if (b->path.len == 0 && b->endpoint->slashes)
        bytes_add_text(url, b->endpoint->slashes);
    bytes_add(url, bytes_text(&b->path), b->path.len);
    if (common->len || own->len)
        bytes_add_char(url, '?');
    bytes_add(url, bytes_text(common), common->len);
    if (common->len && own->len)
        bytes_add_char(url, b->separator);
    bytes_add(url, bytes_text(own), own->len);
}

static void set_urls(const struct request_build *b, struct request *r)
{
    const struct endpoint *e = b->endpoint;
    bytes_reserve(&r->url, strlen(e->url) + b->path.len + e->query.len + b->query.len + 3);
    add_url(b, &r->url, &e->query, &b->query);
    if (e->shown_query.len || b->shown_query.len)
        add_url(b, &r->shown_url, e->shown_query.len ? &e->shown_query : &e->query,
                b->shown_query.len ? &b->shown_query : &b->query);
}

/* libcurl builds no longer ones, and would say that memory is exhausted, or, where the URL alone is
 * too long for it, keep the URL of the request before. */
static void check_length(struct request_build *b, const struct request *r)
{
    size_t len = r->url.len;
    for (size_t i = 0; i < r->headers.len; i++)
        len += strlen(r->headers.items[i].name) + strlen(r->headers.items[i].value) + 4;
    if (len > REQUEST_MAX_HEAD)
        fail(b, FAILURE_REQUEST_TOO_LONG,
             &(struct failure_facts){ .number = len, .limit = REQUEST_MAX_HEAD / 1024 });
}

struct request *request_build_finish(struct request_build *b, char **failure)
{
    struct request *r = mem_alloc_zeroed(1, sizeof *r);
    b->is_open = false;
    close_segment(b);
    r->endpoint = b->endpoint;
    r->method = b->method;
    r->has_body = b->has_body;
    r->body_secret = b->body_secret;
    join_headers(b, r);
    refuse_framing(b, r);
    add_content_type(b, r);
    r->idempotent = outcome_method_is_idempotent(b->method) ||
                    endpoint_fields_find(&r->headers, "Idempotency-Key") != NULL;
    set_urls(b, r);
    check_length(b, r);
    if (b->failure) {
        *failure = b->failure;
        b->failure = NULL;
        request_release(r);
        mem_free(r);
        return NULL;
    }
    r->body = b->body; /* moved: the next body gets memory of its own */
    b->body = (struct bytes){ 0 };
    return r;
}
