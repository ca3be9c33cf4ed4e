#include "suite.h"

#include "base/mem.h"
#include "formats/json.h"
#include "vm/request_build.h"

#include <string.h>

/* One request in the making, to an endpoint without headers and query. */
static struct {
    struct endpoint endpoint;
    struct request_build build;
    struct request *request;
    char *failure;
} t;

static void setup(void)
{
    memset(&t, 0, sizeof t);
    t.endpoint.name = mem_copy_text("shop", 4);
    t.endpoint.separator = '&';
    ck_assert_ptr_null(endpoint_set_url(&t.endpoint, "http://shop.test/v1", 19));
    request_build_begin(&t.build, &t.endpoint, HTTP_GET, '&');
}

static void drop_request(void)
{
    if (t.request)
        request_release(t.request);
    mem_free(t.request);
    mem_free(t.failure);
    t.request = NULL;
    t.failure = NULL;
}

static void teardown(void)
{
    drop_request();
    request_build_release(&t.build);
    endpoint_release(&t.endpoint);
}

/* The value of a JSON text. */
static struct value of_json(const char *json)
{
    struct value v;
    struct json_error error = { 0 };
    ck_assert_msg(json_read(json, strlen(json), &v, &error), "%s in %s", error.message, json);
    return v;
}

static void path(const char *text)
{
    struct value v = value_text_of(text);
    request_build_path_text(&t.build, v.text);
    value_unref(v);
}

static void path_value(const char *json)
{
    struct value v = of_json(json);
    request_build_path_value(&t.build, v);
    value_unref(v);
}

typedef void put_pair(struct request_build *b, const struct text *name, struct value v,
                      bool secret);

static void put(put_pair *function, const char *name, const char *json, bool secret)
{
    struct value key = value_text_of(name);
    struct value v = of_json(json);
    function(&t.build, key.text, v, secret);
    value_unref(key);
    value_unref(v);
}

static void header(const char *name, const char *json)
{
    put(request_build_header, name, json, false);
}

static void query(const char *name, const char *json)
{
    put(request_build_query, name, json, false);
}

static void form(const char *name, const char *json)
{
    put(request_build_form, name, json, false);
}

static void body(enum body_kind kind, const char *json)
{
    struct value v = of_json(json);
    request_build_body(&t.build, kind, v, false);
    value_unref(v);
}

static void endpoint_header(const char *name, const char *value)
{
    endpoint_fields_add(&t.endpoint.headers, name, strlen(name), value, strlen(value), false);
}

static void endpoint_query(const char *name, const char *value, bool secret)
{
    struct value v = value_text_of(value);
    request_encode_pairs(&t.endpoint.query, &t.endpoint.shown_query, t.endpoint.separator, name,
                         strlen(name), v, secret);
    value_unref(v);
}

static void finish(void)
{
    t.request = request_build_finish(&t.build, &t.failure);
    ck_assert_msg(t.request != NULL, "%s", t.failure);
}

#define ASSERT_URL(url_wanted)                                                                     \
    do {                                                                                           \
        finish();                                                                                  \
        ck_assert_str_eq(bytes_text(&t.request->url), url_wanted);                                 \
    } while (0)

#define ASSERT_REFUSED(why)                                                                        \
    do {                                                                                           \
        ck_assert_ptr_null(request_build_finish(&t.build, &t.failure));                            \
        ck_assert_str_eq(t.failure, why);                                                          \
    } while (0)

/* "Name: value" of each header, in order, a line each. */
static void assert_headers(const char *wanted)
{
    struct bytes b = { 0 };
    finish();
    for (size_t i = 0; i < t.request->headers.len; i++)
        bytes_printf(&b, "%s: %s\n", t.request->headers.items[i].name,
                     t.request->headers.items[i].value);
    ck_assert_str_eq(bytes_text(&b), wanted);
    bytes_release(&b);
}

static void assert_body(const char *wanted)
{
    finish();
    ck_assert(t.request->has_body);
    ck_assert_str_eq(bytes_text(&t.request->body), wanted);
}

