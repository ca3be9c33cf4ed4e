#include "net/classify.h"

#include "base/mem.h"

#include <curl/curl.h>
#include <netdb.h>
#include <openssl/x509_vfy.h>
#include <stddef.h>
#include <string.h>

static const struct {
    CURLcode code;
    enum failure failure;
} rows[] = {
#define CURL_RESULT(code, failure) { code, FAILURE_##failure },
#include "net/classify.def"
#undef CURL_RESULT
};

static enum failure failure_of_code(int code)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if ((int)rows[i].code == code)
            return rows[i].failure;
    }
    return FAILURE_EXCHANGE_FAILED;
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

/* libcurl has no code for a certificate that is valid but for another name, only a message. */
static enum failure certificate_failure(const struct curl_facts *f)
{
    if (strstr(f->details, "subject name"))
        return FAILURE_CERT_OTHER_HOST;
    switch (f->verify_result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return FAILURE_CERT_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return FAILURE_CERT_TOO_EARLY;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return FAILURE_CERT_SELF_SIGNED;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return FAILURE_CERT_UNKNOWN_ISSUER;
    case X509_V_ERR_CERT_REVOKED:
        return FAILURE_CERT_REVOKED;
    default:
        return FAILURE_CERT_UNTRUSTED;
    }
}

/* With TLS 1.3 the handshake is complete for us before the server demands a client certificate, so
 * libcurl reports an error of receiving. */
static bool is_tls_alert(const struct curl_facts *f)
{
    return (f->code == CURLE_RECV_ERROR || f->code == CURLE_SEND_ERROR) && !f->head_complete &&
           strstr(f->details, "alert") != NULL;
}

/* libcurl reports an error of receiving, although nobody closed the connection. */
static bool is_bad_chunk(const struct curl_facts *f)
{
    return f->code == CURLE_RECV_ERROR && f->head_complete &&
           strstr(f->details, "chunked-encoding") != NULL;
}

/* The C library reports EAI_AGAIN also for a name server that itself failed. */
static enum failure lookup_failure(const struct curl_facts *f)
{
    if (strstr(f->details, "thread failed to start"))
        return FAILURE_LOOKUP_NO_THREAD;
    switch (f->lookup_error) {
    case EAI_AGAIN:
        return FAILURE_LOOKUP_NO_SERVER;
    case EAI_FAIL:
        return FAILURE_LOOKUP_SERVER_FAILED;
    case EAI_MEMORY:
    case EAI_SYSTEM:
        return FAILURE_LOOKUP_NO_RESOURCES;
    default:
        return FAILURE_LOOKUP_NO_ADDRESS;
    }
}

/* libcurl's own limits: 100 KB for a header line, 1 MB for a request, which request_build keeps.
 * Later versions have a code of their own for these limits, 100. */
static bool is_limit(const struct curl_facts *f)
{
    return f->code == CURLE_OUT_OF_MEMORY || f->code == 100;
}

static bool is_lookup_timeout(const struct curl_facts *f)
{
    return f->code == CURLE_OPERATION_TIMEDOUT && strstr(f->details, "Resolving timed out");
}

static enum failure find_failure(const struct endpoint *e, const struct curl_facts *f)
{
    if (f->no_descriptor)
        return FAILURE_NO_DESCRIPTOR;
    if (is_tls_alert(f))
        return strstr(f->details, "certificate required") ? FAILURE_TLS_CLIENT_CERT_WANTED
                                                          : FAILURE_TLS_REFUSED;
    if (is_bad_chunk(f))
        return FAILURE_CHUNK_MALFORMED;
    if (f->code == CURLE_PEER_FAILED_VERIFICATION)
        return certificate_failure(f);
    if (f->code == CURLE_SSL_CACERT_BADFILE && !e->tls.ca)
        return FAILURE_TLS_NO_AUTHORITIES;
    if (f->code == CURLE_COULDNT_RESOLVE_HOST)
        return lookup_failure(f);
    if (is_lookup_timeout(f))
        return FAILURE_LOOKUP_TIMEOUT;
    if (f->code == CURLE_OUT_OF_MEMORY && f->head_complete)
        mem_exhausted();
    if (is_limit(f))
        return f->sent ? FAILURE_HEADER_LINE_TOO_LONG : FAILURE_SEND_NO_RESOURCES;
    if (f->code == CURLE_COULDNT_CONNECT && f->os_error == 0)
        return FAILURE_CONNECT_FAILED;
    return failure_of_code(f->code);
}

void classify(struct exchange *x, const struct curl_facts *f)
{
    struct bytes reason = { 0 };
    add_reason(&reason, f->os_error);
    transport_exchange_fail(x, find_failure(x->request->endpoint, f), bytes_text(&reason));
    bytes_release(&reason);
}
