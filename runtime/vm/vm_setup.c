/* What the set-up functions of endpoints do to an endpoint. */
#include "vm/vm_ops.h"

#include "base/mem.h"
#include "formats/json.h"

#include <stdio.h>
#include <string.h>

/* NULL: v may stand in a header (RFC 9110, section 5.5: no control characters but tab). */
static const char *header_problem(struct value v)
{
    for (uint32_t i = 0; i < v.text->len; i++) {
        unsigned char c = (unsigned char)v.text->data[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return "a header of an endpoint holds a control character, such as a line break";
    }
    return NULL;
}

const char *vm_set_header(struct endpoint *e, const struct text *name, struct value v, bool secret)
{
    if (v.tag == VALUE_NULL)
        return NULL;
    struct value text;
    const char *problem = vm_text(v, &text);
    if (problem)
        return problem;
    problem = header_problem(text);
    if (!problem)
        endpoint_fields_add(&e->headers, name->data, name->len, text.text->data, text.text->len,
                            secret);
    value_unref(text);
    return problem;
}

const char *vm_set_query(struct endpoint *e, const struct text *name, struct value v, bool secret)
{
    if (value_size_up_to(v, VALUE_MAX_BYTES) > VALUE_MAX_BYTES)
        return "a query value is larger than 64 MB";
    request_encode_pairs(&e->query, &e->shown_query, e->separator, name->data, name->len, v,
                         secret);
    return NULL;
}

const char *vm_set_url(struct strand *s, struct value v)
{
    if (v.tag != VALUE_TEXT)
        return "the url is not a text";
    const char *problem = endpoint_set_url(s->setting_up, v.text->data, v.text->len);
    if (!problem)
        return NULL;
    struct bytes b = { 0 };
    bytes_printf(&b, "%s, got `%.200s`", problem, v.text->data);
    mem_free(s->failure);
    s->failure = bytes_take(&b);
    return s->failure;
}

static const char *add_authorization(struct endpoint *e, struct bytes *b)
{
    struct value text = value_text(bytes_text(b), b->len);
    const char *problem = header_problem(text);
    if (!problem)
        endpoint_fields_add(&e->headers, "Authorization", 13, text.text->data, text.text->len,
                            true);
    value_unref(text);
    bytes_release(b);
    return problem;
}

const char *vm_set_bearer(struct endpoint *e, struct value v)
{
    if (v.tag != VALUE_TEXT || v.text->len == 0)
        return "`auth bearer` needs a text that is not empty";
    struct bytes b = { 0 };
    bytes_add_text(&b, "Bearer ");
    bytes_add(&b, v.text->data, v.text->len);
    return add_authorization(e, &b);
}

/* RFC 7617: user ":" password in base64; the user holds no colon. */
const char *vm_set_basic(struct endpoint *e, struct value user, struct value password)
{
    if (user.tag != VALUE_TEXT || password.tag != VALUE_TEXT)
        return "`auth basic` needs two texts, a user and a password";
    if (memchr(user.text->data, ':', user.text->len))
        return "the user of `auth basic` holds a colon";
    struct value parts[3] = { user, value_text_of(":"), password };
    struct value both;
    const char *problem = vm_concat(NULL, parts, 3, &both);
    value_unref(parts[1]);
    if (problem)
        return problem;
    struct value encoded;
    problem = builtin_call(BUILTIN_BASE64, &both, 1, NULL, &encoded);
    value_unref(both);
    if (problem)
        return problem;
    struct bytes b = { 0 };
    bytes_add_text(&b, "Basic ");
    bytes_add(&b, encoded.text->data, encoded.text->len);
    value_unref(encoded);
    return add_authorization(e, &b);
}

static const char *set_path(char **path, struct value v)
{
    if (v.tag == VALUE_NULL)
        return NULL;
    if (v.tag != VALUE_TEXT || strlen(v.text->data) != v.text->len)
        return "`tls` needs the path of a file as a text";
    mem_free(*path);
    *path = mem_copy_text(v.text->data, v.text->len);
    return NULL;
}

const char *vm_set_tls(struct endpoint *e, struct value v, uint32_t which)
{
    char **const paths[] = { &e->tls.ca, &e->tls.cert, &e->tls.key };
    if (which < 3)
        return set_path(paths[which], v);
    if (v.tag != VALUE_BOOL)
        return "`verify` of `tls` is true or false";
    e->tls.verify = v.boolean;
    return NULL;
}

const char *vm_set_passphrase(struct endpoint *e, struct value v)
{
    if (v.tag != VALUE_TEXT || strlen(v.text->data) != v.text->len)
        return "`passphrase` of `tls` must be a text";
    mem_free(e->tls.passphrase);
    e->tls.passphrase = mem_copy_text(v.text->data, v.text->len);
    return NULL;
}

char *vm_set_up(const struct program *program, uint32_t function, struct endpoint *endpoint,
                struct value *out)
{
    struct vm_host host = { .fuel = VM_DEFAULT_FUEL };
    struct strand s;
    char *problem = NULL;
    vm_strand_init(&s, program, &host, function, NULL);
    s.setting_up = endpoint;
    while (vm_step(&s) == VM_YIELD)
        vm_resume(&s);
    if (s.state == VM_FAULTED) {
        struct bytes b = { 0 };
        bytes_printf(&b, "%s (", s.failure);
        image_place(program->image, s.pc, &b);
        bytes_add_char(&b, ')');
        problem = bytes_take(&b);
    } else if (out) {
        *out = s.value;
        s.value = value_null();
    }
    vm_strand_release(&s);
    request_build_release(&host.build);
    return problem;
}