#define CASE(name, ...) START_TEST(name){ __VA_ARGS__ } END_TEST

CASE(an_empty_path_is_the_base_path, { ASSERT_URL("http://shop.test/v1"); })

CASE(the_path_is_added_to_the_base_path, {
    path("/orders/recent");
    ASSERT_URL("http://shop.test/v1/orders/recent");
})

CASE(what_the_author_wrote_in_the_path_stays, {
    path("/a%20b/./c//d/");
    ASSERT_URL("http://shop.test/v1/a%20b/./c//d/");
})

CASE(a_value_in_the_path_is_encoded_but_for_the_unreserved, {
    path("/x/");
    path_value("\"AZaz09-._~ /?#%&=+:@ä\"");
    ASSERT_URL("http://shop.test/v1/x/AZaz09-._~%20%2F%3F%23%25%26%3D%2B%3A%40%C3%A4");
})

CASE(a_nul_in_the_path_is_encoded, {
    path("/");
    path_value("\"a\\u0000b\"");
    ASSERT_URL("http://shop.test/v1/a%00b");
})

CASE(values_in_the_path_are_shown_as_interpolation_does, {
    path("/");
    path_value("42");
    path("/");
    path_value("true");
    path("-");
    path_value("[1,\"a\"]");
    ASSERT_URL("http://shop.test/v1/42/true-%5B1%2C%22a%22%5D");
})

CASE(null_in_the_path_is_a_mistake, {
    path("/orders/");
    path_value("null");
    ASSERT_REFUSED("a value in the path is null, after `/orders/`");
})

CASE(an_empty_segment_from_a_value_is_a_mistake, {
    path("/orders/");
    path_value("\"\"");
    path("/items");
    ASSERT_REFUSED("a segment of the path is empty: the value after `/orders/` is an empty text");
})

CASE(an_empty_last_segment_from_a_value_is_a_mistake, {
    path("/orders/");
    path_value("\"\"");
    ASSERT_REFUSED("a segment of the path is empty: the value after `/orders/` is an empty text");
})

CASE(a_segment_that_comes_out_as_dots_is_a_mistake, {
    path("/orders/");
    path_value("\"..\"");
    path("/admin");
    ASSERT_REFUSED("a segment of the path is `..`, which would lead to another path");
})

CASE(a_segment_of_text_and_value_that_comes_out_as_a_dot_is_a_mistake, {
    path("/orders/.");
    path_value("\"\"");
    ASSERT_REFUSED("a segment of the path is `.`, which would lead to another path");
})

CASE(a_segment_of_two_values_that_comes_out_as_dots_is_a_mistake, {
    path("/");
    path_value("\".\"");
    path_value("\".\"");
    ASSERT_REFUSED("a segment of the path is `..`, which would lead to another path");
})

CASE(an_empty_value_beside_text_is_fine, {
    path("/orders/x");
    path_value("\"\"");
    path("/y");
    path_value("\"...\"");
    ASSERT_URL("http://shop.test/v1/orders/x/y...");
})

CASE(encoded_dots_in_a_value_stay_a_segment, {
    path("/");
    path_value("\"%2e%2e\"");
    ASSERT_URL("http://shop.test/v1/%252e%252e");
})

CASE(query_pairs_keep_their_order_and_may_come_twice, {
    query("b", "1");
    query("a", "\"x\"");
    query("b", "2");
    ASSERT_URL("http://shop.test/v1?b=1&a=x&b=2");
})

CASE(query_names_and_values_are_encoded, {
    query("a b[]", "\"c&d=e f+;\"");
    ASSERT_URL("http://shop.test/v1?a%20b%5B%5D=c%26d%3De%20f%2B%3B");
})

CASE(a_list_gives_a_pair_per_item_and_null_none, {
    query("none", "null");
    query("tag", "[\"a\", null, 2]");
    query("empty", "[]");
    query("flag", "\"\"");
    ASSERT_URL("http://shop.test/v1?tag=a&tag=2&flag=");
})

CASE(nothing_but_nulls_is_no_query, {
    path("/x");
    query("a", "null");
    ASSERT_URL("http://shop.test/v1/x");
})

