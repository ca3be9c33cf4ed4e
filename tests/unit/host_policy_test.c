#include "suite.h"

#include "net/host_policy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

static struct host_policy g;
static struct bytes why;

static void setup(void)
{
    memset(&g, 0, sizeof g);
    memset(&why, 0, sizeof why);
}

static void teardown(void)
{
    host_policy_release(&g);
    bytes_release(&why);
}

/* Whether the host that has this address may be called. */
static bool admits(const char *host, const char *address, uint16_t port)
{
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
    struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
    bytes_clear(&why);
    if (inet_pton(AF_INET, address, &in.sin_addr) == 1)
        return !host_policy_refuses_address(&g, host, strlen(host), (const struct sockaddr *)&in,
                                            &why);
    ck_assert_msg(inet_pton(AF_INET6, address, &in6.sin6_addr) == 1, "%s", address);
    return !host_policy_refuses_address(&g, host, strlen(host), (const struct sockaddr *)&in6,
                                        &why);
}

static void allow(const char *pattern)
{
    const char *wrong = host_policy_allow(&g, pattern);
    ck_assert_msg(!wrong, "%s: %s", pattern, wrong);
}

START_TEST(without_rules_every_host_is_allowed)
{
    ck_assert(admits("other.net", "127.0.0.1", 80));
    ck_assert(!host_policy_refuses_name(&g, "other.net", 9, 80));
}
END_TEST

/* Names. */

static const struct {
    const char *pattern;
    const char *host;
    uint16_t port;
    bool names;
} name_rows[] = {
    { "api.example.com", "api.example.com", 443, true },
    { "API.Example.com", "api.example.com", 443, true },
    { "api.example.com.", "api.example.com", 443, true },
    { "api.example.com", "api.example.com.", 443, true },
    { "api.example.com", "xapi.example.com", 443, false },
    { "api.example.com", "api.example.com.evil.net", 443, false },
    { "api.example.com", "api.example.co", 443, false },
    { "example.com", "api.example.com", 443, false },
    { "*.example.com", "api.example.com", 443, true },
    { "*.example.com", "a.b.example.com", 443, true },
    { "*.example.com", "example.com", 443, false },
    { "*.example.com", "badexample.com", 443, false },
    { "*.example.com", ".example.com", 443, false },
    { "api.example.com:8443", "api.example.com", 8443, true },
    { "api.example.com:8443", "api.example.com", 443, false },
    { "*.example.com:443", "api.example.com", 443, true },
    { "localhost", "localhost", 80, true },
};

START_TEST(a_name_is_named_by_its_pattern_only)
{
    allow(name_rows[_i].pattern);
    const char *host = name_rows[_i].host;
    ck_assert_msg(host_policy_refuses_name(&g, host, strlen(host), name_rows[_i].port) !=
                      name_rows[_i].names,
                  "%s %s", name_rows[_i].pattern, host);
    ck_assert(admits(host, "198.41.0.4", name_rows[_i].port) == name_rows[_i].names);
}
END_TEST

START_TEST(a_host_that_is_named_may_have_any_address)
{
    allow("api.example.com");
    ck_assert(admits("api.example.com", "198.41.0.4", 443));
    ck_assert(admits("api.example.com", "10.0.0.1", 443));
}
END_TEST

START_TEST(names_alone_refuse_other_names_before_they_are_looked_up)
{
    allow("api.example.com");
    ck_assert(host_policy_refuses_name(&g, "other.net", 9, 443));
    ck_assert(!host_policy_refuses_name(&g, "api.example.com", 15, 443));
    ck_assert(!admits("other.net", "198.41.0.4", 443));
    ck_assert_str_eq(bytes_text(&why), "no --allow-host covers its address 198.41.0.4");
}
END_TEST

START_TEST(a_pattern_of_addresses_waits_until_the_address_is_known)
{
    allow("api.example.com");
    allow("198.41.0.0/24");
    ck_assert(!host_policy_refuses_name(&g, "other.net", 9, 443));
}
END_TEST

/* Addresses. */

