#include "vm/endpoint.h"

#include "base/escape.h"
#include "base/idn.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void endpoint_fields_release(struct fields *f)
{
    for (size_t i = 0; i < f->len; i++) {
        mem_free(f->items[i].name);
        mem_free(f->items[i].value);
    }
    mem_free(f->items);
    *f = (struct fields){ 0 };
}

void endpoint_fields_add(struct fields *f, const char *name, size_t name_len, const char *value,
                         size_t value_len, bool secret)
{
    f->items = mem_grow(f->items, &f->cap, f->len, sizeof *f->items);
    f->items[f->len++] = (struct field){ .name = mem_copy_text(name, name_len),
                                         .value = mem_copy_text(value, value_len),
                                         .secret = secret };
}

const struct field *endpoint_fields_find(const struct fields *f, const char *name)
{
    for (size_t i = 0; i < f->len; i++) {
        if (strcasecmp(f->items[i].name, name) == 0)
            return &f->items[i];
    }
    return NULL;
}

void endpoint_erase_passphrase(struct tls_settings *tls)
{
    if (tls->passphrase)
        explicit_bzero(tls->passphrase, strlen(tls->passphrase));
    mem_free(tls->passphrase);
    tls->passphrase = NULL;
}

void endpoint_release(struct endpoint *e)
{
    mem_free(e->name);
    mem_free(e->url);
    mem_free(e->slashes);
    mem_free(e->origin);
    mem_free(e->host);
    endpoint_fields_release(&e->headers);
    bytes_release(&e->query);
    bytes_release(&e->shown_query);
    assert(!e->tls.files);
    endpoint_erase_passphrase(&e->tls);
    mem_free(e->tls.ca);
    mem_free(e->tls.cert);
    mem_free(e->tls.key);
    *e = (struct endpoint){ 0 };
}

/* The parts of a URL; each points into the given text. */
struct part {
    const char *p;
    size_t len;
};

struct parts {
    bool is_https;
    struct part host;    /* brackets included */
    struct part port;    /* digits, or empty */
    struct part path;    /* no slash at its end */
    struct part slashes; /* behind it */
};

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* A character outside ASCII may be part of a name (RFC 5890). */
static bool is_host_character(char c)
{
    return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_address6_character(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' ||
           c == '.';
}

static bool take_scheme(struct part *rest, bool *is_https)
{
    static const char *const schemes[] = { "http://", "https://" };
    for (int i = 0; i < 2; i++) {
        size_t len = strlen(schemes[i]);
        if (rest->len >= len && strncasecmp(rest->p, schemes[i], len) == 0) {
            *is_https = i == 1;
            rest->p += len;
            rest->len -= len;
            return true;
        }
    }
    return false;
}

static struct part cut(struct part *rest, size_t len)
{
    struct part taken = { rest->p, len };
    rest->p += len;
    rest->len -= len;
    return taken;
}

static const char *take_host(struct part *authority, struct part *host)
{
    size_t len = 0;
    if (authority->len > 0 && authority->p[0] == '[') {
        for (len = 1; len < authority->len && is_address6_character(authority->p[len]); len++)
            ;
        if (len == authority->len || authority->p[len] != ']' || len < 3)
            return "the address in brackets is not closed, or is not an IPv6 address";
        *host = cut(authority, len + 1);
        return NULL;
    }
    while (len < authority->len && is_host_character(authority->p[len]))
        len++;
    *host = cut(authority, len);
    return len > 0 ? NULL : "the URL has no host";
}

static const char *take_port(struct part *authority, struct part *port)
{
    if (authority->len == 0)
        return NULL;
    if (authority->p[0] != ':')
        return "the host may hold letters, digits, `-`, `.` and `_` only";
    cut(authority, 1);
    unsigned number = 0;
    for (size_t i = 0; i < authority->len; i++) {
        char c = authority->p[i];
        if (c < '0' || c > '9' || number > 65535)
            return "the port is a number from 1 to 65535";
        number = number * 10 + (unsigned)(c - '0');
    }
    if (number < 1 || number > 65535)
        return "the port is a number from 1 to 65535";
    *port = cut(authority, authority->len);
    while (port->len > 1 && port->p[0] == '0')
        cut(port, 1);
    return NULL;
}

static const char *check_path(struct part path)
{
    for (size_t i = 0; i < path.len; i++) {
        if (path.p[i] == '?')
            return "a URL of an endpoint has no query: write `query` settings instead";
        if (path.p[i] == '#')
            return "a URL of an endpoint has no fragment";
        if (!escape_is_path_char(path.p[i]))
            return "the path holds a character that must be percent-encoded";
    }
    return NULL;
}

static const char *check_text(const char *url, size_t len)
{
    if (utf8_valid_prefix(url, len) < len)
        return "the URL is not valid UTF-8";
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)url[i];
        if (c <= ' ' || c == 0x7f)
            return "a URL holds no spaces and no control characters";
        size_t width;
        if (c >= 0x80 && utf8_decode(url + i, len - i, &width) < 0xa0)
            return "a URL holds no spaces and no control characters";
    }
    return NULL;
}