CASE(an_object_in_the_query_is_its_json, {
    query("filter", "{\"a\": [1]}");
    ASSERT_URL("http://shop.test/v1?filter=%7B%22a%22%3A%5B1%5D%7D");
})

CASE(the_endpoints_query_stands_before_the_nodes, {
    endpoint_query("key", "k v", false);
    path("/x");
    query("a", "1");
    ASSERT_URL("http://shop.test/v1/x?key=k%20v&a=1");
})

CASE(the_endpoints_query_stands_alone_too, {
    endpoint_query("key", "k", false);
    ASSERT_URL("http://shop.test/v1?key=k");
})

CASE(the_nodes_separator_stands_between_its_pairs, {
    request_build_begin(&t.build, &t.endpoint, HTTP_GET, ';');
    endpoint_query("k", "1", false);
    endpoint_query("l", "2", false);
    query("a", "[1, 2]");
    ASSERT_URL("http://shop.test/v1?k=1&l=2;a=1;a=2");
})

CASE(nothing_secret_is_shown_as_it_is, {
    query("a", "1");
    finish();
    ck_assert_uint_eq(t.request->shown_url.len, 0);
    ck_assert_str_eq(request_shown_url(t.request), "http://shop.test/v1?a=1");
})

CASE(a_secret_pair_is_sent_but_not_shown, {
    query("a", "1");
    put(request_build_query, "key", "\"s3cret\"", true);
    query("b", "2");
    ASSERT_URL("http://shop.test/v1?a=1&key=s3cret&b=2");
    ck_assert_str_eq(request_shown_url(t.request), "http://shop.test/v1?a=1&key=***&b=2");
})

CASE(a_secret_of_the_endpoint_is_not_shown, {
    endpoint_query("key", "s3cret", true);
    query("a", "1");
    ASSERT_URL("http://shop.test/v1?key=s3cret&a=1");
    ck_assert_str_eq(request_shown_url(t.request), "http://shop.test/v1?key=***&a=1");
})

CASE(a_secret_of_the_node_is_not_shown_beside_the_endpoints_query, {
    endpoint_query("v", "1", false);
    put(request_build_query, "key", "[\"s3cret\", \"t\"]", true);
    finish();
    ck_assert_str_eq(request_shown_url(t.request), "http://shop.test/v1?v=1&key=***&key=***");
})

CASE(the_endpoints_headers_stand_before_the_nodes, {
    endpoint_header("Accept", "application/json");
    header("X-B", "\"b\"");
    header("X-A", "1.50");
    assert_headers("Accept: application/json\nX-B: b\nX-A: 1.5\n");
})

CASE(a_header_that_is_null_is_not_sent, {
    header("X-A", "null");
    header("X-B", "\"\"");
    assert_headers("X-B: \n");
})

CASE(a_header_keeps_tabs_and_letters_beyond_ascii, {
    header("X-A", "\"ä\\tb\"");
    assert_headers("X-A: ä\tb\n");
})

static const char *const control_characters[] = { "\"a\\r\\nX-Evil: 1\"", "\"a\\n\"", "\"\\u0000\"",
                                                  "\"a\\u001fb\"", "\"\\u007f\"" };

START_TEST(a_control_character_in_a_header_is_a_mistake)
{
    header("X-A", control_characters[_i]);
    ASSERT_REFUSED("the value of header `X-A` contains a control character, such as a line break");
}
END_TEST

CASE(a_header_that_both_give_alike_goes_once, {
    endpoint_header("X-Channel", "web");
    header("x-channel", "\"web\"");
    assert_headers("X-Channel: web\n");
})

CASE(a_header_that_both_give_differently_is_a_mistake, {
    endpoint_header("X-Channel", "web");
    header("x-channel", "\"WEB\"");
    ASSERT_REFUSED("endpoint `shop` and the node give header `x-channel` different values");
})

CASE(a_null_of_the_node_is_no_other_value, {
    endpoint_header("X-Channel", "web");
    header("X-Channel", "null");
    assert_headers("X-Channel: web\n");
})

