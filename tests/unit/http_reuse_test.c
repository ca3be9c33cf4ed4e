/* Connections and handles that are used more than once: what one exchange leaves behind does
 * nothing to the next. */
#include "http_play.h"
#include "net/http_parts.h"

#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>

#define MINE "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmine"
#define STALE "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstale"

/* The next response is the one that the server meant, over a new connection. */
static void assert_replaced(void)
{
    transport_exchange_release(&t.x);
    fetch();
    assert_response(200, "mine");
    ck_assert(!t.x.reused);
    ck_assert_uint_eq(t.x.outcome.resent, 0);
    finish();
    ck_assert_int_eq(server.connections, 2);
    ck_assert_int_eq(server.requests, 2);
}

static void assert_reused(void)
{
    transport_exchange_release(&t.x);
    fetch();
    assert_response(200, "mine");
    ck_assert(t.x.reused);
    finish();
    ck_assert_int_eq(server.connections, 1);
}

static void be_a_post(void)
{
    t.request.method = HTTP_POST;
    t.request.idempotent = false;
}

/* TLS: the same server behind OpenSSL. */

static struct {
    SSL_CTX *context;
    SSL *session; /* of the connection that is open */
} tls;

static void sign(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    ck_assert_int_gt(X509_sign(certificate, key, EVP_sha256()), 0);
    ck_assert_int_eq(SSL_CTX_use_certificate(tls.context, certificate), 1);
    ck_assert_int_eq(SSL_CTX_use_PrivateKey(tls.context, key), 1);
    X509_free(certificate);
}

static void accept_tls(int fd)
{
    SSL_free(tls.session);
    tls.session = SSL_new(tls.context);
    SSL_set_fd(tls.session, fd);
    SSL_accept(tls.session);
}

static ssize_t read_tls(int fd, void *p, size_t len)
{
    (void)fd;
    return SSL_read(tls.session, p, (int)len);
}

static ssize_t write_tls(int fd, const void *p, size_t len)
{
    (void)fd;
    return SSL_write(tls.session, p, (int)len);
}

