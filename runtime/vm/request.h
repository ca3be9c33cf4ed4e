/* A request, complete and ready to be sent any number of times. Built by the machine
 * (request_build.h), sent by a transport. Owns all it points to except the endpoint. */
#ifndef FLOW_VM_REQUEST_H
#define FLOW_VM_REQUEST_H

#include "base/bytes.h"
#include "program/outcome.h"
#include "vm/endpoint.h"

#include <stdbool.h>
#include <stdint.h>

struct request {
    const struct endpoint *endpoint;
    enum http_method method;
    bool has_body;
    bool body_secret;       /* shown as *** */
    bool idempotent;        /* by its method, or because it carries an Idempotency-Key */
    struct bytes url;       /* absolute, encoded, query included; NUL-terminated */
    struct bytes shown_url; /* the same with secrets as ***; empty: as url */
    struct fields headers;  /* the headers of the endpoint and the node, in order, with Content-Type
                               and Authorization; the transport adds only Host, Accept (if absent:
                               any), Accept-Encoding, User-Agent, Content-Length */
    struct bytes body;
};

void request_release(struct request *r);

/* The URL as people may see it. */
const char *request_shown_url(const struct request *r);

#endif