CASE(secret_headers_are_marked, {
    put(request_build_header, "X-Key", "\"s\"", true);
    header("X-A", "1");
    finish();
    ck_assert(t.request->headers.items[0].secret);
    ck_assert(!t.request->headers.items[1].secret);
})

START_TEST(headers_of_the_framing_are_refused)
{
    static const char *const names[] = { "Content-Length", "transfer-encoding", "Connection",
                                         "expect",         "Upgrade",           "host" };
    header(names[_i], "\"1\"");
    ck_assert_ptr_null(request_build_finish(&t.build, &t.failure));
    ck_assert_ptr_nonnull(strstr(t.failure, "cannot be set"));
}
END_TEST

CASE(only_the_first_mistake_is_told, {
    path("/");
    path_value("null");
    header("X-A", "\"\\n\"");
    ASSERT_REFUSED("a value in the path is null, after `/`");
})

CASE(a_json_body_is_compact_and_in_order, {
    body(BODY_JSON, "{\"b\": [1, 2.0, null], \"a\": \"x\\\"}\"}");
    assert_body("{\"b\":[1,2,null],\"a\":\"x\\\"}\"}");
})

CASE(a_json_body_of_null_is_sent, {
    body(BODY_JSON, "null");
    assert_body("null");
})

CASE(a_json_body_of_a_text_is_quoted, {
    body(BODY_JSON, "\"a\"");
    assert_body("\"a\"");
})

CASE(a_text_body_is_what_interpolation_shows, {
    body(BODY_TEXT, "\"a \\\"b\\\" <c>\"");
    assert_body("a \"b\" <c>");
})

CASE(a_text_body_of_null_is_empty, {
    body(BODY_TEXT, "null");
    assert_body("");
})

CASE(an_xml_body_goes_as_it_was_put_together, {
    body(BODY_XML, "\"<a>&amp;</a>\"");
    assert_body("<a>&amp;</a>");
})

CASE(a_form_writes_blanks_as_plus, {
    form("a b", "\"c d+e&f=ä\"");
    form("n", "null");
    form("l", "[1, null, 2]");
    form("e", "\"\"");
    assert_body("a+b=c+d%2Be%26f%3D%C3%A4&l=1&l=2&e=");
})

CASE(a_form_does_not_take_the_querys_separator, {
    request_build_begin(&t.build, &t.endpoint, HTTP_POST, ';');
    form("a", "1");
    form("b", "2");
    assert_body("a=1&b=2");
})

CASE(an_empty_form_is_an_empty_body, {
    body(BODY_FORM, "null");
    assert_body("");
})

CASE(a_call_without_body_has_none_and_no_content_type, {
    finish();
    ck_assert(!t.request->has_body);
    ck_assert_uint_eq(t.request->headers.len, 0);
})

static const struct {
    enum body_kind kind;
    const char *header;
} content_types[] = {
    { BODY_JSON, "Content-Type: application/json\n" },
    { BODY_FORM, "Content-Type: application/x-www-form-urlencoded\n" },
    { BODY_XML, "Content-Type: application/xml\n" },
    { BODY_TEXT, "Content-Type: text/plain; charset=utf-8\n" },
};

START_TEST(each_kind_of_body_sets_its_content_type)
{
    body(content_types[_i].kind, "\"\"");
    assert_headers(content_types[_i].header);
}
END_TEST

/* A character that no XML may hold (XML 1.0, section 2.2) cannot be sent, in whatever form. */
static const struct {
    const char *text;
    const char *failure; /* NULL: none */
} in_xml[] = {
    { "\"<a>\\t\\r\\n ~\\u0080\\ud7ff\\ue000\\ufffd\\ud83d\\ude00</a>\"", NULL },
    { "\"<a>\\u0001</a>\"",
      "the XML body contains the character U+0001, which XML does not allow" },
    { "\"<a>\\u001f</a>\"",
      "the XML body contains the character U+001F, which XML does not allow" },
    { "\"<a>\\u0000</a>\"",
      "the XML body contains the character U+0000, which XML does not allow" },
    { "\"<a>\\ufffe</a>\"",
      "the XML body contains the character U+FFFE, which XML does not allow" },
    { "\"\\uffff\"", "the XML body contains the character U+FFFF, which XML does not allow" },
};

