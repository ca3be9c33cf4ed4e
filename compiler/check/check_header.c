/* Headers: their names, their values, and conflicts between a call, its endpoint and `auth`. */
#include "check/check.h"

#include "formats/json.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* RFC 9110, section 5.6.2. */
static bool is_token(const char *name)
{
    for (const char *p = name; *p; p++) {
        if (!isalnum((unsigned char)*p) && !strchr("!#$%&'*+-.^_`|~", *p))
            return false;
    }
    return *name != '\0';
}

bool check_has_header(const struct setting *settings, const char *name)
{
    for (const struct setting *s = settings; s; s = s->next) {
        for (const struct pair *pair = s->kind == SETTING_HEADER ? s->pairs : NULL; pair;
             pair = pair->next) {
            if (pair->key.text && strcasecmp(pair->key.text, name) == 0)
                return true;
        }
    }
    return false;
}

/* The constant value as it is sent, in text, which the caller releases. False if it is not
 * constant. */
static bool constant_text(const struct expr *e, struct bytes *text)
{
    struct folded f = fold_expr(e);
    if (f.state == FOLD_KNOWN)
        json_write_interpolated(text, f.value);
    value_unref(f.value);
    return f.state == FOLD_KNOWN;
}

/* RFC 9110, section 5.5: no control characters but tab. */
static void check_value(struct checker *c, const struct expr *e)
{
    struct bytes text = { 0 };
    bool is_fine = true;
    if (constant_text(e, &text)) {
        for (size_t i = 0; i < text.len; i++)
            is_fine &=
                text.data[i] == '\t' || ((unsigned char)text.data[i] >= ' ' && text.data[i] != 127);
    }
    bytes_release(&text);
    if (is_fine)
        return;
    struct diag *diag = diag_add(
        c->d, E0605, e->span, "the value of a header must be one line without control characters");
    diag_help(c->d, diag, "remove `\\n` and `\\r`");
}

/* Only the runtime knows the connection and the length of the body. The host is that of the url,
 * which --allow-host checks. */
static bool is_ours(const char *name)
{
    static const char *const names[] = { "Content-Length", "Transfer-Encoding", "Connection",
                                         "Host" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcasecmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

static void check_name(struct checker *c, struct word key)
{
    if (!is_token(key.text)) {
        struct diag *diag =
            diag_add(c->d, E0605, key.span, "`%s` cannot be the name of a header", key.text);
        diag_help(c->d, diag, "use only letters, digits and `-`, as in X-Trace-Id");
    } else if (is_ours(key.text)) {
        struct diag *diag =
            diag_add(c->d, E0605, key.span, "`%s` cannot be set: flowrun sets it", key.text);
        diag_help(c->d, diag, "%s",
                  strcasecmp(key.text, "Host") == 0 ? "remove it: its value is the host of the url"
                                                    : "remove it");
    }
}

void check_header_values(struct checker *c, const struct setting *s)
{
    for (struct pair *pair = s->pairs; pair; pair = pair->next) {
        if (!pair->key.text)
            continue;
        size_t before = c->d->errors;
        check_name(c, pair->key);
        check_expr(c, pair->value);
        if (c->d->errors == before)
            check_value(c, pair->value);
    }
}

static const struct setting *auth_of(const struct setting *settings)
{
    for (const struct setting *s = settings; s; s = s->next) {
        if (s->kind == SETTING_AUTH_BEARER || s->kind == SETTING_AUTH_BASIC)
            return s;
    }
    return NULL;
}

static void say_auth(struct checker *c, struct word key, const struct setting *auth)
{
    struct diag *diag =
        diag_add(c->d, E0606, key.span, "`auth` already sends the header Authorization");
    diag_note(c->d, diag, auth->span, "`auth` is here");
    diag_help(c->d, diag, "remove one of the two");
}

void check_headers(struct checker *c, const struct setting *settings)
{
    const struct setting *auth = auth_of(settings);
    names_clear(&c->seen);
    for (const struct setting *s = settings; s; s = s->next) {
        for (struct pair *pair = s->kind == SETTING_HEADER ? s->pairs : NULL; pair;
             pair = pair->next) {
            if (!pair->key.text)
                continue;
            struct pair *first =
                names_add(&c->seen, intern_lower(&c->m->words, pair->key.text), pair);
            if (first) {
                struct diag *diag = diag_add(c->d, E0606, pair->key.span,
                                             "the header `%s` is written twice", pair->key.text);
                diag_note(c->d, diag, first->key.span, "it is first written here");
                diag_help(c->d, diag, "write several values of one header as one text: \"a, b\"");
            } else if (auth && strcasecmp(pair->key.text, "Authorization") == 0) {
                say_auth(c, pair->key, auth);
            }
        }
    }
}

static void compare(struct checker *c, const struct pair *own, const struct pair *given)
{
    struct bytes x = { 0 };
    struct bytes y = { 0 };
    bool both = constant_text(own->value, &x) && constant_text(given->value, &y);
    bool same = x.len == y.len && memcmp(bytes_text(&x), bytes_text(&y), x.len) == 0;
    if (both && !same) {
        struct diag *diag = diag_add(c->d, E0602, own->value->span,
                                     "the endpoint sends `%s` with "
                                     "another value",
                                     own->key.text);
        diag_note(c->d, diag, given->value->span, "the endpoint's value is here");
        diag_help(c->d, diag, "remove one of them");
    } else if (both && check_warns(c)) {
        struct diag *diag =
            diag_add(c->d, W0906, own->key.span, "the endpoint already sends `%s` with this value",
                     own->key.text);
        diag_note(c->d, diag, given->key.span, "the endpoint sets it here");
        diag_help(c->d, diag, "remove it");
    }
    bytes_release(&x);
    bytes_release(&y);
}

/* Compares each header of a node with that of the endpoint (in c->seen, by its name in lower
 * case). */
void check_header_conflicts(struct checker *c, const struct node_model *node)
{
    const struct setting *settings = node->endpoint ? node->endpoint->decl->settings : NULL;
    const struct setting *auth = auth_of(settings);
    for (const struct setting *s = c->seen.len ? settings : NULL; s; s = s->next) {
        for (const struct pair *pair = s->kind == SETTING_HEADER ? s->pairs : NULL; pair;
             pair = pair->next) {
            const struct pair *own =
                pair->key.text ? names_find(&c->seen, intern_lower(&c->m->words, pair->key.text))
                               : NULL;
            if (own)
                compare(c, own, pair);
        }
    }
    if (!auth)
        return;
    const struct pair *own = names_find(&c->seen, intern_lower(&c->m->words, "authorization"));
    if (own)
        say_auth(c, own->key, auth);
}
