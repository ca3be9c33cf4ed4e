#include "emit/emit_node.h"

#include "base/bytes.h"
#include "base/escape.h"
#include "emit/emit_expr.h"

#include <stdio.h>

/* A "%" stays: the author encoded something with it. */
static void path_literal(struct emitter *e, const char *p, size_t len)
{
    struct bytes b = { 0 };
    for (size_t i = 0; i < len; i++) {
        if (escape_is_path_char(p[i]))
            bytes_add_char(&b, p[i]);
        else
            bytes_printf(&b, "%%%02X", (unsigned char)p[i]);
    }
    emit_w(e, OPCODE_PATHTEXT, 0, 0, 0, emit_text(e, bytes_text(&b), b.len));
    bytes_release(&b);
}

static void path(struct emitter *e, const struct expr *x)
{
    if (x->kind == EXPR_TEXT) {
        if (x->len)
            path_literal(e, x->bytes, x->len);
        return;
    }
    for (const struct expr *item = x->items; item; item = item->next) {
        uint32_t mark = e->next_temp;
        if (item->kind == EXPR_TEXT && !item->parenthesised)
            path_literal(e, item->bytes, item->len);
        else
            emit_abc(e, OPCODE_PATHVALUE, emit_value(e, item), 0, 0);
        e->next_temp = mark;
    }
}

static bool is_secret(const struct expr *x)
{
    return x->type && x->type->secret;
}

void emit_pairs(struct emitter *e, enum opcode op, const struct pair *pairs)
{
    for (const struct pair *pair = pairs; pair; pair = pair->next) {
        uint32_t mark = e->next_temp;
        uint32_t slot = emit_value(e, pair->value);
        emit_w(e, op, slot, is_secret(pair->value), 0, emit_word(e, pair->key.text));
        e->next_temp = mark;
    }
}

/* An XML text: its own characters as written, values with their special characters escaped. */
static void xml_text(struct emitter *e, const struct expr *x, uint32_t slot)
{
    if (x->kind != EXPR_TEMPLATE) {
        emit_value_to(e, x, slot);
        return;
    }
    emit_load(e, slot, emit_text(e, "", 0));
    for (const struct expr *item = x->items; item; item = item->next) {
        uint32_t mark = e->next_temp;
        uint32_t pair = emit_temps(e, 2);
        emit_abc(e, OPCODE_MOVE, pair, slot, 0);
        emit_value_to(e, item, pair + 1);
        if (item->kind != EXPR_TEXT || item->parenthesised)
            emit_abc(e, OPCODE_XMLESCAPE, pair + 1, pair + 1, 0);
        emit_abc(e, OPCODE_CONCAT, slot, pair, 2);
        e->next_temp = mark;
    }
}

static void body(struct emitter *e, enum body_kind kind, const struct expr *x)
{
    uint32_t slot;
    if (kind == BODY_XML) {
        slot = emit_temps(e, 1);
        xml_text(e, x, slot);
    } else {
        slot = emit_value(e, x);
    }
    emit_abc(e, OPCODE_BODY, slot, kind, is_secret(x));
}

static void form(struct emitter *e, const struct setting *s)
{
    uint32_t slot = emit_temps(e, 1);
    emit_abc(e, OPCODE_LOADNULL, slot, 0, 0);
    emit_abc(e, OPCODE_BODY, slot, BODY_FORM, 0);
    emit_pairs(e, OPCODE_FORM, s->pairs);
}

static void setting(struct emitter *e, const struct setting *s)
{
    switch (s->kind) {
    case SETTING_HEADER:
        emit_pairs(e, OPCODE_HEADER, s->pairs);
        break;
    case SETTING_QUERY:
        emit_pairs(e, OPCODE_QUERY, s->pairs);
        break;
    case SETTING_BODY:
        body(e, BODY_JSON, s->first);
        break;
    case SETTING_TEXT:
        body(e, BODY_TEXT, s->first);
        break;
    case SETTING_XML:
        body(e, BODY_XML, s->first);
        break;
    case SETTING_FORM:
        form(e, s);
        break;
    case SETTING_URL:
    case SETTING_AUTH_BEARER:
    case SETTING_AUTH_BASIC:
    case SETTING_SEPARATOR:
    case SETTING_CONNECT:
    case SETTING_TIMEOUT:
    case SETTING_WITHIN:
    case SETTING_CONNECTIONS:
    case SETTING_REDIRECTS:
    case SETTING_MAX_RESPONSE:
    case SETTING_TLS:
    case SETTING_RETRY:
    case SETTING_MATCH:
    case SETTING_CHOICES:
    case SETTING_UNKNOWN:
        break;
    }
}

void emit_request(struct emitter *e, const struct node_model *n, uint32_t site)
{
    emit_line(e, n->ast->verb_span);
    emit_w(e, OPCODE_REQUEST, 0, 0, 0, site);
    path(e, n->ast->verb->path);
    for (const struct setting *s = n->ast->settings; s; s = s->next) {
        uint32_t mark = e->next_temp;
        setting(e, s);
        e->next_temp = mark;
    }
}
