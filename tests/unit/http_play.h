/* A server that plays what a test says, and a client to it, for the tests of http. */
#ifndef FLOW_TESTS_HTTP_PLAY_H
#define FLOW_TESTS_HTTP_PLAY_H

#include "base/mem.h"
#include "net/http.h"

#include "suite.h"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* A server that plays replies in their order, one per request, on one connection after another. */

enum then { KEEP, CLOSE, RESET, STALL };

struct step {
    const char *reply;
    enum then then;
    size_t len; /* 0: up to the NUL */
};

#define MAX_REQUESTS 16

static struct {
    int listener;
    int port;
    int stop[2];
    int wishes[2]; /* a byte for each call of act */
    void (*act)(void);
    sem_t acted;
    pthread_t thread;
    const struct step *steps;
    size_t count;
    int connection; /* the one that is open, or -1 */
    /* How the connections are used; NULL: as they are. */
    void (*accepted)(int fd);
    ssize_t (*read)(int fd, void *p, size_t len);
    ssize_t (*write)(int fd, const void *p, size_t len);
    /* What was seen; read after stop_server. */
    int connections;
    int requests;
    bool closed_by_client; /* a stalled connection */
    struct bytes request[MAX_REQUESTS];
} server;

/* What is written has arrived: the client's kernel has confirmed it. */
static inline void wait_for_arrival(int fd)
{
    int left = 1;
    while (ioctl(fd, SIOCOUTQ, &left) == 0 && left > 0)
        sched_yield();
}

static inline void act(void)
{
    char wish;
    ck_assert_int_eq((int)read(server.wishes[0], &wish, 1), 1);
    server.act();
    wait_for_arrival(server.connection);
    sem_post(&server.acted);
}

/* False: the test is over. */
static inline bool wait_for(int fd)
{
    for (;;) {
        struct pollfd fds[] = { { .fd = fd, .events = POLLIN },
                                { .fd = server.stop[0], .events = POLLIN },
                                { .fd = server.wishes[0], .events = POLLIN } };
        poll(fds, 3, -1);
        if (fds[1].revents & POLLIN)
            return false;
        if ((fds[2].revents & POLLIN) == 0)
            return true;
        act();
    }
}

/* Calls f in the server's thread while its connection is idle, and waits until what f writes has
 * arrived. */
static inline void let_server(void (*f)(void))
{
    server.act = f;
    ck_assert_int_eq((int)write(server.wishes[1], "", 1), 1);
    sem_wait(&server.acted);
}

static inline size_t body_length(const char *head)
{
    const char *at = strcasestr(head, "\r\ncontent-length: ");
    return at ? (size_t)strtoul(at + 18, NULL, 10) : 0;
}

/* False: the connection was closed first, or the test is over. */
static inline bool read_request(int fd, struct bytes *b)
{
    char buffer[4096];
    for (;;) {
        const char *end = strstr(bytes_text(b), "\r\n\r\n");
        if (end && b->len >= (size_t)(end - b->data) + 4 + body_length(b->data))
            return true;
        if (!wait_for(fd))
            return false;
        ssize_t n =
            server.read ? server.read(fd, buffer, sizeof buffer) : read(fd, buffer, sizeof buffer);
        if (n <= 0)
            return false;
        bytes_add(b, buffer, (size_t)n);
    }
}

static inline void write_all(int fd, const char *p, size_t len)
{
    while (len > 0) {
        ssize_t n = server.write ? server.write(fd, p, len) : send(fd, p, len, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        p += n;
        len -= (size_t)n;
    }
}

static inline void reset(int fd)
{
    struct linger now = { .l_onoff = 1 };
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(fd);
}

static inline void wait_for_end(int fd)
{
    char c;
    while (wait_for(fd)) {
        if (read(fd, &c, 1) <= 0) {
            server.closed_by_client = true;
            return;
        }
    }
}

/* Plays one step; returns the connection, or -1 when it is closed. */
static inline int play(int fd, const struct step *step)
{
    write_all(fd, step->reply, step->len ? step->len : strlen(step->reply));
    if (step->then == KEEP)
        return fd;
    if (step->then == RESET) {
        reset(fd);
        return -1;
    }
    if (step->then == STALL)
        wait_for_end(fd);
    close(fd);
    return -1;
}

static inline void *serve(void *context)
{
    int fd = -1;
    size_t at = 0;
    (void)context;
    while (fd >= 0 || wait_for(server.listener)) {
        if (fd < 0) {
            fd = accept(server.listener, NULL, NULL);
            server.connections++;
            server.connection = fd;
            if (server.accepted)
                server.accepted(fd);
        }
        struct bytes *b = &server.request[server.requests];
        bytes_clear(b);
        if (!read_request(fd, b)) {
            close(fd);
            fd = -1;
            continue;
        }
        server.requests++;
        static const struct step after_all = { "", CLOSE, 0 };
        fd = play(fd, at < server.count ? &server.steps[at++] : &after_all);
    }
    return NULL;
}

static inline void start_server(const struct step *steps, size_t count)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    server.steps = steps;
    server.count = count;
    server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(server.listener, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(server.listener, 16), 0);
    ck_assert_int_eq(getsockname(server.listener, (struct sockaddr *)&address, &len), 0);
    server.port = ntohs(address.sin_port);
    ck_assert_int_eq(pipe(server.stop), 0);
    ck_assert_int_eq(pipe(server.wishes), 0);
    ck_assert_int_eq(sem_init(&server.acted, 0, 0), 0);
    ck_assert_int_eq(pthread_create(&server.thread, NULL, serve, NULL), 0);
}

