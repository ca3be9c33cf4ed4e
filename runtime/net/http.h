/* The transport over libcurl's multi socket interface on libuv. One per loop and thread. Reuses
 * handles, connections and DNS answers, and spreads live transfers over several multi handles,
 * since libcurl walks all connections of a handle at each call. Works around all known faults of
 * libcurl: what done() reports is what happened. */
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
    uint64_t starved; /* exchanges that failed because no file descriptor was free */
};

/* Never NULL. The loop outlives it. */
struct http *http_new(uv_loop_t *loop);

/* From now on only hosts that the policy allows are called; NULL: any host. The policy must outlive
 * h. */
void http_set_guard(struct http *h, const struct host_policy *guard);

/* Cancels all exchanges, closes all connections and frees h. uv_run must be called afterwards until
 * the closed handles are gone. */
void http_free(struct http *h);

/* Does pending work of libcurl, such as sending a request that was just started, now instead of
 * after the next sleep. True if exchanges may have ended. Must not be called from a callback of the
 * transport. */
bool http_go_on(struct http *h);

struct transport *http_transport(struct http *h);
struct http_counts http_counts(const struct http *h);

#endif