static void setup_tls(void)
{
    setup();
    EVP_PKEY *key = EVP_EC_gen("P-256");
    tls.session = NULL;
    tls.context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_options(tls.context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    sign(key);
    EVP_PKEY_free(key);
    server.accepted = accept_tls;
    server.read = read_tls;
    server.write = write_tls;
    t.endpoint.tls.verify = false;
}

static void teardown_tls(void)
{
    teardown();
    SSL_free(tls.session);
    SSL_CTX_free(tls.context);
}

static void fetch_over(const char *scheme, const struct step *steps, size_t count)
{
    start_server(steps, count);
    set_url(scheme, "/");
    fetch();
    assert_response(200, "ok");
}

static void fetch_ok_over(const char *scheme)
{
    static const struct step steps[] = { { OK, KEEP, 0 }, { MINE, KEEP, 0 } };
    fetch_over(scheme, steps, 2);
}

/* Bytes that come while the connection is idle. */

struct unasked {
    const char *bytes;
    bool is_post;
    bool polls; /* the loop sees them before the next call */
};

static const struct unasked unasked[] = {
    { STALE, false, false },
    { STALE, true, false },
    { STALE, true, true },
    { "\r\n", false, false },
    { "\r\n", true, true },
    { "\n", false, false },
    { "", false, true },
    { "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", false,
      true },
    { "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", true,
      false },
    { "HTTP/1.1 100 Continue\r\n\r\n", true, false },
};
#define UNASKED (int)(sizeof unasked / sizeof *unasked)

static const char *pushed;

static void push(void)
{
    write_all(server.connection, pushed, strlen(pushed));
}

static void play_unasked(const char *scheme, const struct unasked *u)
{
    if (u->is_post)
        be_a_post();
    fetch_ok_over(scheme);
    pushed = u->bytes;
    let_server(push);
    for (int i = 0; u->polls && i < 20; i++)
        uv_run(&t.loop, UV_RUN_NOWAIT);
    if (*u->bytes)
        assert_replaced();
    else
        assert_reused();
}

START_TEST(what_comes_while_a_connection_is_idle_is_no_response)
{
    play_unasked("http", &unasked[_i]);
}
END_TEST

START_TEST(the_same_holds_over_tls)
{
    play_unasked("https", &unasked[_i]);
}
END_TEST

static void send_message(int queued)
{
    ck_assert_int_eq(queued, 1);
    ck_assert_int_eq(SSL_do_handshake(tls.session), 1);
}

static void send_ticket(void)
{
    send_message(SSL_new_session_ticket(tls.session));
}

static void change_key(void)
{
    send_message(SSL_key_update(tls.session, SSL_KEY_UPDATE_NOT_REQUESTED));
}

static void ask_for_key(void)
{
    send_message(SSL_key_update(tls.session, SSL_KEY_UPDATE_REQUESTED));
}

static void send_half_a_record(void)
{
    static const char half[] = "\x17\x03\x03\x01\x00half";
    ck_assert_int_eq((int)send(server.connection, half, 9, MSG_NOSIGNAL), 9);
}

START_TEST(messages_of_tls_do_not_cost_a_connection)
{
    fetch_ok_over("https");
    let_server(send_ticket);
    let_server(change_key);
    let_server(send_ticket);
    let_server(ask_for_key);
    assert_reused();
}
END_TEST

START_TEST(behind_messages_of_tls_data_is_found)
{
    fetch_ok_over("https");
    let_server(send_ticket);
    pushed = "x";
    let_server(push);
    assert_replaced();
}
END_TEST

START_TEST(a_part_of_a_record_of_tls_costs_the_connection)
{
    fetch_ok_over("https");
    let_server(send_half_a_record);
    assert_replaced();
}
END_TEST

/* Bytes behind a response, which came together with it. */

struct surplus {
    const char *reply;
    int status;
    enum http_method method;
};

#define LONG "0123456789012345678901234567890123456789012345678901234567890123456789"
#define VERY_LONG                                                                                  \
    LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG

static const struct surplus surplus[] = {
    { "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n\r\n", 200, HTTP_GET },
    { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\r\n", 200, HTTP_GET },
    { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/", 200, HTTP_HEAD },
    { "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nHTTP/", 204, HTTP_DELETE },
    { "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nHTTP/", 304, HTTP_GET },
    { "HTTP/1.1 204 No Content\r\n\r\n" VERY_LONG, 204, HTTP_GET },
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nHTTP/", 200,
      HTTP_GET },
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-A: b\r\n\r\n" STALE, 200,
      HTTP_GET },
    { "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" STALE, 200, HTTP_GET },
    { "HTTP/1.1 200 OK\r\nContent-Length: 1190\r\n\r\n" VERY_LONG STALE, 200, HTTP_GET },
};
#define SURPLUS (int)(sizeof surplus / sizeof *surplus)

static void play_surplus(const char *scheme, const struct surplus *s)
{
    static struct step steps[2];
    steps[0] = (struct step){ s->reply, KEEP, 0 };
    steps[1] = (struct step){ MINE, KEEP, 0 };
    t.request.method = s->method;
    start_server(steps, 2);
    set_url(scheme, "/");
    fetch();
    ck_assert_msg(t.x.outcome.is_complete, "%s", t.x.outcome.message);
    ck_assert_int_eq(t.x.outcome.status, s->status);
    t.request.method = HTTP_GET;
    assert_replaced();
}

START_TEST(what_is_behind_a_response_costs_the_connection)
{
    play_surplus("http", &surplus[_i]);
}
END_TEST

START_TEST(what_is_behind_a_response_costs_the_connection_over_tls)
{
    play_surplus("https", &surplus[_i]);
}
END_TEST

static const char *const clean[] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-A: b\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
};

#define CLEAN (int)(sizeof clean / sizeof *clean)

static void play_clean(const char *scheme, const char *reply)
{
    static struct step steps[3];
    steps[0] = steps[1] = (struct step){ reply, KEEP, 0 };
    steps[2] = (struct step){ MINE, KEEP, 0 };
    start_server(steps, 3);
    set_url(scheme, "/");
    fetch();
    fetch();
    ck_assert(t.x.reused);
    assert_reused();
}

START_TEST(after_a_response_that_ends_where_it_says_the_connection_is_used_again)
{
    play_clean("http", clean[_i]);
}
END_TEST

START_TEST(after_such_a_response_it_is_used_again_over_tls)
{
    play_clean("https", clean[_i]);
}
END_TEST

/* Connections that die. */

