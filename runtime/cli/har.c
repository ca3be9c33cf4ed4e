#include "cli/har.h"

#include "base/escape.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "cli/jsonl.h"

#include "config.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

static const char tail[] = "\n]}}\n";

static void write_at(struct har *h, const char *p, size_t len, off_t at)
{
    while (len > 0 && atomic_load(&h->failure) == 0) {
        ssize_t n = pwrite(h->fd, p, len, at);
        if (n < 0 && errno != EINTR)
            atomic_store(&h->failure, errno);
        if (n <= 0)
            continue;
        p += n;
        len -= (size_t)n;
        at += n;
    }
}

/* An entry could not be written whole: the archive ends before it again. What ended it there was
 * the last that is known to be written, so the disk has room for it. */
static void take_back(const struct har *h)
{
    size_t len = sizeof tail - 1;
    if (pwrite(h->fd, tail, len, h->end) == (ssize_t)len)
        (void)!ftruncate(h->fd, h->end + (off_t)len);
}

void har_init(struct har *h, int fd)
{
    struct bytes b = { 0 };
    *h = (struct har){ .fd = fd };
    if (uv_mutex_init(&h->mutex) != 0)
        mem_exhausted();
    bytes_add_text(&b,
                   "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"flowrun\",\"version\":"
                   "\"" PACKAGE_VERSION "\"},\"entries\":[");
    h->end = (off_t)b.len;
    bytes_add_text(&b, tail);
    write_at(h, b.data, b.len, 0);
    bytes_release(&b);
}

void har_release(struct har *h)
{
    uv_mutex_destroy(&h->mutex);
}

/* Parts of an entry. */

/* "2026-01-31T12:00:00.000Z" (ISO 8601) */
static void add_time(struct bytes *b, int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm t;
    gmtime_r(&seconds, &t);
    bytes_printf(b, "{\"startedDateTime\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\"",
                 t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec,
                 (int)(ms % 1000));
}

static void add_pair(struct bytes *b, const char *name, size_t name_len, const char *value,
                     size_t value_len)
{
    bytes_add_text(b, b->data[b->len - 1] == '[' ? "{" : ",{");
    jsonl_bytes(b, "name", name, name_len);
    jsonl_bytes(b, "value", value, value_len);
    bytes_add_char(b, '}');
}

static void add_query_pair(struct bytes *b, const char *p, size_t len)
{
    const char *sign = memchr(p, '=', len);
    size_t name_len = sign ? (size_t)(sign - p) : len;
    struct bytes name = { 0 };
    struct bytes value = { 0 };
    escape_percent_decode(&name, p, name_len);
    if (sign)
        escape_percent_decode(&value, sign + 1, len - name_len - 1);
    add_pair(b, bytes_text(&name), name.len, bytes_text(&value), value.len);
    bytes_release(&name);
    bytes_release(&value);
}

static void add_query(struct bytes *b, const char *url)
{
    const char *p = strchr(url, '?');
    bytes_add_text(b, ",\"queryString\":[");
    while (p) {
        size_t len = strcspn(p + 1, "&;");
        add_query_pair(b, p + 1, len);
        p = p[1 + len] ? p + 1 + len : NULL;
    }
    bytes_add_char(b, ']');
}

static const char *content_type_of(const struct fields *headers)
{
    const struct field *f = endpoint_fields_find(headers, "content-type");
    return f ? f->value : "application/octet-stream";
}

static void add_request(struct bytes *b, const struct request *q)
{
    const char *url = request_shown_url(q);
    bytes_printf(b, ",\"request\":{\"method\":\"%s\"", outcome_method_name(q->method));
    jsonl_text(b, "url", url);
    bytes_add_text(b, ",\"httpVersion\":\"HTTP/1.1\",\"cookies\":[],\"headers\":[");
    for (size_t i = 0; i < q->headers.len; i++) {
        const struct field *f = &q->headers.items[i];
        struct bytes value = { 0 };
        jsonl_header_value(&value, f);
        add_pair(b, f->name, strlen(f->name), bytes_text(&value), value.len);
        bytes_release(&value);
    }
    bytes_add_char(b, ']');
    add_query(b, url);
    if (q->has_body) {
        bytes_add_text(b, ",\"postData\":{");
        jsonl_text(b, "mimeType", content_type_of(&q->headers));
        if (q->body_secret)
            jsonl_text(b, "text", "***");
        else
            jsonl_bytes(b, "text", bytes_text(&q->body), q->body.len);
        bytes_add_char(b, '}');
    }
    bytes_printf(b, ",\"headersSize\":-1,\"bodySize\":%zu}", q->has_body ? q->body.len : 0);
}