START_TEST(what_no_xml_may_hold_is_not_sent)
{
    body(BODY_XML, in_xml[_i].text);
    t.request = request_build_finish(&t.build, &t.failure);
    ck_assert_pstr_eq(t.failure, in_xml[_i].failure);
}
END_TEST

CASE(the_nodes_content_type_stands, {
    header("content-type", "\"application/vnd.shop+json\"");
    body(BODY_JSON, "1");
    assert_headers("content-type: application/vnd.shop+json\n");
})

CASE(the_endpoints_content_type_stands, {
    endpoint_header("Content-Type", "text/csv");
    body(BODY_TEXT, "\"a,b\"");
    assert_headers("Content-Type: text/csv\n");
})

CASE(a_secret_in_any_part_of_the_body_marks_it, {
    put(request_build_form, "key", "\"s\"", true);
    form("a", "1");
    finish();
    ck_assert(t.request->body_secret);
})

static const bool idempotent[] = {
    [HTTP_GET] = true,    [HTTP_POST] = false,  [HTTP_PUT] = true,
    [HTTP_PATCH] = false, [HTTP_DELETE] = true, [HTTP_HEAD] = true,
};

START_TEST(a_request_is_idempotent_by_its_method)
{
    request_build_begin(&t.build, &t.endpoint, (enum http_method)_i, '&');
    finish();
    ck_assert(t.request->method == (enum http_method)_i);
    ck_assert(t.request->idempotent == idempotent[_i]);
}
END_TEST

CASE(an_idempotency_key_makes_a_post_idempotent, {
    request_build_begin(&t.build, &t.endpoint, HTTP_POST, '&');
    header("idempotency-key", "\"7\"");
    finish();
    ck_assert(t.request->idempotent);
})

CASE(an_idempotency_key_that_is_null_does_not, {
    request_build_begin(&t.build, &t.endpoint, HTTP_POST, '&');
    header("Idempotency-Key", "null");
    finish();
    ck_assert(!t.request->idempotent);
})

CASE(nothing_of_one_request_is_in_the_next, {
    path("/a/");
    path_value("\"..\"");
    put(request_build_query, "k", "\"s\"", true);
    header("X-A", "1");
    put(request_build_form, "key", "\"s\"", true);
    ck_assert_ptr_null(request_build_finish(&t.build, &t.failure));
    drop_request();
    request_build_begin(&t.build, &t.endpoint, HTTP_GET, '&');
    path("/b");
    ASSERT_URL("http://shop.test/v1/b");
    ck_assert_str_eq(request_shown_url(t.request), "http://shop.test/v1/b");
    ck_assert_uint_eq(t.request->headers.len, 0);
    ck_assert(!t.request->has_body && !t.request->body_secret);
    ck_assert_uint_eq(t.request->body.len, 0);
})

static void add_path_tests(TCase *c)
{
    tcase_add_test(c, an_empty_path_is_the_base_path);
    tcase_add_test(c, the_path_is_added_to_the_base_path);
    tcase_add_test(c, what_the_author_wrote_in_the_path_stays);
    tcase_add_test(c, a_value_in_the_path_is_encoded_but_for_the_unreserved);
    tcase_add_test(c, a_nul_in_the_path_is_encoded);
    tcase_add_test(c, values_in_the_path_are_shown_as_interpolation_does);
    tcase_add_test(c, null_in_the_path_is_a_mistake);
    tcase_add_test(c, an_empty_segment_from_a_value_is_a_mistake);
    tcase_add_test(c, an_empty_last_segment_from_a_value_is_a_mistake);
    tcase_add_test(c, a_segment_that_comes_out_as_dots_is_a_mistake);
    tcase_add_test(c, a_segment_of_text_and_value_that_comes_out_as_a_dot_is_a_mistake);
    tcase_add_test(c, a_segment_of_two_values_that_comes_out_as_dots_is_a_mistake);
    tcase_add_test(c, an_empty_value_beside_text_is_fine);
    tcase_add_test(c, encoded_dots_in_a_value_stay_a_segment);
}