START_TEST(an_old_connection_may_die_at_any_request_of_a_handle)
{
    enum { DEATHS = 7 }; /* libcurl gives up at the sixth */
    static struct step steps[2 * DEATHS + 1] = { { OK, KEEP, 0 } };
    for (int i = 1; i <= 2 * DEATHS; i += 2) {
        steps[i] = (struct step){ "", CLOSE, 0 };
        steps[i + 1] = (struct step){ OK, KEEP, 0 };
    }
    fetch_from(steps, 2 * DEATHS + 1);
    for (int i = 0; i < DEATHS; i++) {
        fetch();
        assert_response(200, "ok");
        ck_assert_uint_eq(t.x.outcome.resent, 1);
    }
    finish();
    ck_assert_int_eq(server.requests, 2 * DEATHS + 1);
}
END_TEST

START_TEST(what_is_sent_again_is_counted_also_if_it_fails)
{
    STEPS({ OK, KEEP, 0 }, { "", CLOSE, 0 }, { "", CLOSE, 0 }, { OK, KEEP, 0 });
    fetch();
    assert_failed(ERROR_NETWORK);
    ck_assert_uint_eq(t.x.outcome.resent, 1);
    finish();
    ck_assert_int_eq(server.requests, 3);
}
END_TEST

START_TEST(what_is_cancelled_after_it_was_sent_again_is_counted)
{
    static const struct step steps[] = { { OK, KEEP, 0 },
                                         { "", CLOSE, 0 },
                                         { "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", STALL,
                                           0 } };
    fetch_from(steps, 3);
    transport_exchange_release(&t.x);
    begin(&t.x);
    while (t.x.body.len == 0)
        uv_run(&t.loop, UV_RUN_ONCE);
    t.transport->cancel(t.transport, &t.x);
    ck_assert_uint_eq(t.x.outcome.resent, 1);
}
END_TEST

START_TEST(after_deaths_of_a_post_the_handle_goes_on)
{
    enum { DEATHS = 7 };
    static struct step steps[2 * DEATHS + 1];
    for (int i = 0; i < 2 * DEATHS; i += 2) {
        steps[i] = (struct step){ OK, KEEP, 0 };
        steps[i + 1] = (struct step){ "", CLOSE, 0 };
    }
    steps[2 * DEATHS] = (struct step){ OK, KEEP, 0 };
    be_a_post();
    fetch_from(steps, 2 * DEATHS + 1);
    for (int i = 0; i < DEATHS; i++) {
        fetch();
        assert_failed(ERROR_NETWORK);
        ck_assert(strstr(t.x.outcome.message, "may or may not have acted") != NULL);
        ck_assert_uint_eq(t.x.outcome.resent, 0);
        fetch();
        assert_response(200, "ok");
    }
    finish();
    ck_assert_int_eq(server.requests, 2 * DEATHS + 1);
}
END_TEST

/* Connecting that is given up. */

/* A port that confirms no connection: its queue is full. */
static int block(struct sockaddr *address, socklen_t len)
{
    int listener = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, address, len) != 0) {
        close(listener);
        return -1;
    }
    ck_assert_int_eq(listen(listener, 0), 0);
    ck_assert_int_eq(getsockname(listener, address, &len), 0);
    for (int i = 0; i < 4; i++) {
        int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(fd, address, len);
    }
    return listener;
}

static void set_address(const char *host, int port)
{
    struct bytes url = { 0 };
    bytes_printf(&url, "http://%s:%d", host, port);
    ck_assert_ptr_null(endpoint_set_url(&t.endpoint, url.data, url.len));
    bytes_clear(&t.request.url);
    bytes_printf(&t.request.url, "%s/", url.data);
    bytes_release(&url);
}

static void connect_to_blocked(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    ck_assert_int_ge(block((struct sockaddr *)&address, sizeof address), 0);
    set_address("127.0.0.1", ntohs(address.sin_port));
}

static void begin_for(uint32_t connect_ms)
{
    transport_exchange_release(&t.x);
    t.x = (struct exchange){ .request = &t.request, .connect_ms = connect_ms, .done = note_done };
    t.transport->start(t.transport, &t.x);
}

/* teardown() fails if the loop still holds something then. */
START_TEST(a_connection_that_takes_too_long_leaves_nothing_behind)
{
    connect_to_blocked();
    for (int i = 1; i <= 3; i++) {
        begin_for(20);
        while (t.done < i)
            uv_run(&t.loop, UV_RUN_ONCE);
        ck_assert_uint_eq(t.x.outcome.label, label_of_outcome(OUTCOME_TIMEOUT));
    }
}
END_TEST

