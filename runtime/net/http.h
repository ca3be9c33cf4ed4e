/* The transport over libcurl's multi socket interface on libuv. One per loop (thread). Reuses
 * handles, connections and DNS answers; spreads live transfers over several multi handles, since
 * libcurl walks all connections of a handle at each call. Every trap of libcurl is handled here:
 * what done() reports is what happened. */
#ifndef FLOW_NET_HTTP_H
#define FLOW_NET_HTTP_H

#include "net/host_policy.h"
#include "net/transport.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct http_counts {
    uint64_t exchanges;
    uint64_t opened; /* connections */
    uint64_t reused;
    uint64_t bytes_in;
    uint64_t bytes_out;
    uint64_t starved; /* exchanges for which no file descriptor was left */
};

/* Never NULL. The loop outlives it. */
struct http *http_new(uv_loop_t *loop);

/* From now on only these hosts are connected to; NULL: any. It outlives h. */
void http_set_guard(struct http *h, const struct host_policy *guard);

/* Cancels what is under way, closes all connections and frees. uv_run must be called afterwards
 * until the closed handles are gone. */
void http_free(struct http *h);

/* Does what libcurl wants done at once, such as sending what was just started, instead of after the
 * next sleep. True: exchanges may have ended. Not within a callback of the transport. */
bool http_go_on(struct http *h);

struct transport *http_transport(struct http *h);
struct http_counts http_counts(const struct http *h);

#endif
