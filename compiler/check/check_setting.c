/* Settings of endpoints, calls and questions: which are allowed, how often, and their limits. */
#include "check/check.h"

#include "base/nearest.h"
#include "program/image.h"

#include <string.h>

static const struct row {
    const char *word;
    unsigned places;
    enum setting_kind family;
} rows[] = {
#define SETTING(symbol, spelling, places, family, parts) { spelling, places, SETTING_##family },
#include "syntax/settings.def"
#undef SETTING
};

#define ROWS CHECK_SETTINGS

static const char *place_text(unsigned place)
{
    return place == CHECK_ENDPOINT ? "an endpoint" : place == CHECK_CALL ? "a call" : "an `ask`";
}

static const char *near_setting(const char *word, unsigned place)
{
    const char *names[ROWS + 1] = { 0 };
    size_t count = 0;
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].places & place)
            names[count++] = rows[i].word;
    }
    return nearest_word(word, names);
}

bool check_setting_is_meant(const struct setting *settings, unsigned place, enum setting_kind kind)
{
    for (const struct setting *s = settings; s; s = s->next) {
        const char *near =
            s->kind == SETTING_UNKNOWN && s->word.text ? near_setting(s->word.text, place) : NULL;
        if (near && strcmp(near, rows[kind].word) == 0)
            return true;
    }
    return false;
}

static void say_wrong_place(struct checker *c, const struct setting *s, const struct row *row,
                            unsigned place)
{
    unsigned places = row->places;
    struct diag *diag =
        diag_add(c->d, E0307, s->word.span, "`%s` is a setting of %s, not of %s", row->word,
                 place_text(places & CHECK_ENDPOINT ? CHECK_ENDPOINT
                            : places & CHECK_CALL   ? CHECK_CALL
                                                    : CHECK_ASK),
                 place_text(place));
    if (places & CHECK_ENDPOINT)
        diag_help(c->d, diag, "write it in the endpoint");
}

static void say_unknown_setting(struct checker *c, const struct setting *s, unsigned place)
{
    const char *word = s->word.text ? s->word.text : check_source(c, s->word.span);
    for (size_t i = 0; i < ROWS; i++) {
        if (strcmp(rows[i].word, word) == 0 && !(rows[i].places & place)) {
            say_wrong_place(c, s, &rows[i], place);
            return;
        }
    }
    const char *near = near_setting(word, place);
    struct diag *diag =
        diag_add(c->d, E0307, s->word.span, "%s has no setting `%s`", place_text(place), word);
    if (near)
        diag_help(c->d, diag, "did you mean `%s`?", near);
    else if (place == CHECK_ENDPOINT)
        diag_help(c->d, diag,
                  "the settings of an endpoint are url, header, query, auth, separator, connect, "
                  "timeout, "
                  "within, connections, retry, redirects, max-response and tls");
    else if (place == CHECK_CALL)
        diag_help(
            c->d, diag,
            "the settings of a call are header, query, body, form, xml, text, connect, timeout, "
            "within, separator and retry");
    else
        diag_help(c->d, diag, "the settings of an `ask` are choices, match and timeout");
}

static void say_twice(struct checker *c, const struct setting *s, const struct setting *first)
{
    bool is_body = rows[s->kind].family == SETTING_BODY;
    struct diag *diag = diag_add(c->d, E0311, s->word.span,
                                 is_body ? "a call can send only one body, and this is the second"
                                         : "`%s` is set twice",
                                 rows[s->kind].word);
    diag_note(c->d, diag, first->word.span, "the first is here");
}

/* True if the setting is known here and is the first of its family. */
bool check_setting_counts(struct checker *c, const struct setting *s, unsigned place,
                          const struct setting *first[])
{
    if (s->kind == SETTING_UNKNOWN) {
        say_unknown_setting(c, s, place);
        return false;
    }
    if (!(rows[s->kind].places & place)) {
        say_wrong_place(c, s, &rows[s->kind], place);
        return false;
    }
    if (s->kind == SETTING_HEADER || s->kind == SETTING_QUERY)
        return true;
    enum setting_kind family = rows[s->kind].family;
    if (first[family]) {
        say_twice(c, s, first[family]);
        return false;
    }
    first[family] = s;
    return true;
}

uint32_t check_amount(struct checker *c, const struct setting *s, int64_t amount, uint32_t least,
                      uint32_t most, const char *unit)
{
    if (amount >= (int64_t)least && amount <= (int64_t)most)
        return (uint32_t)amount;
    struct diag *diag = diag_add(c->d, E0605, s->span, "`%s` must be from %u to %u%s",
                                 rows[s->kind].word, least, most, unit);
    if (amount == 0)
        diag_help(c->d, diag, "to use the default, remove the setting");
    return least;
}

