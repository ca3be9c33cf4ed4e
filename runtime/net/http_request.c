/* From an endpoint and a request to libcurl's options. */
#include "net/http_parts.h"

#include "base/mem.h"

#include <assert.h>
#include <string.h>

/* Bytes received per system call. libcurl allocates and frees this buffer with each transfer.
 * NARROW, with the byte that libcurl adds, is the largest block that malloc takes from its per-
 * thread cache, which costs a hundredth of the time, and a live transfer takes 15 KB less. For long
 * responses NARROW would mean many system calls. */
#define NARROW_BYTES 1024L
#define WIDE_BYTES 65536L
#define LONG_ANSWER 8192u

static void set_tls(CURL *easy, const struct tls_settings *tls)
{
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, tls->verify ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, tls->verify ? 2L : 0L);
}

/* The environment of the process must not change a request. */
static void set_isolation(CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
}

/* After a header line: what the debug callback must see next. The line began a head if was_in_head
 * is false. */
static enum verbose next_verbose(const struct carrier *c, bool was_in_head)
{
    if (c->head.is_complete)
        return http_head_hides_surplus(c) ? VERBOSE_SURPLUS : VERBOSE_OFF;
    bool begins = c->head.in_fields && !was_in_head;
    return begins && c->http->guards_headers ? VERBOSE_FIRST_HEADER : VERBOSE_OFF;
}

static size_t on_header(char *p, size_t size, size_t count, void *context)
{
    struct carrier *c = context;
    bool was_in_head = c->head.in_fields;
    if (!http_head_line(c, p, size * count))
        return 0;
    http_verbose_set(c, next_verbose(c, was_in_head));
    return size * count;
}

static size_t on_body(char *p, size_t size, size_t count, void *context)
{
    return http_coding_add(context, p, size * count) ? size * count : 0;
}

/* Called each time before the request is written. An old connection is used only if it is clean.
 * libcurl sends the request again by itself if an old connection turns out to be dead, but cannot
 * know whether the server has acted on it. So a request is sent again only if it is idempotent,
 * only over a new connection, and therefore only once. */
static int on_send(void *context, char *ip, char *local_ip, int port, int local_port)
{
    struct carrier *c = context;
    bool is_new = c->opening || c->is_fresh;
    (void)ip;
    (void)local_ip;
    (void)port;
    if (is_new)
        http_connection_settle(c, local_port);
    uint32_t most = c->exchange->request->idempotent ? 2 : 1;
    if (c->sends == most) {
        http_carrier_fail(c, FAILURE_CLOSED_BEFORE_RESPONSE);
        return CURL_PREREQFUNC_ABORT;
    }
    if (!is_new && (c->sends > 0 || !http_connection_is_clean(c, local_port))) {
        c->sends_again = true;
        return CURL_PREREQFUNC_ABORT;
    }
    c->sends++;
    return CURL_PREREQFUNC_OK;
}

static void set_callbacks(struct carrier *c)
{
    CURL *easy = c->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, c);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, c->details);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, c);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, c);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_send);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, c);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, http_open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, c);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, http_close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, c->http);
}

void http_carrier_set_endpoint(struct carrier *c, const struct endpoint *e)
{
    CURL *easy = c->easy;
    set_callbacks(c);
    http_verbose_prepare(c);
    set_isolation(easy);
    set_tls(easy, &e->tls);
    http_tls_set_context(c, e->tls.files);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_SHARE, c->http->share);
    /* A look-up that does not return is abandoned, so that it does not block the loop. */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, NARROW_BYTES);
    c->is_tls = strncmp(e->origin, "https:", 6) == 0;
    c->connect_ms = 0;
    c->method = HTTP_GET;
    c->has_body = false;
    c->wide = false;
}

void http_carrier_set_buffer(struct carrier *c, size_t answer)
{
    bool wide = answer >= LONG_ANSWER;
    if (wide == c->wide)
        return;
    c->wide = wide;
    curl_easy_setopt(c->easy, CURLOPT_BUFFERSIZE, wide ? WIDE_BYTES : NARROW_BYTES);
}

