/* A response as it comes from the network: the lines of its head, then its body in pieces. The
 * first byte says how: in which pieces, and whether the body is compressed before, so that what
 * lies behind the decompression is reached. */
#include "base/mem.h"
#include "base/utf8.h"
#include "net/decode.h"
#include "net/http_parts.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <zlib.h>

#define MAX_RESPONSE 100000

/* What one input may hold in memory: zlib and libxml2 take a good deal at once. */
#define MOST_BYTES (8u << 20)
#define MOST_BYTES_EACH 2048u

struct answer {
    struct endpoint endpoint;
    struct request request;
    struct exchange exchange;
    struct carrier carrier;
    struct bytes packed; /* the body, where it was compressed here */
};

/* The head in two pieces must be the same as the head line by line. */
static void check_pieces(const struct answer *a, const char *p, size_t len, uint8_t how)
{
    struct http1_head head = { 0 };
    struct bytes headers = { 0 };
    size_t first = len * how / 256;
    size_t used = 0;
    size_t more = 0;
    enum http1_problem problem = http1_head_read(&head, &headers, p, first, &used);
    if (problem == HTTP1_GOOD && !head.is_complete)
        problem = http1_head_read(&head, &headers, p + used, len - used, &more);
    if (head.is_complete != a->carrier.head.is_complete)
        fuzz_fail("complete in one way only", NULL);
    if (problem == HTTP1_GOOD && head.is_complete &&
        strcmp(bytes_text(&headers), bytes_text(&a->exchange.headers)) != 0)
        fuzz_fail("other headers in pieces", bytes_text(&headers));
    bytes_release(&headers);
}

/* Every line, up to the empty one that ends the head. NULL: refused, or never complete. */
static const char *take_head(struct answer *a, const char *p, const char *end)
{
    while (p < end && !a->carrier.head.is_complete) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        if (!stop)
            return NULL;
        if (!http_head_line(&a->carrier, p, (size_t)(stop + 1 - p)))
            return NULL;
        p = stop + 1;
    }
    return a->carrier.head.is_complete ? p : NULL;
}

static bool take_body(struct answer *a, const char *p, size_t len, size_t piece)
{
    while (len > 0) {
        size_t now = len < piece ? len : piece;
        if (!http_coding_add(&a->carrier, p, now))
            return false;
        p += now;
        len -= now;
    }
    http_coding_end(&a->carrier);
    if (a->exchange.unreadable && a->exchange.body.len > 0)
        fuzz_fail("unreadable, and a body", a->exchange.unreadable);
    return !a->exchange.unreadable;
}

static void compress_body(struct answer *a, const char *p, size_t len)
{
    uLongf packed = compressBound(len);
    bytes_reserve(&a->packed, packed + 1);
    if (compress2((Bytef *)a->packed.data, &packed, (const Bytef *)p, len, 1) != Z_OK)
        fuzz_fail("cannot compress", NULL);
    a->packed.len = packed;
    http_coding_reset(&a->carrier);
    http_coding_begin(&a->carrier, "deflate", 7);
}

static void check_headers(const struct bytes *headers)
{
    size_t len = 0;
    struct value v = transport_headers_value(headers);
    if (utf8_valid_prefix(headers->data, headers->len) != headers->len)
        fuzz_fail("headers that are no UTF-8", NULL);
    if (v.tag != VALUE_OBJECT)
        fuzz_fail("headers that are no object", NULL);
    for (uint32_t i = 0; i < v.object->len; i++) {
        const char *name = v.object->members[i].key->data;
        if (!transport_headers_find(headers, name, &len))
            fuzz_fail("a header that is there and not found", name);
    }
    value_unref(v);
}

static void decode(const struct exchange *x)
{
    size_t len = 0;
    struct value v;
    char *why = NULL;
    const char *type = transport_headers_find(&x->headers, "content-type", &len);
    if (!decode_body(type, len, bytes_text(&x->body), x->body.len, &v, &why) && !why)
        fuzz_fail("refused without a reason", NULL);
    value_unref(v);
    mem_free(why);
}

static void check_failure(const struct exchange *x)
{
    if (x->outcome.label != label_of_outcome(OUTCOME_ERROR) || !x->outcome.message ||
        !*x->outcome.message)
        fuzz_fail("failed without a reason", x->outcome.message);
}

static void take(struct answer *a, const char *p, size_t len, uint8_t how)
{
    const char *end = p + len;
    const char *body = take_head(a, p, end);
    check_pieces(a, p, len, how);
    if (!body && !a->carrier.failed)
        return;
    size_t body_len = body ? (size_t)(end - body) : 0;
    if (body && how & 1) {
        compress_body(a, body, body_len);
        bool good = take_body(a, a->packed.data, a->packed.len, 1 + (how >> 1));
        if (good && body_len > 0 &&
            (a->exchange.body.len != body_len ||
             memcmp(a->exchange.body.data, body, body_len) != 0))
            fuzz_fail("the body is another one", NULL);
    } else if (body) {
        take_body(a, body, body_len, 1 + (how >> 1));
    }
    if (a->carrier.failed) {
        check_failure(&a->exchange);
        return;
    }
    if (a->exchange.body.len > MAX_RESPONSE)
        fuzz_fail("a body that is longer than it may be", NULL);
    check_headers(&a->exchange.headers);
    decode(&a->exchange);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct answer a = { .endpoint = { .host = "example.com", .max_response = MAX_RESPONSE },
                        .request = { .endpoint = &a.endpoint },
                        .exchange = { .request = &a.request },
                        .carrier = { .exchange = &a.exchange } };
    if (size == 0)
        return 0;
    fuzz_begin(MOST_BYTES + size * MOST_BYTES_EACH);
    http_head_reset(&a.carrier);
    http_coding_reset(&a.carrier);
    take(&a, (const char *)data + 1, size - 1, data[0]);
    http_coding_reset(&a.carrier);
    transport_exchange_release(&a.exchange);
    bytes_release(&a.packed);
    fuzz_end();
    return 0;
}
