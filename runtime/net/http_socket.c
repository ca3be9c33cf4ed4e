/* Sockets and timers of http: libcurl reports what it waits for, and libuv waits.
 *
 * A connection that is idle between two calls stays registered with epoll as readable: removing and
 * adding it again would cost two system calls per exchange. If something arrives while it is idle
 * (usually the server closes it), it is removed then; before the connection is used again, it is
 * checked (http_connection.c). This works only for connections, since libcurl reports the closing
 * of no other sockets. */
#include "net/http_parts.h"

#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static void free_watch(uv_handle_t *handle)
{
    mem_free(OWNER_OF((uv_poll_t *)handle, struct watch, poll));
}

static struct watch *find_watch(struct http *h, int fd)
{
    return (size_t)fd < h->watch_cap ? h->watches[fd] : NULL;
}

void http_watch_drop(struct http *h, struct watch *w)
{
    http_connection_leave(h, w);
    h->watches[w->fd] = NULL;
    w->busy = false;
    uv_close((uv_handle_t *)&w->poll, free_watch);
}

static void make_room(struct http *h, int fd)
{
    size_t cap = h->watch_cap;
    if ((size_t)fd < cap)
        return;
    while ((size_t)fd >= cap)
        cap = cap ? cap * 2 : 64;
    h->watches = mem_resize(h->watches, cap, sizeof *h->watches);
    for (size_t i = h->watch_cap; i < cap; i++)
        h->watches[i] = NULL;
    h->watch_cap = cap;
}

/* NULL if libuv cannot watch it. */
static struct watch *add_watch(struct http *h, int fd, bool ours)
{
    make_room(h, fd);
    struct watch *w = mem_alloc_zeroed(1, sizeof *w);
    if (uv_poll_init(h->loop, &w->poll, fd) != 0) {
        mem_free(w);
        return NULL;
    }
    w->fd = fd;
    w->ours = ours;
    h->watches[fd] = w;
    return w;
}

/* libcurl has done something. */
static void go_on(struct lane *lane)
{
    struct http *h = lane->http;
    http_lane_collect(lane);
    http_connection_go_on(h);
}

static void on_event(uv_poll_t *poll, int status, int events);

static void poll_for(struct watch *w, int events)
{
    if (w->polled == events)
        return;
    w->polled = events;
    if (events == 0)
        uv_poll_stop(&w->poll);
    else
        uv_poll_start(&w->poll, events, on_event);
}

static void on_event(uv_poll_t *poll, int status, int events)
{
    struct watch *w = OWNER_OF(poll, struct watch, poll);
    if (status < 0) {
        /* libuv has stopped watching. Reading or writing will find the reason. */
        events = w->polled;
        w->polled = 0;
    }
    if (!w->busy) {
        poll_for(w, 0);
        return;
    }
    struct lane *lane = w->lane;
    int flags = (events & UV_READABLE ? CURL_CSELECT_IN : 0) |
                (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0);
    int running;
    curl_multi_socket_action(lane->multi, w->fd, flags, &running);
    if (w->busy)
        poll_for(w, w->wanted);
    go_on(lane);
}

static void want(struct watch *w, struct lane *lane, int events)
{
    w->lane = lane;
    w->wanted = events;
    if (!w->busy) {
        w->busy = true;
        uv_ref((uv_handle_t *)&w->poll);
    }
    poll_for(w, events);
}

/* A socket that never became a connection may be closed already. */
static void lie_idle(struct watch *w)
{
    w->busy = false;
    if (w->opener)
        http_connection_lose(w);
    if (w->opener || w->polled != UV_READABLE)
        poll_for(w, 0);
    uv_unref((uv_handle_t *)&w->poll);
}

/* Another transfer than easy's opens the socket, or has left it behind. */
static bool is_of_another(const struct watch *w, CURL *easy)
{
    struct carrier *c = NULL;
    if (!w->opener)
        return false;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &c);
    return w->opener != c;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *socket_context)
{
    struct lane *lane = context;
    struct watch *w = find_watch(lane->http, fd);
    (void)socket_context;
    if (w && is_of_another(w, easy)) {
        if (what == CURL_POLL_REMOVE)
            return 0;
        http_watch_drop(lane->http, w);
        w = NULL;
    }
    if (what == CURL_POLL_REMOVE) {
        if (w && w->ours)
            lie_idle(w);
        else if (w)
            http_watch_drop(lane->http, w);
        return 0;
    }
    if (!w)
        w = add_watch(lane->http, fd, false);
    if (!w)
        return -1;
    want(w, lane,
         (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0));
    return 0;
}

/* The policy is asked about the address that libcurl will connect to, whatever name, look-up or
 * redirect led to it. */
