/* The body as it comes, decompressed. libcurl could do it, but takes a compressed body that is cut
 * short for a whole one. */
#include "engine/http_parts.h"

#include "base/mem.h"

#include <string.h>
#include <strings.h>
#include <zlib.h>

#define PIECE 16384

enum coding { CODING_NONE, CODING_GZIP, CODING_DEFLATE, CODING_UNKNOWN };

struct inflater {
    z_stream stream;
    bool fresh; /* nothing was read yet */
    bool ended; /* what was read is whole */
};

static bool is(const char *p, size_t len, const char *word)
{
    return len == strlen(word) && strncasecmp(p, word, len) == 0;
}

static enum coding find_coding(const char *name, size_t len)
{
    if (len == 0 || is(name, len, "identity"))
        return CODING_NONE;
    if (is(name, len, "gzip") || is(name, len, "x-gzip"))
        return CODING_GZIP;
    return is(name, len, "deflate") ? CODING_DEFLATE : CODING_UNKNOWN;
}

void coding_reset(struct carrier *c)
{
    c->coding = CODING_NONE;
    c->wire_bytes = 0;
    if (!c->inflater)
        return;
    inflateEnd(&c->inflater->stream);
    mem_free(c->inflater);
    c->inflater = NULL;
}

void coding_begin(struct carrier *c, const char *name, size_t len)
{
    enum coding coding = find_coding(name, len);
    if (coding == CODING_NONE)
        return;
    c->coding = c->coding == CODING_NONE ? (uint8_t)coding : (uint8_t)CODING_UNKNOWN;
}

static bool too_large(struct carrier *c)
{
    return carrier_fail(c, ERROR_TOO_LARGE, "the answer of %h is longer than `max-response`");
}

static bool bad_stream(struct carrier *c)
{
    return carrier_fail(c, ERROR_DECODE, "the answer of %h cannot be decompressed");
}

static bool add_plain(struct carrier *c, const void *p, size_t len)
{
    struct bytes *body = &c->exchange->body;
    uint64_t most = c->exchange->request->endpoint->max_response;
    if (len > most || body->len > most - len)
        return too_large(c);
    bytes_add(body, p, len);
    return true;
}

static struct inflater *new_inflater(void)
{
    struct inflater *inflater = mem_alloc_zeroed(1, sizeof *inflater);
    /* 32: the header says whether it is gzip or zlib. */
    if (inflateInit2(&inflater->stream, MAX_WBITS + 32) != Z_OK)
        mem_exhausted();
    inflater->fresh = true;
    return inflater;
}

/* "deflate" means zlib's format, but some servers send the bare stream (RFC 9110, 8.4.1.2). */
static bool try_bare(struct inflater *inflater, const void *p, size_t len)
{
    if (inflateReset2(&inflater->stream, -MAX_WBITS) != Z_OK)
        return false;
    inflater->stream.next_in = (z_const Bytef *)p;
    inflater->stream.avail_in = (uInt)len;
    return true;
}

/* A gzip stream may go on with another member (RFC 1952, section 2.2). */
static bool begin_member(struct carrier *c)
{
    struct inflater *inflater = c->inflater;
    if (!inflater->ended)
        return true;
    inflater->ended = false;
    return c->coding == CODING_GZIP && inflateReset(&inflater->stream) == Z_OK;
}

/* Inflates until a piece is full or the input is used up. */
static bool inflate_piece(struct carrier *c, const void *p, size_t len)
{
    unsigned char piece[PIECE];
    struct inflater *inflater = c->inflater;
    z_stream *z = &inflater->stream;
    z->next_out = piece;
    z->avail_out = sizeof piece;
    int result = inflate(z, Z_NO_FLUSH);
    if (result == Z_DATA_ERROR && inflater->fresh && c->coding == CODING_DEFLATE &&
        try_bare(inflater, p, len))
        result = inflate(z, Z_NO_FLUSH);
    inflater->fresh = false;
    if (result == Z_MEM_ERROR)
        mem_exhausted();
    inflater->ended = result == Z_STREAM_END;
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        return bad_stream(c);
    return add_plain(c, piece, sizeof piece - z->avail_out);
}

static bool add_inflated(struct carrier *c, const void *p, size_t len)
{
    if (!c->inflater)
        c->inflater = new_inflater();
    z_stream *z = &c->inflater->stream;
    z->next_in = (z_const Bytef *)p;
    z->avail_in = (uInt)len;
    do {
        if (z->avail_in > 0 && !begin_member(c))
            return bad_stream(c);
        if (!inflate_piece(c, p, len))
            return false;
    } while (z->avail_in > 0 || z->avail_out == 0);
    return true;
}

bool coding_add(struct carrier *c, const char *p, size_t len)
{
    if (c->coding == CODING_NONE)
        return add_plain(c, p, len);
    if (c->coding == CODING_UNKNOWN)
        return carrier_fail(c, ERROR_DECODE, "the answer of %h is compressed in an unknown way");
    /* A compressed body may come to nothing and still be endless. */
    c->wire_bytes += len;
    if (c->wire_bytes > c->exchange->request->endpoint->max_response)
        return too_large(c);
    return add_inflated(c, p, len);
}

bool coding_end(struct carrier *c)
{
    return !c->inflater || c->inflater->ended || bad_stream(c);
}