static const struct {
    const char *pattern;
    const char *address;
    bool admits;
} address_rows[] = {
    { "198.41.0.4", "198.41.0.4", true },
    { "198.41.0.4", "198.41.0.5", false },
    { "198.41.0.4", "::ffff:198.41.0.4", true },
    { "198.41.0.0/24", "198.41.0.255", true },
    { "198.41.0.0/24", "198.41.1.0", false },
    { "198.41.0.0/23", "198.41.1.0", true },
    { "198.41.0.128/25", "198.41.0.127", false },
    { "198.41.0.128/25", "198.41.0.128", true },
    { "0.0.0.0/0", "198.41.0.4", true },
    { "0.0.0.0/0", "2001:500::1", false },
    { "::/0", "2001:500::1", true },
    { "::/0", "198.41.0.4", false },
    { "2001:500::/32", "2001:500:ffff::1", true },
    { "2001:500::/32", "2001:501::1", false },
    { "2001:500::1", "2001:500::1", true },
    { "[2001:500::1]", "2001:500::1", true },
    { "[2001:500::1]:443", "2001:500::1", true },
    { "[2001:500::/32]:443", "2001:500::7", true },
    { "[2001:500::1]:444", "2001:500::1", false },
    { "198.41.0.4:443", "198.41.0.4", true },
    { "198.41.0.4:444", "198.41.0.4", false },
    { "198.41.0.0/24:443", "198.41.0.9", true },
};

START_TEST(an_address_is_covered_by_its_pattern_only)
{
    allow(address_rows[_i].pattern);
    ck_assert_msg(admits("other.net", address_rows[_i].address, 443) == address_rows[_i].admits,
                  "%s %s", address_rows[_i].pattern, address_rows[_i].address);
}
END_TEST

static const struct {
    const char *address;
    const char *name; /* NULL: public */
} private_rows[] = {
    { "0.0.0.0", "this machine" },
    { "0.1.2.3", "this machine" },
    { "10.0.0.0", "private" },
    { "10.255.255.255", "private" },
    { "100.64.0.0", "shared by a provider" },
    { "100.127.255.255", "shared by a provider" },
    { "127.0.0.1", "loopback" },
    { "127.255.255.254", "loopback" },
    { "169.254.169.254", "link-local" },
    { "172.16.0.0", "private" },
    { "172.31.255.255", "private" },
    { "192.0.0.8", "special" },
    { "192.0.2.1", "for documentation" },
    { "192.168.255.255", "private" },
    { "198.19.255.255", "for benchmarks" },
    { "224.0.0.1", "multicast" },
    { "239.255.255.255", "multicast" },
    { "240.0.0.1", "special" },
    { "255.255.255.255", "special" },
    { "::", "this machine" },
    { "::1", "loopback" },
    { "::127.0.0.1", "special" },
    { "::ffff:127.0.0.1", "loopback" },
    { "::ffff:169.254.169.254", "link-local" },
    { "64:ff9b::127.0.0.1", "loopback" },
    { "64:ff9b::10.0.0.1", "private" },
    { "64:ff9b:1::1", "special" },
    { "100::1", "special" },
    { "2001::1", "special" },
    { "2001:db8::1", "for documentation" },
    { "2002:7f00:1::", "loopback" },
    { "2002:a00:1::", "private" },
    { "3fff::1", "for documentation" },
    { "4000::1", "special" },
    { "fc00::1", "private" },
    { "fd00:ec2::254", "private" },
    { "fe80::1", "link-local" },
    { "fec0::1", "private" },
    { "ff02::1", "multicast" },
    { "1.1.1.1", NULL },
    { "9.255.255.255", NULL },
    { "11.0.0.0", NULL },
    { "100.63.255.255", NULL },
    { "100.128.0.0", NULL },
    { "126.255.255.255", NULL },
    { "128.0.0.1", NULL },
    { "169.253.255.255", NULL },
    { "172.15.255.255", NULL },
    { "172.32.0.0", NULL },
    { "192.167.255.255", NULL },
    { "192.169.0.0", NULL },
    { "198.20.0.0", NULL },
    { "223.255.255.255", NULL },
    { "::ffff:1.1.1.1", NULL },
    { "64:ff9b::1.1.1.1", NULL },
    { "2002:101:101::", NULL },
    { "2001:4860:4860::8888", NULL },
    { "2a00::1", NULL },
};

START_TEST(private_is_what_no_one_on_the_internet_has)
{
    g.deny_private = true;
    const char *name = private_rows[_i].name;
    bool public = admits("other.net", private_rows[_i].address, 80);
    ck_assert_msg(public == !name, "%s", private_rows[_i].address);
    if (name)
        ck_assert_msg(strstr(bytes_text(&why), name), "%s: %s", private_rows[_i].address, why.data);
}
END_TEST

START_TEST(a_private_address_of_an_allowed_name_is_refused)
{
    g.deny_private = true;
    allow("api.example.com");
    ck_assert(!admits("api.example.com", "127.0.0.1", 80));
    ck_assert_str_eq(bytes_text(&why), "--deny-private forbids its address 127.0.0.1 (loopback)");
    ck_assert(admits("api.example.com", "198.41.0.4", 80));
}
END_TEST