static inline void stop_server(void)
{
    if (server.stop[1] == 0)
        return;
    ck_assert_int_eq((int)write(server.stop[1], "", 1), 1);
    pthread_join(server.thread, NULL);
    close(server.listener);
    close(server.stop[0]);
    close(server.stop[1]);
    close(server.wishes[0]);
    close(server.wishes[1]);
    sem_destroy(&server.acted);
    server.stop[1] = 0;
}

/* The client. */

static struct {
    uv_loop_t loop;
    struct http *http;
    struct transport *transport;
    struct endpoint endpoint;
    struct request request;
    struct exchange x;
    int done;
} t;

static inline void setup(void)
{
    memset(&t, 0, sizeof t);
    memset(&server, 0, sizeof server);
    uv_loop_init(&t.loop);
    t.http = http_new(&t.loop);
    t.transport = http_transport(t.http);
    t.endpoint.connections = 8;
    t.endpoint.max_response = 1000000;
    t.endpoint.tls.verify = true;
    t.request.endpoint = &t.endpoint;
    t.request.idempotent = true;
}

static inline void finish(void)
{
    if (!t.http)
        return;
    http_free(t.http);
    t.http = NULL;
    uv_run(&t.loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(uv_loop_close(&t.loop), 0);
    stop_server();
}

static inline void teardown(void)
{
    finish();
    transport_exchange_release(&t.x);
    request_release(&t.request);
    endpoint_release(&t.endpoint);
    for (int i = 0; i < MAX_REQUESTS; i++)
        bytes_release(&server.request[i]);
}

static inline void note_done(struct exchange *x)
{
    (void)x;
    t.done++;
}

static inline void set_url(const char *scheme, const char *path)
{
    struct bytes url = { 0 };
    bytes_printf(&url, "%s://127.0.0.1:%d", scheme, server.port);
    ck_assert_ptr_null(endpoint_set_url(&t.endpoint, url.data, url.len));
    bytes_release(&url);
    bytes_clear(&t.request.url);
    bytes_printf(&t.request.url, "%s%s", t.endpoint.url, path);
}

static inline void begin(struct exchange *x)
{
    x->request = &t.request;
    x->connect_ms = 3000;
    x->done = note_done;
    t.transport->start(t.transport, x);
}

static inline void fetch(void)
{
    transport_exchange_release(&t.x);
    int before = t.done;
    begin(&t.x);
    ck_assert_int_eq(t.done, before);
    while (t.done == before)
        uv_run(&t.loop, UV_RUN_ONCE);
}

static inline void fetch_from(const struct step *steps, size_t count)
{
    start_server(steps, count);
    set_url("http", "/");
    fetch();
}

/* One reply, then the server does `then`. */
static inline void fetch_reply(const char *reply, enum then then)
{
    /* The server's thread reads it after this returns. */
    static struct step step;
    step = (struct step){ reply, then, 0 };
    fetch_from(&step, 1);
}

static inline void assert_response(int status, const char *body)
{
    ck_assert_msg(t.x.outcome.is_complete, "%s", t.x.outcome.message);
    ck_assert_int_eq(t.x.outcome.status, status);
    ck_assert_str_eq(bytes_text(&t.x.body), body);
}

static inline void assert_failed(enum error_kind kind)
{
    ck_assert_uint_eq(t.x.outcome.label, label_of_outcome(OUTCOME_ERROR));
    ck_assert_msg(t.x.outcome.kind == kind, "%s: %s", outcome_error_kind_name(t.x.outcome.kind),
                  t.x.outcome.message);
    ck_assert_msg(strstr(t.x.outcome.message, "127.0.0.1:") != NULL, "%s", t.x.outcome.message);
}

#define STEPS(...)                                                                                 \
    static const struct step steps[] = { __VA_ARGS__ };                                            \
    fetch_from(steps, sizeof steps / sizeof *steps)

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

#endif