static const char *split_url(const char *url, size_t len, struct parts *parts)
{
    struct part rest = { url, len };
    const char *wrong = check_text(url, len);
    if (wrong)
        return wrong;
    if (!take_scheme(&rest, &parts->is_https))
        return "a URL begins with `http://` or `https://`";
    size_t end = 0;
    while (end < rest.len && !memchr("/?#", rest.p[end], 3))
        end++;
    struct part authority = cut(&rest, end);
    if (memchr(authority.p, '@', authority.len))
        return "a URL holds no user and password: write `auth basic` instead";
    if ((wrong = take_host(&authority, &parts->host)) ||
        (wrong = take_port(&authority, &parts->port)) || (wrong = check_path(rest)))
        return wrong;
    size_t path = rest.len;
    while (path > 0 && rest.p[path - 1] == '/')
        path--;
    parts->path = cut(&rest, path);
    parts->slashes = rest;
    return NULL;
}

static char *host_text(const struct parts *parts, struct part host, const char *default_port)
{
    struct bytes b = { 0 };
    bytes_add_lower(&b, host.p, host.len);
    if (parts->port.len > 0 || default_port)
        bytes_add_char(&b, ':');
    if (parts->port.len > 0)
        bytes_add(&b, parts->port.p, parts->port.len);
    else if (default_port)
        bytes_add_text(&b, default_port);
    return bytes_take(&b);
}

/* host: in ASCII. */
static void set_url(struct endpoint *e, const struct parts *parts, struct part host)
{
    const char *scheme = parts->is_https ? "https" : "http";
    char *ascii = host_text(parts, host, NULL);
    char *with_port = host_text(parts, host, parts->is_https ? "443" : "80");
    struct bytes b = { 0 };
    mem_free(e->host);
    e->host = host_text(parts, parts->host, NULL);
    bytes_printf(&b, "%s://%s", scheme, with_port);
    mem_free(e->origin);
    e->origin = bytes_take(&b);
    bytes_printf(&b, "%s://%s", scheme, ascii);
    bytes_add(&b, parts->path.p, parts->path.len);
    mem_free(e->url);
    e->url = bytes_take(&b);
    mem_free(e->slashes);
    e->slashes = mem_copy_text(parts->slashes.p, parts->slashes.len);
    mem_free(ascii);
    mem_free(with_port);
}

const char *endpoint_set_url(struct endpoint *e, const char *url, size_t len)
{
    struct parts parts = { 0 };
    const char *wrong = split_url(url, len, &parts);
    if (wrong)
        return wrong;
    struct part host = parts.host;
    char *ascii = NULL;
    if (!idn_is_ascii(host.p, host.len)) {
        ascii = idn_to_ascii(host.p, host.len, &wrong);
        if (!ascii)
            return wrong;
        host = (struct part){ ascii, strlen(ascii) };
    }
    set_url(e, &parts, host);
    mem_free(ascii);
    return NULL;
}

const char *endpoint_host(const struct endpoint *e, size_t *len, uint16_t *port)
{
    const char *host = strstr(e->origin, "://") + 3;
    const char *colon = strrchr(host, ':');
    *len = (size_t)(colon - host);
    if (port)
        *port = (uint16_t)strtoul(colon + 1, NULL, 10);
    return host;
}