static void add_content(struct jsonl_line *l, const struct exchange *x)
{
    struct bytes *b = &l->text;
    size_t len = 0;
    const char *type = transport_headers_find(&x->headers, "content-type", &len);
    bytes_printf(b, ",\"content\":{\"size\":%zu", x->body.len);
    jsonl_bytes(b, "mimeType", type ? type : "application/octet-stream", type ? len : 24);
    if (utf8_valid_prefix(bytes_text(&x->body), x->body.len) == x->body.len) {
        jsonl_bytes(b, "text", bytes_text(&x->body), x->body.len);
    } else {
        bytes_add_text(b, ",\"text\":");
        jsonl_base64(l, x->body.data, x->body.len);
        bytes_add_text(b, ",\"encoding\":\"base64\"");
    }
    bytes_add_char(b, '}');
}

/* error: why it is not complete or cannot be read, or NULL. */
static void add_response(struct jsonl_line *l, const struct exchange *x, const char *error)
{
    struct bytes *b = &l->text;
    struct header_line line;
    size_t at = 0;
    bytes_printf(b,
                 ",\"response\":{\"status\":%d,\"statusText\":\"\",\"httpVersion\":\"HTTP/1.1\","
                 "\"cookies\":[],\"headers\":[",
                 x->outcome.status);
    while (jsonl_next_header(&x->headers, &at, &line))
        add_pair(b, line.name, line.name_len, line.value, line.value_len);
    bytes_add_char(b, ']');
    add_content(l, x);
    size_t len = 0;
    const char *location = transport_headers_find(&x->headers, "location", &len);
    jsonl_bytes(b, "redirectURL", location ? location : "", location ? len : 0);
    bytes_printf(b, ",\"headersSize\":-1,\"bodySize\":%zu", x->body.len);
    if (error)
        jsonl_text(b, "_error", error);
    bytes_add_char(b, '}');
}

/* No response: status 0, as browsers write it, and why. */
static void add_failure(struct bytes *b, const char *error)
{
    bytes_add_text(b, ",\"response\":{\"status\":0,\"statusText\":\"\",\"httpVersion\":\"\","
                      "\"cookies\":[],\"headers\":[],\"content\":{\"size\":0,\"mimeType\":\"\"},"
                      "\"redirectURL\":\"\",\"headersSize\":-1,\"bodySize\":-1");
    jsonl_text(b, "_error", error ? error : "");
    bytes_add_char(b, '}');
}

static void add_end(struct jsonl_line *l, const struct run_attempt *a)
{
    const struct exchange *x = a->exchange;
    if (!x || !x->outcome.status)
        add_failure(&l->text, a->outcome->message);
    else
        add_response(l, x, x->unreadable ? x->unreadable : a->outcome->message);
}

static void add_comment(struct bytes *b, const struct program *program, const struct run *run,
                        const struct run_attempt *a)
{
    const struct image *image = program->image;
    const struct image_node *n = &image->nodes[a->node];
    struct bytes text = { 0 };
    bytes_printf(&text, "run %s, node %s.%s%s%s, attempt %u", run->id,
                 image_text(image, image->functions[n->function].name), image_text(image, n->name),
                 *a->strand ? " in " : "", a->strand, (unsigned)a->number);
    if (a->outcome->resent > 0)
        bytes_printf(&text, ", sent %u times", (unsigned)a->outcome->resent + 1);
    jsonl_bytes(b, "comment", text.data, text.len);
    bytes_release(&text);
}

void har_print(struct jsonl_line *l, const struct program *program, const struct run *run,
               const struct run_attempt *a)
{
    struct bytes *b = &l->text;
    unsigned long long ms = a->elapsed_ms;
    add_time(b, run->started_ms + (int64_t)a->since_ms);
    bytes_printf(b, ",\"time\":%llu", ms);
    add_request(b, a->request);
    add_end(l, a);
    bytes_printf(b, ",\"cache\":{},\"timings\":{\"send\":0,\"wait\":%llu,\"receive\":0}", ms);
    add_comment(b, program, run, a);
    bytes_add_char(b, '}');
}

void har_add(struct har *h, const struct bytes *entry)
{
    struct bytes whole = { 0 };
    uv_mutex_lock(&h->mutex);
    bytes_add_text(&whole, h->has_entries ? ",\n" : "\n");
    bytes_add(&whole, entry->data, entry->len);
    off_t end = h->end + (off_t)whole.len;
    bytes_add_text(&whole, tail);
    bool failed_before = atomic_load(&h->failure) != 0;
    write_at(h, whole.data, whole.len, h->end);
    if (atomic_load(&h->failure) == 0) {
        h->end = end;
        h->has_entries = true;
    } else if (!failed_before) {
        take_back(h);
    }
    uv_mutex_unlock(&h->mutex);
    bytes_release(&whole);
}
