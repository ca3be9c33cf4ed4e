#include "net/classify.h"

#include "base/mem.h"

#include "suite.h"

#include <curl/curl.h>
#include <errno.h>
#include <netdb.h>
#include <openssl/x509_vfy.h>
#include <string.h>

static struct endpoint endpoint;
static struct request request;
static struct exchange x;

static void setup(void)
{
    endpoint.host = mem_copy_text("shop.example.com:8443", 21);
    request.endpoint = &endpoint;
    x = (struct exchange){ .request = &request };
}

static void teardown(void)
{
    transport_exchange_release(&x);
    endpoint_release(&endpoint);
}

struct row {
    struct curl_facts facts;
    enum outcome end;
    enum error_kind kind;
    const char *message;
};

#define H "shop.example.com:8443"

static const struct row rows[] = {
    { { .code = CURLE_UNSUPPORTED_PROTOCOL },
      OUTCOME_ERROR,
      ERROR_PROTOCOL,
      "the response of " H " is not HTTP/1.1" },
    { { .code = CURLE_WEIRD_SERVER_REPLY },
      OUTCOME_ERROR,
      ERROR_PROTOCOL,
      "the response of " H " is not HTTP" },
    { { .code = CURLE_HTTP2 },
      OUTCOME_ERROR,
      ERROR_PROTOCOL,
      "the response of " H " is not HTTP/1.1" },
    { { .code = CURLE_BAD_FUNCTION_ARGUMENT },
      OUTCOME_ERROR,
      ERROR_PROTOCOL,
      H " sent malformed headers" },
    { { .code = CURLE_URL_MALFORMAT },
      OUTCOME_ERROR,
      ERROR_REQUEST,
      "the URL for " H " is malformed" },
    { { .code = CURLE_COULDNT_RESOLVE_HOST }, OUTCOME_ERROR, ERROR_DNS, H " has no address" },
    { { .code = CURLE_COULDNT_RESOLVE_HOST, .lookup_error = EAI_NONAME },
      OUTCOME_ERROR,
      ERROR_DNS,
      H " has no address" },
    { { .code = CURLE_COULDNT_RESOLVE_HOST, .lookup_error = EAI_AGAIN },
      OUTCOME_ERROR,
      ERROR_DNS,
      "the address of " H " cannot be looked up: no name server responded" },
    { { .code = CURLE_COULDNT_RESOLVE_HOST, .lookup_error = EAI_FAIL },
      OUTCOME_ERROR,
      ERROR_DNS,
      "the address of " H " cannot be looked up: the name server failed" },
    { { .code = CURLE_COULDNT_RESOLVE_HOST, .lookup_error = EAI_SYSTEM },
      OUTCOME_ERROR,
      ERROR_DNS,
      "the address of " H " cannot be looked up: the system is out of resources" },
    { { .code = CURLE_COULDNT_RESOLVE_HOST, .details = "getaddrinfo() thread failed to start" },
      OUTCOME_ERROR,
      ERROR_DNS,
      "the address of " H " cannot be looked up: the system cannot start a thread" },
    { { .code = CURLE_COULDNT_RESOLVE_HOST, .no_descriptor = true },
      OUTCOME_ERROR,
      ERROR_NETWORK,
      "cannot connect to " H ": this process has too many open files" },
    { { .code = CURLE_COULDNT_CONNECT, .os_error = ECONNREFUSED },
      OUTCOME_ERROR,
      ERROR_CONNECT,
      "cannot connect to " H ": connection refused" },
    { { .code = CURLE_COULDNT_CONNECT, .os_error = EHOSTUNREACH },
      OUTCOME_ERROR,
      ERROR_CONNECT,
      "cannot connect to " H ": no route to host" },
    { { .code = CURLE_COULDNT_CONNECT }, OUTCOME_ERROR, ERROR_CONNECT, "cannot connect to " H },
    { { .code = CURLE_COULDNT_CONNECT, .no_descriptor = true },
      OUTCOME_ERROR,
      ERROR_NETWORK,
      "cannot connect to " H ": this process has too many open files" },
    { { .code = CURLE_OPERATION_TIMEDOUT },
      OUTCOME_TIMEOUT,
      ERROR_CONNECT,
      "cannot connect to " H " in time (`connect`)" },
    { { .code = CURLE_OPERATION_TIMEDOUT, .details = "Resolving timed out after 300 milliseconds" },
      OUTCOME_TIMEOUT,
      ERROR_CONNECT,
      "the address of " H " was not found in time (`connect`)" },
    { { .code = CURLE_PARTIAL_FILE, .head_complete = true },
      OUTCOME_ERROR,
      ERROR_NETWORK,
      H " closed the connection before the response was complete" },
    { { .code = CURLE_GOT_NOTHING },
      OUTCOME_ERROR,
      ERROR_NETWORK,
      H " closed the connection without a response" },
    { { .code = CURLE_SEND_ERROR, .os_error = EPIPE },
      OUTCOME_ERROR,
      ERROR_NETWORK,
      "the connection to " H " broke while sending: broken pipe" },
    { { .code = CURLE_RECV_ERROR, .os_error = ECONNRESET },
      OUTCOME_ERROR,
      ERROR_NETWORK,
      "the connection to " H " broke: connection reset by peer" },
    { { .code = CURLE_RECV_ERROR },
      OUTCOME_ERROR,
      ERROR_NETWORK,
      "the connection to " H " broke: the other side closed it" },
    { { .code = CURLE_OUT_OF_MEMORY, .sent = true },
      OUTCOME_ERROR,
      ERROR_TOO_LARGE,
      H " sent a header line longer than 100 KB" },
    { { .code = 100, .sent = true },
      OUTCOME_ERROR,
      ERROR_TOO_LARGE,
      H " sent a header line longer than 100 KB" },
    { { .code = CURLE_OUT_OF_MEMORY },
      OUTCOME_ERROR,
      ERROR_NETWORK,
      "cannot send the request to " H ": the system is out of resources" },
    { { .code = CURLE_BAD_CONTENT_ENCODING },
      OUTCOME_ERROR,
      ERROR_DECODE,
      "the response of " H " cannot be decompressed" },
    { { .code = CURLE_SSL_CONNECT_ERROR },
      OUTCOME_ERROR,
      ERROR_TLS,
      "cannot establish a TLS connection to " H },
    { { .code = CURLE_SSL_CIPHER },
      OUTCOME_ERROR,
      ERROR_TLS,
      "cannot establish a TLS connection to " H },
    { { .code = CURLE_SSL_ENGINE_NOTFOUND },
      OUTCOME_ERROR,
      ERROR_TLS,
      "cannot establish a TLS connection to " H },
    { { .code = CURLE_SSL_ENGINE_SETFAILED },
      OUTCOME_ERROR,
      ERROR_TLS,
      "cannot establish a TLS connection to " H },
    { { .code = CURLE_SSL_ENGINE_INITFAILED },
      OUTCOME_ERROR,
      ERROR_TLS,
      "cannot establish a TLS connection to " H },
    { { .code = CURLE_SSL_CRL_BADFILE },
      OUTCOME_ERROR,
      ERROR_TLS,
      "cannot establish a TLS connection to " H },
    { { .code = CURLE_SSL_SHUTDOWN_FAILED },
      OUTCOME_ERROR,
      ERROR_TLS,
      "the TLS connection to " H " broke" },
    { { .code = CURLE_SSL_CERTPROBLEM },
      OUTCOME_ERROR,
      ERROR_TLS,
      "the certificate or key for " H " (`tls`) cannot be used" },
    { { .code = CURLE_SSL_CACERT_BADFILE },
      OUTCOME_ERROR,
      ERROR_TLS,
      "the certificate of " H " cannot be verified: this system has no list of authorities "
      "(install ca-certificates, or name a file: `tls { ca: \"…\" }`)" },
    { { .code = CURLE_SSL_CLIENTCERT },
      OUTCOME_ERROR,
      ERROR_TLS,
      H " requires a client certificate (`tls`)" },
    { { .code = CURLE_SSL_ISSUER_ERROR },
      OUTCOME_ERROR,
      ERROR_TLS,
      "the certificate of " H " is not trusted" },
    { { .code = CURLE_SSL_PINNEDPUBKEYNOTMATCH },
      OUTCOME_ERROR,
      ERROR_TLS,
      "the certificate of " H " is not trusted" },
    { { .code = CURLE_SSL_INVALIDCERTSTATUS },
      OUTCOME_ERROR,
      ERROR_TLS,
      "the certificate of " H " is not trusted" },
    { { .code = CURLE_PEER_FAILED_VERIFICATION, .verify_result = X509_V_ERR_CERT_HAS_EXPIRED },
      OUTCOME_ERROR,
      ERROR_TLS,
      "the certificate of " H " has expired" },
    { { .code = CURLE_PEER_FAILED_VERIFICATION, .verify_result = X509_V_ERR_CERT_NOT_YET_VALID },
      OUTCOME_ERROR,
      ERROR_TLS,
      "the certificate of " H " is not valid yet" },
    { { .code = CURLE_PEER_FAILED_VERIFICATION, .verify_result = X509_V_ERR_CERT_REVOKED },
      OUTCOME_ERROR,
      ERROR_TLS,
      "the certificate of " H " has been revoked" },
    { { .code = CURLE_PEER_FAILED_VERIFICATION,
        .verify_result = X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT },
      OUTCOME_ERROR,
      ERROR_TLS,
      "the certificate of " H " is self-signed and not trusted here" },
    { { .code = CURLE_PEER_FAILED_VERIFICATION,
        .verify_result = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY },
      OUTCOME_ERROR,
      ERROR_TLS,
      "the certificate of " H " is signed by an authority that is not trusted here" },
    { { .code = CURLE_PEER_FAILED_VERIFICATION, .verify_result = X509_V_ERR_INVALID_PURPOSE },
      OUTCOME_ERROR,
      ERROR_TLS,
      "the certificate of " H " is not trusted" },
    { { .code = CURLE_PEER_FAILED_VERIFICATION,
        .verify_result = X509_V_ERR_UNSPECIFIED,
        .details = "SSL: no alternative certificate subject name matches target host name" },
      OUTCOME_ERROR,
      ERROR_TLS,
      "the certificate of " H " is for another host" },
    { { .code = CURLE_RECV_ERROR,
        .details = "SSL_read: tlsv13 alert certificate required, errno 0" },
      OUTCOME_ERROR,
      ERROR_TLS,
      H " requires a client certificate (`tls`)" },
    { { .code = CURLE_RECV_ERROR, .details = "SSL_read: alert handshake failure" },
      OUTCOME_ERROR,
      ERROR_TLS,
      H " refused the TLS connection" },
    { { .code = CURLE_RECV_ERROR, .details = "SSL_read: alert", .head_complete = true },
      OUTCOME_ERROR,
      ERROR_NETWORK,
      "the connection to " H " broke: the other side closed it" },
    { { .code = CURLE_FTP_ACCEPT_FAILED },
      OUTCOME_ERROR,
      ERROR_NETWORK,
      "the exchange with " H " failed" },
};

