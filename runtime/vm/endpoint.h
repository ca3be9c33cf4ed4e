/* An endpoint of a started program: every expression of its declaration has its value. Knows
 * nothing about how it is called. */
#ifndef FLOW_VM_ENDPOINT_H
#define FLOW_VM_ENDPOINT_H

#include "base/bytes.h"
#include "program/outcome.h"

#include <stdbool.h>
#include <stdint.h>

struct field {
    char *name;
    char *value;
    bool secret; /* shown as *** */
};

struct fields {
    struct field *items;
    size_t len;
    size_t cap;
};

struct tls_files; /* what the files hold; net/tls_files.h */

struct tls_settings {
    char *ca; /* paths; NULL: not named. All heap */
    char *cert;
    char *key;
    char *passphrase; /* of the key; erased once the files were read */
    bool verify;
    struct tls_files
        *files; /* NULL: not read, or not named. Owned by the code that started the program */
};

struct endpoint {
    char *name;
    char *url;     /* scheme://host[:port][/base], no slash at the end */
    char *slashes; /* the slashes at the end of the url as written: part of it if the path of a
                      request is empty */
    char *origin;  /* scheme://host:port in lower case, always with the port: for redirects */
    char *host; /* as messages name it: host or host:port, as written; url and origin have the ASCII
                   form of an internationalized name */
    struct fields headers;
    struct bytes query; /* encoded pairs sent before the request's own; not with a separator at its
                           end; built with `separator` */
    struct bytes shown_query; /* the same with secrets as ***; empty when nothing is secret */
    char separator;           /* '&' or ';' */
    uint32_t connect_ms;
    uint32_t timeout_ms;
    uint32_t within_ms;
    uint32_t connections;
    uint32_t wait_ms;
    uint32_t redirects;
    uint64_t max_response; /* bytes, after decompression */
    struct tls_settings tls;
};

void endpoint_release(struct endpoint *e);
void endpoint_erase_passphrase(struct tls_settings *tls);
void endpoint_fields_release(struct fields *f);

/* Copies name (name_len) and value (value_len). */
void endpoint_fields_add(struct fields *f, const char *name, size_t name_len, const char *value,
                         size_t value_len, bool secret);

/* The header of this name, ASCII case-insensitive (RFC 9110, section 5.1); NULL if absent. */
const struct field *endpoint_fields_find(const struct fields *f, const char *name);

/* The host of the url as in origin, an IPv6 address in brackets; its port if port is not NULL.
 * Valid as long as e's url. */
const char *endpoint_host(const struct endpoint *e, size_t *len, uint16_t *port);

/* Checks url (http or https, a host, optional port and base path; no query, fragment, credentials,
 * spaces or control characters) and sets url, origin and host. NULL, or what is wrong. */
const char *endpoint_set_url(struct endpoint *e, const char *url, size_t len);

#endif