static void add_query_tests(TCase *c)
{
    tcase_add_test(c, query_pairs_keep_their_order_and_may_come_twice);
    tcase_add_test(c, query_names_and_values_are_encoded);
    tcase_add_test(c, a_list_gives_a_pair_per_item_and_null_none);
    tcase_add_test(c, nothing_but_nulls_is_no_query);
    tcase_add_test(c, an_object_in_the_query_is_its_json);
    tcase_add_test(c, the_endpoints_query_stands_before_the_nodes);
    tcase_add_test(c, the_endpoints_query_stands_alone_too);
    tcase_add_test(c, the_nodes_separator_stands_between_its_pairs);
    tcase_add_test(c, nothing_secret_is_shown_as_it_is);
    tcase_add_test(c, a_secret_pair_is_sent_but_not_shown);
    tcase_add_test(c, a_secret_of_the_endpoint_is_not_shown);
    tcase_add_test(c, a_secret_of_the_node_is_not_shown_beside_the_endpoints_query);
}

static void add_header_tests(TCase *c)
{
    tcase_add_test(c, the_endpoints_headers_stand_before_the_nodes);
    tcase_add_test(c, a_header_that_is_null_is_not_sent);
    tcase_add_test(c, a_header_keeps_tabs_and_letters_beyond_ascii);
    tcase_add_loop_test(c, a_control_character_in_a_header_is_a_mistake, 0, 5);
    tcase_add_test(c, a_header_that_both_give_alike_goes_once);
    tcase_add_test(c, a_header_that_both_give_differently_is_a_mistake);
    tcase_add_test(c, a_null_of_the_node_is_no_other_value);
    tcase_add_test(c, secret_headers_are_marked);
    tcase_add_loop_test(c, headers_of_the_framing_are_refused, 0, 5);
    tcase_add_test(c, only_the_first_mistake_is_told);
}

static void add_body_tests(TCase *c)
{
    tcase_add_test(c, a_json_body_is_compact_and_in_order);
    tcase_add_test(c, a_json_body_of_null_is_sent);
    tcase_add_test(c, a_json_body_of_a_text_is_quoted);
    tcase_add_test(c, a_text_body_is_what_interpolation_shows);
    tcase_add_test(c, a_text_body_of_null_is_empty);
    tcase_add_test(c, an_xml_body_goes_as_it_was_put_together);
    tcase_add_test(c, a_form_writes_blanks_as_plus);
    tcase_add_test(c, a_form_does_not_take_the_querys_separator);
    tcase_add_test(c, an_empty_form_is_an_empty_body);
    tcase_add_test(c, a_call_without_body_has_none_and_no_content_type);
    tcase_add_loop_test(c, each_kind_of_body_sets_its_content_type, 0, 4);
    tcase_add_loop_test(c, what_no_xml_may_hold_is_not_sent, 0, sizeof in_xml / sizeof *in_xml);
    tcase_add_test(c, the_nodes_content_type_stands);
    tcase_add_test(c, the_endpoints_content_type_stands);
    tcase_add_test(c, a_secret_in_any_part_of_the_body_marks_it);
    tcase_add_loop_test(c, a_request_is_idempotent_by_its_method, 0,
                        (int)(sizeof idempotent / sizeof *idempotent));
    tcase_add_test(c, an_idempotency_key_makes_a_post_idempotent);
    tcase_add_test(c, an_idempotency_key_that_is_null_does_not);
    tcase_add_test(c, nothing_of_one_request_is_in_the_next);
}

int main(void)
{
    Suite *s = suite_create("request_build");
    TCase *c = tcase_create("request_build");
    tcase_add_checked_fixture(c, setup, teardown);
    add_path_tests(c);
    add_query_tests(c);
    add_header_tests(c);
    add_body_tests(c);
    suite_add_tcase(s, c);
    return suite_main(s);
}
