/* Undoes the content codings of a body while it arrives. libcurl could do this, but it accepts a
 * truncated compressed body as complete, and fails the transfer if a coding is unknown or
 * malformed. Status and headers are useful even then. */
#include "net/http_parts.h"

#include "base/mem.h"

#include <assert.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#define PIECE 8192

/* Characters of the name of an unknown coding that a message quotes. */
#define LONGEST_NAME 40u

/* The first two bytes distinguish zlib, gzip and a raw deflate stream. */
#define BEGINNING 2u

enum coding { CODING_NONE, CODING_GZIP, CODING_DEFLATE, CODING_UNKNOWN };

struct inflater {
    z_stream stream;
    enum coding coding;
    unsigned char beginning[BEGINNING];
    size_t begun;   /* bytes of the beginning that have come */
    bool ended;     /* what was read is whole */
    uint64_t bytes; /* that came out */
};

/* Codings that servers name. Those that RFC 9110 does not define say nothing about the bytes:
 * browsers and curl read such a body as it is. */
static const struct {
    const char *name;
    enum coding coding;
} known[] = {
    { "gzip", CODING_GZIP },     { "x-gzip", CODING_GZIP }, { "deflate", CODING_DEFLATE },
    { "identity", CODING_NONE }, { "none", CODING_NONE },   { "utf-8", CODING_NONE },
    { "utf8", CODING_NONE },     { "binary", CODING_NONE }, { "aws-chunked", CODING_NONE },
};

static enum coding find_coding(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (len == strlen(known[i].name) && strncasecmp(name, known[i].name, len) == 0)
            return known[i].coding;
    }
    return CODING_UNKNOWN;
}

void http_coding_reset(struct carrier *c)
{
    for (uint32_t i = 0; i < c->coding_len; i++) {
        if (c->inflaters[i])
            inflateEnd(&c->inflaters[i]->stream);
        mem_free(c->inflaters[i]);
        c->inflaters[i] = NULL;
    }
    mem_free(c->unknown_coding);
    c->unknown_coding = NULL;
    c->coding_len = 0;
    c->wire_bytes = 0;
}

static bool is_token_character(char c)
{
    return c > ' ' && c <= '~' && !strchr("\"(),/:;<=>?@[\\]{}`", c);
}

/* The name comes from the server: characters that cannot be part of a token (RFC 9110, section
 * 5.6.2) are not shown. */
static void set_unknown(struct carrier *c, const char *name, size_t len)
{
    if (c->unknown_coding)
        return;
    c->unknown_coding = mem_copy_text(name, len < LONGEST_NAME ? len : LONGEST_NAME);
    for (char *p = c->unknown_coding; *p; p++) {
        if (!is_token_character(*p))
            *p = '?';
    }
}

static void add_coding(struct carrier *c, const char *name, size_t len)
{
    enum coding coding = find_coding(name, len);
    if (len == 0 || coding == CODING_NONE)
        return;
    if (coding == CODING_UNKNOWN || c->coding_len == MAX_CODINGS)
        set_unknown(c, name, len);
    else
        c->codings[c->coding_len++] = (uint8_t)coding;
}

void http_coding_begin(struct carrier *c, const char *list, size_t len)
{
    const char *end = list + len;
    while (list < end) {
        const char *comma = memchr(list, ',', (size_t)(end - list));
        const char *stop = comma ? comma : end;
        const char *next = comma ? comma + 1 : end;
        while (list < stop && strchr(" \t", *list))
            list++;
        while (stop > list && strchr(" \t", stop[-1]))
            stop--;
        add_coding(c, list, (size_t)(stop - list));
        list = next;
    }
}

static bool too_large(struct carrier *c)
{
    return http_carrier_fail(c, FAILURE_BODY_TOO_LARGE);
}

/* Drops the body; the exchange continues without it. Always true. */
static bool give_up(struct carrier *c, enum failure failure, const char *name)
{
    struct exchange *x = c->exchange;
    mem_free(x->unreadable);
    x->unreadable = failure_text(failure, &(struct failure_facts){ .text = name });
    bytes_clear(&x->body);
    return true;
}

static const char *name_of(enum coding coding)
{
    return coding == CODING_GZIP ? "gzip" : "deflate";
}

