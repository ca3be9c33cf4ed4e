#include "sim/test_run_parts.h"

#include "base/escape.h"
#include "base/mem.h"
#include "formats/json.h"
#include "program/outcome.h"

#include <string.h>
#include <strings.h>

static struct value text_of(const char *p, size_t len)
{
    return value_text(p, len);
}

/* Percent-decoded (RFC 3986, section 2.1); plus: a + means a space. */
static struct value decoded(const char *p, size_t len, bool plus)
{
    struct value v = value_text_sized(len);
    size_t out = 0;
    for (size_t i = 0; i < len; i++) {
        bool escape = p[i] == '%' && i + 2 < len && escape_hex_digit(p[i + 1]) >= 0 &&
                      escape_hex_digit(p[i + 2]) >= 0;
        char c = plus && p[i] == '+' ? ' ' : p[i];
        if (escape) {
            c = (char)(escape_hex_digit(p[i + 1]) * 16 + escape_hex_digit(p[i + 2]));
            i += 2;
        }
        v.text->data[out++] = c;
    }
    struct value shorter = value_text(v.text->data, out);
    value_unref(v);
    return shorter;
}

/* A repeated name makes a list of its values. */
static void add_pair(struct value *object, struct value key, struct value v)
{
    const struct value *there = value_object_find(object->object, key.text);
    if (!there) {
        value_object_put(object, key.text, v);
    } else {
        struct value list = value_list(2);
        if (there->tag == VALUE_LIST) {
            value_unref(list);
            list = value_ref(*there);
        } else {
            value_list_push(&list, value_ref(*there));
        }
        value_list_push(&list, v);
        value_object_put(object, key.text, list);
    }
    value_unref(key);
}

static struct value pairs_value(const char *p, size_t len, char separator, bool plus)
{
    struct value object = value_object(4);
    const char *end = p + len;
    while (p < end) {
        const char *stop = memchr(p, separator, (size_t)(end - p));
        stop = stop ? stop : end;
        const char *sign = memchr(p, '=', (size_t)(stop - p));
        const char *name_end = sign ? sign : stop;
        const char *from = sign ? sign + 1 : stop;
        add_pair(&object, decoded(p, (size_t)(name_end - p), plus),
                 decoded(from, (size_t)(stop - from), plus));
        p = stop < end ? stop + 1 : end;
    }
    return object;
}

static struct value headers_of(const struct request *r)
{
    struct value object = value_object(r->headers.len);
    for (size_t i = 0; i < r->headers.len; i++) {
        const struct field *f = &r->headers.items[i];
        struct bytes name = { 0 };
        bytes_add_lower(&name, f->name, strlen(f->name));
        value_object_put_bytes(&object, bytes_text(&name), name.len, value_text_of(f->value));
        bytes_release(&name);
    }
    return object;
}

static struct value body_of(const struct request *r)
{
    const struct field *type = endpoint_fields_find(&r->headers, "Content-Type");
    struct json_error error;
    struct value v;
    if (!r->has_body)
        return value_null();
    if (type && strstr(type->value, "json") && json_read(r->body.data, r->body.len, &v, &error))
        return v;
    if (type && strstr(type->value, "x-www-form-urlencoded"))
        return pairs_value(bytes_text(&r->body), r->body.len, '&', true);
    return text_of(bytes_text(&r->body), r->body.len);
}

struct value test_run_request(const struct request *r)
{
    const char *url = bytes_text(&r->url);
    const char *path = strstr(url, "://");
    path = path ? strchr(path + 3, '/') : NULL;
    const char *query = strchr(url, '?');
    const char *end = query ? query : url + strlen(url);
    if (!path || path > end)
        path = end;
    struct value v = value_object(6);
    value_object_put_bytes(&v, "method", 6, value_text_of(outcome_method_name(r->method)));
    value_object_put_bytes(&v, "path", 4,
                           path == end ? value_text_of("/") : text_of(path, (size_t)(end - path)));
    value_object_put_bytes(&v, "query", 5, value_text_of(query ? query + 1 : ""));
    value_object_put_bytes(&v, "headers", 7, headers_of(r));
    value_object_put_bytes(&v, "body", 4, body_of(r));
    return v;
}

