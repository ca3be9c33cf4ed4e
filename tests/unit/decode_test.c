#include "net/decode.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "formats/json.h"

#include "suite.h"

#include <string.h>
#include <time.h>

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
    { "text/plain; charset=us-ascii", "plain", "\"plain\"" },
    { "text/plain; charset=us-ascii", "\xc3\xa4", "\"\xc3\xa4\"" },
    { "text/plain; charset=us-ascii", "\x80", NULL },
    { "text/plain; charset=iso-8859-1", "caf\xc3\xa9", "\"caf\xc3\x83\xc2\xa9\"" },
    { "text/plain; charset=utf-8", "a\xff", NULL },
    { "text/plain",
      "a\xff\xfe"
      "b",
      NULL },
    { "text/plain", "cut \xe2\x82", NULL },
    { "text/plain; charset=no-such-charset", "a", NULL },
    { "text/plain; charset=utf-8//IGNORE", "a", NULL },
    { "text/plain; charset=internal", "aaaa", NULL },
    { "text/plain; charset=", "a", "\"a\"" },
    { "text/plain; charset=shift_jis", "\x93\xfa\x96\x7b", "\"\xe6\x97\xa5\xe6\x9c\xac\"" },
    { "text/plain; charset=Shift_JIS", "\x93\xfa\x96", NULL },
    { "text/plain; charset=iso-2022-jp", "\x1b$BF|K\\\x1b(B", "\"\xe6\x97\xa5\xe6\x9c\xac\"" },
    { "text/csv; charset=koi8-r", "\xc1", "\"\xd0\xb0\"" },
    { "text/plain",
      "\xef\xbb\xbf"
      "a",
      "\"a\"" },
    { "text/plain; charset=iso-8859-1", "\xef\xbb\xbf\xc3\xa4", "\"\xc3\xa4\"" },
    { "text/plain; charset=gb18030",
      "\x84\x31\x95\x33"
      "a",
      "\"a\"" },
    { "application/json; charset=ISO-8859-1", "{\"a\":\"caf\xe9\"}", "{\"a\":\"caf\xc3\xa9\"}" },
    { "application/json; charset=windows-1252", "\"\x80\"", "\"\xe2\x82\xac\"" },
    { "application/json", "\"caf\xe9\"", NULL },
    { "application/json; charset=no-such-charset", "1", NULL },
    { "text/json", "[1]", "[1]" },
    { "text/json; charset=utf-8", "[1]", "[1]" },
    { "application/x-amz-json-1.0", "{}", "{}" },
    { "application/x-amz-json-1.1; charset=utf-8", "{}", "{}" },
    { "application/x-amz-json-1.2", "{}", "\"{}\"" },
    { "image/png", "\x89PNG\r\n", NULL },
    { "application/octet-stream", "\xff", NULL },
    { "application/octet-stream", "text", "\"text\"" },
    { "application/octet-stream",
      "\xff\xfe"
      "a",
      NULL },
    { "application/octet-stream; charset=binary", "text", "\"text\"" },
    { "application/octet-stream; charset=binary", "\xff", NULL },
    { "text/plain; charset='iso-8859-1'", "\xe9", "\"\xc3\xa9\"" },
    { "image/png;charset=UTF-8", "\xff", NULL },
    { "application/javascript; charset=iso-8859-1", "\xe9", "\"\xc3\xa9\"" },
    { NULL, "\xff", NULL },
    { NULL, "\xef\xbb\xbfx", "\"x\"" },
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
    { "application/xml", "<?xml version='1.0' encoding = \"windows-1252\"?><a>\x80</a>",
      "{\"a\":\"\xe2\x82\xac\"}" },
    { "text/xml; charset=iso-8859-1", "<?xml version='1.0' encoding='utf-8'?><a>\xe9</a>",
      "{\"a\":\"\xc3\xa9\"}" },
    { "text/xml; charset=iso-8859-1", "\xef\xbb\xbf<?xml version='1.0'?><a>\xc3\xa9</a>",
      "{\"a\":\"\xc3\xa9\"}" },
    { "text/xml", "<?xml version='1.0' encoding='utf-16'?><a>\xc3\xa9</a>",
      "{\"a\":\"\xc3\xa9\"}" },
    { "text/xml", "<?xml version='1.0' encoding='no-such-charset'?><a/>", NULL },
    { "text/xml", "<?xml version='1.0' encoding='iso-8859-1", NULL },
    { "text/xml", "<?xml version='1.0' encoding=iso-8859-1?><a>1</a>", NULL },
    { "text/xml", "<a encoding='x'>1</a>", "{\"a\":{\"@encoding\":\"x\",\"#text\":\"1\"}}" },
    { "text/xml; charset=iso-8859-1", "<a>\xff", NULL },
    { "application/xml", "<!DOCTYPE a><a>1</a>", "{\"a\":\"1\"}" },
    { "application/xml", "<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/x.dtd'><a>1</a>",
      "{\"a\":\"1\"}" },
    { "application/xml", "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>", NULL },
    { "application/xml", "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", NULL },
    { "application/xml", "<!DOCTYPE a [<!ENTITY e 'x'>]><a b='&e;'/>", NULL },
    { "application/xml", "<!DOCTYPE a [<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;]><a>1</a>",
      NULL },
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

