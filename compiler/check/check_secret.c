/* Where secrets are not allowed. A condition may use a secret: the result of a comparison is a
 * bool, and not more secret than the response of the server. */
#include "check/check.h"

#include <string.h>

static const struct expr *secret_in_list(const struct expr *items)
{
    for (const struct expr *item = items; item; item = item->next) {
        if (item->type && item->type->secret)
            return item;
    }
    return NULL;
}

/* The part of e that makes it a secret, or NULL. */
static const struct expr *secret_part(const struct expr *e)
{
    const struct expr *parts[3] = { NULL, NULL, NULL };
    switch (e->kind) {
    case EXPR_TEMPLATE:
    case EXPR_LIST:
    case EXPR_CALL:
        return secret_in_list(e->items);
    case EXPR_OBJECT:
        for (const struct pair *pair = e->pairs; pair; pair = pair->next) {
            if (pair->value->type && pair->value->type->secret)
                return pair->value;
        }
        return NULL;
    case EXPR_IF:
        parts[0] = e->right;
        parts[1] = e->third;
        break;
    case EXPR_BINARY:
        parts[0] = e->left;
        parts[1] = e->right;
        break;
    case EXPR_UNARY:
    case EXPR_MEMBER:
    case EXPR_INDEX:
    case EXPR_EACH:
        parts[0] = e->left;
        break;
    default:
        break;
    }
    for (size_t i = 0; i < 3; i++) {
        if (parts[i] && parts[i]->type && parts[i]->type->secret)
            return parts[i];
    }
    return NULL;
}

void check_public(struct checker *c, const struct expr *e, const char *sink)
{
    if (!e || !e->type || !e->type->secret)
        return;
    for (const struct expr *part = e; part; part = secret_part(part))
        e = part;
    const struct binding *binding = e->kind == EXPR_NAME ? e->binding : NULL;
    struct diag *diag =
        diag_add(c->d, E0801, e->span, "%s `%s` may not be %s",
                 binding && binding->kind == BIND_SECRET ? "the secret" : "the secret value",
                 check_source(c, e->span), sink);
    if (binding && binding->kind == BIND_VARIABLE && binding->variable->flow == c->flow) {
        struct span from = c->secret_from[binding->variable->index];
        if (from.end > from.start)
            diag_note(c->d, diag, from, "`%s` gets a secret here", binding->variable->name);
    }
    diag_help(
        c->d, diag,
        "use a secret only in a header, `auth`, `passphrase`, a body, a query pair or hmac_sha256");
}
