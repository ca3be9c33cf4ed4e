/* The url of an endpoint and the path of a call, as far as they are known when compiling. */
#include "check/check.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static void refuse_url(struct checker *c, const struct expr *e, const char *what, const char *help)
{
    struct diag *diag = diag_add(c->d, E0603, e->span, "%s", what);
    diag_help(c->d, diag, "%s", help);
}

static bool is_port(const char *p, size_t len)
{
    unsigned port = 0;
    for (size_t i = 0; i < len; i++) {
        if (!isdigit((unsigned char)p[i]) || i > 4)
            return false;
        port = port * 10 + (unsigned)(p[i] - '0');
    }
    return len > 0 && port > 0 && port < 65536;
}

static bool is_host(const char *p, size_t len)
{
    if (len > 2 && p[0] == '[' && p[len - 1] == ']')
        return strspn(p + 1, "0123456789abcdefABCDEF:.%") == len - 2;
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)p[i]) && !strchr("-._~", p[i]))
            return false;
    }
    return len > 0;
}

static void check_authority(struct checker *c, const struct expr *e, const char *p, size_t len)
{
    const char *port = memrchr(p, ':', len);
    const char *bracket = memrchr(p, ']', len);
    if (port && bracket && port < bracket)
        port = NULL;
    size_t host_len = port ? (size_t)(port - p) : len;
    if (memchr(p, '@', len))
        refuse_url(c, e, "a url cannot contain a user and password",
                   "write `auth basic user, password`");
    else if (!is_host(p, host_len))
        refuse_url(c, e,
                   host_len ? "the host of this url is neither a name nor an address"
                            : "this url has no host",
                   "write it as in \"https://api.example.com/v1\"");
    else if (port && !is_port(port + 1, len - host_len - 1))
        refuse_url(c, e, "the port of this url is not a number from 1 to 65535",
                   "write it as in \"http://127.0.0.1:8080\", or remove it and its `:`");
}

static void check_url_text(struct checker *c, const struct expr *e, const char *url, size_t len)
{
    size_t scheme = strncasecmp(url, "https://", 8) == 0  ? 8
                    : strncasecmp(url, "http://", 7) == 0 ? 7
                                                          : 0;
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)url[i] <= ' ' || url[i] == 127 || url[i] == '\\') {
            refuse_url(c, e, "a url cannot contain spaces, control characters or `\\`",
                       "write a space as %20");
            return;
        }
    }
    if (!scheme) {
        refuse_url(c, e, "a url must begin with http:// or https://",
                   "write it as in \"https://api.example.com/v1\"");
        return;
    }
    if (memchr(url, '?', len)) {
        refuse_url(c, e, "the url of an endpoint cannot contain `?`",
                   "write `query name: value` instead");
        return;
    }
    if (memchr(url, '#', len)) {
        refuse_url(c, e, "the url of an endpoint cannot contain `#`",
                   "remove it: it would never be sent to the server");
        return;
    }
    const char *slash = memchr(url + scheme, '/', len - scheme);
    check_authority(c, e, url + scheme, (slash ? (size_t)(slash - url) : len) - scheme);
}

/* The default of a config is checked in the config: without `--set` it is the url. */
void check_url(struct checker *c, const struct expr *e)
{
    const struct binding *binding = e->kind == EXPR_NAME ? e->binding : NULL;
    if (binding && binding->kind == BIND_CONFIG && binding->config->decl->value)
        e = binding->config->decl->value;
    struct folded f = fold_expr(e);
    if (f.state == FOLD_KNOWN && f.value.tag == VALUE_TEXT)
        check_url_text(c, e, f.value.text->data, f.value.text->len);
    value_unref(f.value);
}

/* Paths. */

static bool check_percent(const char *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (p[i] == '%' && !(i + 2 < len && isxdigit((unsigned char)p[i + 1]) &&
                             isxdigit((unsigned char)p[i + 2])))
            return false;
    }
    return true;
}

/* False if reported. */
static bool check_path_text(struct checker *c, const struct expr *e)
{
    const char *what = NULL;
    const char *help = NULL;
    for (size_t i = 0; i < e->len && !what; i++) {
        unsigned char p = (unsigned char)e->bytes[i];
        if (p == '?') {
            what = "a path cannot contain `?`";
            help = "write `query name: value` below it";
        } else if (p == '#') {
            what = "a path cannot contain `#`";
            help = "remove it, because what follows it would never be sent, or write %23";
        } else if (p <= ' ' || p == 127) {
            what = "a path cannot contain spaces, tabs or line breaks";
            help = "write a space as %20; the value of {…} is encoded by itself";
        }
    }
    if (!what && !check_percent(e->bytes, e->len)) {
        what = "in a path, two hexadecimal digits must follow a `%`";
        help = "write %25 for a percent sign";
    }
    if (what)
        refuse_url(c, e, what, help);
    return !what;
}

void check_path(struct checker *c, struct expr *e)
{
    bool fine = true;
    const struct expr *first = e->kind == EXPR_TEMPLATE ? e->items : e;
    check_expr(c, e);
    check_public(c, e, "put in a path");
    for (const struct expr *part = first; part && fine; part = e == first ? NULL : part->next) {
        if (part->kind == EXPR_TEXT && !part->parenthesised)
            fine = check_path_text(c, part);
    }
    if (!fine || !first || first->kind == EXPR_BAD || (first->kind == EXPR_TEXT && first->len == 0))
        return;
    if (first->kind != EXPR_TEXT || first->parenthesised || first->bytes[0] != '/') {
        struct diag *diag = diag_add(c->d, E0603, e->span, "a path must begin with `/`");
        bool is_url =
            first->kind == EXPR_TEXT && first->len > 4 && memcmp(first->bytes, "http", 4) == 0;
        diag_help(c->d, diag, "%s",
                  is_url ? "the endpoint has the url: write only what follows it, as in "
                           "\"/orders/{order_id}\""
                         : "the path is added to the endpoint's url: write it as in "
                           "\"/orders/{order_id}\"");
    }
}
