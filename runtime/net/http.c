#include "net/http.h"

#include "base/mem.h"
#include "net/classify.h"
#include "net/http_parts.h"
#include "net/libraries.h"
#include "net/tls_files.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

/* Lanes and routes. */

static struct lane *add_lane(struct http *h, uint32_t reserved)
{
    h->lanes = mem_resize(h->lanes, h->lane_len + 1, sizeof *h->lanes);
    struct lane *lane = mem_alloc_zeroed(1, sizeof *lane);
    lane->http = h;
    lane->reserved = reserved;
    h->lanes[h->lane_len++] = lane;
    return lane;
}

/* libcurl does not know which certificates http_tls_set_context gave to a connection, and would use
 * that connection for another endpoint of the same host. So an endpoint with TLS files has lanes of
 * its own. */
static bool needs_own_lane(const struct endpoint *e)
{
    return e->connections > LANE_SIZE || e->tls.files != NULL;
}

static size_t lane_with_room(struct http *h, uint32_t connections)
{
    for (size_t i = 0; i < h->lane_len; i++) {
        if (h->lanes[i]->reserved + connections <= LANE_SIZE) {
            h->lanes[i]->reserved += connections;
            return i;
        }
    }
    add_lane(h, connections);
    return h->lane_len - 1;
}

static struct route *add_route(struct http *h, const struct endpoint *e)
{
    struct route route = { .endpoint = e, .lanes = 1 };
    if (h->route_len == 0) {
        libraries_prepare_curl();
        h->guards_headers = http_verbose_must_guard_headers();
    }
    if (!needs_own_lane(e)) {
        route.first_lane = lane_with_room(h, e->connections);
    } else {
        route.first_lane = h->lane_len;
        route.lanes = (e->connections + LANE_SIZE - 1) / LANE_SIZE;
        for (size_t i = 0; i < route.lanes; i++)
            add_lane(h, LANE_SIZE);
    }
    h->routes = mem_resize(h->routes, h->route_len + 1, sizeof *h->routes);
    h->routes[h->route_len] = route;
    return &h->routes[h->route_len++];
}

static struct route *find_route(struct http *h, const struct endpoint *e)
{
    if (h->last_route < h->route_len && h->routes[h->last_route].endpoint == e)
        return &h->routes[h->last_route];
    for (size_t i = 0; i < h->route_len; i++) {
        if (h->routes[i].endpoint == e) {
            h->last_route = i;
            return &h->routes[i];
        }
    }
    return add_route(h, e);
}

/* The first of its lanes that is not full, so that idle connections are found again. */
static struct lane *choose_lane(struct http *h, const struct route *route)
{
    size_t i = route->first_lane;
    size_t last = i + route->lanes - 1;
    while (i < last && h->lanes[i]->live >= LANE_SIZE)
        i++;
    if (!h->lanes[i]->multi)
        http_lane_open(h->lanes[i]);
    return h->lanes[i];
}

/* Carriers. */

static struct carrier *take_carrier(struct http *h, const struct endpoint *e)
{
    struct route *route = find_route(h, e);
    struct carrier *c = route->idle;
    if (c) {
        route->idle = c->next;
    } else {
        c = mem_alloc_zeroed(1, sizeof *c);
        c->http = h;
        c->route = (size_t)(route - h->routes);
        c->easy = curl_easy_init();
        if (!c->easy)
            mem_exhausted();
        http_carrier_set_endpoint(c, e);
    }
    c->lane = choose_lane(h, route);
    c->prev = NULL;
    c->next = h->live;
    if (h->live)
        h->live->prev = c;
    h->live = c;
    return c;
}

static void leave_live(struct carrier *c)
{
    *(c->prev ? &c->prev->next : &c->http->live) = c->next;
    if (c->next)
        c->next->prev = c->prev;
}

static void put_back(struct carrier *c)
{
    struct route *route = &c->http->routes[c->route];
    leave_live(c);
    http_coding_reset(c);
    c->exchange = NULL;
    c->next = route->idle;
    route->idle = c;
}

static void free_carrier(struct carrier *c)
{
    curl_easy_cleanup(c->easy);
    mem_free(c->nodes);
    bytes_release(&c->header_text);
    bytes_release(&c->refusal);
    mem_free(c);
}

bool http_carrier_fail(struct carrier *c, enum failure failure)
{
    if (!c->failed)
        transport_exchange_fail(c->exchange, failure, NULL);
    c->failed = true;
    return false;
}

/* The life of an exchange. */

/* libcurl counts how often it sent a request again over the life of a handle, and gives up at each
 * sixth time up to version 8.17. */
