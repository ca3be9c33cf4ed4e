#include "engine/decode.h"

#include "base/bytes.h"
#include "base/json.h"
#include "base/mem.h"

#include "suite.h"

#include <string.h>

/* A body, its type, and the value as JSON; NULL: it does not parse. */
struct row {
    const char *type;
    const char *body;
    const char *json;
};

static const struct row rows[] = {
    { "application/json", "{\"a\":1}", "{\"a\":1}" },
    { "Application/JSON; charset=utf-8", "[1]", "[1]" },
    { "application/problem+json", "true", "true" },
    { "application/json", "\xef\xbb\xbf[1]", "[1]" },
    { "application/json", "", "null" },
    { "application/xml", "", "null" },
    { "application/json", "{\"a\":", NULL },
    { "application/json", "\"\xff\"", NULL },
    { "application/jsonp", "[1]", "\"[1]\"" },
    { "text/plain", "[1]", "\"[1]\"" },
    { "text/html", "<p>", "\"<p>\"" },
    { NULL, "[1]", "\"[1]\"" },
    { "", "x", "\"x\"" },
    { "text/plain; charset=iso-8859-1", "caf\xe9", "\"caf\xc3\xa9\"" },
    { "text/plain; format=flowed; Charset=\"ISO-8859-1\"", "\xe9", "\"\xc3\xa9\"" },
    { "text/plain; charset=windows-1252", "\x80", "\"\xe2\x82\xac\"" },
    { "text/plain; charset=windows-1252", "\x81", "\"\xef\xbf\xbd\"" },
    { "text/plain; charset=us-ascii", "\x80", "\"\xef\xbf\xbd\"" },
    { "text/plain; charset=iso-8859-1", "caf\xc3\xa9", "\"caf\xc3\xa9\"" },
    { "text/plain", "a\xff\xfe" "b", "\"a\xef\xbf\xbd\xef\xbf\xbd" "b\"" },
    { "text/plain", "cut \xe2\x82", "\"cut \xef\xbf\xbd\xef\xbf\xbd\"" },
    { "application/xml", "<a>1</a>", "{\"a\":\"1\"}" },
    { "text/xml; charset=utf-8", "<a/>", "{\"a\":\"\"}" },
    { "application/soap+xml", "<s:a xmlns:s=\"u\">x</s:a>", "{\"s:a\":\"x\"}" },
    { "application/xml", "<a><b>1</b><b>2</b></a>", "{\"a\":{\"b\":[\"1\",\"2\"]}}" },
    { "application/xml", "<a>\n  <b>1</b>\n  <c>2</c>\n</a>", "{\"a\":{\"b\":\"1\",\"c\":\"2\"}}" },
    { "application/xml", "<a><b>1</b><c/><b>2</b></a>",
      "{\"a\":{\"b\":[\"1\",\"2\"],\"c\":\"\"}}" },
    { "application/xml", "<a id='7'/>", "{\"a\":{\"@id\":\"7\"}}" },
    { "application/xml", "<a id='7'>x</a>", "{\"a\":{\"@id\":\"7\",\"#text\":\"x\"}}" },
    { "application/xml", "<a>x<b/>y</a>", "{\"a\":{\"b\":\"\",\"#text\":\"xy\"}}" },
    { "application/xml", "<?xml version='1.0'?><!-- c --><a><![CDATA[<&>]]></a>",
      "{\"a\":\"<&>\"}" },
    { "application/xml", "<a>&lt;&#65;&#x42;&amp;</a>", "{\"a\":\"<AB&\"}" },
    { "application/xml", "<a b='&quot;&#233;'/>", "{\"a\":{\"@b\":\"\\\"\xc3\xa9\"}}" },
    { "application/xml", "<?xml version='1.0' encoding='iso-8859-1'?><a>\xe9</a>",
      "{\"a\":\"\xc3\xa9\"}" },
    { "application/xml", "<!DOCTYPE a><a>1</a>", "{\"a\":\"1\"}" },
    { "application/xml", "<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/x.dtd'><a>1</a>",
      "{\"a\":\"1\"}" },
    { "application/xml", "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>", NULL },
    { "application/xml", "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", NULL },
    { "application/xml", "<!DOCTYPE a [<!ENTITY e 'x'>]><a b='&e;'/>", NULL },
    { "application/xml",
      "<!DOCTYPE a [<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;]><a>1</a>", NULL },
    { "application/xml", "<a>&nbsp;</a>", NULL },
    { "application/xml", "<a><b></a>", NULL },
    { "application/xml", "<a>", NULL },
    { "application/xml", "<a/><b/>", NULL },
    { "application/xml", "  ", NULL },
    { "application/xml", "<a>\xff</a>", NULL },
    { "application/xml", "no", NULL },
};

