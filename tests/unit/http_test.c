#include "http_play.h"

#include <string.h>
#include <sys/resource.h>

/* What is a response. */

START_TEST(a_complete_answer_is_a_response)
{
    fetch_reply("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\nX-A: 1 \r\n\r\nsorry", KEEP);
    assert_response(404, "sorry");
    ck_assert_str_eq(bytes_text(&t.x.headers), "content-length: 5\nx-a: 1\n");
}
END_TEST

START_TEST(chunks_are_put_together)
{
    fetch_reply(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
        KEEP);
    assert_response(200, "abc");
}
END_TEST

START_TEST(without_a_length_the_body_ends_with_the_connection)
{
    fetch_reply("HTTP/1.1 200 OK\r\n\r\nall of it", CLOSE);
    assert_response(200, "all of it");
}
END_TEST

START_TEST(an_interim_response_is_skipped)
{
    fetch_reply("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n" OK, KEEP);
    assert_response(200, "ok");
    ck_assert_str_eq(bytes_text(&t.x.headers), "content-length: 2\n");
}
END_TEST

START_TEST(equal_lengths_are_one)
{
    fetch_reply("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", KEEP);
    assert_response(200, "ok");
}
END_TEST

START_TEST(a_response_of_http_1_0_is_a_response)
{
    fetch_reply("HTTP/1.0 200 OK\r\n\r\nok", CLOSE);
    assert_response(200, "ok");
}
END_TEST

START_TEST(a_status_without_a_reason_is_a_response)
{
    fetch_reply("HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", KEEP);
    assert_response(200, "ok");
}
END_TEST

START_TEST(no_content_has_no_body)
{
    fetch_reply("HTTP/1.1 204 No Content\r\n\r\n", KEEP);
    assert_response(204, "");
}
END_TEST

START_TEST(a_head_request_has_no_body)
{
    t.request.method = HTTP_HEAD;
    fetch_reply("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", KEEP);
    assert_response(200, "");
    ck_assert(strncmp(server.request[0].data, "HEAD / ", 7) == 0);
}
END_TEST

START_TEST(a_folded_header_is_one_line)
{
    fetch_reply("HTTP/1.1 200 OK\r\nX-A: 1\r\n  2\r\nContent-Length: 0\r\n\r\n", KEEP);
    assert_response(200, "");
    ck_assert_str_eq(bytes_text(&t.x.headers), "x-a: 1 2\ncontent-length: 0\n");
}
END_TEST

START_TEST(a_header_in_latin_1_becomes_valid_text)
{
    fetch_reply("HTTP/1.1 200 OK\r\nX-A: caf\xe9\r\nContent-Length: 0\r\n\r\n", KEEP);
    ck_assert_str_eq(bytes_text(&t.x.headers), "x-a: caf\xc3\xa9\ncontent-length: 0\n");
}
END_TEST

/* abcabcabc… 300 times, by gzip */
static const char gzip_head[] = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ";
static const unsigned char gzip_body[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x4b, 0x4c, 0x4a, 0x4e, 0x1c, 0x45,
    0xa3, 0x68, 0x14, 0x0d, 0x1c, 0x02, 0x00, 0x45, 0x29, 0x43, 0x26, 0x84, 0x03, 0x00, 0x00,
};

static void fetch_gzip(size_t len)
{
    static struct bytes reply;
    bytes_printf(&reply, "%s%zu\r\n\r\n", gzip_head, len);
    bytes_add(&reply, gzip_body, len);
    static struct step step;
    step = (struct step){ reply.data, KEEP, reply.len };
    fetch_from(&step, 1);
    finish();
    bytes_release(&reply);
}

START_TEST(a_compressed_body_is_decompressed)
{
    fetch_gzip(sizeof gzip_body);
    ck_assert_msg(t.x.outcome.is_complete, "%s", t.x.outcome.message);
    ck_assert_uint_eq(t.x.body.len, 900);
    ck_assert(strncmp(t.x.body.data, "abcabc", 6) == 0);
}
END_TEST

