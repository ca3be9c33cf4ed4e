#include "net/transport.h"

#include "base/mem.h"

#include <string.h>

void transport_exchange_fail(struct exchange *x, enum failure f, const char *text)
{
    x->outcome.is_complete = false;
    failure_set(&x->outcome, f,
                &(struct failure_facts){ .host = x->request->endpoint->host, .text = text });
}

bool transport_refuses(struct transport *t, const struct endpoint *e, struct outcome_facts *outcome)
{
    return t->refuses && t->refuses(t, e, outcome);
}

void transport_exchange_succeed(struct exchange *x, int status)
{
    x->outcome.label = (uint16_t)status;
    x->outcome.is_complete = true;
    x->outcome.status = status;
}

void transport_exchange_drop_bytes(struct exchange *x)
{
    bytes_release(&x->headers);
    bytes_release(&x->body);
    mem_free(x->unreadable);
    x->unreadable = NULL;
}

void transport_exchange_release(struct exchange *x)
{
    transport_exchange_drop_bytes(x);
    outcome_facts_release(&x->outcome);
    *x = (struct exchange){ .request = x->request, .connect_ms = x->connect_ms, .done = x->done };
}

/* A line of exchange.headers. */
struct line {
    const char *name;
    size_t name_len;
    const char *value;
    size_t value_len;
    const char *next;
};

static bool read_line(const char *p, const char *end, struct line *line)
{
    if (p == end)
        return false;
    const char *newline = memchr(p, '\n', (size_t)(end - p));
    const char *stop = newline ? newline : end;
    const char *colon = memchr(p, ':', (size_t)(stop - p));
    if (!colon)
        return false;
    line->name = p;
    line->name_len = (size_t)(colon - p);
    line->value = colon + 1 < stop && colon[1] == ' ' ? colon + 2 : colon + 1;
    line->value_len = (size_t)(stop - line->value);
    line->next = newline ? newline + 1 : end;
    return true;
}

const char *transport_headers_next(const struct bytes *headers, const char *name, size_t *at,
                                   size_t *len)
{
    size_t name_len = strlen(name);
    while (*at < headers->len) {
        const char *p = headers->data + *at;
        const char *newline = memchr(p, '\n', headers->len - *at);
        size_t line = newline ? (size_t)(newline - p) : headers->len - *at;
        *at += newline ? line + 1 : line;
        if (line >= name_len + 2 && p[name_len] == ':' && memcmp(p, name, name_len) == 0) {
            *len = line - name_len - 2;
            return p + name_len + 2;
        }
    }
    return NULL;
}

const char *transport_headers_find(const struct bytes *headers, const char *name, size_t *len)
{
    size_t at = 0;
    return transport_headers_next(headers, name, &at, len);
}

static void put_joined(struct value *object, const struct line *line, struct value before)
{
    struct bytes b = { 0 };
    bytes_add(&b, before.text->data, before.text->len);
    bytes_add_text(&b, ", ");
    bytes_add(&b, line->value, line->value_len);
    value_object_put_bytes(object, line->name, line->name_len, value_text(b.data, b.len));
    bytes_release(&b);
}

struct value transport_headers_value(const struct bytes *headers)
{
    struct value object = value_object(8);
    const char *begin = bytes_text(headers);
    const char *end = begin + headers->len;
    struct line line;
    for (const char *p = begin; read_line(p, end, &line); p = line.next) {
        const struct value *before =
            value_object_find_bytes(object.object, line.name, line.name_len);
        if (before)
            put_joined(&object, &line, *before);
        else
            value_object_put_bytes(&object, line.name, line.name_len,
                                   value_text(line.value, line.value_len));
    }
    return object;
}
