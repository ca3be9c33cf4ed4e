#include "net/host_policy.h"

#include "base/idn.h"
#include "base/mem.h"
#include "program/failure.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

void host_policy_release(struct host_policy *g)
{
    for (size_t i = 0; i < g->len; i++)
        mem_free(g->rules[i].name);
    mem_free(g->rules);
    *g = (struct host_policy){ 0 };
}

/* Addresses. All are 16 bytes here; IPv4 addresses are mapped ones (::ffff:a.b.c.d). */

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

/* Reads an address of len bytes; *width is its number of bits, 32 or 128. */
static bool read_address(const char *p, size_t len, uint8_t out[16], unsigned *width)
{
    char text[INET6_ADDRSTRLEN];
    if (len >= sizeof text)
        return false;
    memcpy(text, p, len);
    text[len] = '\0';
    *width = 32;
    memcpy(out, mapped, sizeof mapped);
    if (inet_pton(AF_INET, text, out + 12) == 1)
        return true;
    *width = 128;
    return inet_pton(AF_INET6, text, out) == 1;
}

static bool is_mapped(const uint8_t address[16])
{
    return memcmp(address, mapped, sizeof mapped) == 0;
}

static bool is_within(const uint8_t address[16], const uint8_t network[16], unsigned bits)
{
    if (memcmp(address, network, bits / 8) != 0)
        return false;
    unsigned rest = bits % 8;
    return rest == 0 || ((address[bits / 8] ^ network[bits / 8]) >> (8 - rest)) == 0;
}

/* Networks that are not globally reachable: the registries of special-purpose addresses (RFC 6890
 * and its updates), and all of IPv6 outside of the global unicast range. IPv6 networks that contain
 * an IPv4 address are judged by that address if they have `inner`, its position in bytes. */
struct special {
    const char *network;
    unsigned bits;
    unsigned inner; /* 0: none */
    const char *name;
};

static const struct special specials[] = {
    { "0.0.0.0", 8, 0, "this machine" },
    { "10.0.0.0", 8, 0, "private" },
    { "100.64.0.0", 10, 0, "shared by a provider" },
    { "127.0.0.0", 8, 0, "loopback" },
    { "169.254.0.0", 16, 0, "link-local" },
    { "172.16.0.0", 12, 0, "private" },
    { "192.0.0.0", 24, 0, "special" },
    { "192.0.2.0", 24, 0, "for documentation" },
    { "192.88.99.0", 24, 0, "special" },
    { "192.168.0.0", 16, 0, "private" },
    { "198.18.0.0", 15, 0, "for benchmarks" },
    { "198.51.100.0", 24, 0, "for documentation" },
    { "203.0.113.0", 24, 0, "for documentation" },
    { "224.0.0.0", 4, 0, "multicast" },
    { "240.0.0.0", 4, 0, "special" },
    { "::", 128, 0, "this machine" },
    { "::1", 128, 0, "loopback" },
    { "64:ff9b::", 96, 12, NULL },
    { "fc00::", 7, 0, "private" },
    { "fe80::", 10, 0, "link-local" },
    { "fec0::", 10, 0, "private" },
    { "ff00::", 8, 0, "multicast" },
    { "2001::", 23, 0, "special" },
    { "2001:db8::", 32, 0, "for documentation" },
    { "2002::", 16, 2, NULL },
    { "3fff::", 20, 0, "for documentation" },
};

static const struct special *find_special(const uint8_t address[16])
{
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
        uint8_t network[16];
        unsigned width;
        bool read = read_address(specials[i].network, strlen(specials[i].network), network, &width);
        if (read && is_within(address, network, specials[i].bits + 128 - width))
            return &specials[i];
    }
    return NULL;
}

/* The name of the special network that contains the address; NULL if the address is public. */
static const char *private_name(const uint8_t address[16])
{
    const struct special *special = find_special(address);
    if (special && special->inner > 0) {
        uint8_t within[16];
        memcpy(within, mapped, sizeof mapped);
        memcpy(within + 12, address + special->inner, 4);
        return private_name(within);
    }
    if (special)
        return special->name;
    bool is_global = is_mapped(address) || (address[0] & 0xe0) == 0x20;
    return is_global ? NULL : "special";
}

/* Patterns. */

struct pattern {
    const char *host;
    size_t host_len;
    long bits; /* -1: not given */
    uint16_t port;
};

/* Only digits, and at most `most`. */
static bool read_number(const char *p, size_t len, long most, long *out)
{
    *out = 0;
    for (size_t i = 0; i < len; i++) {
        if (p[i] < '0' || p[i] > '9' || *out > most)
            return false;
        *out = *out * 10 + (p[i] - '0');
    }
    return len > 0 && *out <= most;
}

