/* The files that `tls { ca, cert, key }` of an endpoint names: read and checked once, before
 * anything runs, so that no call waits for a file and nothing asks for a passphrase. What they hold
 * is shared by all connections and threads. Knows OpenSSL and the file system; does not know
 * libcurl. */
#ifndef FLOW_ENGINE_TLS_FILES_H
#define FLOW_ENGINE_TLS_FILES_H

#include <stdbool.h>

struct ssl_ctx_st;

struct tls_files {
    char *ca; /* paths; NULL: not named. All heap */
    char *cert;
    char *key;
    char *passphrase; /* of the key; erased by tls_files_read */

    /* Set by tls_files_read; objects of OpenSSL. */
    struct x509_store_st *authorities; /* of ca */
    struct x509_st *certificate;       /* the first of cert */
    struct stack_st_X509 *chain;       /* the others of cert */
    struct evp_pkey_st *private_key;
    char *problem; /* why the files cannot be used, which names the file; NULL: they can */
};

/* Reads the files; nothing was read yet. */
void tls_files_read(struct tls_files *f);

/* The files of f were read: a context of OpenSSL is to use what they hold. */
bool tls_files_are_used(const struct tls_files *f);

/* Makes a connection's context use them; there is no problem. False: OpenSSL has no memory. */
bool tls_files_use(const struct tls_files *f, struct ssl_ctx_st *context);

void tls_files_release(struct tls_files *f);

#endif
