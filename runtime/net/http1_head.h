/* The head of an HTTP/1 response (RFC 9112): bytes in; the status, the header lines and the framing
 * of the body out, or a problem. Pure: knows no libcurl and no connection. Strict where two readers
 * of the same bytes could disagree about the end of the body, which libcurl is not.
 *
 * The interim responses (1xx) before a final one belong to the same head, and so do the trailers
 * after its body: they count towards the bounds. */
#ifndef FLOW_NET_HTTP1_HEAD_H
#define FLOW_NET_HTTP1_HEAD_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bounds of one head. */
#define HTTP1_HEAD_MAX_BYTES (256u * 1024)
#define HTTP1_HEAD_MAX_LINES 1000u

enum http1_problem {
    HTTP1_GOOD,
    HTTP1_MALFORMED,         /* a line is neither a status line nor a header line */
    HTTP1_STATUS,            /* outside 100 to 599 */
    HTTP1_LENGTH,            /* a Content-Length is not a number, or several differ */
    HTTP1_LENGTH_AND_CODING, /* Content-Length and Transfer-Encoding */
    HTTP1_CODING,            /* a Transfer-Encoding other than a single `chunked`, or in HTTP/1.0 */
    HTTP1_TOO_LARGE,         /* one of the bounds */
    HTTP1_PROBLEMS
};

/* What ends the body (RFC 9112, section 6.3). */
enum http1_body {
    HTTP1_NO_BODY,
    HTTP1_BY_LENGTH,
    HTTP1_BY_CHUNKS,
    HTTP1_BY_CLOSE,
};

/* { 0 } is the start of a head. */
struct http1_head {
    int status;         /* of the status line that was read last */
    bool is_http10;     /* its version is HTTP/1.0 */
    bool in_fields;     /* a status line was read, and the empty line has not come */
    bool is_complete;   /* the head of the final response is; further lines are trailers */
    bool has_encoding;  /* there is a Content-Encoding */
    bool has_length;    /* there is a Content-Length */
    bool length_is_bad; /* it is not a number, or there are several that differ */
    bool is_chunked;    /* the last Transfer-Encoding is `chunked` */
    bool frames;        /* the header line that was read last is one of the two above */
    uint32_t codings;   /* Transfer-Encodings */
    uint32_t bytes;     /* read so far */
    uint32_t lines;
    uint64_t length;
};

/* Reads one line; p holds its line end, too. headers gets the header lines of the present response
 * as "name: value\n": names in lower case, values trimmed and made valid UTF-8; a status line
 * clears it. After a problem the head must not be read on. */
enum http1_problem http1_head_line(struct http1_head *h, struct bytes *headers, const char *p,
                                   size_t len);

/* Reads whole lines until the head is complete. *used is how many bytes these lines have; the rest
 * is the body or the beginning of a line that has not come yet. */
enum http1_problem http1_head_read(struct http1_head *h, struct bytes *headers, const char *p,
                                   size_t len, size_t *used);

/* Of a complete head. is_head: the method of the request is HEAD. */
enum http1_body http1_head_body(const struct http1_head *h, bool is_head);

/* Appends a header line as above. False, and nothing is appended: the name is not a token, or the
 * value contains a line feed. */
bool http1_head_add_field(struct bytes *headers, const char *name, size_t name_len,
                          const char *value, size_t len);

#endif
