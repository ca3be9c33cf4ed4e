/* Which hosts a program may call, for those who run other people's flows: by name before a name is
 * looked up, by address when a connection is opened. Read-only once made; knows no libcurl. */
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
    bool below;          /* `*.name`: what ends in .name */
    uint16_t port;       /* 0: any */
    uint8_t address[16]; /* IPv4 as ::ffff:a.b.c.d (RFC 4291, section 2.5.5.2) */
    uint8_t bits;        /* of address that count, 0 to 128 */
};

struct host_policy {
    struct guard_rule *rules; /* none: every host is allowed */
    size_t len;
    bool deny_private;
};

/* Adds a rule: HOST, *.DOMAIN, an IPv4 or IPv6 address, or ADDRESS/BITS, each with a :PORT where
 * wanted (IPv6 in brackets then). NULL, or why the pattern is none of these. */
const char *host_policy_allow(struct host_policy *g, const char *pattern);
void host_policy_release(struct host_policy *g);

/* Whether calls of that host (an IPv6 address in brackets) and port are refused whatever its
 * address is: no name is to be looked up then. */
bool host_policy_refuses_name(const struct host_policy *g, const char *host, size_t len,
                              uint16_t port);

/* Whether a connection to this address, which is what the host was found to be, is refused; why is
 * added then: "--deny-private forbids its address 127.0.0.1 (loopback)". A private address is
 * refused whatever names its host, unless a rule is of its private network or a part of it. */
bool host_policy_refuses_address(const struct host_policy *g, const char *host, size_t len,
                                 const struct sockaddr *address, struct bytes *why);

/* Whether an address is not of the public internet: loopback, link-local, private, shared,
 * documentation, multicast, reserved, and IPv6 forms of those (RFC 6890 and the registries of
 * special-purpose addresses of the IANA). */
bool host_policy_is_private(const struct sockaddr *address);

#endif
