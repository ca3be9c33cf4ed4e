/* The failure that an error of libcurl means. The table of the codes is classify.def. Looks at
 * facts only; asks libcurl nothing. */
#ifndef FLOW_NET_CLASSIFY_H
#define FLOW_NET_CLASSIFY_H

#include "net/transport.h"

#include <stdbool.h>

struct curl_facts {
    int code;            /* a CURLcode that is not CURLE_OK */
    int os_error;        /* errno of the failed operation; 0 if it is not known */
    long verify_result;  /* of the server's certificate: an X509_V_ERR; 0 if there was no error */
    bool no_descriptor;  /* a socket could not be created: too many open files */
    bool sent;           /* at least a part of the request */
    bool head_complete;  /* of the final response */
    int lookup_error;    /* an EAI_ error of getaddrinfo; 0 if there was none or it is not known */
    const char *details; /* libcurl's message, "" for none; matched, never shown */
};

/* Ends x as failed. */
void classify(struct exchange *x, const struct curl_facts *facts);

#endif