uint32_t check_duration(struct checker *c, const struct setting *s, int64_t amount)
{
    if (amount >= 1 && amount <= IMAGE_MAX_MS)
        return (uint32_t)amount;
    struct diag *diag =
        diag_add(c->d, E0605, s->span, "`%s` must be from 1ms to 49d", rows[s->kind].word);
    if (amount == 0)
        diag_help(c->d, diag, "to use the default, remove the setting");
    return 1;
}

static char separator(struct checker *c, const struct setting *s)
{
    static const char *const names[] = { "ampersand", "semicolon", NULL };
    const char *word = s->word.text;
    if (word && strcmp(word, names[0]) == 0)
        return '&';
    if ((word && strcmp(word, names[1]) == 0) || resolve_is_before_mistake(c->r, s->word.span))
        return ';';
    struct diag *diag = diag_add(c->d, E0605, s->word.span, "there is no separator `%s`",
                                 word ? word : check_source(c, s->word.span));
    const char *near = word ? nearest_word(word, names) : NULL;
    if (near)
        diag_help(c->d, diag, "did you mean `%s`?", near);
    else
        diag_help(c->d, diag, "write `ampersand` for a=1&b=2, or `semicolon` for a=1;b=2");
    return '&';
}

/* The values. */

static void check_query(struct checker *c, const struct setting *s)
{
    for (struct pair *pair = s->pairs; pair; pair = pair->next)
        check_expr(c, pair->value);
}

static void check_auth(struct checker *c, const struct setting *s)
{
    const char *what = s->kind == SETTING_AUTH_BEARER ? "the token" : "user and password";
    check_fits(c, s->first, type_basic(TYPE_TEXT), what);
    if (s->second)
        check_fits(c, s->second, type_basic(TYPE_TEXT), what);
}

/* A literal in the source is not a secret, and neither is a config: everybody can read them. */
static void check_passphrase(struct checker *c, struct expr *value)
{
    if (!check_fits_as(c, value, type_basic(TYPE_TEXT), "the passphrase", E0701))
        return;
    if (value->type->secret || value->type->kind == TYPE_UNKNOWN)
        return;
    struct diag *diag =
        diag_add(c->d, E0605, value->span, "`passphrase` of `tls` must be a secret");
    diag_help(
        c->d, diag,
        "declare `secret passphrase` at the top of the file, and write `passphrase: passphrase`");
}

static void check_tls_pair(struct checker *c, struct pair *pair)
{
    static const char *const names[] = { "ca", "cert", "key", "passphrase", "verify", NULL };
    const char *key = pair->key.text;
    if (!key)
        return;
    bool is_verify = strcmp(key, "verify") == 0;
    bool known = false;
    for (size_t i = 0; names[i]; i++)
        known |= strcmp(key, names[i]) == 0;
    if (!known) {
        const char *near = nearest_word(key, names);
        struct diag *diag = diag_add(c->d, E0307, pair->key.span, "`tls` has no member `%s`", key);
        diag_help(c->d, diag,
                  near ? "did you mean `%s`?" : "its members: ca, cert, key, passphrase, verify%s",
                  near ? near : "");
        return;
    }
    if (strcmp(key, "passphrase") == 0) {
        check_passphrase(c, pair->value);
        return;
    }
    check_fits(c, pair->value, type_basic(is_verify ? TYPE_BOOL : TYPE_TEXT),
               is_verify ? "`verify` must be true or false" : "the path of a file");
    check_public(c, pair->value, "the path of a file");
}

static void check_tls(struct checker *c, const struct setting *s)
{
    names_clear(&c->seen);
    for (struct pair *pair = s->pairs; pair; pair = pair->next) {
        if (pair->key.text && names_add(&c->seen, pair->key.text, pair))
            diag_add(c->d, E0311, pair->key.span, "`%s` is set twice", pair->key.text);
        check_tls_pair(c, pair);
    }
}

