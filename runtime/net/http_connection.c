/* The connections of http: those that are being opened, and those that are open.
 *
 * libcurl uses an open connection for the next transfer without checking whether bytes are waiting
 * on it. Up to version 8.0, bytes that arrived while it was idle became the response to the next
 * request, whoever sent them. So each connection is checked before a request is written to it. It
 * is found by its local port, the only fact about it that libcurl reports at that moment.
 *
 * Versions 7.88.0 to 8.1.2 close a socket that is not connected yet without reporting it: when
 * connecting takes too long or is cancelled, and when another address of the host is faster. So the
 * sockets of a connection that is being opened belong to its carrier, which drops those that did
 * not become the connection. */
#include "net/http_parts.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

static struct watch **slot_of(struct http *h, int port)
{
    return &h->by_port[((unsigned)port >> 1) % PORT_SLOTS]; /* Linux prefers ports of one parity */
}

void http_connection_begin(struct carrier *c, struct watch *w)
{
    w->opener = c;
    w->next = c->opening;
    c->opening = w;
}

void http_connection_leave(struct http *h, struct watch *w)
{
    if (!w->opener && w->local_port == 0)
        return;
    struct watch **at = w->opener ? &w->opener->opening : slot_of(h, w->local_port);
    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    w->opener = NULL;
    w->local_port = 0;
}

void http_connection_lose(struct watch *w)
{
    w->opener->lost_socket = true;
    w->opener->http->lost_socket = true;
}

static bool is_waiting(const struct carrier *c)
{
    for (const struct watch *w = c->opening; w; w = w->next) {
        if (w->busy)
            return true;
    }
    return false;
}

/* Up to version 8.3, libcurl opens the socket for the next address only when it processes the
 * transfer again. The only event that causes this by itself is the connect timeout. A transfer that
 * is paused and resumed is processed soon. */
void http_connection_go_on(struct http *h)
{
    if (!h->lost_socket)
        return;
    h->lost_socket = false;
    for (struct carrier *c = h->live; c; c = c->next) {
        if (!c->lost_socket)
            continue;
        c->lost_socket = false;
        if (is_waiting(c))
            continue;
        curl_easy_pause(c->easy, CURLPAUSE_ALL);
        curl_easy_pause(c->easy, CURLPAUSE_CONT);
    }
}

void http_connection_give_up(struct carrier *c)
{
    while (c->opening)
        http_watch_drop(c->http, c->opening);
    c->lost_socket = false;
}

static int port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = { 0 };
    socklen_t len = sizeof address;
    if (getsockname(fd, &address.any, &len) != 0)
        return 0;
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

/* The socket that became the carrier's connection. Usually there is only one. */
static struct watch *find_opened(const struct carrier *c, int local_port)
{
    struct watch *w = c->opening;
    if (w && !w->next)
        return w;
    while (w && port_of(w->fd) != local_port)
        w = w->next;
    return w;
}

void http_connection_settle(struct carrier *c, int local_port)
{
    struct watch *w = find_opened(c, local_port);
    if (w && local_port > 0) {
        http_connection_leave(c->http, w);
        struct watch **slot = slot_of(c->http, local_port);
        w->local_port = (uint16_t)local_port;
        w->next = *slot;
        *slot = w;
    }
    http_connection_give_up(c);
}

static bool has_bytes(int fd)
{
    char first;
    ssize_t n = recv(fd, &first, 1, MSG_PEEK | MSG_DONTWAIT);
    return n >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

/* The idle connection with this local port. NULL if there is none, or if there are two because two
 * networks use the same port. */
static const struct watch *find_idle(struct http *h, int local_port)
{
    const struct watch *found = NULL;
    for (const struct watch *w = *slot_of(h, local_port); w; w = w->next) {
        if (w->local_port != local_port || w->busy)
            continue;
        if (found)
            return NULL;
        found = w;
    }
    return found;
}

bool http_connection_is_clean(const struct carrier *c, int local_port)
{
    const struct watch *w = find_idle(c->http, local_port);
    if (!w)
        return false;
    return c->is_tls ? http_tls_is_quiet(c, w->fd, has_bytes(w->fd)) : !has_bytes(w->fd);
}
