/* Which result of libcurl is which end of an exchange, and in which words. One table:
 * classify.def. Looks at facts only; asks libcurl nothing. */
#ifndef FLOW_NET_CLASSIFY_H
#define FLOW_NET_CLASSIFY_H

#include "net/transport.h"

#include <stdbool.h>

struct curl_facts {
    int code;            /* a CURLcode that is not CURLE_OK */
    int os_error;        /* errno of the failed operation, 0: unknown */
    long verify_result;  /* of the peer's certificate: an X509_V_ERR, 0: none */
    bool no_descriptor;  /* no socket could be made for want of file descriptors */
    bool sent;           /* the request was, or a part of it */
    bool head_complete;  /* of the final response */
    int lookup_error;    /* an EAI_ error of getaddrinfo, 0: none, or not known */
    const char *details; /* libcurl's own words, "" for none; looked at, never shown */
};

/* Sets end, kind and message of x. */
void classify(struct exchange *x, const struct curl_facts *facts);

/* What is said of a host that may not be called; heap, the caller's. */
char *classify_refused(const struct endpoint *e);

/* Sets end, kind and message: a failure that was found by us. %h in message is the host. */
void classify_as(struct exchange *x, enum error_kind kind, const char *message);

#endif
