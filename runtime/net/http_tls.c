/* The parts of TLS that libcurl leaves to OpenSSL.
 *
 * A connection uses the certificates of its endpoint, which were read before anything ran.
 *
 * If only the end of the connection marks the end of a response, TLS must have announced that end
 * (close_notify; RFC 9112, section 9.8). Otherwise an attacker on the path may have truncated the
 * response. libcurl 7.88 does not distinguish the two cases.
 *
 * Bytes that wait on an idle connection may be data, or TLS messages such as the session tickets of
 * TLS 1.3. This file tells them apart. */
#include "net/http_parts.h"
#include "net/tls_files.h"

#include "base/mem.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

/* The session of c's open connection. NULL if the connection does not use TLS, or not OpenSSL's. */
static SSL *find_session(const struct carrier *c)
{
    struct curl_tlssessioninfo *facts = NULL;
    if (curl_easy_getinfo(c->easy, CURLINFO_TLS_SSL_PTR, &facts) != CURLE_OK || !facts ||
        facts->backend != CURLSSLBACKEND_OPENSSL)
        return NULL;
    return facts->internals;
}

/* Reads the TLS messages that wait on the socket. True if there was nothing else, and no message
 * that requires a reply. The session writes and reads through libcurl, so this may be called only
 * from within a call of libcurl. */
static bool takes_messages(SSL *session, int fd)
{
    char first;
    BIO *socket = BIO_new_socket(fd, BIO_NOCLOSE);
    BIO *answers = BIO_new(BIO_s_mem());
    BIO *in = SSL_get_rbio(session);
    BIO *out = SSL_get_wbio(session);
    if (!socket || !answers || !BIO_up_ref(in) || !BIO_up_ref(out))
        mem_exhausted();
    SSL_set0_rbio(session, socket);
    SSL_set0_wbio(session, answers);
    ERR_clear_error();
    int n = SSL_peek(session, &first, 1);
    bool is_quiet = n <= 0 && SSL_get_error(session, n) == SSL_ERROR_WANT_READ &&
                    !SSL_has_pending(session) && BIO_ctrl_pending(answers) == 0;
    ERR_clear_error();
    SSL_set0_rbio(session, in);
    SSL_set0_wbio(session, out);
    return is_quiet;
}

bool http_tls_is_quiet(const struct carrier *c, int fd, bool has_bytes)
{
    SSL *session = find_session(c);
    if (!session)
        return !has_bytes;
    if (SSL_has_pending(session))
        return false;
    return !has_bytes || takes_messages(session, fd);
}

void http_tls_begin_body(struct carrier *c)
{
    struct http *h = c->http;
    const void *session = find_session(c);
    if (!session)
        return;
    c->session = session;
    c->was_announced = false;
    c->next_open = h->open_ended;
    h->open_ended = c;
}

bool http_tls_end_body(struct carrier *c)
{
    struct carrier **at = &c->http->open_ended;
    if (!c->session)
        return true;
    while (*at != c)
        at = &(*at)->next_open;
    *at = c->next_open;
    c->session = NULL;
    return c->was_announced;
}

/* Where a context of OpenSSL keeps its struct http; made once for all threads. */
static int place = -1;

static void make_place(void)
{
    place = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

static void on_info(const SSL *session, int where, int value)
{
    const struct http *h = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(session), place);
    if (where != SSL_CB_READ_ALERT || (value & 0xff) != SSL_AD_CLOSE_NOTIFY)
        return;
    for (struct carrier *c = h->open_ended; c; c = c->next_open)
        c->was_announced |= c->session == session;
}

static CURLcode on_context(CURL *easy, void *context, void *carrier)
{
    const struct carrier *c = carrier;
    const struct endpoint *e = c->http->routes[c->route].endpoint;
    (void)easy;
    static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
    if (!CRYPTO_THREAD_run_once(&once, make_place) ||
        !SSL_CTX_set_ex_data(context, place, c->http) ||
        (e->tls.files && !tls_files_use(e->tls.files, context)))
        return CURLE_OUT_OF_MEMORY;
    SSL_CTX_set_info_callback(context, on_info);
    return CURLE_OK;
}

/* If libcurl uses another TLS library, it reads the files itself. */
static void set_paths(CURL *easy, const struct tls_files *files)
{
    if (files->authorities)
        curl_easy_setopt(easy, CURLOPT_CAINFO, files->settings->ca);
    if (files->certificate)
        curl_easy_setopt(easy, CURLOPT_SSLCERT, files->settings->cert);
    if (files->certificate && files->settings->key)
        curl_easy_setopt(easy, CURLOPT_SSLKEY, files->settings->key);
}

void http_tls_set_context(struct carrier *c, const struct tls_files *files)
{
    CURL *easy = c->easy;
    if (files && files->authorities) { /* libcurl loads none of the system */
        curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    if (curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_context) == CURLE_OK)
        curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, c);
    else if (files)
        set_paths(easy, files);
}