/* Removes `:PORT` from the end of text. An IPv6 address can have a port only if it is in brackets.
 */
static bool cut_port(const char *text, size_t *len, uint16_t *port)
{
    const char *colon = memrchr(text, ':', *len);
    const char *bracket = memrchr(text, ']', *len);
    long number = 0;
    if (!colon || (bracket ? colon < bracket : memchr(text, ':', *len) != colon))
        return true;
    if (!read_number(colon + 1, *len - (size_t)(colon + 1 - text), 65535, &number) || number == 0)
        return false;
    *len = (size_t)(colon - text);
    *port = (uint16_t)number;
    return true;
}

static bool cut_bits(struct pattern *p)
{
    const char *slash = memchr(p->host, '/', p->host_len);
    p->bits = -1;
    if (!slash)
        return true;
    size_t at = (size_t)(slash - p->host);
    bool good = read_number(slash + 1, p->host_len - at - 1, 128, &p->bits);
    p->host_len = at;
    return good;
}

static const char *split(const char *text, struct pattern *p)
{
    size_t len = strlen(text);
    *p = (struct pattern){ .host = text };
    if (!cut_port(text, &len, &p->port))
        return "the port must be a number from 1 to 65535";
    if (len > 1 && text[0] == '[' && text[len - 1] == ']') {
        p->host++;
        len -= 2;
    }
    p->host_len = len;
    return cut_bits(p) ? NULL
                       : "the number of bits after `/` must be from 0 to 32 for IPv4, from 0 to "
                         "128 for IPv6";
}

/* True if no bit is set beyond the prefix. */
static bool is_network(const uint8_t address[16], unsigned bits)
{
    for (unsigned i = bits; i < 128; i++) {
        if (address[i / 8] & (0x80u >> (i % 8)))
            return false;
    }
    return true;
}

static const char *take_network(struct guard_rule *rule, const struct pattern *p, unsigned width)
{
    if (p->bits > (long)width)
        return "an IPv4 address has 32 bits";
    unsigned bits = p->bits < 0 ? width : (unsigned)p->bits;
    rule->bits = (uint8_t)(bits + 128 - width);
    return is_network(rule->address, rule->bits)
               ? NULL
               : "the address has bits set behind those that count: write where the network begins";
}

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || (unsigned char)c >= 0x80;
}

static bool is_name(const char *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool is_dot = p[i] == '.' && i > 0 && p[i - 1] != '.';
        if (!is_dot && !is_name_character(p[i]))
            return false;
    }
    return len > 0;
}

/* True if the last label is a number, so that resolvers take the name for an address: 127.1,
 * 0x7f000001. */
static bool is_number_like(const char *p, size_t len)
{
    const char *dot = memrchr(p, '.', len);
    const char *last = dot ? dot + 1 : p;
    size_t left = len - (size_t)(last - p);
    if (left >= 2 && last[0] == '0' && (last[1] == 'x' || last[1] == 'X'))
        return true;
    for (size_t i = 0; i < left; i++) {
        if (last[i] < '0' || last[i] > '9')
            return false;
    }
    return true;
}

static const char *take_name(struct guard_rule *rule, struct pattern *p)
{
    if (p->bits >= 0)
        return "only an address can have a number of bits after `/`";
    if (p->host_len > 2 && memcmp(p->host, "*.", 2) == 0) {
        rule->below = true;
        p->host += 2;
        p->host_len -= 2;
    }
    if (p->host_len > 1 && p->host[p->host_len - 1] == '.')
        p->host_len--;
    if (!is_name(p->host, p->host_len))
        return "expected a host, `*.` and a domain, an address or a network such as 192.0.2.0/24; "
               "a port may follow";
    const char *wrong = NULL;
    char *name = idn_is_ascii(p->host, p->host_len) ? mem_copy_text(p->host, p->host_len)
                                                    : idn_to_ascii(p->host, p->host_len, &wrong);
    if (name && is_number_like(name, strlen(name))) {
        wrong = "an IPv4 address is written as four numbers, 127.0.0.1";
        mem_free(name);
    }
    if (!wrong)
        rule->name = name;
    return wrong;
}

const char *host_policy_allow(struct host_policy *g, const char *text)
{
    struct guard_rule rule = { 0 };
    struct pattern p;
    unsigned width;
    const char *wrong = split(text, &p);
    if (wrong)
        return wrong;
    rule.port = p.port;
    wrong = read_address(p.host, p.host_len, rule.address, &width) ? take_network(&rule, &p, width)
                                                                   : take_name(&rule, &p);
    if (wrong)
        return wrong;
    g->rules = mem_resize(g->rules, g->len + 1, sizeof *g->rules);
    g->rules[g->len++] = rule;
    return NULL;
}