/* PUT, POST and PATCH have a body even when it is empty (RFC 9110, section 8.6). */
static bool has_body(const struct request *r)
{
    return r->has_body || r->method == HTTP_POST || r->method == HTTP_PUT ||
           r->method == HTTP_PATCH;
}

static void set_method(struct carrier *c, const struct request *r)
{
    if (c->method == r->method && c->has_body == has_body(r))
        return;
    c->method = r->method;
    c->has_body = has_body(r);
    curl_easy_setopt(c->easy, CURLOPT_HTTPGET, 1L);
    if (r->method == HTTP_HEAD)
        curl_easy_setopt(c->easy, CURLOPT_NOBODY, 1L);
    if (c->has_body)
        curl_easy_setopt(c->easy, CURLOPT_POST, 1L);
    bool usual = r->method == HTTP_GET || r->method == HTTP_HEAD || r->method == HTTP_POST;
    curl_easy_setopt(
        c->easy, CURLOPT_CUSTOMREQUEST,
        usual && c->has_body == (r->method == HTTP_POST) ? NULL : outcome_method_name(r->method));
}

static void set_body(struct carrier *c, const struct request *r)
{
    if (!c->has_body)
        return;
    curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.len);
    curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, bytes_text(&r->body));
}

static struct curl_slist *add_node(struct carrier *c, size_t *count)
{
    struct curl_slist *node = &c->nodes[(*count)++];
    *node = (struct curl_slist){ 0 };
    if (*count > 1)
        node[-1].next = node;
    return node;
}

/* libcurl omits a header without a value if it is given as "Name:", and takes "Name;" for it. The
 * blanks around a value do not belong to it (RFC 9110, section 5.5). */
static void add_header_text(struct bytes *b, const struct field *f)
{
    bytes_add_text(b, f->name);
    if (f->value[strspn(f->value, " \t")] == '\0') {
        bytes_add_char(b, ';');
    } else {
        bytes_add(b, ": ", 2);
        bytes_add_text(b, f->value);
    }
    bytes_add_char(b, '\0');
}

/* Adds text unless the request itself sets a header of that name. The options of libcurl for these
 * headers would format each of them twice per request. */
static void add_default(struct carrier *c, size_t *count, const char *name, char *text)
{
    if (!endpoint_fields_find(&c->exchange->request->headers, name))
        add_node(c, count)->data = text;
}

static void add_defaults(struct carrier *c, size_t *count)
{
    static char agent[] = "User-Agent: flow";
    static char coding[] = "Accept-Encoding: gzip";
    static char no_type[] = "Content-Type:";
    static char no_expect[] = "Expect:";
    add_default(c, count, "User-Agent", agent);
    add_default(c, count, "Accept-Encoding", coding);
    if (!c->has_body)
        return;
    add_default(c, count, "Content-Type", no_type);
    add_default(c, count, "Expect", no_expect);
}

/* The list is one block of memory that is reused: curl_slist_append would allocate twice per
 * header. */
static void set_headers(struct carrier *c, const struct request *r)
{
    size_t most = r->headers.len + 4;
    if (most > c->node_cap) {
        c->nodes = mem_resize(c->nodes, most, sizeof *c->nodes);
        c->node_cap = most;
    }
    size_t count = 0;
    bytes_clear(&c->header_text);
    for (size_t i = 0; i < r->headers.len; i++)
        add_header_text(&c->header_text, &r->headers.items[i]);
    char *text = c->header_text.data;
    for (size_t i = 0; i < r->headers.len; i++, text += strlen(text) + 1)
        add_node(c, &count)->data = text;
    add_defaults(c, &count);
    curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->nodes);
}

void http_carrier_set_request(struct carrier *c, const struct request *r)
{
    uint32_t connect_ms = c->exchange->connect_ms > 0 ? c->exchange->connect_ms : 1;
    curl_easy_setopt(c->easy, CURLOPT_URL, bytes_text(&r->url));
    if (connect_ms != c->connect_ms) {
        c->connect_ms = connect_ms;
        curl_easy_setopt(c->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    }
    set_method(c, r);
    set_body(c, r);
    set_headers(c, r);
}