/* What does not parse is a text if it is one, and nothing is ever put in the place of a byte. */
static void check_refused(const struct row *row, struct value v)
{
    struct value text =
        decode_text(row->type, row->type ? strlen(row->type) : 0, row->body, strlen(row->body));
    ck_assert(v.tag == VALUE_TEXT || v.tag == VALUE_NULL);
    ck_assert(value_equal(v, text));
    if (v.tag == VALUE_TEXT)
        ck_assert_ptr_null(strstr(v.text->data, "\xef\xbf\xbd"));
    value_unref(text);
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
        check_refused(row, v);
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

/* A body, its type, and what is said of it. */
struct reason {
    const char *type;
    const char *body;
    const char *why;
};

static const struct reason reasons[] = {
    { "application/json", "{\n\"a\": x}", "its JSON is wrong in line 2, byte 6: " },
    { "application/json", "[1,\n2,\n\n  3 4]", "its JSON is wrong in line 4, byte 5: " },
    { "application/json", "x", "its JSON is wrong in line 1, byte 1: " },
    { "application/json", "\n", "its JSON is wrong in line 2, byte 1: " },
    { "application/json; charset=latin1", "[\n\"\xe9\" 1]", "line 2, byte 6: " },
    { "text/plain; charset=x-none", "a", "its charset `x-none` is not known" },
    { "text/plain; charset=\"x`\x1b\"", "a", "its charset `x??` is not known" },
    { "text/plain; charset=windows-1252", "abc\x81",
      "byte 4 of its body is not valid in its charset "
      "`windows-1252`" },
    { "text/plain; charset=utf-8",
      "\xef\xbb\xbf"
      "a\xff",
      "byte 5 of its body is not valid in its "
      "charset `UTF-8`" },
    { "application/json; charset=shift_jis", "\"\x93",
      "byte 2 of its body is not valid in its "
      "charset `shift_jis`" },
    { "text/plain", "a\xff",
      "its content type `text/plain` names no charset, and byte 2 of its body "
      "is not UTF-8" },
    { "image/png; q=1", "\x89PNG", "its content type is `image/png`, and its body is not text" },
    { "image/png;charset=UTF-8", "\xff",
      "its content type is `image/png`, and its body is not text" },
    { NULL, "\xff", "it has no content type, and its body is not text" },
};

START_TEST(why_a_body_is_refused_names_the_place_and_the_type)
{
    const struct reason *row = &reasons[_i];
    struct value v;
    char *why = NULL;
    ck_assert(!decode_body(row->type, row->type ? strlen(row->type) : 0, row->body,
                           strlen(row->body), &v, &why));
    ck_assert_msg(strstr(why, row->why) != NULL, "%s", why);
    value_unref(v);
    mem_free(why);
}
END_TEST

/* What windows-1252 has at 0x80 to 0x9f; 0: nothing. From the table of the Unicode Consortium,
 * unicode.org/Public/MAPPINGS/VENDORS/MICSFT/WINDOWS/CP1252.TXT. */
static const uint16_t windows_1252[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

START_TEST(each_byte_of_windows_1252_is_its_character_or_refused)
{
    static const char type[] = "text/plain; charset=windows-1252";
    char body[] = { (char)(0x80 + _i) };
    char wanted[5] = "";
    struct value v;
    char *why = NULL;
    bool good = decode_body(type, sizeof type - 1, body, 1, &v, &why);
    ck_assert(good == (windows_1252[_i] != 0));
    if (good) {
        utf8_encode(windows_1252[_i], wanted);
        ck_assert_str_eq(v.text->data, wanted);
    } else {
        ck_assert_uint_eq(v.tag, VALUE_NULL);
    }
    value_unref(v);
    mem_free(why);
}
END_TEST

/* "{"a":"é"}" and an XML document with declaration, in the wide forms. */
static struct bytes widen(const char *text, int width, bool big, bool mark)
{
    struct bytes b = { 0 };
    size_t step;
    struct bytes marked = { 0 };
    bytes_add_text(&marked, mark ? "\xef\xbb\xbf" : "");
    bytes_add_text(&marked, text);
    for (size_t i = 0; i < marked.len; i += step) {
        uint32_t c = utf8_decode(marked.data + i, marked.len - i, &step);
        for (int k = 0; k < width; k++)
            bytes_add_char(&b, (char)(c >> 8 * (big ? width - 1 - k : k)));
    }
    bytes_release(&marked);
    return b;
}

static void check_wide(const char *type, const char *text, const char *json, struct bytes body)
{
    struct value v;
    char *why = NULL;
    bool good = decode_body(type, strlen(type), body.data, body.len, &v, &why);
    ck_assert_msg(good, "%s: %s: %s", type, text, why);
    check_good(&(struct row){ .json = json }, v);
    value_unref(v);
    bytes_release(&body);
}

START_TEST(a_byte_order_mark_says_how_wide_text_is)
{
    int width = _i & 1 ? 4 : 2;
    bool big = _i & 2;
    check_wide("application/json", "JSON", "{\"a\":\"\xc3\xa9\"}",
               widen("{\"a\":\"\xc3\xa9\"}", width, big, true));
    check_wide("text/plain", "text", "\"\xc3\xa9\"", widen("\xc3\xa9", width, big, true));
    check_wide("text/plain; charset=utf-8", "text", "\"\xc3\xa9\"",
               widen("\xc3\xa9", width, big, true));
    check_wide("text/xml", "XML", "{\"a\":\"\xc3\xa9\"}",
               widen("<a>\xc3\xa9</a>", width, big, true));
}
END_TEST

START_TEST(wide_xml_without_a_mark_is_known_by_its_beginning)
{
    int width = _i & 1 ? 4 : 2;
    bool big = _i & 2;
    check_wide("text/xml", "XML", "{\"a\":\"\xc3\xa9\"}",
               widen(width == 2 ? "<?xml version='1.0' encoding='utf-16'?><a>\xc3\xa9</a>"
                                : "<?xml version='1.0' encoding='utf-32'?><a>\xc3\xa9</a>",
                     width, big, false));
}
END_TEST

START_TEST(wide_text_without_a_mark_is_little_endian_unless_its_charset_says_otherwise)
{
    check_wide("text/plain; charset=utf-16", "text", "\"\xc3\xa9\"",
               widen("\xc3\xa9", 2, false, false));
    check_wide("text/plain; charset=UTF-32", "text", "\"\xc3\xa9\"",
               widen("\xc3\xa9", 4, false, false));
    check_wide("text/plain; charset=utf-16be", "text", "\"\xc3\xa9\"",
               widen("\xc3\xa9", 2, true, false));
}
END_TEST

START_TEST(a_long_text_is_converted_whole)
{
    static const char type[] = "text/plain; charset=iso-8859-1";
    struct bytes body = { 0 };
    for (int i = 0; i < 100001; i++)
        bytes_add_char(&body, '\xe9');
    struct value v;
    char *why = NULL;
    ck_assert(decode_body(type, sizeof type - 1, body.data, body.len, &v, &why));
    ck_assert_uint_eq(v.text->len, 200002);
    ck_assert_str_eq(v.text->data + 200000, "\xc3\xa9");
    value_unref(v);
    bytes_release(&body);
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

static void add_attributes(struct bytes *b, const char *prefix, int count)
{
    for (int i = 0; i < count; i++)
        bytes_printf(b, " %sn%d=\"a=b > c\"", prefix, i);
}

static struct bytes element(int attributes, int namespaces)
{
    struct bytes b = { 0 };
    bytes_add_text(&b, "<r>\n<e");
    add_attributes(&b, "", attributes);
    add_attributes(&b, "xmlns:", namespaces);
    bytes_add_text(&b, "/></r>");
    return b;
}

/* Attributes and namespaces of an element: refused from 1,001 on. */
static const int crowds[][3] = {
    { 1000, 0, true },   { 1001, 0, false }, { 400, 600, true },
    { 400, 601, false }, { 0, 1001, false },
};

START_TEST(an_element_has_at_most_1000_attributes_and_namespaces)
{
    struct bytes b = element(crowds[_i][0], crowds[_i][1]);
    struct value v;
    char *why = NULL;
    ck_assert(decode_body("text/xml", 8, b.data, b.len, &v, &why) == crowds[_i][2]);
    value_unref(v);
    if (!crowds[_i][2])
        ck_assert_ptr_nonnull(
            strstr(why, "in line 2: an element has more than 1,000 attributes and namespaces"));
    mem_free(why);
    bytes_release(&b);
}
END_TEST

/* What libxml2 took a time for that grows with the square of it: a beginning, a piece with a number
 * in it, an end, and how often the piece comes. */
static const struct {
    const char *begin;
    const char *piece;
    const char *end;
    int count;
    const char *why; /* NULL: it is good */
} hostile[] = {
    { "<a", " n%x=''", "/>", 200000, "more than 1,000 attributes" },
    { "<a", " xmlns:n%x='u'", "/>", 200000, "more than 1,000 attributes" },
    { "<!DOCTYPE a [<!ENTITY e2 '<!--'>]><a", " n%x=''", "/>", 200000, "more than 1,000" },
    { "<r><!-- -- --><a", " n%x=''", "/></r>", 200000, "more than 1,000 attributes" },
    { "<r><!-- <a '> --><a", " n%x=''", "/></r>", 200000, "more than 1,000 attributes" },
    { "<a \"><a", " n%x=''", "/></a>", 200000, "more than 1,000 attributes" },
    { "<r>", "<n%x/>", "</r>", 1000000, "more than 100,000 different names" },
    { "<r>", "<a n%x=''/>", "</r>", 1000000, "more than 100,000 different names" },
    { "<r>", "<n%x:a/>", "</r>", 1000000, "more than 100,000 different names" },
    { "", "<?n%x?>", "<r/>", 1000000, "more than 100,000 different names" },
    { "<r>]]>", "<n%x/>", "</r>", 1000000, "not allowed in content" },
    { "<r><!-- -- -->", "<n%x/>", "</r>", 1000000, "Double hyphen" },
    { "<r a='' a=''>", "<n%x/>", "</r>", 1000000, "redefined" },
    { "<!DOCTYPE a [<!ATTLIST a b (c", "|n%x", ") 'c'>]><a/>", 100000, "longer than 64 KB" },
    { "<!DOCTYPE a [<!ATTLIST a b NOTATION (c", "|n%x", ") 'c'>]><a/>", 100000, "than 64 KB" },
    { "<!DOCTYPE a [", "<!ELEMENT n%x ANY>", "]><a/>", 100000, "longer than 64 KB" },
    { "<!DOCTYPE a [", "<!ATTLIST a n%x CDATA ''>", "]><a/>", 100000, "longer than 64 KB" },
    { "<r>", "<a b=''/>", "</r>", 200000, NULL },
    { "<!DOCTYPE a [", "<!ELEMENT n%x ANY>", "]><a/>", 1000, NULL },
};

START_TEST(no_xml_takes_a_time_that_grows_with_its_square)
{
    struct bytes b = { 0 };
    struct value v;
    char *why = NULL;
    bytes_add_text(&b, hostile[_i].begin);
    for (int i = 0; i < hostile[_i].count; i++) {
        const char *number = strchr(hostile[_i].piece, '%');
        size_t before = number ? (size_t)(number - hostile[_i].piece) : 0;
        bytes_add(&b, hostile[_i].piece, before);
        if (number)
            bytes_printf(&b, "%x%s", i, number + 2);
        else
            bytes_add_text(&b, hostile[_i].piece);
    }
    bytes_add_text(&b, hostile[_i].end);
    clock_t began = clock();
    bool good = decode_body("text/xml", 8, b.data, b.len, &v, &why);
    double took = (double)(clock() - began) / CLOCKS_PER_SEC;
    ck_assert_msg(took < 3, "%f s of CPU", took);
    ck_assert_msg(good == !hostile[_i].why, "%s", why);
    ck_assert_msg(good || strstr(why, hostile[_i].why), "%s", why);
    value_unref(v);
    mem_free(why);
    bytes_release(&b);
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
    const struct value *list = value_object_find_bytes(v.object->members[0].value.object, "i", 1);
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
    tcase_add_loop_test(c, why_a_body_is_refused_names_the_place_and_the_type, 0,
                        (int)(sizeof reasons / sizeof *reasons));
    tcase_add_loop_test(c, each_byte_of_windows_1252_is_its_character_or_refused, 0, 32);
    tcase_add_loop_test(c, a_byte_order_mark_says_how_wide_text_is, 0, 4);
    tcase_add_loop_test(c, wide_xml_without_a_mark_is_known_by_its_beginning, 0, 4);
    tcase_add_test(c, wide_text_without_a_mark_is_little_endian_unless_its_charset_says_otherwise);
    tcase_add_test(c, a_long_text_is_converted_whole);
    tcase_add_test(c, why_xml_is_wrong_is_one_plain_line);
    tcase_add_test(c, a_nul_in_a_text_stays);
    tcase_add_test(c, xml_nested_too_deep_is_refused);
    tcase_add_loop_test(c, an_element_has_at_most_1000_attributes_and_namespaces, 0,
                        (int)(sizeof crowds / sizeof *crowds));
    tcase_add_loop_test(c, no_xml_takes_a_time_that_grows_with_its_square, 0,
                        (int)(sizeof hostile / sizeof *hostile));
    tcase_add_test(c, many_children_of_one_name_are_one_list);
    suite_add_tcase(s, c);
    return suite_main(s);
}
