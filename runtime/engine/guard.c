#include "engine/guard.h"

#include "base/mem.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESS_BITS 128u
#define V4_BITS 96u /* before the four bytes of IPv4 */

static const uint8_t v4_mapped[12] = { [10] = 0xff, [11] = 0xff };

/* Addresses. */

static void from_v4(const void *four, uint8_t out[16])
{
    memcpy(out, v4_mapped, sizeof v4_mapped);
    memcpy(out + 12, four, 4);
}

static bool read_address(const char *text, uint8_t out[16])
{
    struct in_addr v4;
    if (inet_pton(AF_INET, text, &v4) == 1) {
        from_v4(&v4, out);
        return true;
    }
    return inet_pton(AF_INET6, text, out) == 1;
}

static bool of_sockaddr(const struct sockaddr *address, uint8_t out[16], uint16_t *port)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
        from_v4(&v4->sin_addr, out);
        *port = ntohs(v4->sin_port);
        return true;
    }
    if (address->sa_family != AF_INET6)
        return false;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
    memcpy(out, &v6->sin6_addr, 16);
    *port = ntohs(v6->sin6_port);
    return true;
}

static bool is_within(const uint8_t address[16], const uint8_t net[16], unsigned bits)
{
    unsigned whole = bits / 8;
    unsigned rest = bits % 8;
    if (memcmp(address, net, whole) != 0)
        return false;
    return rest == 0 || (address[whole] ^ net[whole]) >> (8 - rest) == 0;
}

struct net {
    const char *address;
    unsigned bits; /* of the form as written */
};

static const struct net private_nets[] = {
    { "0.0.0.0", 8 },       /* this network (RFC 791) */
    { "10.0.0.0", 8 },      /* private (RFC 1918) */
    { "100.64.0.0", 10 },   /* shared (RFC 6598) */
    { "127.0.0.0", 8 },     /* loopback (RFC 1122) */
    { "169.254.0.0", 16 },  /* link-local (RFC 3927); where clouds keep their metadata */
    { "172.16.0.0", 12 },   /* private */
    { "192.0.0.0", 24 },    /* protocol assignments (RFC 6890) */
    { "192.0.2.0", 24 },    /* documentation (RFC 5737) */
    { "192.88.99.0", 24 },  /* 6to4 relays (RFC 7526) */
    { "192.168.0.0", 16 },  /* private */
    { "198.18.0.0", 15 },   /* benchmarks (RFC 2544) */
    { "198.51.100.0", 24 }, /* documentation */
    { "203.0.113.0", 24 },  /* documentation */
    { "224.0.0.0", 4 },     /* multicast (RFC 5771) */
    { "240.0.0.0", 4 },     /* reserved, and broadcast (RFC 1112) */
    { "::", 128 },          /* unspecified (RFC 4291) */
    { "::1", 128 },         /* loopback */
    { "100::", 64 },        /* discard (RFC 6666) */
    { "2001::", 23 },       /* protocol assignments, Teredo (RFC 2928, RFC 4380) */
    { "2001:db8::", 32 },   /* documentation (RFC 3849) */
    { "3fff::", 20 },       /* documentation (RFC 9637) */
    { "fc00::", 7 },        /* unique local (RFC 4193) */
    { "fe80::", 10 },       /* link-local */
    { "fec0::", 10 },       /* site-local (RFC 3879) */
    { "ff00::", 8 },        /* multicast */
};

/* Forms of IPv6 that hold an address of IPv4, and the byte at which it begins. */
static const struct net carriers_of_v4[] = {
    { "::", 96 },          /* compatible (RFC 4291, section 2.5.5.1) */
    { "64:ff9b::", 96 },   /* translated (RFC 6052) */
    { "64:ff9b:1::", 48 }, /* translated, local (RFC 8215); by its last bytes */
    { "2002::", 16 },      /* 6to4 (RFC 3056): in bytes 2 to 5 */
};

static bool is_in_net(const uint8_t address[16], const struct net *n)
{
    uint8_t net[16];
    bool is_v4 = strchr(n->address, '.') != NULL;
    return read_address(n->address, net) &&
           is_within(address, net, n->bits + (is_v4 ? V4_BITS : 0));
}

static bool is_private(const uint8_t address[16])
{
    uint8_t inner[16];
    for (size_t i = 0; i < sizeof private_nets / sizeof *private_nets; i++) {
        if (is_in_net(address, &private_nets[i]))
            return true;
    }
    for (size_t i = 0; i < sizeof carriers_of_v4 / sizeof *carriers_of_v4; i++) {
        if (!is_in_net(address, &carriers_of_v4[i]))
            continue;
        from_v4(address + (carriers_of_v4[i].bits == 16 ? 2 : 12), inner);
        return is_private(inner);
    }
    return false;
}

bool guard_is_private(const struct sockaddr *address)
{
    uint8_t raw[16];
    uint16_t port;
    return !of_sockaddr(address, raw, &port) || is_private(raw);
}

/* Rules. */