#define ROWS (int)(sizeof rows / sizeof *rows)

START_TEST(a_result_is_its_end_kind_and_words)
{
    struct curl_facts facts = rows[_i].facts;
    if (!facts.details)
        facts.details = "";
    classify(&x, &facts);
    ck_assert_uint_eq(x.outcome.label, label_of_outcome(rows[_i].end));
    ck_assert_int_eq(x.outcome.kind, rows[_i].kind);
    ck_assert_str_eq(x.outcome.message, rows[_i].message);
}
END_TEST

START_TEST(a_file_of_authorities_that_cannot_be_read_is_named)
{
    endpoint.tls.ca = mem_copy_text("ours.pem", 8);
    classify(&x, &(struct curl_facts){ .code = CURLE_SSL_CACERT_BADFILE, .details = "" });
    ck_assert_int_eq(x.outcome.kind, ERROR_TLS);
    ck_assert_str_eq(x.outcome.message, "the `ca` file for " H " (`tls`) cannot be read");
}
END_TEST

START_TEST(every_row_of_the_table_has_its_test)
{
    static const int codes[] = {
#define CURL_RESULT(code, failure) code,
#include "net/classify.def"
#undef CURL_RESULT
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        int at = 0;
        while (at < ROWS && rows[at].facts.code != codes[i])
            at++;
        ck_assert_msg(at < ROWS, "no test for %s", curl_easy_strerror((CURLcode)codes[i]));
    }
}
END_TEST

START_TEST(a_failure_of_our_own_names_the_host)
{
    transport_exchange_fail(&x, FAILURE_HOST_REFUSED, "it is 100% private, %h");
    ck_assert_int_eq(x.outcome.kind, ERROR_CONNECT);
    ck_assert_str_eq(x.outcome.message, H " may not be called: it is 100% private, %h");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("classify");
    TCase *c = tcase_create("classify");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, a_result_is_its_end_kind_and_words, 0, ROWS);
    tcase_add_test(c, a_file_of_authorities_that_cannot_be_read_is_named);
    tcase_add_test(c, every_row_of_the_table_has_its_test);
    tcase_add_test(c, a_failure_of_our_own_names_the_host);
    suite_add_tcase(s, c);
    return suite_main(s);
}