/* A complete response, but for its body. */
static void assert_unreadable(int status, const char *why)
{
    ck_assert_msg(t.x.outcome.is_complete, "%s", t.x.outcome.message);
    ck_assert_int_eq(t.x.outcome.status, status);
    ck_assert_ptr_nonnull(t.x.unreadable);
    ck_assert_msg(strstr(t.x.unreadable, why) != NULL, "%s", t.x.unreadable);
    ck_assert_uint_eq(t.x.body.len, 0);
    finish();
}

START_TEST(a_compressed_body_that_is_cut_is_unreadable)
{
    struct bytes reply = { 0 };
    bytes_printf(&reply,
                 "HTTP/1.1 404 Not Found\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
                 sizeof gzip_body - 10);
    bytes_add(&reply, gzip_body, sizeof gzip_body - 10);
    static struct step step;
    step = (struct step){ reply.data, KEEP, reply.len };
    fetch_from(&step, 1);
    assert_unreadable(404, "truncated within its content coding `gzip`");
    bytes_release(&reply);
}
END_TEST

START_TEST(a_compressed_body_is_bounded_after_decompression)
{
    t.endpoint.max_response = 899;
    fetch_gzip(sizeof gzip_body);
    assert_failed(ERROR_TOO_LARGE);
}
END_TEST

START_TEST(a_body_that_is_not_compressed_as_it_says_is_unreadable)
{
    fetch_reply("HTTP/1.1 503 Busy\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain",
                KEEP);
    assert_unreadable(503, "malformed in its content coding `gzip`");
}
END_TEST

START_TEST(an_unknown_compression_is_unreadable)
{
    fetch_reply("HTTP/1.1 200 OK\r\nContent-Encoding: zip\r\nContent-Length: 5\r\n\r\nplain", KEEP);
    assert_unreadable(200, "its content coding `zip` is not supported");
}
END_TEST

START_TEST(an_unknown_compression_of_no_body_is_none)
{
    fetch_reply("HTTP/1.1 200 OK\r\nContent-Encoding: zip\r\nContent-Length: 0\r\n\r\n", KEEP);
    ck_assert_ptr_null(t.x.unreadable);
    assert_response(200, "");
}
END_TEST

START_TEST(an_unreadable_body_is_bounded_too)
{
    t.endpoint.max_response = 4;
    fetch_reply("HTTP/1.1 404 No\r\nContent-Encoding: zip\r\n\r\nplain", CLOSE);
    assert_failed(ERROR_TOO_LARGE);
}
END_TEST

START_TEST(a_failure_after_the_head_keeps_status_and_headers)
{
    fetch_reply("HTTP/1.1 502 Bad\r\nX-A: b\r\nContent-Length: 5\r\n\r\nok", CLOSE);
    size_t len;
    ck_assert_int_eq(t.x.outcome.status, 502);
    ck_assert_ptr_nonnull(transport_headers_find(&t.x.headers, "x-a", &len));
    assert_failed(ERROR_NETWORK);
}
END_TEST

START_TEST(a_failure_within_the_head_has_neither)
{
    fetch_reply("HTTP/1.1 502 Bad\r\nX-A: b\r\n", CLOSE);
    ck_assert_int_eq(t.x.outcome.status, 0);
    ck_assert_uint_eq(t.x.headers.len, 0);
    assert_failed(ERROR_NETWORK);
}
END_TEST

/* What is none. */

struct lie {
    const char *reply;
    enum then then;
    enum error_kind kind;
};

