/* One exchange: a request is sent, and a response or a failure comes back. The interface between
 * the life of a call (call.h) and what carries it: libcurl (http.h), or a simulation (sim/). */
#ifndef FLOW_NET_TRANSPORT_H
#define FLOW_NET_TRANSPORT_H

#include "base/bytes.h"
#include "base/value.h"
#include "program/failure.h"
#include "program/outcome.h"
#include "vm/request.h"

#include <stdbool.h>
#include <stdint.h>

struct exchange {
    /* Set by the caller. */
    const struct request *request;
    uint32_t node; /* of the image */
    uint32_t connect_ms;
    void (*done)(struct exchange *x); /* called exactly once unless cancelled; may free x, and may
                                         start another exchange at once */

    /* Set before done is called; owned by the exchange, see transport_exchange_release. */
    struct outcome_facts outcome; /* label, is_complete, status, kind, message and resent */
    struct bytes headers; /* the final response's header lines as "name: value\n", names in lower
                             case, values trimmed and made valid UTF-8; no status line. Empty where
                             status is 0 */
    struct bytes body;    /* decompressed; empty where it is unreadable */
    char *unreadable;     /* why the content codings of the body cannot be undone, such as "its
                             content coding `br` is not supported"; heap, or NULL */
    bool reused;          /* went over a connection that was open already */
    uint64_t bytes_in;
    uint64_t bytes_out;

    void *state; /* the transport's own while it is under way */
};

struct transport {
    /* True: no request of this endpoint can be carried, since its host may not be called or the
     * files of its `tls` cannot be used; sets label, kind and message of the outcome. NULL: any
     * can. */
    bool (*refuses)(struct transport *t, const struct endpoint *e, struct outcome_facts *outcome);
    void (*start)(struct transport *t, struct exchange *x);
    /* Ends a running exchange at once; done is not called, and x is not used afterwards. */
    void (*cancel)(struct transport *t, struct exchange *x);
};

/* As the transport's own. To be asked before a call is started, so that it takes no slot. */
bool transport_refuses(struct transport *t, const struct endpoint *e,
                       struct outcome_facts *outcome);

/* Ends it as failed: sets label, kind and message. text is %s of the wording, NULL if it has none.
 */
void transport_exchange_fail(struct exchange *x, enum failure f, const char *text);

/* Ends it as a complete response. */
void transport_exchange_succeed(struct exchange *x, int status);

/* Frees the bytes of the response; the outcome remains. */
void transport_exchange_drop_bytes(struct exchange *x);

/* Frees all that an ended exchange holds and makes it ready for the next start. */
void transport_exchange_release(struct exchange *x);

/* The value of a header line in exchange.headers, first of that name (lower case); NULL: absent.
 * Not NUL-terminated; *len is set. */
const char *transport_headers_find(const struct bytes *headers, const char *name, size_t *len);

/* The same for one name after another: *at is 0 at first, and moves behind the line that was found.
 */
const char *transport_headers_next(const struct bytes *headers, const char *name, size_t *at,
                                   size_t *len);

/* An object, names in lower case, repeated values joined by ", ". The caller owns it. */
struct value transport_headers_value(const struct bytes *headers);

#endif