static void check_good(const struct row *row, struct value v)
{
    struct bytes json = { 0 };
    json_write(&json, v);
    ck_assert_str_eq(bytes_text(&json), row->json);
    bytes_release(&json);
}

START_TEST(a_body_is_read_by_its_type)
{
    const struct row *row = &rows[_i];
    struct value v;
    char *why = NULL;
    size_t type_len = row->type ? strlen(row->type) : 0;
    bool good = decode_body(row->type, type_len, row->body, strlen(row->body), &v, &why);
    ck_assert_msg(good == (row->json != NULL), "%s: %s: %s", row->type, row->body, why);
    if (good) {
        check_good(row, v);
        ck_assert_ptr_null(why);
    } else {
        ck_assert_uint_eq(v.tag, VALUE_TEXT);
        ck_assert_ptr_nonnull(why);
    }
    value_unref(v);
    mem_free(why);
}
END_TEST

static char *why_of(const char *type, const char *body, size_t len)
{
    struct value v;
    char *why = NULL;
    ck_assert(!decode_body(type, strlen(type), body, len, &v, &why));
    value_unref(v);
    return why;
}

START_TEST(why_json_is_wrong_names_the_line)
{
    char *why = why_of("application/json", "{\n\"a\": x}", 9);
    ck_assert_msg(strstr(why, "line 2, byte 8") != NULL, "%s", why);
    mem_free(why);
}
END_TEST

START_TEST(why_xml_is_wrong_is_one_plain_line)
{
    const char *body = "<a>\n<\x1b\xff>";
    char *why = why_of("application/xml", body, strlen(body));
    ck_assert_msg(strstr(why, "line 2") != NULL, "%s", why);
    for (const char *p = why; *p; p++)
        ck_assert(*p >= ' ' && *p <= '~');
    mem_free(why);
}
END_TEST

START_TEST(a_nul_in_a_text_stays)
{
    struct value v;
    char *why = NULL;
    ck_assert(decode_body("text/plain", 10, "a\0b", 3, &v, &why));
    ck_assert_uint_eq(v.text->len, 3);
    value_unref(v);
}
END_TEST

static struct bytes nested_xml(int depth)
{
    struct bytes b = { 0 };
    for (int i = 0; i < depth; i++)
        bytes_add_text(&b, "<a>");
    for (int i = 0; i < depth; i++)
        bytes_add_text(&b, "</a>");
    return b;
}

START_TEST(xml_nested_too_deep_is_refused)
{
    struct value v;
    char *why = NULL;
    struct bytes good = nested_xml(200);
    ck_assert(decode_body("text/xml", 8, good.data, good.len, &v, &why));
    value_unref(v);
    struct bytes bad = nested_xml(100000);
    why = why_of("text/xml", bad.data, bad.len);
    ck_assert_msg(strstr(why, "nested") != NULL, "%s", why);
    mem_free(why);
    bytes_release(&good);
    bytes_release(&bad);
}
END_TEST

START_TEST(many_children_of_one_name_are_one_list)
{
    struct bytes b = { 0 };
    bytes_add_text(&b, "<l>");
    for (int i = 0; i < 200000; i++)
        bytes_add_text(&b, "<i>x</i>");
    bytes_add_text(&b, "</l>");
    struct value v;
    char *why = NULL;
    ck_assert(decode_body("text/xml", 8, b.data, b.len, &v, &why));
    const struct value *list =
        object_find_bytes(v.object->members[0].value.object, "i", 1);
    ck_assert_uint_eq(list->list->len, 200000);
    value_unref(v);
    bytes_release(&b);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("decode");
    TCase *c = tcase_create("decode");
    tcase_add_loop_test(c, a_body_is_read_by_its_type, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_test(c, why_json_is_wrong_names_the_line);
    tcase_add_test(c, why_xml_is_wrong_is_one_plain_line);
    tcase_add_test(c, a_nul_in_a_text_stays);
    tcase_add_test(c, xml_nested_too_deep_is_refused);
    tcase_add_test(c, many_children_of_one_name_are_one_list);
    suite_add_tcase(s, c);
    return suite_main(s);
}