static void check_limit(struct checker *c, const struct setting *s, struct limits_model *limits)
{
    switch (s->kind) {
    case SETTING_CONNECT:
        limits->connect_ms = check_duration(c, s, s->amount);
        break;
    case SETTING_TIMEOUT:
        limits->timeout_ms = check_duration(c, s, s->amount);
        break;
    case SETTING_WITHIN:
        limits->within_ms = check_duration(c, s, s->amount);
        break;
    case SETTING_SEPARATOR:
        limits->separator = separator(c, s);
        break;
    case SETTING_RETRY:
        check_retry(c, s, &limits->retry);
        break;
    case SETTING_HEADER:
        check_header_values(c, s);
        break;
    case SETTING_QUERY:
        check_query(c, s);
        break;
    default:
        break;
    }
}

static void check_endpoint_setting(struct checker *c, const struct setting *s,
                                   struct endpoint_model *endpoint)
{
    switch (s->kind) {
    case SETTING_URL:
        check_fits(c, s->first, type_basic(TYPE_TEXT), "the url");
        check_public(c, s->first, "part of a url");
        check_url(c, s->first);
        break;
    case SETTING_AUTH_BEARER:
    case SETTING_AUTH_BASIC:
        check_auth(c, s);
        break;
    case SETTING_CONNECTIONS:
        endpoint->connections =
            check_amount(c, s, s->amount, 1, IMAGE_MAX_CONNECTIONS, " calls at once");
        if (s->wait >= 0)
            endpoint->wait_ms =
                check_amount(c, s, s->wait, 0, IMAGE_MAX_MS, " (milliseconds of `wait`)");
        break;
    case SETTING_REDIRECTS:
        endpoint->redirects = check_amount(c, s, s->amount, 0, IMAGE_MAX_REDIRECTS, "");
        break;
    case SETTING_MAX_RESPONSE:
        endpoint->max_response = check_amount(c, s, s->amount, 1, UINT32_MAX, " bytes (4 GB)");
        break;
    case SETTING_TLS:
        check_tls(c, s);
        break;
    default:
        check_limit(c, s, &endpoint->limits);
        break;
    }
}

static void set_defaults(struct endpoint_model *endpoint)
{
    endpoint->limits = (struct limits_model){
        .connect_ms = 5000, .timeout_ms = 30000, .within_ms = 120000, .separator = '&'
    };
    endpoint->connections = 64;
    endpoint->wait_ms = 10000;
    endpoint->max_response = 16u << 20;
}

void check_endpoint(struct checker *c, struct entry *e)
{
    const struct setting *first[ROWS] = { NULL };
    resolve_enter(c->r, e);
    set_defaults(e->endpoint);
    for (const struct setting *s = e->decl->settings; s; s = s->next) {
        if (check_setting_counts(c, s, CHECK_ENDPOINT, first))
            check_endpoint_setting(c, s, e->endpoint);
    }
    if (!first[SETTING_URL] && !resolve_is_broken(c->r, e->decl->span) &&
        !check_setting_is_meant(e->decl->settings, CHECK_ENDPOINT, SETTING_URL)) {
        struct diag *diag =
            diag_add(c->d, E0603, e->decl->name.span, "the endpoint `%s` has no url", e->name);
        diag_help(c->d, diag, "add `url \"https://…\"`");
    }
    check_headers(c, e->decl->settings);
}

static void check_body(struct checker *c, const struct node *n, const struct setting *s)
{
    const char *method = outcome_method_name(n->verb->method);
    if (!outcome_method_may_have_body(n->verb->method)) {
        struct diag *diag =
            diag_add(c->d, E0601, s->word.span, "a %s request cannot have a body", method);
        diag_help(c->d, diag, "send the values with `query name: value`, or use POST");
    }
    if (s->first && (s->kind == SETTING_XML || s->kind == SETTING_TEXT))
        check_shown(c, s->first);
    else if (s->first)
        check_expr(c, s->first);
    if (s->first && s->kind == SETTING_XML)
        check_xml(c, s->first);
    check_query(c, s);
}

void check_call_settings(struct checker *c, struct node_model *node)
{
    const struct setting *first[ROWS] = { NULL };
    node->limits = arena_alloc(c->arena, sizeof *node->limits);
    if (node->endpoint)
        *node->limits = node->endpoint->limits;
    for (const struct setting *s = node->ast->settings; s; s = s->next) {
        if (!check_setting_counts(c, s, CHECK_CALL, first))
            continue;
        if (rows[s->kind].family == SETTING_BODY)
            check_body(c, node->ast, s);
        else
            check_limit(c, s, node->limits);
    }
    check_headers(c, node->ast->settings);
    check_header_conflicts(c, node);
    check_retry_is_safe(c, node);
    if (node->endpoint && !resolve_is_broken(c->r, node->ast->span))
        check_within(c, node->limits, node->ast->settings, node->endpoint->decl);
}
