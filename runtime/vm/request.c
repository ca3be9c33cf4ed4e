#include "vm/request.h"

void request_release(struct request *r)
{
    bytes_release(&r->url);
    bytes_release(&r->shown_url);
    endpoint_fields_release(&r->headers);
    bytes_release(&r->body);
    *r = (struct request){ 0 };
}

const char *request_shown_url(const struct request *r)
{
    return bytes_text(r->shown_url.len > 0 ? &r->shown_url : &r->url);
}