/* Asking. */

static bool names(const struct guard_rule *rule, const char *host, size_t len)
{
    size_t name = rule->name ? strlen(rule->name) : 0;
    if (name == 0 || len < name || strncasecmp(host + len - name, rule->name, name) != 0)
        return false;
    return rule->below ? len > name + 1 && host[len - name - 1] == '.' : len == name;
}

static bool has_port(const struct guard_rule *rule, uint16_t port)
{
    return rule->port == 0 || rule->port == port;
}

static bool is_named(const struct host_policy *g, const char *host, size_t len, uint16_t port)
{
    if (len > 1 && host[len - 1] == '.')
        len--;
    for (size_t i = 0; i < g->len; i++) {
        if (names(&g->rules[i], host, len) && has_port(&g->rules[i], port))
            return true;
    }
    return false;
}

static bool has_addresses(const struct host_policy *g)
{
    for (size_t i = 0; i < g->len; i++) {
        if (!g->rules[i].name)
            return true;
    }
    return false;
}

bool host_policy_refuses_name(const struct host_policy *g, const char *host, size_t len,
                              uint16_t port)
{
    return g->len > 0 && !has_addresses(g) && !is_named(g, host, len, port);
}

/* False if the address is neither IPv4 nor IPv6. */
static bool take_address(const struct sockaddr *from, uint8_t out[16], uint16_t *port)
{
    if (from->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, from, sizeof in);
        memcpy(out, mapped, sizeof mapped);
        memcpy(out + 12, &in.sin_addr, 4);
        *port = ntohs(in.sin_port);
        return true;
    }
    if (from->sa_family != AF_INET6)
        return false;
    struct sockaddr_in6 in6;
    memcpy(&in6, from, sizeof in6);
    memcpy(out, &in6.sin6_addr, 16);
    *port = ntohs(in6.sin6_port);
    return true;
}

static void add_address(struct bytes *b, const uint8_t address[16])
{
    char text[INET6_ADDRSTRLEN] = "?";
    if (is_mapped(address))
        inet_ntop(AF_INET, address + 12, text, sizeof text);
    else
        inet_ntop(AF_INET6, address, text, sizeof text);
    bytes_add_text(b, text);
}

/* NULL: none. */
static const struct guard_rule *find_network(const struct host_policy *g, const uint8_t address[16],
                                             uint16_t port)
{
    for (size_t i = 0; i < g->len; i++) {
        const struct guard_rule *rule = &g->rules[i];
        /* ::/0 covers all of IPv6 and nothing of IPv4. */
        if (!rule->name && has_port(rule, port) && is_mapped(address) == is_mapped(rule->address) &&
            is_within(address, rule->address, rule->bits))
            return rule;
    }
    return NULL;
}

/* Only a rule for a private network, or a part of it, allows its addresses. A larger rule such as
 * 0.0.0.0/0 may exist only for its port. */
static bool is_meant(const struct guard_rule *rule)
{
    uint8_t last[16];
    memcpy(last, rule->address, sizeof last);
    for (unsigned i = rule->bits; i < 128; i++)
        last[i / 8] |= (uint8_t)(0x80u >> (i % 8));
    const struct special *special = find_special(rule->address);
    return special && special == find_special(last);
}

/* NULL if it may be called. Otherwise the name of its private network, or an empty text if no rule
 * covers the address. */
static const char *forbidden(const struct host_policy *g, const char *host, size_t len,
                             const uint8_t address[16], uint16_t port)
{
    const struct guard_rule *network = find_network(g, address, port);
    const char *special = g->deny_private ? private_name(address) : NULL;
    if (special)
        return network && is_meant(network) ? NULL : special;
    return g->len == 0 || network || is_named(g, host, len, port) ? NULL : "";
}

bool host_policy_refuses_address(const struct host_policy *g, const char *host, size_t len,
                                 const struct sockaddr *from, struct bytes *why)
{
    uint8_t address[16];
    uint16_t port = 0;
    if (!take_address(from, address, &port)) {
        failure_print(why, FAILURE_ADDRESS_FAMILY, NULL);
        return true;
    }
    const char *special = forbidden(g, host, len, address, port);
    if (!special)
        return false;
    struct bytes shown = { 0 };
    add_address(&shown, address);
    failure_print(why, *special ? FAILURE_ADDRESS_PRIVATE : FAILURE_ADDRESS_NOT_ALLOWED,
                  &(struct failure_facts){ .text = bytes_text(&shown), .also = special });
    bytes_release(&shown);
    return true;
}

bool host_policy_is_private(const struct sockaddr *from)
{
    uint8_t address[16];
    uint16_t port;
    return !take_address(from, address, &port) || private_name(address) != NULL;
}