static void renew_handle(struct carrier *c)
{
    CURL *easy = curl_easy_duphandle(c->easy);
    if (!easy)
        mem_exhausted();
    curl_easy_setopt(easy, CURLOPT_SHARE, c->http->share);
    curl_easy_cleanup(c->easy);
    c->easy = easy;
    c->is_worn = false;
}

static void dispatch(struct carrier *c)
{
    if (c->is_worn)
        renew_handle(c);
    http_head_reset(c);
    http_coding_reset(c);
    http_verbose_reset(c);
    c->no_descriptor = false;
    c->admitted = false;
    bytes_clear(&c->refusal);
    c->details[0] = '\0';
    c->lane->live++;
    if (curl_multi_add_handle(c->lane->multi, c->easy) != CURLM_OK)
        mem_exhausted();
}

static void take_off(struct carrier *c)
{
    curl_multi_remove_handle(c->lane->multi, c->easy);
    http_connection_give_up(c);
    c->lane->live--;
}

static void set_fresh(struct carrier *c, bool is_fresh)
{
    if (c->is_fresh == is_fresh)
        return;
    c->is_fresh = is_fresh;
    curl_easy_setopt(c->easy, CURLOPT_FRESH_CONNECT, is_fresh ? 1L : 0L);
}

static void begin_hop(struct carrier *c)
{
    c->sends = 0;
    c->sends_again = false;
    set_fresh(c, false);
    dispatch(c);
}

/* No byte of the request was written to the connection that libcurl chose. */
static void send_again(struct carrier *c)
{
    take_off(c);
    c->sends_again = false;
    set_fresh(c, true);
    dispatch(c);
}

static bool may_not_be_called(const struct http *h, const struct endpoint *e)
{
    size_t len;
    uint16_t port;
    const char *host = endpoint_host(e, &len, &port);
    return h->guard && host_policy_refuses_name(h->guard, host, len, port);
}

/* The policy is asked by name here, before any look-up, and by address in http_open_socket. */
static bool refuses(struct transport *t, const struct endpoint *e, struct outcome_facts *outcome)
{
    const struct http *h = OWNER_OF(t, struct http, transport);
    const struct tls_files *files = e->tls.files;
    if (may_not_be_called(h, e))
        failure_set(outcome, FAILURE_HOST_NOT_ALLOWED, &(struct failure_facts){ .host = e->host });
    else if (files && files->problem)
        failure_set_message(outcome, files->failure,
                            mem_copy_text(files->problem, strlen(files->problem)));
    else
        return false;
    return true;
}

static void start(struct transport *t, struct exchange *x)
{
    struct http *h = OWNER_OF(t, struct http, transport);
    struct carrier *c = take_carrier(h, x->request->endpoint);
    c->exchange = x;
    c->hops = 0;
    c->failed = false;
    x->state = c;
    http_carrier_set_request(c, x->request);
    begin_hop(c);
}

static void count(struct carrier *c)
{
    struct exchange *x = c->exchange;
    struct http_counts *counts = &c->http->counts;
    curl_off_t body = 0;
    long opened = 0;
    long request = 0;
    curl_easy_getinfo(c->easy, CURLINFO_SIZE_DOWNLOAD_T, &body);
    curl_easy_getinfo(c->easy, CURLINFO_NUM_CONNECTS, &opened);
    curl_easy_getinfo(c->easy, CURLINFO_REQUEST_SIZE, &request);
    x->reused = opened == 0 && c->sends > 0;
    x->outcome.resent += c->sends > 1 ? c->sends - 1 : 0;
    x->bytes_in += c->head.bytes + (uint64_t)body;
    x->bytes_out += (uint64_t)request;
    counts->exchanges++;
    counts->opened += (uint64_t)opened;
    counts->reused += x->reused;
    counts->bytes_in += c->head.bytes + (uint64_t)body;
    counts->bytes_out += (uint64_t)request;
}

/* The request may have been sent again, or was about to be. */
static void note_wear(struct carrier *c, bool is_whole)
{
    c->is_worn |= c->sends > (is_whole ? 1u : 0u);
}

/* A cancelled exchange counts in the statistics, too. */
static void cancel(struct transport *t, struct exchange *x)
{
    struct carrier *c = x->state;
    (void)t;
    assert(c && c->exchange == x);
    x->state = NULL;
    http_tls_end_body(c);
    count(c);
    note_wear(c, false);
    take_off(c);
    put_back(c);
}

/* The resolver of libcurl needs file descriptors, too, and reports only that there is no address.
 */
static bool lacks_descriptors(const struct carrier *c, CURLcode code)
{
    if (c->no_descriptor)
        return true;
    if (code != CURLE_COULDNT_RESOLVE_HOST && code != CURLE_OUT_OF_MEMORY)
        return false;
    int fd = dup(STDERR_FILENO);
    if (fd >= 0)
        close(fd);
    return fd < 0;
}

