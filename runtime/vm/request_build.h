/* Builds a request piece by piece, with the escaping that each place needs (language, section 6).
 * A mistake on the way (a null in the path, a line break in a header) is noted; the rest is still
 * taken, and request_build_finish gives the first mistake instead of a request. */
#ifndef FLOW_VM_REQUEST_BUILD_H
#define FLOW_VM_REQUEST_BUILD_H

#include "base/value.h"
#include "program/failure.h"
#include "program/opcode.h"
#include "vm/request.h"

#include <stdbool.h>
#include <stdint.h>

/* The limit of the URL and the headers of one request, in bytes. libcurl builds a head of up to
 * 1 MB, together with a body of up to 64 KB. */
#define REQUEST_MAX_HEAD (900u * 1024)

/* { 0 } may be released. Reuse it for the next request, so that its memory is reused. */
struct request_build {
    bool is_open; /* begun and not finished */
    const struct endpoint *endpoint;
    enum http_method method;
    char separator;
    struct bytes path;
    size_t segment;         /* where the path's last segment begins */
    bool segment_has_value; /* an interpolation gave part of it */
    struct bytes query;     /* encoded pairs of the node */
    struct bytes shown_query;
    struct fields headers; /* the node's own */
    struct bytes body;
    bool has_body;
    bool body_secret;
    enum body_kind body_kind;
    char *failure;       /* the message of the first one; heap; NULL if there is none yet */
    enum failure reason; /* if failure is not NULL; valid until the next request begins */
};

void request_build_release(struct request_build *b);

void request_build_begin(struct request_build *b, const struct endpoint *endpoint,
                         enum http_method method, char separator);
void request_build_path_text(struct request_build *b, const struct text *text);

/* Everything but A-Za-z0-9-._~ is percent-encoded; null is a mistake. Lists and objects go in as
 * the JSON that interpolation makes of them, encoded. */
void request_build_path_value(struct request_build *b, struct value v);

/* null: not sent. A control character other than tab is a mistake. */
void request_build_header(struct request_build *b, const struct text *name, struct value v,
                          bool secret);

/* Adds one pair per item of a list (none for a null item), none for null. */
void request_build_query(struct request_build *b, const struct text *name, struct value v,
                         bool secret);
void request_build_form(struct request_build *b, const struct text *name, struct value v,
                        bool secret);

/* BODY_FORM with nothing in it is an empty form. */
void request_build_body(struct request_build *b, enum body_kind kind, struct value v, bool secret);

/* Moves an open request out of b, which others use meanwhile; NULL if none is open. The caller
 * gives it back with request_build_restore, or frees it. */
struct request_build *request_build_keep(struct request_build *b);

/* Goes on with what request_build_keep gave: `kept` is freed. */
void request_build_restore(struct request_build *b, struct request_build *kept);

/* NULL is allowed. */
void request_build_free(struct request_build *kept);

/* The request, the caller's; NULL: *failure says why (heap, the caller's). Checks: an interpolated
 * segment that is empty, "." or ".."; a header that endpoint and node give with different values
 * (names in any case); sets Content-Type unless given. */
struct request *request_build_finish(struct request_build *b, char **failure);

/* Appends one encoded pair to an endpoint's own query, in the form that requests use. */
void request_encode_pairs(struct bytes *b, struct bytes *shown, char separator, const char *name,
                          size_t name_len, struct value v, bool secret);

/* Percent-encoding of RFC 3986, section 2.1, all but its unreserved characters. */
void request_percent_encode(struct bytes *b, const char *p, size_t len);

#endif