static const struct lie lies[] = {
    { "", CLOSE, ERROR_NETWORK },
    { "", RESET, ERROR_NETWORK },
    { "HTTP/1.1 200 OK\r\n", CLOSE, ERROR_NETWORK },
    { "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", CLOSE, ERROR_NETWORK },
    { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b", CLOSE, ERROR_NETWORK },
    { "HTTP/1.1 20", CLOSE, ERROR_NETWORK },
    { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok", CLOSE, ERROR_NETWORK },
    { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok", RESET, ERROR_NETWORK },
    { "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{}", CLOSE,
      ERROR_NETWORK },
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", CLOSE, ERROR_NETWORK },
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", CLOSE, ERROR_NETWORK },
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", CLOSE, ERROR_NETWORK },
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n", CLOSE, ERROR_NETWORK },
    { "HTTP/1.1 100 Continue\r\n\r\n", CLOSE, ERROR_NETWORK },
    { "HTTP/1.1 101 Switching Protocols\r\n\r\n", CLOSE, ERROR_NETWORK },
    { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nokk", KEEP,
      ERROR_PROTOCOL },
    { "HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nokk", KEEP, ERROR_PROTOCOL },
    { "HTTP/1.1 200 OK\r\nContent-Length: 0xb\r\n\r\nhello world", KEEP, ERROR_PROTOCOL },
    { "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nok", CLOSE, ERROR_PROTOCOL },
    { "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok", CLOSE, ERROR_PROTOCOL },
    { "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nok", CLOSE, ERROR_PROTOCOL },
    { "HTTP/1.1 200 OK\r\nContent-Length: 2 2\r\n\r\nok", CLOSE, ERROR_PROTOCOL },
    { "HTTP/1.1 200 OK\r\nContent-Length:\r\n 2\r\n\r\nok", CLOSE, ERROR_PROTOCOL },
    { "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nok", CLOSE, ERROR_PROTOCOL },
    { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", KEEP,
      ERROR_PROTOCOL },
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: xyz\r\n\r\nok", CLOSE, ERROR_PROTOCOL },
    { "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", CLOSE, ERROR_PROTOCOL },
    { "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok", CLOSE, ERROR_PROTOCOL },
    { "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", CLOSE, ERROR_PROTOCOL },
    { "HTTP/1.1 200 OK\r\n: no name\r\n\r\n", CLOSE, ERROR_PROTOCOL },
    { "HTTP/1.1 200 OK\r\n folded: first\r\n\r\n", CLOSE, ERROR_PROTOCOL },
    { "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n", CLOSE, ERROR_PROTOCOL },
    { "HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n", CLOSE, ERROR_PROTOCOL },
    { "HTTP/1.1 600 High\r\nContent-Length: 0\r\n\r\n", CLOSE, ERROR_PROTOCOL },
    { "HTTP/2 200\r\nContent-Length: 0\r\n\r\n", CLOSE, ERROR_PROTOCOL },
    { "HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n", CLOSE, ERROR_PROTOCOL },
    { "220 mail.example.com ESMTP\r\n", CLOSE, ERROR_PROTOCOL },
    { "SSH-2.0-OpenSSH_9.2\r\n", STALL, ERROR_PROTOCOL },
    { "ICY 200 OK\r\n\r\n", CLOSE, ERROR_PROTOCOL },
    { "\r\n\r\n\r\n", CLOSE, ERROR_PROTOCOL },
    { "<html>hello</html>", CLOSE, ERROR_PROTOCOL },
};

START_TEST(an_answer_that_is_not_whole_or_not_http_is_an_error)
{
    fetch_reply(lies[_i].reply, lies[_i].then);
    ck_assert_msg(t.x.outcome.label == label_of_outcome(OUTCOME_ERROR) &&
                      t.x.outcome.kind == lies[_i].kind,
                  "%s: %s: %s", lies[_i].reply,
                  t.x.outcome.label == label_of_outcome(OUTCOME_ERROR)
                      ? outcome_error_kind_name(t.x.outcome.kind)
                      : "taken",
                  t.x.outcome.message);
    ck_assert(strstr(t.x.outcome.message, "127.0.0.1:") != NULL);
}
END_TEST

/* Sizes. */

static void fetch_large(const char *head, const char *piece, size_t times, const char *tail)
{
    static struct bytes reply;
    bytes_add_text(&reply, head);
    for (size_t i = 0; i < times; i++)
        bytes_add_text(&reply, piece);
    bytes_add_text(&reply, tail);
    static struct step step;
    step = (struct step){ reply.data, CLOSE, reply.len };
    fetch_from(&step, 1);
    finish();
    bytes_release(&reply);
}

START_TEST(a_body_of_just_max_response_is_taken)
{
    t.endpoint.max_response = 40000;
    fetch_large("HTTP/1.1 200 OK\r\n\r\n", "0123456789", 4000, "");
    ck_assert(t.x.outcome.is_complete);
    ck_assert_uint_eq(t.x.body.len, 40000);
}
END_TEST

START_TEST(a_longer_body_is_too_large)
{
    t.endpoint.max_response = 40000;
    fetch_large("HTTP/1.1 200 OK\r\n\r\n", "0123456789", 4000, "!");
    assert_failed(ERROR_TOO_LARGE);
    ck_assert_uint_le(t.x.body.len, 40000);
}
END_TEST

START_TEST(a_longer_chunked_body_is_too_large)
{
    t.endpoint.max_response = 9;
    fetch_reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n",
                KEEP);
    assert_failed(ERROR_TOO_LARGE);
}
END_TEST

START_TEST(a_length_beyond_max_response_is_not_waited_for)
{
    t.endpoint.max_response = 9;
    fetch_reply("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", STALL);
    assert_failed(ERROR_TOO_LARGE);
}
END_TEST

START_TEST(a_long_header_line_is_too_large)
{
    fetch_large("HTTP/1.1 200 OK\r\nX-A: ", "0123456789", 12000, "\r\n\r\n");
    assert_failed(ERROR_TOO_LARGE);
}
END_TEST

START_TEST(a_flood_of_header_bytes_is_too_large)
{
    struct bytes line = { 0 };
    bytes_printf(&line, "X-A: %01000d\r\n", 0);
    fetch_large("HTTP/1.1 200 OK\r\n", line.data, 300, "\r\n");
    bytes_release(&line);
    assert_failed(ERROR_TOO_LARGE);
}
END_TEST

START_TEST(a_flood_of_header_lines_is_too_large)
{
    fetch_large("HTTP/1.1 200 OK\r\n", "a:b\r\n", 2000, "\r\n");
    assert_failed(ERROR_TOO_LARGE);
}
END_TEST

START_TEST(a_flood_of_interim_responses_is_too_large)
{
    fetch_large("", "HTTP/1.1 102 Processing\r\n\r\n", 20000, "");
    assert_failed(ERROR_TOO_LARGE);
}
END_TEST

/* Connecting. */

START_TEST(a_closed_port_is_a_connect_error)
{
    start_server(NULL, 0);
    stop_server();
    set_url("http", "/?key=hush");
    fetch();
    assert_failed(ERROR_CONNECT);
    ck_assert(strstr(t.x.outcome.message, "connection refused") != NULL);
    ck_assert_ptr_null(strstr(t.x.outcome.message, "hush"));
}
END_TEST

START_TEST(a_name_without_an_address_is_a_dns_error)
{
    const char *url = "http://nowhere.invalid";
    ck_assert_ptr_null(endpoint_set_url(&t.endpoint, url, strlen(url)));
    bytes_add_text(&t.request.url, url);
    fetch();
    ck_assert_uint_eq(t.x.outcome.label, label_of_outcome(OUTCOME_ERROR));
    ck_assert_int_eq(t.x.outcome.kind, ERROR_DNS);
    ck_assert_str_eq(t.x.outcome.message, "nowhere.invalid has no address");
}
END_TEST

START_TEST(plain_http_where_tls_is_wanted_is_a_tls_error)
{
    static const struct step steps[] = { { OK, CLOSE, 0 } };
    start_server(steps, 1);
    set_url("https", "/");
    begin(&t.x);
    /* The server waits for the end of a request head, which a greeting of TLS never brings: it is
     * told to stop instead, which closes the connection. */
    for (int i = 0; i < 20 && t.done == 0; i++)
        uv_run(&t.loop, UV_RUN_NOWAIT);
    stop_server();
    while (t.done == 0)
        uv_run(&t.loop, UV_RUN_ONCE);
    assert_failed(ERROR_TLS);
    ck_assert_int_eq(server.requests, 0);
}
END_TEST

START_TEST(no_descriptor_left_is_a_network_error)
{
    static const struct step steps[] = { { OK, KEEP, 0 } };
    start_server(steps, 1);
    set_url("http", "/");
    begin(&t.x); /* what the loop itself needs is there now */
    while (t.done == 0)
        uv_run(&t.loop, UV_RUN_ONCE);
    transport_exchange_release(&t.x);
    /* Another endpoint has other connections. */
    struct endpoint other = t.endpoint;
    t.request.endpoint = &other;
    bytes_clear(&t.request.url);
    bytes_add_text(&t.request.url, "http://127.0.0.1:9/");
    struct rlimit limit = { 3, 3 };
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = 3;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    fetch();
    limit.rlim_cur = before;
    setrlimit(RLIMIT_NOFILE, &limit);
    assert_failed(ERROR_NETWORK);
    ck_assert(strstr(t.x.outcome.message, "too many open files") != NULL);
    t.request.endpoint = &t.endpoint;
}
END_TEST

/* What is sent. */

static bool has_line(int request, const char *line)
{
    struct bytes b = { 0 };
    bytes_printf(&b, "\r\n%s\r\n", line);
    bool found = strcasestr(bytes_text(&server.request[request]), b.data) != NULL;
    bytes_release(&b);
    return found;
}

static void add_header(const char *name, const char *value)
{
    endpoint_fields_add(&t.request.headers, name, strlen(name), value, strlen(value), false);
}

START_TEST(the_path_goes_out_as_it_is)
{
    static const struct step steps[] = { { OK, KEEP, 0 } };
    start_server(steps, 1);
    set_url("http", "/a/../b/./c//d%2f?x=1&x=2;y");
    fetch();
    finish();
    ck_assert(strstr(server.request[0].data, "GET /a/../b/./c//d%2f?x=1&x=2;y HTTP/1.1\r\n") ==
              server.request[0].data);
}
END_TEST

START_TEST(headers_go_out_in_their_order_and_empty_ones_too)
{
    add_header("X-One", "1");
    add_header("X-Empty", "");
    add_header("X-Two", "a b");
    fetch_reply(OK, KEEP);
    finish();
    ck_assert(strstr(server.request[0].data, "X-One: 1\r\nX-Empty:\r\nX-Two: a b\r\n") != NULL);
}
END_TEST

START_TEST(a_body_goes_out_with_its_length_and_nothing_else)
{
    t.request.method = HTTP_POST;
    t.request.idempotent = false;
    t.request.has_body = true;
    bytes_add_text(&t.request.body, "{\"a\":1}");
    fetch_reply(OK, KEEP);
    finish();
    ck_assert(strncmp(server.request[0].data, "POST / ", 7) == 0);
    ck_assert(has_line(0, "Content-Length: 7"));
    ck_assert(strcasestr(server.request[0].data, "content-type") == NULL);
    ck_assert(strcasestr(server.request[0].data, "expect") == NULL);
    ck_assert(strstr(server.request[0].data, "\r\n\r\n{\"a\":1}") != NULL);
}
END_TEST

START_TEST(a_large_body_is_sent_at_once_and_whole)
{
    t.request.method = HTTP_PUT;
    t.request.has_body = true;
    add_header("Content-Type", "text/plain");
    for (int i = 0; i < 300000; i++)
        bytes_add_text(&t.request.body, "0123456789");
    fetch_reply(OK, KEEP);
    finish();
    assert_response(200, "ok");
    ck_assert(has_line(0, "Content-Length: 3000000"));
    ck_assert(strcasestr(server.request[0].data, "expect") == NULL);
    ck_assert_uint_gt(server.request[0].len, 3000000);
}
END_TEST

static const struct {
    enum http_method method;
    bool body;
    const char *start;
    bool length;
} methods[] = {
    { HTTP_GET, false, "GET / ", false },       { HTTP_HEAD, false, "HEAD / ", false },
    { HTTP_POST, true, "POST / ", true },       { HTTP_POST, false, "POST / ", true },
    { HTTP_PUT, true, "PUT / ", true },         { HTTP_PUT, false, "PUT / ", true },
    { HTTP_PATCH, true, "PATCH / ", true },     { HTTP_PATCH, false, "PATCH / ", true },
    { HTTP_DELETE, false, "DELETE / ", false }, { HTTP_DELETE, true, "DELETE / ", true },
};
#define METHODS (int)(sizeof methods / sizeof *methods)

static void set_method(int i)
{
    t.request.method = methods[i].method;
    t.request.has_body = methods[i].body;
    bytes_clear(&t.request.body);
    if (methods[i].body)
        bytes_add_text(&t.request.body, "x");
}

START_TEST(any_method_may_follow_any_other_on_a_handle)
{
    struct step steps[METHODS];
    for (int i = 0; i < METHODS; i++)
        steps[i] = (struct step){ "HTTP/1.1 204 No Content\r\n\r\n", KEEP, 0 };
    start_server(steps, 2);
    set_url("http", "/");
    set_method(_i / METHODS);
    fetch();
    set_method(_i % METHODS);
    fetch();
    finish();
    const char *sent = server.request[1].data;
    ck_assert_int_eq(server.connections, 1);
    ck_assert_msg(strncmp(sent, methods[_i % METHODS].start, 5) == 0, "%s", sent);
    ck_assert_msg((strcasestr(sent, "content-length") != NULL) == methods[_i % METHODS].length,
                  "%s", sent);
}
END_TEST

START_TEST(the_environment_changes_nothing)
{
    setenv("http_proxy", "http://127.0.0.1:9", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:9", 1);
    fetch_reply(OK, KEEP);
    assert_response(200, "ok");
}
END_TEST

/* Connections. */

START_TEST(a_connection_is_used_again)
{
    STEPS({ OK, KEEP, 0 }, { OK, KEEP, 0 });
    ck_assert(!t.x.reused);
    fetch();
    ck_assert(t.x.reused);
    ck_assert_uint_eq(http_counts(t.http).opened, 1);
    ck_assert_uint_eq(http_counts(t.http).reused, 1);
    finish();
    ck_assert_int_eq(server.connections, 1);
}
END_TEST

START_TEST(a_connection_closed_while_idle_is_replaced)
{
    STEPS({ OK, CLOSE, 0 }, { OK, KEEP, 0 });
    for (int i = 0; i < 50; i++)
        uv_run(&t.loop, UV_RUN_NOWAIT);
    fetch();
    assert_response(200, "ok");
    finish();
    ck_assert_int_eq(server.requests, 2);
}
END_TEST

START_TEST(an_idle_connection_keeps_no_loop_running)
{
    STEPS({ OK, KEEP, 0 });
    ck_assert_int_eq(uv_run(&t.loop, UV_RUN_DEFAULT), 0);
}
END_TEST

START_TEST(bytes_beyond_an_answer_are_not_the_next_answer)
{
    STEPS({ OK "HTTP/1.1 500 Smuggled\r\nContent-Length: 3\r\n\r\nbad", KEEP, 0 }, { OK, KEEP, 0 });
    assert_response(200, "ok");
    fetch();
    assert_response(200, "ok");
    finish();
    ck_assert_int_eq(server.connections, 2);
}
END_TEST

START_TEST(a_broken_exchange_leaves_no_connection)
{
    STEPS({ "HTTP/1.1 200 OK\r\nContent-Length: 0xb\r\n\r\n" OK, KEEP, 0 }, { OK, KEEP, 0 });
    assert_failed(ERROR_PROTOCOL);
    fetch();
    assert_response(200, "ok");
    finish();
    ck_assert_int_eq(server.connections, 2);
}
END_TEST

START_TEST(a_cancelled_exchange_closes_its_connection)
{
    static const struct step steps[] = {
        { "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", STALL, 0 }, { OK, KEEP, 0 }
    };
    start_server(steps, 2);
    set_url("http", "/");
    begin(&t.x);
    while (t.x.body.len == 0)
        uv_run(&t.loop, UV_RUN_ONCE);
    t.transport->cancel(t.transport, &t.x);
    ck_assert_int_eq(t.done, 0);
    fetch();
    assert_response(200, "ok");
    finish();
    ck_assert(server.closed_by_client);
    ck_assert_int_eq(server.connections, 2);
}
END_TEST

START_TEST(an_exchange_may_be_cancelled_before_anything_was_sent)
{
    static const struct step steps[] = { { OK, KEEP, 0 } };
    start_server(steps, 1);
    set_url("http", "/");
    begin(&t.x);
    t.transport->cancel(t.transport, &t.x);
    fetch();
    assert_response(200, "ok");
}
END_TEST

START_TEST(a_request_that_is_not_idempotent_is_never_sent_twice)
{
    t.request.method = HTTP_POST;
    t.request.idempotent = false;
    STEPS({ OK, KEEP, 0 }, { "", CLOSE, 0 }, { OK, KEEP, 0 });
    assert_response(200, "ok");
    fetch();
    assert_failed(ERROR_NETWORK);
    ck_assert(strstr(t.x.outcome.message, "may or may not have acted") != NULL);
    finish();
    ck_assert_int_eq(server.requests, 2);
}
END_TEST

START_TEST(an_idempotent_request_is_sent_once_more_when_its_old_connection_dies)
{
    STEPS({ OK, KEEP, 0 }, { "", CLOSE, 0 }, { OK, KEEP, 0 });
    fetch();
    assert_response(200, "ok");
    finish();
    ck_assert_int_eq(server.requests, 3);
}
END_TEST

START_TEST(on_a_new_connection_nothing_is_sent_twice)
{
    STEPS({ "", CLOSE, 0 }, { OK, KEEP, 0 });
    assert_failed(ERROR_NETWORK);
    finish();
    ck_assert_int_eq(server.requests, 1);
}
END_TEST

START_TEST(a_transport_may_be_freed_with_exchanges_under_way)
{
    static const struct step steps[] = { { "HTTP/1.1 200 OK\r\n", STALL, 0 } };
    start_server(steps, 1);
    set_url("http", "/");
    begin(&t.x);
    for (int i = 0; i < 20; i++)
        uv_run(&t.loop, UV_RUN_NOWAIT);
    finish();
    ck_assert_int_eq(t.done, 0);
}
END_TEST

/* Redirects. */

#define MOVED(to) "HTTP/1.1 302 Found\r\nContent-Length: 3\r\nLocation: " to "\r\n\r\nold"

START_TEST(without_redirects_a_3xx_is_a_status)
{
    fetch_reply(MOVED("/new"), KEEP);
    assert_response(302, "old");
}
END_TEST

START_TEST(a_redirect_is_followed)
{
    t.endpoint.redirects = 2;
    add_header("X-Key", "k");
    STEPS({ MOVED("/new?a=b#part"), KEEP, 0 }, { OK, KEEP, 0 });
    assert_response(200, "ok");
    ck_assert_str_eq(bytes_text(&t.x.headers), "content-length: 2\n");
    finish();
    ck_assert(strncmp(server.request[1].data, "GET /new?a=b HTTP/1.1\r\n", 23) == 0);
    ck_assert(has_line(1, "X-Key: k"));
}
END_TEST

START_TEST(after_a_redirect_the_next_request_goes_to_its_own_place)
{
    t.endpoint.redirects = 2;
    STEPS({ MOVED("/new"), KEEP, 0 }, { OK, KEEP, 0 }, { OK, KEEP, 0 });
    fetch();
    finish();
    ck_assert(strncmp(server.request[2].data, "GET / HTTP/1.1\r\n", 16) == 0);
}
END_TEST

START_TEST(more_redirects_than_allowed_are_an_error)
{
    t.endpoint.redirects = 2;
    STEPS({ MOVED("/a"), KEEP, 0 }, { MOVED("/b"), KEEP, 0 }, { MOVED("/c"), KEEP, 0 },
          { OK, KEEP, 0 });
    assert_failed(ERROR_REDIRECT);
    finish();
    ck_assert_int_eq(server.requests, 3);
}
END_TEST

static const char *const foreign[] = {
    MOVED("http://127.0.0.2/"),     MOVED("https://127.0.0.1/"), MOVED("//127.0.0.1:1/x"),
    MOVED("ftp://127.0.0.1/"),      MOVED("file:///etc/passwd"), MOVED("http://localhost/"),
    MOVED("http://u:p@127.0.0.1/"), MOVED("http://[/"),          MOVED("/a b\x01"),
};

START_TEST(a_redirect_to_another_origin_is_an_error)
{
    t.endpoint.redirects = 5;
    fetch_reply(foreign[_i], KEEP);
    assert_failed(ERROR_REDIRECT);
    finish();
    ck_assert_int_eq(server.requests, 1);
}
END_TEST

START_TEST(a_redirect_of_a_post_is_a_status)
{
    t.endpoint.redirects = 5;
    t.request.method = HTTP_POST;
    fetch_reply(MOVED("/new"), KEEP);
    assert_response(302, "old");
}
END_TEST

START_TEST(a_redirect_to_nowhere_is_a_status)
{
    t.endpoint.redirects = 5;
    fetch_reply("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", KEEP);
    assert_response(302, "");
}
END_TEST

static void add_tests(Suite *s, const char *name, const TTest *const *tests, size_t count)
{
    TCase *c = tcase_create(name);
    tcase_add_checked_fixture(c, setup, teardown);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(c, tests[i]);
    suite_add_tcase(s, c);
}

#define ADD(s, name, ...)                                                                          \
    do {                                                                                           \
        const TTest *const tests[] = { __VA_ARGS__ };                                              \
        add_tests(s, name, tests, sizeof tests / sizeof *tests);                                   \
    } while (0)

static void add_loops(Suite *s)
{
    TCase *c = tcase_create("tables");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, an_answer_that_is_not_whole_or_not_http_is_an_error, 0,
                        (int)(sizeof lies / sizeof *lies));
    tcase_add_loop_test(c, any_method_may_follow_any_other_on_a_handle, 0, METHODS * METHODS);
    tcase_add_loop_test(c, a_redirect_to_another_origin_is_an_error, 0,
                        (int)(sizeof foreign / sizeof *foreign));
    suite_add_tcase(s, c);
}

int main(void)
{
    Suite *s = suite_create("http");
    ADD(s, "responses", a_complete_answer_is_a_response, chunks_are_put_together,
        without_a_length_the_body_ends_with_the_connection, an_interim_response_is_skipped,
        equal_lengths_are_one, a_response_of_http_1_0_is_a_response,
        a_status_without_a_reason_is_a_response, no_content_has_no_body, a_head_request_has_no_body,
        a_folded_header_is_one_line, a_header_in_latin_1_becomes_valid_text,
        a_compressed_body_is_decompressed, a_compressed_body_that_is_cut_is_unreadable,
        a_compressed_body_is_bounded_after_decompression,
        a_body_that_is_not_compressed_as_it_says_is_unreadable,
        an_unknown_compression_is_unreadable, an_unknown_compression_of_no_body_is_none,
        an_unreadable_body_is_bounded_too, a_failure_after_the_head_keeps_status_and_headers,
        a_failure_within_the_head_has_neither);
    ADD(s, "sizes", a_body_of_just_max_response_is_taken, a_longer_body_is_too_large,
        a_longer_chunked_body_is_too_large, a_length_beyond_max_response_is_not_waited_for,
        a_long_header_line_is_too_large, a_flood_of_header_bytes_is_too_large,
        a_flood_of_header_lines_is_too_large, a_flood_of_interim_responses_is_too_large);
    ADD(s, "connecting", a_closed_port_is_a_connect_error, a_name_without_an_address_is_a_dns_error,
        plain_http_where_tls_is_wanted_is_a_tls_error, no_descriptor_left_is_a_network_error);
    ADD(s, "requests", the_path_goes_out_as_it_is, headers_go_out_in_their_order_and_empty_ones_too,
        a_body_goes_out_with_its_length_and_nothing_else, a_large_body_is_sent_at_once_and_whole,
        the_environment_changes_nothing);
    ADD(s, "connections", a_connection_is_used_again, a_connection_closed_while_idle_is_replaced,
        an_idle_connection_keeps_no_loop_running, bytes_beyond_an_answer_are_not_the_next_answer,
        a_broken_exchange_leaves_no_connection, a_cancelled_exchange_closes_its_connection,
        an_exchange_may_be_cancelled_before_anything_was_sent,
        a_request_that_is_not_idempotent_is_never_sent_twice,
        an_idempotent_request_is_sent_once_more_when_its_old_connection_dies,
        on_a_new_connection_nothing_is_sent_twice,
        a_transport_may_be_freed_with_exchanges_under_way);
    ADD(s, "redirects", without_redirects_a_3xx_is_a_status, a_redirect_is_followed,
        after_a_redirect_the_next_request_goes_to_its_own_place,
        more_redirects_than_allowed_are_an_error, a_redirect_of_a_post_is_a_status,
        a_redirect_to_nowhere_is_a_status);
    add_loops(s);
    return suite_main(s);
}
