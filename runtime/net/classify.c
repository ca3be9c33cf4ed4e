#include "net/classify.h"

#include "base/mem.h"

#include <curl/curl.h>
#include <netdb.h>
#include <openssl/x509_vfy.h>
#include <stddef.h>
#include <string.h>

struct row {
    CURLcode code;
    enum exchange_end end;
    enum error_kind kind;
    const char *message;
};

static const struct row rows[] = {
#define CURL_RESULT(code, end, kind, message) { code, EXCHANGE_##end, ERROR_##kind, message },
#include "net/classify.def"
#undef CURL_RESULT
};

static const struct row *find_row(int code)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if ((int)rows[i].code == code)
            return &rows[i];
    }
    return NULL;
}

/* The operating system's words in the middle of a sentence: "connection refused". */
static void add_reason(struct bytes *b, int os_error)
{
    if (os_error == 0) {
        bytes_add_text(b, "the other side closed it");
        return;
    }
    char text[128];
    const char *reason = strerror_r(os_error, text, sizeof text);
    if (reason[0] >= 'A' && reason[0] <= 'Z' && !(reason[1] >= 'A' && reason[1] <= 'Z')) {
        bytes_add_char(b, (char)(reason[0] - 'A' + 'a'));
        reason++;
    }
    bytes_add_text(b, reason);
}

static void set(struct exchange *x, enum exchange_end end, enum error_kind kind,
                const char *message, int os_error)
{
    struct bytes b = { 0 };
    for (const char *p = message; *p; p++) {
        if (p[0] == '%' && p[1] == 'h') {
            bytes_add_text(&b, x->request->endpoint->host);
            p++;
        } else if (p[0] == '%' && p[1] == 'r') {
            add_reason(&b, os_error);
            p++;
        } else {
            bytes_add_char(&b, *p);
        }
    }
    x->end = end;
    x->kind = kind;
    mem_free(x->message);
    x->message = bytes_take(&b);
}

char *classify_refused(const struct endpoint *e)
{
    const struct request request = { .endpoint = e };
    struct exchange x = { .request = &request };
    set(&x, EXCHANGE_FAILED, ERROR_CONNECT, "%h may not be called: no --allow-host covers it", 0);
    return x.message;
}

void classify_as(struct exchange *x, enum error_kind kind, const char *message)
{
    set(x, EXCHANGE_FAILED, kind, message, 0);
}

/* Of a certificate that is good but for another name, libcurl has words only. */
static const char *certificate_fault(const struct curl_facts *f)
{
    if (strstr(f->details, "subject name"))
        return "the certificate of %h is for another host";
    switch (f->verify_result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return "the certificate of %h has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "the certificate of %h is not valid yet";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return "the certificate of %h is signed by itself, not by anybody trusted here";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return "the certificate of %h is signed by nobody who is trusted here";
    case X509_V_ERR_CERT_REVOKED:
        return "the certificate of %h was revoked";
    default:
        return "the certificate of %h is not trusted";
    }
}

/* A server that wants a client certificate says so after TLS 1.3's handshake is over for us, so
 * that libcurl calls it an error of receiving. */
static bool is_tls_alert(const struct curl_facts *f)
{
    return (f->code == CURLE_RECV_ERROR || f->code == CURLE_SEND_ERROR) && !f->head_complete &&
           strstr(f->details, "alert") != NULL;
}

/* libcurl calls it an error of receiving, though nobody has closed anything. */
static bool is_bad_chunk(const struct curl_facts *f)
{
    return f->code == CURLE_RECV_ERROR && f->head_complete &&
           strstr(f->details, "chunked-encoding") != NULL;
}

/* A look-up failed. EAI_AGAIN is also what the C library says of a server that has failed itself.
 */
static const char *lookup_fault(const struct curl_facts *f)
{
    if (strstr(f->details, "thread failed to start"))
        return "the address of %h cannot be looked up: the system has no threads left";
    switch (f->lookup_error) {
    case EAI_AGAIN:
        return "the address of %h cannot be looked up: no name server answered";
    case EAI_FAIL:
        return "the address of %h cannot be looked up: the name server failed";
    case EAI_MEMORY:
    case EAI_SYSTEM:
        return "the address of %h cannot be looked up: the system has not enough resources";
    default:
        return "%h has no address";
    }
}

/* Of libcurl's limits: 100 KB for a header line, 1 MB for a request, which request_build keeps.
 * Later versions have a result of its own for them, 100. */
static bool is_limit(const struct curl_facts *f)
{
    return f->code == CURLE_OUT_OF_MEMORY || f->code == 100;
}

static bool is_lookup_timeout(const struct curl_facts *f)
{
    return f->code == CURLE_OPERATION_TIMEDOUT && strstr(f->details, "Resolving timed out");
}

void classify(struct exchange *x, const struct curl_facts *f)
{
    const struct row *row = find_row(f->code);
    if (f->no_descriptor)
        classify_as(x, ERROR_NETWORK, "no connection to %h: this process has too many files open");
    else if (is_tls_alert(f))
        classify_as(x, ERROR_TLS,
                    strstr(f->details, "certificate required")
                        ? "%h wants a client certificate (`tls`)"
                        : "%h refused the TLS connection");
    else if (is_bad_chunk(f))
        classify_as(x, ERROR_NETWORK, "%h sent a chunked body that makes no sense");
    else if (f->code == CURLE_PEER_FAILED_VERIFICATION)
        classify_as(x, ERROR_TLS, certificate_fault(f));
    else if (f->code == CURLE_SSL_CACERT_BADFILE && !x->request->endpoint->tls.ca)
        classify_as(x, ERROR_TLS,
                    "%h cannot be trusted: this system has no list of authorities (install "
                    "ca-certificates, or name a file: `tls { ca: \"…\" }`)");
    else if (f->code == CURLE_COULDNT_RESOLVE_HOST)
        classify_as(x, ERROR_DNS, lookup_fault(f));
    else if (is_lookup_timeout(f))
        set(x, EXCHANGE_TIMEOUT, ERROR_CONNECT,
            "the address of %h was not found in time (`connect`)", 0);
    else if (f->code == CURLE_OUT_OF_MEMORY && f->head_complete)
        mem_exhausted();
    else if (is_limit(f) && !f->sent)
        classify_as(x, ERROR_NETWORK,
                    "the request to %h cannot be sent: the system has not enough "
                    "resources");
    else if (is_limit(f))
        classify_as(x, ERROR_TOO_LARGE, "%h sent a header line that is longer than 100 KB");
    else if (f->code == CURLE_COULDNT_CONNECT && f->os_error == 0)
        classify_as(x, ERROR_CONNECT, "cannot connect to %h");
    else if (row)
        set(x, row->end, row->kind, row->message, f->os_error);
    else
        classify_as(x, ERROR_NETWORK, "the exchange with %h failed");
}
