/* What the files http*.c share: lanes, carriers (one carries one exchange), and the sockets that
 * libuv watches. For http*.c only. */
#ifndef FLOW_NET_HTTP_PARTS_H
#define FLOW_NET_HTTP_PARTS_H

#include "net/http.h"
#include "net/http1_head.h"

#include <curl/curl.h>

/* At most this many live transfers in one multi handle. libcurl walks all connections of a handle
 * at each call: at 1,000 a call costs 2.4 times what it costs at 100, at 10,000 13 to 19 times. */
#define LANE_SIZE 1000u

/* At most this many content codings of one body. libcurl has the same limit. */
#define MAX_CODINGS 5u

/* One multi handle with its timer. */
struct lane {
    struct http *http;
    CURLM *multi; /* NULL until it is needed */
    uv_timer_t timer;
    bool in_timer;     /* on_time is running */
    uint32_t reserved; /* connections that the endpoints on it may have together */
    uint32_t live;
};

/* The lanes of an endpoint. They are always the same, so that its idle connections are found again
 * and never outnumber its concurrent calls. */
struct route {
    const struct endpoint *endpoint;
    size_t first_lane;
    size_t lanes;
    struct carrier *idle; /* with all options of this endpoint set */
};

/* What is read next, if it is to be shown to the debug callback. */
enum verbose {
    VERBOSE_OFF,
    VERBOSE_FIRST_HEADER, /* a line that is a header, the first of its head, or ends the head */
    VERBOSE_SURPLUS,      /* the end of a response, together with whatever is behind it */
};

/* Carries one exchange. */
struct carrier {
    struct http *http;
    size_t route;
    struct lane *lane;
    struct carrier *next; /* idle ones of its route; live ones of all */
    struct carrier *prev;
    CURL *easy;
    struct exchange *exchange; /* NULL: idle */

    /* The headers of the request in libcurl's form; the memory is reused. */
    struct curl_slist *nodes;
    size_t node_cap;
    struct bytes header_text;

    /* What the easy handle is set to. */
    uint32_t connect_ms;
    enum http_method method;
    bool has_body;
    bool is_tls;  /* its endpoint is */
    bool wide;    /* its receive buffer is */
    bool is_last; /* its connection carries no other exchange */
    enum verbose verbose;

    uint32_t sends;        /* of the present hop */
    uint32_t hops;         /* redirects followed */
    struct watch *opening; /* the sockets of the connection that is being opened */
    bool lost_socket;      /* one of them was given up; see http_connection_go_on */
    bool sends_again;      /* its connection cannot be used: the request goes over another one */
    bool is_fresh;         /* libcurl must open a connection for it */
    bool is_worn;          /* libcurl has sent a request again with this handle */
    bool no_descriptor;
    bool admitted;        /* the policy allowed an address of the host */
    struct bytes refusal; /* why it refused one: %s of HOST_REFUSED; empty: it did not */
    bool failed;          /* the outcome of the exchange is set: we found a failure */

    struct http1_head head; /* that is being read */

    /* The body. */
    uint8_t codings[MAX_CODINGS]; /* in the order in which they were applied */
    uint32_t coding_len;
    char *unknown_coding; /* the first one that cannot be undone, as a message names it; or NULL */
    uint64_t wire_bytes;  /* of a body with a coding */
    struct inflater *inflaters[MAX_CODINGS]; /* each undoes the coding of its number */

    /* A body that only the end of its connection ends, over TLS. */
    const void *session;       /* of OpenSSL, only compared; NULL if there is no such body */
    bool was_announced;        /* TLS has said that the connection ends */
    struct carrier *next_open; /* of those that have a session */

    char details[CURL_ERROR_SIZE];
};

/* A socket that libuv watches. */
struct watch {
    uv_poll_t poll;
    struct lane *lane;
    int fd;
    int wanted;             /* UV_READABLE, UV_WRITABLE: what libcurl wants */
    int polled;             /* what libuv was asked to watch for */
    bool ours;              /* a connection: we opened it */
    bool busy;              /* libcurl waits for it; otherwise it is idle */
    struct carrier *opener; /* opens it; NULL: it is open, or not a connection */
    uint16_t local_port;    /* of an open connection; 0: not known */
    struct watch *next;     /* of its opener, or of those with a like port */
};

/* Connections by their local port, to find one among thousands. A power of two. */
#define PORT_SLOTS 1024u

struct http {
    struct transport transport;
    uv_loop_t *loop;
    const struct host_policy *guard; /* NULL: any host may be called */
    CURLSH *share;                   /* answers of the DNS, for all lanes */
    struct lane **lanes;
    size_t lane_len;
    struct route *routes;
    size_t route_len;
    size_t last_route;   /* found last: mostly wanted next */
    bool guards_headers; /* see http_verbose.c; set with the first route */
    struct carrier *live;
    struct carrier *open_ended; /* those that have a session */
    struct watch **watches;     /* by file descriptor */
    size_t watch_cap;
    struct watch *by_port[PORT_SLOTS]; /* open connections */
    bool lost_socket;                  /* a live carrier has */
    struct http_counts counts;
};

