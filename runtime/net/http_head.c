/* The head of a response: the lines that libcurl passes on are read by http1_head, since libcurl
 * accepts what RFC 9112 does not (incomplete heads, contradictory lengths). What the head means for
 * the rest of the exchange is decided here. */
#include "net/http_parts.h"

static const enum failure failures[HTTP1_PROBLEMS] = {
    [HTTP1_MALFORMED] = FAILURE_NOT_HTTP1,
    [HTTP1_STATUS] = FAILURE_STATUS_UNKNOWN,
    [HTTP1_LENGTH] = FAILURE_LENGTH_MALFORMED,
    [HTTP1_LENGTH_AND_CODING] = FAILURE_LENGTH_AND_CODING,
    [HTTP1_CODING] = FAILURE_TRANSFER_CODING,
    [HTTP1_TOO_LARGE] = FAILURE_HEAD_TOO_LARGE,
};

void http_head_reset(struct carrier *c)
{
    c->head = (struct http1_head){ 0 };
}

static enum http1_body body_of(const struct carrier *c)
{
    return http1_head_body(&c->head, c->method == HTTP_HEAD);
}

static bool check_body(struct carrier *c)
{
    enum http1_body body = body_of(c);
    if (body == HTTP1_BY_CLOSE)
        http_tls_begin_body(c);
    if (body == HTTP1_BY_LENGTH && c->head.length > c->exchange->request->endpoint->max_response)
        return http_carrier_fail(c, FAILURE_BODY_TOO_LARGE);
    return true;
}

/* Read from the whole head, since a value may be continued on a further line. */
static void note_codings(struct carrier *c)
{
    size_t at = 0;
    size_t len;
    const char *list;
    while ((list = transport_headers_next(&c->exchange->headers, "content-encoding", &at, &len)) !=
           NULL)
        http_coding_begin(c, list, len);
}

static bool end_head(struct carrier *c)
{
    if (c->head.has_encoding)
        note_codings(c);
    return check_body(c);
}

bool http_head_hides_surplus(const struct carrier *c)
{
    enum http1_body body = body_of(c);
    return body == HTTP1_NO_BODY || body == HTTP1_BY_CHUNKS ||
           (body == HTTP1_BY_LENGTH && c->head.length == 0);
}

bool http_head_line(struct carrier *c, const char *p, size_t len)
{
    bool began = c->head.in_fields;
    bool was_complete = c->head.is_complete;
    enum http1_problem problem = http1_head_line(&c->head, &c->exchange->headers, p, len);
    if (problem != HTTP1_GOOD)
        return http_carrier_fail(c, failures[problem]);
    if (was_complete)
        return true;
    if (!began)
        http_coding_reset(c);
    return !c->head.is_complete || end_head(c);
}
