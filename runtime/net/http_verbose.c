/* What libcurl reports only to its debug callback. The callback is on only where it is needed. */
#include "net/http_parts.h"

#include <string.h>

/* libcurl keeps the headers of a response for curl_easy_header. When the handle is used again,
 * libcurl frees them but keeps a pointer to the last one. If the first header line of the next
 * response begins with a blank, libcurl takes it for a continuation and appends it to the freed
 * memory. Version 7.83.0 was the first to keep headers, 8.1.0 the first to clear the pointer. A
 * fresh handle per response would cost 7 % of the CPU; showing the line to the debug callback costs
 * three calls per response. */
#define FIRST_TO_KEEP_HEADERS 0x075300u
#define FIRST_TO_FORGET_THEM 0x080100u

bool http_verbose_must_guard_headers(void)
{
    unsigned version = curl_version_info(CURLVERSION_NOW)->version_num;
    return version >= FIRST_TO_KEEP_HEADERS && version < FIRST_TO_FORGET_THEM;
}

/* The line is in libcurl's buffer, and libcurl reads it after this function returns. With a CR in
 * place of the blank, the line is not a continuation, and http1_head_line() refuses it as
 * malformed, which it would be in any case. */
static void guard_header(char *p, size_t len)
{
    if (len > 0 && (p[0] == ' ' || p[0] == '\t'))
        p[0] = '\r';
}

static bool begins(const char *p, size_t len, const char *with)
{
    return len >= strlen(with) && memcmp(p, with, strlen(with)) == 0;
}

/* libcurl has read bytes beyond the response. It drops them and would use the connection again,
 * although more such bytes may be on their way. */
static void note_surplus(struct carrier *c, const char *p, size_t len)
{
    if (!begins(p, len, "Excess found") && !begins(p, len, "Leftovers after chunking"))
        return;
    c->is_last = true;
    curl_easy_setopt(c->easy, CURLOPT_FORBID_REUSE, 1L);
}

static int on_debug(CURL *easy, curl_infotype type, char *p, size_t len, void *context)
{
    struct carrier *c = context;
    (void)easy;
    if (type == CURLINFO_HEADER_IN && c->verbose == VERBOSE_FIRST_HEADER)
        guard_header(p, len);
    else if (type == CURLINFO_TEXT && c->verbose == VERBOSE_SURPLUS)
        note_surplus(c, p, len);
    return 0;
}

void http_verbose_prepare(struct carrier *c)
{
    curl_easy_setopt(c->easy, CURLOPT_DEBUGFUNCTION, on_debug);
    curl_easy_setopt(c->easy, CURLOPT_DEBUGDATA, c);
    c->verbose = VERBOSE_OFF;
    c->is_last = false;
}

void http_verbose_set(struct carrier *c, enum verbose verbose)
{
    if (verbose == c->verbose)
        return;
    c->verbose = verbose;
    curl_easy_setopt(c->easy, CURLOPT_VERBOSE, verbose != VERBOSE_OFF ? 1L : 0L);
}

void http_verbose_reset(struct carrier *c)
{
    http_verbose_set(c, VERBOSE_OFF);
    if (c->is_last)
        curl_easy_setopt(c->easy, CURLOPT_FORBID_REUSE, 0L);
    c->is_last = false;
}
