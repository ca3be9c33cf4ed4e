/* Which hosts a program may call, for people who run the flows of others. Only runtime/net asks: by
 * name before a look-up (http.c), by address when a connection is opened (http_socket.c). Read-only
 * once it is made; knows no libcurl. */
#ifndef FLOW_NET_HOST_POLICY_H
#define FLOW_NET_HOST_POLICY_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sockaddr;

/* One --allow-host. */
struct guard_rule {
    char *name;          /* lower case, without a dot at its end; NULL: an address */
    bool below;          /* `*.name`: all names that end in .name */
    uint16_t port;       /* 0: any */
    uint8_t address[16]; /* IPv4 as ::ffff:a.b.c.d (RFC 4291, section 2.5.5.2) */
    uint8_t bits;        /* of address that count, 0 to 128 */
};

struct host_policy {
    struct guard_rule *rules; /* if there are none, every host is allowed */
    size_t len;
    bool deny_private;
};

/* Adds a rule: HOST, *.DOMAIN, an IPv4 or IPv6 address, or ADDRESS/BITS, each with an optional
 * :PORT (IPv6 is in brackets then). Returns NULL, or why the pattern is invalid. */
const char *host_policy_allow(struct host_policy *g, const char *pattern);
void host_policy_release(struct host_policy *g);

/* True if calls to this host (an IPv6 address in brackets) and port are refused whatever its
 * address is. Its name must not be looked up then. */
bool host_policy_refuses_name(const struct host_policy *g, const char *host, size_t len,
                              uint16_t port);

/* True if a connection to this address, to which the host resolved, is refused; appends the reason
 * to why: "--deny-private forbids its address 127.0.0.1 (loopback)". A private address is refused
 * whatever its name is, unless a rule names its private network or a part of it. */
bool host_policy_refuses_address(const struct host_policy *g, const char *host, size_t len,
                                 const struct sockaddr *address, struct bytes *why);

/* True if the address is not globally reachable: loopback, link-local, private, shared,
 * documentation, multicast, reserved, and the IPv6 forms of those (RFC 6890 and the IANA registries
 * of special-purpose addresses). */
bool host_policy_is_private(const struct sockaddr *address);

#endif