static const char *status_text(const struct testing *t)
{
    return run_status_name(t->status);
}

static void expect_over(struct testing *t, const struct image_step *s, enum run_status wanted)
{
    const struct value *value = s->value == IMAGE_NONE ? NULL : &t->image->constants[s->value];
    if (t->status != wanted) {
        test_run_problem(t, s->line, "the run was expected to be %s, and is %s",
                         run_status_name(wanted), status_text(t));
        if (t->error) {
            struct value error = value_text_of(t->error);
            test_run_detail(t, "because", error);
            value_unref(error);
        }
        if (t->has_value)
            test_run_detail(t, "its value", t->value);
    } else if (value && (!t->has_value || !value_equal(*value, t->value))) {
        test_run_problem(t, s->line, "the run %s with another value", status_text(t));
        test_run_detail(t, "expected", *value);
        if (t->has_value)
            test_run_detail(t, "got     ", t->value);
        else
            bytes_add_text(&t->result->problems, "  got no value\n");
    }
}

static void expect_say(struct testing *t, const struct image_step *s)
{
    struct value wanted = t->image->constants[s->value];
    uint32_t len = t->messages.tag == VALUE_LIST ? t->messages.list->len : 0;
    for (uint32_t i = 0; i < len; i++) {
        if (value_equal(t->messages.list->items[i], wanted))
            return;
    }
    test_run_problem(t, s->line, "this was not said");
    test_run_detail(t, "expected", wanted);
    test_run_detail(t, "got     ", t->messages);
}

/* The nodes must be entered in this order; others may come between. */
static void expect_visit(struct testing *t, const struct image_step *s)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < s->ref_count; i++) {
        uint32_t wanted = t->image->refs[s->first_ref + i];
        while (at < t->visit_len && t->visits[at].node != wanted)
            at++;
        if (at < t->visit_len) {
            at++;
            continue;
        }
        const char *name = image_text(t->image, t->image->nodes[wanted].name);
        if (i == 0)
            test_run_problem(t, s->line, "the run did not come to `%s`", name);
        else
            test_run_problem(
                t, s->line, "the run did not come to `%s` after `%s`", name,
                image_text(t->image, t->image->nodes[t->image->refs[s->first_ref + i - 1]].name));
        return;
    }
}

/* Sent values are text: 7 and "7" are equal here, and so are lists of them. */
static bool same_text(struct value sent, struct value wanted)
{
    struct bytes b = { 0 };
    if (sent.tag == VALUE_LIST || wanted.tag == VALUE_LIST) {
        bool same = sent.tag == wanted.tag && sent.list->len == wanted.list->len;
        for (uint32_t i = 0; same && i < sent.list->len; i++)
            same = same_text(sent.list->items[i], wanted.list->items[i]);
        return same;
    }
    json_write_interpolated(&b, wanted);
    bool same = sent.tag == VALUE_TEXT && sent.text->len == b.len &&
                memcmp(sent.text->data, bytes_text(&b), b.len) == 0;
    bytes_release(&b);
    return same;
}

/* `query: { a: 1 }` is compared pair by pair, whatever the kind of value; a text as it was sent. */
static bool query_fits(struct value wanted, struct value sent)
{
    if (wanted.tag == VALUE_TEXT)
        return value_equal(wanted, sent);
    bool semicolons = memchr(sent.text->data, ';', sent.text->len) != NULL &&
                      memchr(sent.text->data, '&', sent.text->len) == NULL;
    struct value pairs =
        pairs_value(sent.text->data, sent.text->len, semicolons ? ';' : '&', false);
    bool fits = wanted.tag == VALUE_OBJECT;
    for (uint32_t i = 0; fits && i < wanted.object->len; i++) {
        const struct member *m = &wanted.object->members[i];
        const struct value *there = value_object_find(pairs.object, m->key);
        fits = m->value.tag == VALUE_NULL ? !there : there && same_text(*there, m->value);
    }
    value_unref(pairs);
    return fits;
}