START_TEST(a_connection_that_is_cancelled_leaves_nothing_behind)
{
    connect_to_blocked();
    for (int i = 0; i < 3; i++) {
        begin_for(10000);
        for (int turns = 0; turns < 5; turns++)
            uv_run(&t.loop, UV_RUN_NOWAIT);
        t.transport->cancel(t.transport, &t.x);
    }
    transport_exchange_release(&t.x);
    fetch_reply(OK, KEEP);
    assert_response(200, "ok");
}
END_TEST

/* Gives the host two.test these addresses, in libcurl's cache of the DNS. */
static void resolve(const char *addresses)
{
    struct bytes line = { 0 };
    bytes_printf(&line, "two.test:%d:%s", server.port, addresses);
    struct curl_slist *list = curl_slist_append(NULL, line.data);
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_SHARE, t.http->share);
    curl_easy_setopt(easy, CURLOPT_RESOLVE, list);
    curl_easy_setopt(easy, CURLOPT_URL, "file:///dev/null");
    ck_assert_int_eq(curl_easy_perform(easy), CURLE_OK);
    curl_easy_cleanup(easy);
    curl_slist_free_all(list);
    bytes_release(&line);
    set_address("two.test", server.port);
}

static void assert_second_address(const char *addresses)
{
    resolve(addresses);
    begin_for(600);
    while (t.done == 0)
        uv_run(&t.loop, UV_RUN_ONCE);
    assert_response(200, "ok");
    assert_reused();
}

static const struct step two_steps[] = { { OK, KEEP, 0 }, { MINE, KEEP, 0 } };

START_TEST(an_address_that_does_not_answer_leaves_nothing_behind)
{
    start_server(two_steps, 2);
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)server.port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1) };
    ck_assert_int_ge(block((struct sockaddr *)&address, sizeof address), 0);
    assert_second_address("127.0.0.2,127.0.0.1");
}
END_TEST