static bool bad_stream(struct carrier *c, const struct inflater *inflater)
{
    return give_up(c, FAILURE_CODING_MALFORMED, name_of(inflater->coding));
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

static struct inflater *new_inflater(enum coding coding)
{
    struct inflater *inflater = mem_alloc_zeroed(1, sizeof *inflater);
    /* 32: the header says whether it is gzip or zlib. */
    if (inflateInit2(&inflater->stream, MAX_WBITS + 32) != Z_OK)
        mem_exhausted();
    inflater->coding = coding;
    return inflater;
}

/* A gzip stream may go on with another member (RFC 1952, section 2.2). */
static bool begin_member(struct inflater *inflater)
{
    if (!inflater->ended)
        return true;
    inflater->ended = false;
    return inflater->coding == CODING_GZIP && inflateReset(&inflater->stream) == Z_OK;
}

static bool add_decoded(struct carrier *c, uint32_t level, const unsigned char *p, size_t len);

/* The output of one level is the input of the next. A body that is short in the end may be endless
 * at a level in between, so each level is bounded. */
static bool pass_on(struct carrier *c, uint32_t level, const unsigned char *p, size_t len)
{
    struct inflater *inflater = c->inflaters[level];
    inflater->bytes += len;
    if (inflater->bytes > c->exchange->request->endpoint->max_response)
        return too_large(c);
    return add_decoded(c, level, p, len);
}

/* Inflates until the piece is full or the input is consumed. */
static bool inflate_piece(struct carrier *c, uint32_t level)
{
    unsigned char piece[PIECE];
    struct inflater *inflater = c->inflaters[level];
    z_stream *z = &inflater->stream;
    z->next_out = piece;
    z->avail_out = sizeof piece;
    int result = inflate(z, Z_NO_FLUSH);
    if (result == Z_MEM_ERROR)
        mem_exhausted();
    inflater->ended = result == Z_STREAM_END;
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        return bad_stream(c, inflater);
    return pass_on(c, level, piece, sizeof piece - z->avail_out);
}

static bool inflate_all(struct carrier *c, uint32_t level, const unsigned char *p, size_t len)
{
    struct inflater *inflater = c->inflaters[level];
    z_stream *z = &inflater->stream;
    z->next_in = (z_const Bytef *)p;
    z->avail_in = (uInt)len;
    do {
        if (z->avail_in > 0 && !begin_member(inflater))
            return bad_stream(c, inflater);
        if (!inflate_piece(c, level))
            return false;
    } while (!c->exchange->unreadable && (z->avail_in > 0 || z->avail_out == 0));
    return true;
}

/* zlib's header (RFC 1950, section 2.2), or gzip's. */
static bool has_header(const unsigned char *p)
{
    bool is_zlib = (p[0] & 0x0f) == Z_DEFLATED && (p[0] * 256 + p[1]) % 31 == 0;
    return is_zlib || (p[0] == 0x1f && p[1] == 0x8b);
}

/* "deflate" means the zlib format, but some servers send a raw stream (RFC 9110, section 8.4.1.2).
 */
static bool begin_stream(struct carrier *c, uint32_t level)
{
    struct inflater *inflater = c->inflaters[level];
    if (inflater->coding == CODING_DEFLATE && !has_header(inflater->beginning) &&
        inflateReset2(&inflater->stream, -MAX_WBITS) != Z_OK)
        mem_exhausted();
    return inflate_all(c, level, inflater->beginning, BEGINNING);
}

static bool add_inflated(struct carrier *c, uint32_t level, const unsigned char *p, size_t len)
{
    struct inflater *inflater = c->inflaters[level];
    while (len > 0 && inflater->begun < BEGINNING) {
        inflater->beginning[inflater->begun++] = *p++;
        len--;
        if (inflater->begun == BEGINNING && !begin_stream(c, level))
            return false;
    }
    return len == 0 || c->exchange->unreadable || inflate_all(c, level, p, len);
}

/* Undoes the codings below level, the last one that was applied first. */
static bool add_decoded(struct carrier *c, uint32_t level, const unsigned char *p, size_t len)
{
    if (len == 0)
        return true;
    if (level == 0)
        return add_plain(c, p, len);
    level--;
    if (!c->inflaters[level])
        c->inflaters[level] = new_inflater((enum coding)c->codings[level]);
    return add_inflated(c, level, p, len);
}

bool http_coding_add(struct carrier *c, const char *p, size_t len)
{
    if (c->coding_len == 0 && !c->unknown_coding)
        return add_plain(c, p, len);
    /* A compressed body may inflate to nothing and still be endless. */
    c->wire_bytes += len;
    if (c->wire_bytes > c->exchange->request->endpoint->max_response)
        return too_large(c);
    if (c->unknown_coding && !c->exchange->unreadable)
        give_up(c, FAILURE_CODING_UNKNOWN, c->unknown_coding);
    return c->exchange->unreadable || add_decoded(c, c->coding_len, (const unsigned char *)p, len);
}

void http_coding_end(struct carrier *c)
{
    for (uint32_t i = c->coding_len; i-- > 0 && !c->exchange->unreadable;) {
        const struct inflater *inflater = c->inflaters[i];
        if (inflater && !inflater->ended)
            give_up(c, FAILURE_CODING_TRUNCATED, name_of(inflater->coding));
    }
    assert(!c->exchange->unreadable || c->exchange->body.len == 0);
}