static int find_lookup_error(const struct carrier *c, CURLcode code)
{
    size_t len;
    const char *name = endpoint_host(c->exchange->request->endpoint, &len, NULL);
    return code == CURLE_COULDNT_RESOLVE_HOST ? http_lookup_error(name, len) : 0;
}

static void explain(struct carrier *c, CURLcode code)
{
    struct curl_facts facts = { .code = (int)code,
                                .no_descriptor = lacks_descriptors(c, code),
                                .head_complete = c->head.is_complete,
                                .lookup_error = find_lookup_error(c, code),
                                .details = c->details };
    long os_error = 0;
    long sent = 0;
    curl_easy_getinfo(c->easy, CURLINFO_OS_ERRNO, &os_error);
    curl_easy_getinfo(c->easy, CURLINFO_REQUEST_SIZE, &sent);
    curl_easy_getinfo(c->easy, CURLINFO_SSL_VERIFYRESULT, &facts.verify_result);
    facts.os_error = (int)os_error;
    facts.sent = sent > 0;
    c->http->counts.starved += facts.no_descriptor;
    /* If another address of the host was tried, the failure of that attempt is reported. */
    if (c->refusal.len > 0 && !c->admitted)
        transport_exchange_fail(c->exchange, FAILURE_HOST_REFUSED, bytes_text(&c->refusal));
    else
        classify(c->exchange, &facts);
}

/* Sets the outcome of the exchange. libcurl takes a connection that is closed inside the head for a
 * complete response without a body. */
static void judge(struct carrier *c, CURLcode code, bool is_announced)
{
    struct exchange *x = c->exchange;
    if (c->failed)
        return;
    if (code != CURLE_OK) {
        explain(c, code);
    } else if (!c->head.is_complete) {
        transport_exchange_fail(x, FAILURE_CLOSED_EARLY, NULL);
    } else if (!is_announced) {
        transport_exchange_fail(x, FAILURE_CLOSED_WITHOUT_NOTIFY, NULL);
    } else {
        http_coding_end(c);
        transport_exchange_succeed(x, c->head.status);
    }
}

/* A failed exchange keeps status and headers if its head was complete. */
static void set_head(struct carrier *c)
{
    struct exchange *x = c->exchange;
    if (c->head.is_complete)
        x->outcome.status = c->head.status;
    else
        bytes_clear(&x->headers);
}

static void end(struct carrier *c, CURLcode code)
{
    struct exchange *x = c->exchange;
    if (c->sends_again) {
        send_again(c);
        return;
    }
    bool is_announced = http_tls_end_body(c);
    count(c);
    note_wear(c, code == CURLE_OK);
    take_off(c);
    http_carrier_set_buffer(c, x->body.len);
    if (code == CURLE_OK && c->head.is_complete && !c->failed && http_redirect_follow(c)) {
        bytes_clear(&x->body);
        mem_free(x->unreadable);
        x->unreadable = NULL;
        begin_hop(c);
        return;
    }
    judge(c, code, is_announced);
    set_head(c);
    x->state = NULL;
    put_back(c);
    x->done(x);
}

void http_lane_collect(struct lane *lane)
{
    int left;
    for (CURLMsg *m; (m = curl_multi_info_read(lane->multi, &left)) != NULL;) {
        struct carrier *c = NULL;
        CURLcode code = m->data.result;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &c);
        end(c, code);
    }
}

struct http *http_new(uv_loop_t *loop)
{
    struct http *h = mem_alloc_zeroed(1, sizeof *h);
    h->transport = (struct transport){ .refuses = refuses, .start = start, .cancel = cancel };
    h->loop = loop;
    h->share = curl_share_init();
    if (!h->share)
        mem_exhausted();
    curl_share_setopt(h->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    return h;
}

void http_free(struct http *h)
{
    while (h->live)
        cancel(&h->transport, h->live->exchange);
    for (size_t i = 0; i < h->route_len; i++) {
        for (struct carrier *c = h->routes[i].idle; c;) {
            struct carrier *next = c->next;
            free_carrier(c);
            c = next;
        }
    }
    for (size_t i = 0; i < h->lane_len; i++)
        http_lane_close(h->lanes[i]);
    http_watches_close(h);
    curl_share_cleanup(h->share);
    mem_free(h->lanes);
    mem_free(h->routes);
    mem_free(h);
}

void http_set_guard(struct http *h, const struct host_policy *guard)
{
    h->guard = guard;
}

struct transport *http_transport(struct http *h)
{
    return &h->transport;
}

struct http_counts http_counts(const struct http *h)
{
    return h->counts;
}