START_TEST(an_address_that_another_one_beats_leaves_nothing_behind)
{
    start_server(two_steps, 2);
    struct sockaddr_in6 address = { .sin6_family = AF_INET6,
                                    .sin6_port = htons((uint16_t)server.port),
                                    .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    if (block((struct sockaddr *)&address, sizeof address) < 0) {
        fprintf(stderr, "skipped: this system has no IPv6\n");
        return;
    }
    assert_second_address("[::1],127.0.0.1");
}
END_TEST

/* Memory that libcurl has freed. */

#define FREED 0xdd

/* Freed blocks are kept, filled with FREED. */
struct block {
    struct block *next;
    size_t size;
    bool is_freed;
    _Alignas(16) unsigned char data[];
};

static struct block *freed;
static bool freed_again; /* something was done with a freed block */

static void *take(size_t size)
{
    struct block *b = malloc(sizeof *b + size);
    ck_assert_ptr_nonnull(b);
    b->size = size;
    b->is_freed = false;
    return b->data;
}

static struct block *block_of(void *p)
{
    struct block *b = (struct block *)((unsigned char *)p - offsetof(struct block, data));
    freed_again |= b->is_freed;
    return b;
}

static void give(void *p)
{
    if (!p)
        return;
    struct block *b = block_of(p);
    if (b->is_freed)
        return;
    memset(b->data, FREED, b->size);
    b->is_freed = true;
    b->next = freed;
    freed = b;
}

static void *resize(void *p, size_t size)
{
    void *new = take(size);
    if (p) {
        size_t old = block_of(p)->size;
        memcpy(new, p, old < size ? old : size);
        give(p);
    }
    return new;
}

static char *copy(const char *text)
{
    return memcpy(take(strlen(text) + 1), text, strlen(text) + 1);
}

static void *take_zeroed(size_t count, size_t size)
{
    return memset(take(count * size), 0, count * size);
}

static void setup_memory(void)
{
    freed = NULL;
    freed_again = false;
    ck_assert_int_eq(curl_global_init_mem(CURL_GLOBAL_ALL, take, give, resize, copy, take_zeroed),
                     CURLE_OK);
    setup();
}

static void assert_freed_memory_untouched(void)
{
    size_t changed = 0;
    for (const struct block *b = freed; b; b = b->next) {
        for (size_t i = 0; i < b->size; i++)
            changed += b->data[i] != FREED;
    }
    ck_assert_uint_eq(changed, 0);
    ck_assert(!freed_again);
}

static const char *const folded[] = {
    "HTTP/1.1 200 OK\r\n\tA: AAAAAAAAAAAAAAAA\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\n A: " LONG LONG "\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n A: b\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 103 Early\r\n A: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\n \t :\r\nContent-Length: 2\r\n\r\nok",
};

#define FOLDED (int)(sizeof folded / sizeof *folded)

#define MOVED                                                                                      \
    "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nX-Last: " LONG "\r\nLocation: /new\r\n\r\n"

static void play_folded(const char *first, const char *second)
{
    static struct step steps[3];
    steps[0] = (struct step){ first, KEEP, 0 };
    steps[1] = (struct step){ second, CLOSE, 0 };
    steps[2] = (struct step){ MINE, KEEP, 0 };
    fetch_from(steps, 3);
}

static void assert_next_is_mine(void)
{
    assert_failed(ERROR_PROTOCOL);
    fetch();
    assert_response(200, "mine");
    finish();
    assert_freed_memory_untouched();
}

START_TEST(a_first_header_that_is_folded_changes_no_memory_of_the_response_before)
{
    play_folded("HTTP/1.1 200 OK\r\nX-Last: " LONG "\r\nContent-Length: 2\r\n\r\nok", folded[_i]);
    assert_response(200, "ok");
    fetch();
    assert_next_is_mine();
}
END_TEST

START_TEST(a_first_header_that_is_folded_changes_no_memory_of_a_redirect)
{
    t.endpoint.redirects = 1;
    play_folded(MOVED, folded[_i]);
    assert_next_is_mine();
}
END_TEST

START_TEST(a_header_that_is_folded_later_is_put_together)
{
    static const char reply[] = "HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 2\r\n\r\nok";
    STEPS({ reply, KEEP, 0 }, { reply, KEEP, 0 });
    fetch();
    assert_response(200, "ok");
    ck_assert_str_eq(bytes_text(&t.x.headers), "x-a: b c\ncontent-length: 2\n");
    finish();
    assert_freed_memory_untouched();
}
END_TEST

static TCase *add_case(Suite *s, const char *name, void (*before)(void), void (*after)(void))
{
    TCase *c = tcase_create(name);
    tcase_add_checked_fixture(c, before, after);
    suite_add_tcase(s, c);
    return c;
}

static void add_plain(Suite *s)
{
    TCase *c = add_case(s, "http", setup, teardown);
    tcase_add_loop_test(c, what_comes_while_a_connection_is_idle_is_no_response, 0, UNASKED);
    tcase_add_loop_test(c, what_is_behind_a_response_costs_the_connection, 0, SURPLUS);
    tcase_add_loop_test(c, after_a_response_that_ends_where_it_says_the_connection_is_used_again, 0,
                        CLEAN);
    tcase_add_test(c, an_old_connection_may_die_at_any_request_of_a_handle);
    tcase_add_test(c, what_is_sent_again_is_counted_also_if_it_fails);
    tcase_add_test(c, what_is_cancelled_after_it_was_sent_again_is_counted);
    tcase_add_test(c, after_deaths_of_a_post_the_handle_goes_on);
    tcase_add_test(c, a_connection_that_takes_too_long_leaves_nothing_behind);
    tcase_add_test(c, a_connection_that_is_cancelled_leaves_nothing_behind);
    tcase_add_test(c, an_address_that_does_not_answer_leaves_nothing_behind);
    tcase_add_test(c, an_address_that_another_one_beats_leaves_nothing_behind);
}

static void add_tls(Suite *s)
{
    TCase *c = add_case(s, "https", setup_tls, teardown_tls);
    tcase_add_loop_test(c, the_same_holds_over_tls, 0, UNASKED);
    tcase_add_loop_test(c, what_is_behind_a_response_costs_the_connection_over_tls, 0, SURPLUS);
    tcase_add_loop_test(c, after_such_a_response_it_is_used_again_over_tls, 0, CLEAN);
    tcase_add_test(c, messages_of_tls_do_not_cost_a_connection);
    tcase_add_test(c, behind_messages_of_tls_data_is_found);
    tcase_add_test(c, a_part_of_a_record_of_tls_costs_the_connection);
}

static void add_memory(Suite *s)
{
    TCase *c = add_case(s, "memory", setup_memory, teardown);
    tcase_add_loop_test(c, a_first_header_that_is_folded_changes_no_memory_of_the_response_before,
                        0, FOLDED);
    tcase_add_loop_test(c, a_first_header_that_is_folded_changes_no_memory_of_a_redirect, 0,
                        FOLDED);
    tcase_add_test(c, a_header_that_is_folded_later_is_put_together);
}

int main(void)
{
    Suite *s = suite_create("http_reuse");
    add_plain(s);
    add_tls(s);
    add_memory(s);
    return suite_main(s);
}
