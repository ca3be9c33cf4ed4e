/* Redirects are followed here and not by libcurl, which would send our headers to another host and
 * follow to other protocols. Only GET and HEAD are redirected, and only to the same scheme, host
 * and port. */
#include "net/http_parts.h"

#include "base/idn.h"
#include "base/mem.h"

#include <string.h>
#include <strings.h>

static bool is_redirect(const struct carrier *c)
{
    int status = c->head.status;
    return (c->method == HTTP_GET || c->method == HTTP_HEAD) &&
           (status == 301 || status == 302 || status == 303 || status == 307 || status == 308);
}

/* The part, or NULL; the caller frees it with curl_free. */
static char *part(CURLU *url, CURLUPart what, unsigned flags)
{
    char *text = NULL;
    return curl_url_get(url, what, &text, flags) == CURLUE_OK ? text : NULL;
}

/* Converts a host that is not ASCII, since the origin is in ASCII. */
static void set_ascii_host(CURLU *url)
{
    const char *why;
    char *host = part(url, CURLUPART_HOST, 0);
    char *ascii =
        host && !idn_is_ascii(host, strlen(host)) ? idn_to_ascii(host, strlen(host), &why) : NULL;
    if (ascii)
        curl_url_set(url, CURLUPART_HOST, ascii, 0);
    mem_free(ascii);
    curl_free(host);
}

static bool is_same_origin(CURLU *url, const char *origin)
{
    set_ascii_host(url);
    char *scheme = part(url, CURLUPART_SCHEME, 0);
    char *host = part(url, CURLUPART_HOST, 0);
    char *port = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    char *user = part(url, CURLUPART_USER, 0);
    char *password = part(url, CURLUPART_PASSWORD, 0);
    struct bytes b = { 0 };
    bool same = false;
    if (scheme && host && port && !user && !password) {
        bytes_printf(&b, "%s://%s:%s", scheme, host, port);
        same = strcasecmp(bytes_text(&b), origin) == 0;
    }
    bytes_release(&b);
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_free(user);
    curl_free(password);
    return same;
}

/* The location, resolved against the URL of the request; NULL if it is malformed. A location that
 * is only a fragment is the URL of the request itself (RFC 3986, section 5.2.2), which libcurl
 * takes for the root. */
static CURLU *resolve(struct carrier *c, const char *location, size_t len)
{
    char *base = NULL;
    char *text = mem_copy_text(location, len);
    CURLU *url = curl_url();
    if (!url)
        mem_exhausted();
    curl_easy_getinfo(c->easy, CURLINFO_EFFECTIVE_URL, &base);
    bool good =
        memchr(location, '\0', len) == NULL && base &&
        curl_url_set(url, CURLUPART_URL, base, CURLU_PATH_AS_IS) == CURLUE_OK &&
        (*text == '\0' || *text == '#' || curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK);
    mem_free(text);
    if (good)
        return url;
    curl_url_cleanup(url);
    return NULL;
}

static bool set_target(struct carrier *c, CURLU *url)
{
    curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0);
    char *text = part(url, CURLUPART_URL, 0);
    if (!text)
        return http_carrier_fail(c, FAILURE_REDIRECT_MALFORMED);
    curl_easy_setopt(c->easy, CURLOPT_URL, text);
    curl_free(text);
    c->hops++;
    return true;
}

bool http_redirect_follow(struct carrier *c)
{
    const struct endpoint *e = c->exchange->request->endpoint;
    if (e->redirects == 0 || !is_redirect(c))
        return false;
    size_t len;
    const char *location = transport_headers_find(&c->exchange->headers, "location", &len);
    if (!location)
        return false;
    if (c->hops == e->redirects)
        return http_carrier_fail(c, FAILURE_REDIRECT_ONE_TOO_MANY);
    CURLU *url = resolve(c, location, len);
    if (!url)
        return http_carrier_fail(c, FAILURE_REDIRECT_MALFORMED);
    bool follows = is_same_origin(url, e->origin)
                       ? set_target(c, url)
                       : http_carrier_fail(c, FAILURE_REDIRECT_ELSEWHERE);
    curl_url_cleanup(url);
    return follows;
}