/* http_socket.c: sockets and timers. */

/* Makes the multi handle. */
void http_lane_open(struct lane *lane);
/* Closes it; frees the lane once libuv has closed its handles. */
void http_lane_close(struct lane *lane);
void http_watches_close(struct http *h);
/* Stops watching; the socket stays as it is. */
void http_watch_drop(struct http *h, struct watch *w);
curl_socket_t http_open_socket(void *carrier, curlsocktype purpose, struct curl_sockaddr *address);
int http_close_socket(void *http, curl_socket_t fd);

/* http_connection.c: which connections are being opened, and which are open. */

/* The carrier opens the socket of w for its connection. */
void http_connection_begin(struct carrier *c, struct watch *w);
/* w is dropped. */
void http_connection_leave(struct http *h, struct watch *w);
/* The carrier's connection is open, with this local port. */
void http_connection_settle(struct carrier *c, int local_port);
/* libcurl has given up a socket of a connection that is being opened. */
void http_connection_lose(struct watch *w);
/* Makes libcurl try the next address where it has given up one. Not within a call of libcurl. */
void http_connection_go_on(struct http *h);
/* The carrier's transfer is over. */
void http_connection_give_up(struct carrier *c);
/* True if nothing is waiting on the old connection of the carrier, which has this local port,
 * beyond what ended its last response. False also if the connection was closed or is not known. */
bool http_connection_is_clean(const struct carrier *c, int local_port);

/* http_request.c: from a request to libcurl's options. */

void http_carrier_set_endpoint(struct carrier *c, const struct endpoint *e);
void http_carrier_set_request(struct carrier *c, const struct request *r);
/* Chooses the buffer for the next response, which is likely to be as long as the last one. Only
 * between transfers. */
void http_carrier_set_buffer(struct carrier *c, size_t answer);

/* http_head.c: the head of a response. */

void http_head_reset(struct carrier *c);
/* Takes a line with its end. False if the carrier has failed. */
bool http_head_line(struct carrier *c, const char *p, size_t len);
/* Of a complete head. True if libcurl finds the end of the response in the bytes that it has read,
 * and does not close the connection if it has read more. */
bool http_head_hides_surplus(const struct carrier *c);

/* http_verbose.c */

/* True if this libcurl writes into freed memory unless each first header line is shown to the debug
 * callback before libcurl parses it. */
bool http_verbose_must_guard_headers(void);
void http_verbose_prepare(struct carrier *c);
/* Cheap if nothing changes. */
void http_verbose_set(struct carrier *c, enum verbose verbose);
/* Another transfer begins. */
void http_verbose_reset(struct carrier *c);

/* http_coding.c: the body of a response. */

void http_coding_reset(struct carrier *c);
/* list is the value of a Content-Encoding header (RFC 9110, section 8.4). A further one adds to it.
 */
void http_coding_begin(struct carrier *c, const char *list, size_t len);
/* Undoes the codings of a piece of the body and appends the result to the body of the exchange. If
 * they cannot be undone, `unreadable` of the exchange says why, its body is empty and the rest of
 * the body is dropped. False if the carrier has failed. */
bool http_coding_add(struct carrier *c, const char *p, size_t len);
/* The body has ended: if a coding is not complete, the body is unreadable. */
void http_coding_end(struct carrier *c);

/* http_tls.c */

/* True if no data is waiting on the connection of the carrier. Bytes on its socket may be TLS
 * messages such as session tickets: these are consumed. */
bool http_tls_is_quiet(const struct carrier *c, int fd, bool has_bytes);
/* For each connection that this carrier opens: its context gets what the files of the endpoint
 * hold, and says when TLS announces an end. */
void http_tls_set_context(struct carrier *c, const struct tls_files *files);
/* The head is complete, and only the end of the connection will end the body. */
void http_tls_begin_body(struct carrier *c);
/* The exchange has ended or is cancelled. False if TLS had to announce the end of the body and did
 * not. */
bool http_tls_end_body(struct carrier *c);

/* http_lookup.c */

/* The result of the last look-up of a name in any thread: an EAI_ error of getaddrinfo; 0 if it
 * succeeded or is not known. */
int http_lookup_error(const char *name, size_t len);

/* http_redirect.c */

/* True: the handle of libcurl is set to the location, and the next hop may begin. False: the
 * response is final, or the carrier has failed. */
bool http_redirect_follow(struct carrier *c);

/* http.c */

/* Ends the exchanges of the transfers that have ended. */
void http_lane_collect(struct lane *lane);
/* Sets the failure of the exchange, unless it has one already. Always false. */
bool http_carrier_fail(struct carrier *c, enum failure failure);

#endif