static bool headers_fit(struct value wanted, struct value sent)
{
    for (uint32_t i = 0; wanted.tag == VALUE_OBJECT && i < wanted.object->len; i++) {
        const struct member *m = &wanted.object->members[i];
        const struct value *there = NULL;
        for (uint32_t k = 0; k < sent.object->len; k++) {
            if (strcasecmp(sent.object->members[k].key->data, m->key->data) == 0)
                there = &sent.object->members[k].value;
        }
        if (m->value.tag == VALUE_NULL ? there != NULL : !there || !same_text(*there, m->value))
            return false;
    }
    return wanted.tag == VALUE_OBJECT;
}

static bool part_fits(const struct member *wanted, struct value sent)
{
    const struct value *there = value_object_find(sent.object, wanted->key);
    if (!there)
        return false;
    if (strcmp(wanted->key->data, "query") == 0)
        return query_fits(wanted->value, *there);
    if (strcmp(wanted->key->data, "headers") == 0)
        return headers_fit(wanted->value, *there);
    return value_equal(wanted->value, *there);
}

/* The n-th expectation for a node is about its n-th request. */
static const struct sent *request_for(const struct testing *t, const struct image_step *s)
{
    uint32_t node = t->image->refs[s->first_ref];
    uint32_t before = 0;
    for (const struct image_step *p = t->image->steps + t->test->first_step; p < s; p++) {
        if (p->kind == IMAGE_STEP_REQUEST && t->image->refs[p->first_ref] == node)
            before++;
    }
    for (uint32_t i = 0; i < t->sent_len; i++) {
        if (t->sent[i].node == node && before-- == 0)
            return &t->sent[i];
    }
    return NULL;
}

static void expect_request(struct testing *t, const struct image_step *s)
{
    const char *name = image_text(t->image, t->image->nodes[t->image->refs[s->first_ref]].name);
    const struct sent *sent = request_for(t, s);
    struct value wanted = t->image->constants[s->value];
    if (!sent) {
        test_run_problem(t, s->line, "node `%s` sent no such request", name);
        return;
    }
    for (uint32_t i = 0; i < wanted.object->len; i++) {
        const struct member *m = &wanted.object->members[i];
        if (part_fits(m, sent->request))
            continue;
        const struct value *there = value_object_find(sent->request.object, m->key);
        test_run_problem(t, s->line, "the request of node `%s` has another `%s`", name,
                         m->key->data);
        test_run_detail(t, "expected", m->value);
        test_run_detail(t, "got     ", there ? *there : value_null());
    }
}

/* A reply that was never used claims a request that did not happen. */
static void expect_used(struct testing *t, uint32_t i)
{
    const struct image_step *s = &t->image->steps[t->test->first_step + i];
    if (t->used[i] || (s->kind != IMAGE_STEP_REPLY && s->kind != IMAGE_STEP_ANSWER))
        return;
    test_run_problem(t, s->line, "node `%s` never came to this %s",
                     image_text(t->image, t->image->nodes[t->image->refs[s->first_ref]].name),
                     s->kind == IMAGE_STEP_REPLY ? "reply" : "answer");
}

static void expect_no_fault(struct testing *t)
{
    if (t->status == RUN_FAULTED)
        test_run_problem(t, t->test->line, "the run is faulted: %s", t->error ? t->error : "");
}

void test_run_expect(struct testing *t)
{
    expect_no_fault(t);
    for (uint32_t i = 0; i < t->test->step_count; i++) {
        const struct image_step *s = &t->image->steps[t->test->first_step + i];
        switch ((enum image_step_kind)s->kind) {
        case IMAGE_STEP_SAY:
            expect_say(t, s);
            break;
        case IMAGE_STEP_VISIT:
            expect_visit(t, s);
            break;
        case IMAGE_STEP_END:
            expect_over(t, s, RUN_ENDED);
            break;
        case IMAGE_STEP_FAIL:
            expect_over(t, s, RUN_FAILED);
            break;
        case IMAGE_STEP_REQUEST:
            expect_request(t, s);
            break;
        case IMAGE_STEP_START:
        case IMAGE_STEP_REPLY:
        case IMAGE_STEP_ANSWER:
        case IMAGE_STEP_KINDS:
            break;
        }
        expect_used(t, i);
    }
}