static bool admits(struct carrier *c, const struct sockaddr *address)
{
    struct bytes why = { 0 };
    size_t len;
    const char *host = endpoint_host(c->exchange->request->endpoint, &len, NULL);
    c->admitted =
        !host_policy_refuses_address(c->http->guard, host, len, address, &why) || c->admitted;
    if (why.len > 0) {
        bytes_clear(&c->refusal);
        bytes_add(&c->refusal, why.data, why.len);
    }
    bool refused = why.len > 0;
    bytes_release(&why);
    return !refused;
}

/* libcurl may have closed a socket of the same number without reporting it. False if libuv cannot
 * watch the socket. */
static bool watch_connection(struct carrier *c, int fd)
{
    struct watch *w = find_watch(c->http, fd);
    if (w)
        http_watch_drop(c->http, w);
    w = add_watch(c->http, fd, true);
    if (w)
        http_connection_begin(c, w);
    return w != NULL;
}

curl_socket_t http_open_socket(void *carrier, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct carrier *c = carrier;
    (void)purpose;
    if (c->http->guard && !admits(c, &address->addr))
        return CURL_SOCKET_BAD;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0) {
        c->no_descriptor = errno == EMFILE || errno == ENFILE;
        return CURL_SOCKET_BAD;
    }
    if (!watch_connection(c, fd)) {
        close(fd);
        return CURL_SOCKET_BAD;
    }
    return fd;
}

int http_close_socket(void *http, curl_socket_t fd)
{
    struct watch *w = find_watch(http, fd);
    if (w && w->opener)
        http_connection_lose(w);
    if (w)
        http_watch_drop(http, w);
    return close(fd);
}

void http_watches_close(struct http *h)
{
    for (size_t i = 0; i < h->watch_cap; i++) {
        if (h->watches[i])
            http_watch_drop(h, h->watches[i]);
    }
    mem_free(h->watches);
    h->watches = NULL;
    h->watch_cap = 0;
}

static void on_time(uv_timer_t *timer)
{
    struct lane *lane = timer->data;
    int running;
    lane->in_timer = true;
    curl_multi_socket_action(lane->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    /* libuv's clock stands still while it works, so its timer may fire before libcurl's time has
     * come. libcurl does not ask a second time for a deadline that it has told before: ask it. */
    long ms = -1;
    if (!uv_is_active((uv_handle_t *)timer) && curl_multi_timeout(lane->multi, &ms) == CURLM_OK &&
        ms >= 0)
        uv_timer_start(timer, on_time, ms > 0 ? (uint64_t)ms : 1, 0);
    go_on(lane);
    lane->in_timer = false;
}

static int on_timer(CURLM *multi, long ms, void *context)
{
    struct lane *lane = context;
    (void)multi;
    /* While a server sends faster than libcurl reads, libcurl asks for 0 ms each time. libuv runs
     * every timer that is due before it polls, including one that another timer starts for now. So
     * the loop would never get to anything else, not even to the timeout of this call. */
    if (ms == 0 && lane->in_timer)
        ms = 1;
    if (ms < 0)
        uv_timer_stop(&lane->timer);
    else
        uv_timer_start(&lane->timer, on_time, (uint64_t)ms, 0);
    return 0;
}

bool http_go_on(struct http *h)
{
    bool was_due = false;
    for (size_t i = 0; i < h->lane_len; i++) {
        uv_timer_t *timer = &h->lanes[i]->timer;
        if (!h->lanes[i]->multi || !uv_is_active((uv_handle_t *)timer) ||
            uv_timer_get_due_in(timer) > 0)
            continue;
        was_due = true;
        uv_timer_stop(timer);
        on_time(timer);
    }
    return was_due;
}

void http_lane_open(struct lane *lane)
{
    lane->multi = curl_multi_init();
    if (!lane->multi)
        mem_exhausted();
    curl_multi_setopt(lane->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(lane->multi, CURLMOPT_SOCKETDATA, lane);
    curl_multi_setopt(lane->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(lane->multi, CURLMOPT_TIMERDATA, lane);
    curl_multi_setopt(lane->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    curl_multi_setopt(lane->multi, CURLMOPT_MAXCONNECTS, (long)LANE_SIZE);
    uv_timer_init(lane->http->loop, &lane->timer);
    lane->timer.data = lane;
}

static void free_lane(uv_handle_t *handle)
{
    mem_free(handle->data);
}

void http_lane_close(struct lane *lane)
{
    if (!lane->multi) {
        mem_free(lane);
        return;
    }
    curl_multi_cleanup(lane->multi);
    uv_close((uv_handle_t *)&lane->timer, free_lane);
}
