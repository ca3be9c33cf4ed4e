#include "suite.h"

#include "vm/endpoint.h"

#include <string.h>

static struct endpoint e;

static void setup(void)
{
    memset(&e, 0, sizeof e);
}

static void teardown(void)
{
    endpoint_release(&e);
}

static const char *set(const char *url)
{
    return endpoint_set_url(&e, url, strlen(url));
}

START_TEST(a_url_gives_url_origin_and_host)
{
    ck_assert_ptr_null(set("https://Shop.Example.com/v1"));
    ck_assert_str_eq(e.url, "https://shop.example.com/v1");
    ck_assert_str_eq(e.origin, "https://shop.example.com:443");
    ck_assert_str_eq(e.host, "shop.example.com");
}
END_TEST

START_TEST(a_port_that_is_written_stays)
{
    ck_assert_ptr_null(set("HTTP://localhost:8080"));
    ck_assert_str_eq(e.url, "http://localhost:8080");
    ck_assert_str_eq(e.origin, "http://localhost:8080");
    ck_assert_str_eq(e.host, "localhost:8080");
}
END_TEST

START_TEST(slashes_at_the_end_are_kept_apart)
{
    ck_assert_ptr_null(set("http://a/b//"));
    ck_assert_str_eq(e.url, "http://a/b");
    ck_assert_str_eq(e.slashes, "//");
    ck_assert_ptr_null(set("http://a/"));
    ck_assert_str_eq(e.url, "http://a");
    ck_assert_str_eq(e.slashes, "/");
    ck_assert_ptr_null(set("http://a/b"));
    ck_assert_str_eq(e.slashes, "");
}
END_TEST

START_TEST(an_ipv6_address_is_a_host)
{
    ck_assert_ptr_null(set("http://[::1]:81/x"));
    ck_assert_str_eq(e.origin, "http://[::1]:81");
}
END_TEST

START_TEST(a_path_stays_as_it_is_written)
{
    ck_assert_ptr_null(set("http://a/B/../%41;x=1"));
    ck_assert_str_eq(e.url, "http://a/B/../%41;x=1");
}
END_TEST

START_TEST(an_internationalized_host_is_called_by_its_ascii_form)
{
    ck_assert_ptr_null(set("http://B\xc3\xbc"
                           "cher.example:81/x"));
    ck_assert_str_eq(e.url, "http://xn--bcher-kva.example:81/x");
    ck_assert_str_eq(e.origin, "http://xn--bcher-kva.example:81");
    ck_assert_str_eq(e.host, "b\xc3\xbc"
                             "cher.example:81");
    ck_assert_ptr_null(set("http://xn--bcher-kva.example"));
    ck_assert_str_eq(e.host, "xn--bcher-kva.example");
}
END_TEST

static const char *const bad[] = {
    "",
    "example.com",
    "ftp://example.com",
    "http://",
    "http:///path",
    "http://:80",
    "http://a:0",
    "http://a:65536",
    "http://a:99999999999999999999",
    "http://a:",
    "http://a:8x",
    "http://user@a",
    "http://user:pw@a/",
    "http://a/?q=1",
    "http://a?q=1",
    "http://a/#f",
    "http://a b/",
    "http://a/b c",
    "http://a/\n",
    "http://a/\x7f",
    "http://a/\"",
    "http://a/{id}",
    "http://a/\xc3\xa9",
    "http://\xff/",
    "http://a\xc2\x85",
    "http://[::1",
    "http://[]/",
    "http://[zz]/",
    "http://a]/",
    "http://a,b/",
    "http://a%41/",
    "http://a\xe2\x84\x80.example/", /* U+2100 stands for a/c */
    "http://\xc3\xbc.-a/",
    "http://\xc3\xbcxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx/",
};

START_TEST(a_bad_url_is_refused_and_changes_nothing)
{
    ck_assert_ptr_null(set("http://before"));
    ck_assert_msg(set(bad[_i]) != NULL, "taken: %s", bad[_i]);
    ck_assert_str_eq(e.url, "http://before");
}
END_TEST

START_TEST(a_nul_in_a_url_is_refused)
{
    ck_assert_ptr_nonnull(endpoint_set_url(&e, "http://a\0b", 10));
}
END_TEST

START_TEST(fields_are_found_by_name_in_any_case)
{
    endpoint_fields_add(&e.headers, "X-One-tail", 5, "1-tail", 1, false);
    endpoint_fields_add(&e.headers, "X-Two", 5, "2", 1, true);
    ck_assert_str_eq(endpoint_fields_find(&e.headers, "x-one")->value, "1");
    ck_assert(endpoint_fields_find(&e.headers, "X-TWO")->secret);
    ck_assert_ptr_null(endpoint_fields_find(&e.headers, "X-Three"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("endpoint");
    TCase *c = tcase_create("endpoint");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, a_url_gives_url_origin_and_host);
    tcase_add_test(c, a_port_that_is_written_stays);
    tcase_add_test(c, slashes_at_the_end_are_kept_apart);
    tcase_add_test(c, an_ipv6_address_is_a_host);
    tcase_add_test(c, a_path_stays_as_it_is_written);
    tcase_add_test(c, an_internationalized_host_is_called_by_its_ascii_form);
    tcase_add_loop_test(c, a_bad_url_is_refused_and_changes_nothing, 0,
                        (int)(sizeof bad / sizeof *bad));
    tcase_add_test(c, a_nul_in_a_url_is_refused);
    tcase_add_test(c, fields_are_found_by_name_in_any_case);
    suite_add_tcase(s, c);
    return suite_main(s);
}
