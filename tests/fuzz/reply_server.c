#include "tests/fuzz/reply_server.h"

#include "tests/fuzz/fuzz.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* A client that waits for more of a reply gets the end of the connection instead. */
#define REPEAT_MS 1
#define IDLE_MS 3

#define HEAD_MAX 8192u
#define SENT_MAX 4096u
#define PATHS 256u /* more than there are; two that share a place share their replies */

static struct {
    const struct reply_script *script;
    SSL_CTX *tls;
    int listener;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t ended;
    size_t live; /* connections */
    size_t sent; /* replies */
    unsigned asked[PATHS];
} server = { .mutex = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER };

struct link {
    int fd;
    SSL *tls; /* NULL: none */
    char head[HEAD_MAX + 1];
    size_t len;
    const struct reply *last;
    char id[4];
};

static bool send_all(struct link *l, const char *p, size_t len)
{
    while (len > 0) {
        ssize_t n = l->tls ? SSL_write(l->tls, p, (int)len) : send(l->fd, p, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        p += n;
        len -= (size_t)n;
    }
    return true;
}

static size_t fill_in(const struct reply *r, const char *id, char *out)
{
    size_t len = r->len < SENT_MAX ? r->len : SENT_MAX;
    memcpy(out, r->bytes, len);
    for (size_t i = 0; i < len; i++) {
        if (out[i] == '#')
            out[i] = '*';
    }
    for (size_t i = 0; i + 5 <= len; i++) {
        if (memcmp(out + i, "@@@@@", 5) != 0)
            continue;
        out[i] = '#';
        memcpy(out + i + 1, id, 4);
    }
    return len;
}

static bool send_reply(struct link *l, const struct reply *r)
{
    char text[SENT_MAX];
    size_t len = fill_in(r, l->id, text);
    for (unsigned i = 0; i < r->pieces; i++) {
        size_t from = len * i / r->pieces;
        size_t to = len * (i + 1) / r->pieces;
        if (to > from && !send_all(l, text + from, to - from))
            return false;
        if (i + 1 < r->pieces)
            sched_yield();
    }
    return true;
}

/* False: nothing came in time. */
static bool is_readable(struct link *l, int ms)
{
    struct pollfd p = { .fd = l->fd, .events = POLLIN };
    return (l->tls && SSL_pending(l->tls) > 0) || poll(&p, 1, ms) > 0;
}

static bool wait_for_bytes(struct link *l)
{
    const struct reply *last = l->last;
    if (!last || !last->is_repeated)
        return is_readable(l, IDLE_MS);
    if (is_readable(l, REPEAT_MS))
        return true;
    l->last = NULL;
    return send_reply(l, last) && is_readable(l, IDLE_MS);
}

static bool read_more(struct link *l)
{
    size_t room = HEAD_MAX - l->len;
    if (room == 0 || !wait_for_bytes(l))
        return false;
    ssize_t n = l->tls ? SSL_read(l->tls, l->head + l->len, (int)room)
                       : recv(l->fd, l->head + l->len, room, 0);
    if (n <= 0)
        return false;
    l->len += (size_t)n;
    l->head[l->len] = '\0';
    return true;
}

/* The whole request is in head. False: none came. */
static bool read_request(struct link *l)
{
    l->len = 0;
    l->head[0] = '\0';
    for (;;) {
        const char *end = strstr(l->head, "\r\n\r\n");
        const char *length = strcasestr(l->head, "\r\ncontent-length:");
        size_t body = length ? strtoul(length + 17, NULL, 10) : 0;
        if (end && l->len >= (size_t)(end - l->head) + 4 + body)
            return true;
        if (!read_more(l))
            return false;
    }
}

/* Four digits end the path; a request that a redirect led elsewhere may have none. */
static const struct reply *choose(struct link *l)
{
    const char *path = strchr(l->head, ' ');
    size_t len = path ? strcspn(path + 1, " ") : 0;
    unsigned place = 0;
    memset(l->id, '0', 4);
    if (len >= 4)
        memcpy(l->id, path + 1 + len - 4, 4);
    for (size_t i = 0; i < len; i++)
        place = place * 5 + (unsigned char)path[1 + i];
    const struct reply_script *s = server.script;
    pthread_mutex_lock(&server.mutex);
    unsigned number = place + server.asked[place % PATHS]++;
    server.sent++;
    pthread_mutex_unlock(&server.mutex);
    return &s->replies[number % s->count];
}

static bool answer(struct link *l)
{
    l->last = choose(l);
    bool good = send_reply(l, l->last);
    struct linger at_once = { .l_onoff = 1 };
    switch (l->last->end) {
    case REPLY_KEEP:
        return good;
    case REPLY_RESET:
        setsockopt(l->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        return false;
    case REPLY_CLOSE:
        if (l->tls)
            SSL_shutdown(l->tls);
        return false;
    }
    return false;
}

static bool begin_tls(struct link *l)
{
    l->tls = SSL_new(server.tls);
    return l->tls && SSL_set_fd(l->tls, l->fd) == 1 && SSL_accept(l->tls) == 1;
}

static void *serve(void *context)
{
    struct link *l = context;
    struct timeval limit = { .tv_sec = 2 };
    int on = 1;
    setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(l->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (!server.script->is_tls || begin_tls(l)) {
        while (read_request(l) && answer(l))
            continue;
    }
    SSL_free(l->tls);
    close(l->fd);
    free(l);
    pthread_mutex_lock(&server.mutex);
    server.live--;
    pthread_cond_signal(&server.ended);
    pthread_mutex_unlock(&server.mutex);
    return NULL;
}

static void start_link(int fd)
{
    struct link *l = calloc(1, sizeof *l);
    pthread_t thread;
    if (!l)
        fuzz_fail("no memory for a connection", NULL);
    l->fd = fd;
    pthread_mutex_lock(&server.mutex);
    server.live++;
    pthread_mutex_unlock(&server.mutex);
    if (pthread_create(&thread, NULL, serve, l) != 0 || pthread_detach(thread) != 0)
        fuzz_fail("no thread for a connection", NULL);
}

static void *accept_all(void *context)
{
    int fd;
    (void)context;
    while ((fd = accept(server.listener, NULL, NULL)) >= 0)
        start_link(fd);
    return NULL;
}

static void make_tls(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    server.tls = SSL_CTX_new(TLS_server_method());
    if (!key || !certificate || !server.tls)
        fuzz_fail("no TLS", NULL);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400L * 30);
    X509_set_pubkey(certificate, key);
    if (X509_sign(certificate, key, EVP_sha256()) <= 0 ||
        SSL_CTX_use_certificate(server.tls, certificate) != 1 ||
        SSL_CTX_use_PrivateKey(server.tls, key) != 1)
        fuzz_fail("no certificate", NULL);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

int reply_server_start(const struct reply_script *script)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    if (script->is_tls && !server.tls)
        make_tls();
    server.script = script;
    server.sent = 0;
    memset(server.asked, 0, sizeof server.asked);
    server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server.listener, (struct sockaddr *)&address, len) != 0 ||
        listen(server.listener, 64) != 0 ||
        getsockname(server.listener, (struct sockaddr *)&address, &len) != 0 ||
        pthread_create(&server.thread, NULL, accept_all, NULL) != 0)
        fuzz_fail("no server", NULL);
    return ntohs(address.sin_port);
}

size_t reply_server_stop(void)
{
    shutdown(server.listener, SHUT_RDWR);
    pthread_join(server.thread, NULL);
    close(server.listener);
    pthread_mutex_lock(&server.mutex);
    while (server.live > 0)
        pthread_cond_wait(&server.ended, &server.mutex);
    pthread_mutex_unlock(&server.mutex);
    return server.sent;
}