static const struct {
    const char *pattern;
    bool admits; /* 10.1.2.3:80 */
} meant_rows[] = {
    { "10.1.2.3", true },        { "10.1.2.3:80", true },  { "10.1.0.0/16", true },
    { "10.0.0.0/8", true },      { "8.0.0.0/6", false },   { "0.0.0.0/0", false },
    { "0.0.0.0/0:80", false },   { "10.1.2.3:81", false }, { "10.2.0.0/16", false },
    { "::ffff:10.1.2.3", true }, { "::/0", false },
};

START_TEST(only_a_rule_of_a_private_network_allows_what_is_private)
{
    g.deny_private = true;
    allow(meant_rows[_i].pattern);
    ck_assert_msg(admits("other.net", "10.1.2.3", 80) == meant_rows[_i].admits, "%s",
                  meant_rows[_i].pattern);
}
END_TEST

START_TEST(what_is_no_internet_address_is_not_admitted)
{
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    g.deny_private = true;
    ck_assert(host_policy_refuses_address(&g, "a", 1, (const struct sockaddr *)&un, &why));
    ck_assert(host_policy_is_private((const struct sockaddr *)&un));
}
END_TEST

/* Patterns that are none. */

static const struct {
    const char *pattern;
    const char *wrong;
} bad_rows[] = {
    { "", "expected a host" },
    { "*", "expected a host" },
    { "*.", "expected a host" },
    { "a.*.com", "expected a host" },
    { "a..com", "expected a host" },
    { ".a.com", "expected a host" },
    { "http://a.com", "the port" },
    { "a.com/path", "after `/`" },
    { "a b", "expected a host" },
    { "a.com,b.com", "expected a host" },
    { "user@a.com", "expected a host" },
    { "a.com:0", "the port" },
    { "a.com:65536", "the port" },
    { "a.com:99999999999999999999", "the port" },
    { "a.com:", "the port" },
    { "a.com:https", "the port" },
    { "a.com/24", "only an address" },
    { "10.0.0.0/33", "32 bits" },
    { "10.0.0.1/8", "bits set behind" },
    { "2001:db8::/129", "after `/`" },
    { "2001:db8::1/32", "bits set behind" },
    { "10.0.0.0/", "after `/`" },
    { "10.0.0.0/-1", "after `/`" },
    { "2130706433", "four numbers" },
    { "127.1", "four numbers" },
    { "0x7f.1", "four numbers" },
    { "0x7f000001", "four numbers" },
    { "127.0.0.01", "four numbers" },
    { "*.1", "four numbers" },
    { "[::1", "expected a host" },
    { "fe80::1%eth0", "expected a host" },
};

START_TEST(a_pattern_that_is_none_is_refused_with_the_reason)
{
    const char *wrong = host_policy_allow(&g, bad_rows[_i].pattern);
    ck_assert_msg(wrong && strstr(wrong, bad_rows[_i].wrong), "%s: %s", bad_rows[_i].pattern,
                  wrong ? wrong : "accepted");
    ck_assert_uint_eq(g.len, 0);
}
END_TEST

#define LEN(rows) (int)(sizeof(rows) / sizeof *(rows))

int main(void)
{
    Suite *s = suite_create("guard");
    TCase *c = tcase_create("guard");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, without_rules_every_host_is_allowed);
    tcase_add_loop_test(c, a_name_is_named_by_its_pattern_only, 0, LEN(name_rows));
    tcase_add_test(c, a_host_that_is_named_may_have_any_address);
    tcase_add_test(c, names_alone_refuse_other_names_before_they_are_looked_up);
    tcase_add_test(c, a_pattern_of_addresses_waits_until_the_address_is_known);
    tcase_add_loop_test(c, an_address_is_covered_by_its_pattern_only, 0, LEN(address_rows));
    tcase_add_loop_test(c, private_is_what_no_one_on_the_internet_has, 0, LEN(private_rows));
    tcase_add_test(c, a_private_address_of_an_allowed_name_is_refused);
    tcase_add_loop_test(c, only_a_rule_of_a_private_network_allows_what_is_private, 0,
                        LEN(meant_rows));
    tcase_add_test(c, what_is_no_internet_address_is_not_admitted);
    tcase_add_loop_test(c, a_pattern_that_is_none_is_refused_with_the_reason, 0, LEN(bad_rows));
    suite_add_tcase(s, c);
    return suite_main(s);
}
