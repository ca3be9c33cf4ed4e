#include "engine/guard.h"

#include "suite.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static struct guard guard;

static void setup(void)
{
    guard = (struct guard){ 0 };
}

static void teardown(void)
{
    guard_release(&guard);
}

/* The address as a sockaddr with this port. */
static const struct sockaddr *at(const char *text, uint16_t port)
{
    static struct sockaddr_in v4;
    static struct sockaddr_in6 v6;
    v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port) };
    v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(port) };
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return (const struct sockaddr *)&v4;
    ck_assert_int_eq(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return (const struct sockaddr *)&v6;
}

static bool name_refused(const char *host, uint16_t port)
{
    return guard_refuses_name(&guard, host, strlen(host), port);
}

static bool refused(const char *host, const char *address, uint16_t port)
{
    return guard_refuses_address(&guard, host, strlen(host), at(address, port));
}

START_TEST(without_rules_every_host_is_allowed)
{
    ck_assert(!name_refused("a.example", 80));
    ck_assert(!refused("a.example", "127.0.0.1", 80));
}
END_TEST

START_TEST(a_name_is_itself_and_nothing_below)
{
    ck_assert(guard_allow(&guard, "Api.Example.com"));
    ck_assert(!name_refused("api.example.com", 443));
    ck_assert(!name_refused("API.EXAMPLE.COM.", 80));
    ck_assert(!refused("api.example.com", "93.184.216.34", 443));
    ck_assert(name_refused("x.api.example.com", 443));
    ck_assert(name_refused("example.com", 443));
    ck_assert(name_refused("api.example.com.evil.net", 443));
    ck_assert(refused("evil.net", "93.184.216.34", 443));
}
END_TEST

START_TEST(a_star_is_all_below_and_not_itself)
{
    ck_assert(guard_allow(&guard, "*.example.com"));
    ck_assert(!name_refused("a.example.com", 443));
    ck_assert(!name_refused("a.b.example.com", 443));
    ck_assert(name_refused("example.com", 443));
    ck_assert(name_refused("badexample.com", 443));
    ck_assert(name_refused(".example.com", 443));
}
END_TEST

START_TEST(a_port_narrows_a_rule)
{
    ck_assert(guard_allow(&guard, "a.example:8443"));
    ck_assert(!name_refused("a.example", 8443));
    ck_assert(name_refused("a.example", 443));
    ck_assert(guard_allow(&guard, "[2001:4860::1]:53"));
    ck_assert(!refused("x", "2001:4860::1", 53));
    ck_assert(refused("x", "2001:4860::1", 54));
}
END_TEST

START_TEST(an_address_allows_by_what_is_connected_to)
{
    ck_assert(guard_allow(&guard, "203.0.113.0/25"));
    ck_assert(!name_refused("anything.example", 80));
    ck_assert(!refused("anything.example", "203.0.113.127", 80));
    ck_assert(refused("anything.example", "203.0.113.128", 80));
    ck_assert(!refused("anything.example", "::ffff:203.0.113.1", 80));
    ck_assert(refused("anything.example", "2001:4860::1", 80));
}
END_TEST

START_TEST(private_addresses_are_refused_even_of_an_allowed_name)
{
    guard.deny_private = true;
    ck_assert(!refused("a.example", "93.184.216.34", 80));
    ck_assert(refused("a.example", "10.1.2.3", 80));
    ck_assert(guard_allow(&guard, "a.example"));
    ck_assert(refused("a.example", "169.254.169.254", 80));
    ck_assert(!refused("a.example", "93.184.216.34", 80));
}
END_TEST

START_TEST(a_private_address_that_is_named_is_allowed)
{
    guard.deny_private = true;
    ck_assert(guard_allow(&guard, "10.1.0.0/16"));
    ck_assert(!refused("a.example", "10.1.2.3", 80));
    ck_assert(refused("a.example", "10.2.2.3", 80));
}
END_TEST

START_TEST(what_is_no_rule_is_not_taken)
{
    static const char *const bad[] = {
        "",           "a b",        "http://a.example", "a/b",
        "1.2.3.4/33", "::1/129",    "a.example:0",      "a.example:x",
        "*.",         "*",          "a.example:65536",  "a.*.example",
        "1.2.3.4/",   "1.2.3.4/-1", ".example",         NULL
    };
    for (const char *const *p = bad; *p; p++)
        ck_assert_msg(!guard_allow(&guard, *p), "%s", *p);
    ck_assert_uint_eq(guard.len, 0);
}
END_TEST

static const char *const not_public[] = {
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2002:0a00:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "3fff::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "ff02::1",
    NULL,
};

static const char *const public_ones[] = {
    "1.1.1.1",      "9.255.255.255",   "11.0.0.1",         "100.63.255.255",
    "100.128.0.1",  "126.255.255.255", "128.0.0.1",        "169.253.0.1",
    "172.15.0.1",   "172.32.0.1",      "192.167.1.1",      "192.169.1.1",
    "198.17.1.1",   "198.20.1.1",      "223.255.255.255",  "2606:4700::1111",
    "2a00:1450::1", "::ffff:1.1.1.1",  "64:ff9b::101:101", "2002:0101:0101::1",
    NULL,
};

START_TEST(special_purpose_addresses_are_private_and_their_neighbours_are_not)
{
    for (const char *const *p = not_public; *p; p++)
        ck_assert_msg(guard_is_private(at(*p, 80)), "%s", *p);
    for (const char *const *p = public_ones; *p; p++)
        ck_assert_msg(!guard_is_private(at(*p, 80)), "%s", *p);
}
END_TEST

START_TEST(what_is_no_address_of_ip_is_refused)
{
    const struct sockaddr other = { .sa_family = AF_UNIX };
    guard.deny_private = true;
    ck_assert(guard_is_private(&other));
    ck_assert(guard_refuses_address(&guard, "a", 1, &other));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("guard");
    TCase *c = tcase_create("guard");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, without_rules_every_host_is_allowed);
    tcase_add_test(c, a_name_is_itself_and_nothing_below);
    tcase_add_test(c, a_star_is_all_below_and_not_itself);
    tcase_add_test(c, a_port_narrows_a_rule);
    tcase_add_test(c, an_address_allows_by_what_is_connected_to);
    tcase_add_test(c, private_addresses_are_refused_even_of_an_allowed_name);
    tcase_add_test(c, a_private_address_that_is_named_is_allowed);
    tcase_add_test(c, what_is_no_rule_is_not_taken);
    tcase_add_test(c, special_purpose_addresses_are_private_and_their_neighbours_are_not);
    tcase_add_test(c, what_is_no_address_of_ip_is_refused);
    suite_add_tcase(s, c);
    return suite_main(s);
}