static bool read_number(const char *text, unsigned long most, unsigned long *out)
{
    char *end;
    if (!isdigit((unsigned char)*text))
        return false;
    *out = strtoul(text, &end, 10);
    return *end == '\0' && *out <= most;
}

/* Takes `:PORT` off the end of a host's text. False: what stands there is no port. */
static bool take_port(char *text, uint16_t *port)
{
    char *bracket = strchr(text, ']');
    char *colon = strchr(bracket ? bracket : text, ':');
    unsigned long number;
    *port = 0;
    if (!colon || (!bracket && strchr(colon + 1, ':')))
        return true; /* an IPv6 address without brackets has no port */
    if (!read_number(colon + 1, 65535, &number) || number == 0)
        return false;
    *port = (uint16_t)number;
    *colon = '\0';
    return true;
}

static bool read_net(char *text, struct guard_rule *rule)
{
    char *slash = strchr(text, '/');
    size_t len = strlen(text);
    unsigned long bits = 0;
    if (slash)
        *slash = '\0';
    if (!slash && text[0] == '[' && text[len - 1] == ']') {
        text[len - 1] = '\0';
        text++;
    }
    if (!read_address(text, rule->address))
        return false;
    unsigned before = strchr(text, '.') && !strchr(text, ':') ? V4_BITS : 0;
    rule->bits = ADDRESS_BITS;
    if (!slash)
        return true;
    if (!read_number(slash + 1, ADDRESS_BITS - before, &bits))
        return false;
    rule->bits = before + (unsigned)bits;
    return true;
}

static bool is_host_name(const char *text)
{
    for (const char *p = text; *p; p++) {
        if (!isalnum((unsigned char)*p) && !strchr("-._", *p))
            return false;
    }
    return *text && *text != '.';
}

static char *lower(const char *text, size_t len)
{
    while (len > 0 && text[len - 1] == '.')
        len--;
    char *copy = mem_copy_text(text, len);
    for (char *p = copy; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return copy;
}

static bool read_rule(char *text, struct guard_rule *rule)
{
    struct guard_rule none = { .port = rule->port };
    char *copy = mem_copy_text(text, strlen(text));
    bool is_net = read_net(copy, rule);
    mem_free(copy);
    if (is_net)
        return true;
    *rule = none;
    rule->below = strncmp(text, "*.", 2) == 0;
    text += rule->below ? 2 : 0;
    if (!is_host_name(text))
        return false;
    rule->name = lower(text, strlen(text));
    return true;
}

bool guard_allow(struct guard *g, const char *pattern)
{
    struct guard_rule rule = { 0 };
    char *text = mem_copy_text(pattern, strlen(pattern));
    bool good = take_port(text, &rule.port) && read_rule(text, &rule);
    mem_free(text);
    if (!good)
        return false;
    g->rules = mem_resize(g->rules, g->len + 1, sizeof *g->rules);
    g->rules[g->len++] = rule;
    return true;
}

void guard_release(struct guard *g)
{
    for (size_t i = 0; i < g->len; i++)
        mem_free(g->rules[i].name);
    mem_free(g->rules);
    *g = (struct guard){ 0 };
}

/* Questions. */

static bool fits_name(const struct guard_rule *rule, const char *host)
{
    size_t len = strlen(host);
    size_t name = strlen(rule->name);
    if (!rule->below)
        return strcmp(host, rule->name) == 0;
    return len > name + 1 && host[len - name - 1] == '.' &&
           strcmp(host + len - name, rule->name) == 0;
}

static bool name_is_allowed(const struct guard *g, const char *host, size_t len, uint16_t port)
{
    char *name = lower(host, len);
    bool allowed = false;
    for (size_t i = 0; i < g->len && !allowed; i++) {
        const struct guard_rule *rule = &g->rules[i];
        allowed = rule->name && (rule->port == 0 || rule->port == port) && fits_name(rule, name);
    }
    mem_free(name);
    return allowed;
}

static bool has_addresses(const struct guard *g)
{
    for (size_t i = 0; i < g->len; i++) {
        if (!g->rules[i].name)
            return true;
    }
    return false;
}

bool guard_refuses_name(const struct guard *g, const char *host, size_t len, uint16_t port)
{
    return g->len > 0 && !has_addresses(g) && !name_is_allowed(g, host, len, port);
}

static bool address_is_allowed(const struct guard *g, const uint8_t address[16], uint16_t port)
{
    for (size_t i = 0; i < g->len; i++) {
        const struct guard_rule *rule = &g->rules[i];
        if (!rule->name && (rule->port == 0 || rule->port == port) &&
            is_within(address, rule->address, rule->bits))
            return true;
    }
    return false;
}

bool guard_refuses_address(const struct guard *g, const char *host, size_t len,
                           const struct sockaddr *address)
{
    uint8_t raw[16];
    uint16_t port;
    if (!of_sockaddr(address, raw, &port))
        return true;
    if (address_is_allowed(g, raw, port))
        return false;
    if (g->deny_private && is_private(raw))
        return true;
    return g->len > 0 && !name_is_allowed(g, host, len, port);
}
