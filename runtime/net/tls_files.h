/* The files that `tls { ca, cert, key }` of an endpoint names. They are read and checked once,
 * before anything runs, so that no call waits for a file and no library asks for a passphrase. All
 * connections and threads share what the files contain. Knows OpenSSL and the file system; does not
 * know libcurl. */
#ifndef FLOW_NET_TLS_FILES_H
#define FLOW_NET_TLS_FILES_H

#include "program/failure.h"
#include "vm/endpoint.h"

#include <stdbool.h>

struct ssl_ctx_st;

/* Objects of OpenSSL, or why they could not be made. */
struct tls_files {
    const struct tls_settings *settings; /* the endpoint's: the paths */
    struct x509_store_st *authorities;   /* of ca */
    struct x509_st *certificate;         /* the first of cert */
    struct stack_st_X509 *chain;         /* the others of cert */
    struct evp_pkey_st *private_key;
    char *problem; /* why the files cannot be used, with the name of the file; NULL if they can */
    enum failure failure; /* of each call, if there is a problem */
};

/* Reads the files that the settings name and erases the passphrase. The caller's; NULL if they name
 * no file. The settings must outlive it. */
struct tls_files *tls_files_read(struct tls_settings *settings);
void tls_files_free(struct tls_files *f);

/* Makes the context of a connection use them; there must not be a problem. False if OpenSSL refuses
 * them. */
bool tls_files_use(const struct tls_files *f, struct ssl_ctx_st *context);

#endif
