/* The sections are those of RFC 9112, unless another RFC is named. */
#include "suite.h"

#include "base/bytes.h"
#include "net/http1_head.h"

#include <string.h>

static struct http1_head head;
static struct bytes headers;

static void setup(void)
{
    head = (struct http1_head){ 0 };
    headers = (struct bytes){ 0 };
}

static void teardown(void)
{
    bytes_release(&headers);
}

static size_t used;

static enum http1_problem take(const char *text)
{
    return http1_head_read(&head, &headers, text, strlen(text), &used);
}

/* Of one input: the problem, the header lines of a head that is good, and what ends its body. */
struct row {
    const char *text;
    enum http1_problem problem;
    const char *headers;
    enum http1_body body;
};

#define OK "HTTP/1.1 200 OK\r\n"
#define GOOD(text, headers, body)                                                                  \
    {                                                                                              \
        text, HTTP1_GOOD, headers, body                                                            \
    }
#define BAD(text, problem)                                                                         \
    {                                                                                              \
        text, problem, NULL, HTTP1_NO_BODY                                                         \
    }

static const struct row rows[] = {
    /* section 2.2: a line may end with a line feed alone */
    GOOD("HTTP/1.1 200 OK\nA: b\n\n", "a: b\n", HTTP1_BY_CLOSE),
    /* section 2.3: the version is case-sensitive, its digits are one each */
    BAD("http/1.1 200 OK\r\n\r\n", HTTP1_MALFORMED),
    BAD("HTTP/2.0 200 OK\r\n\r\n", HTTP1_MALFORMED),
    BAD("HTTP/1.10 200 OK\r\n\r\n", HTTP1_MALFORMED),
    BAD("HTTP/1.2 200 OK\r\n\r\n", HTTP1_MALFORMED),
    /* section 4: three digits, one space; the reason may be missing */
    GOOD("HTTP/1.1 200 \r\n\r\n", "", HTTP1_BY_CLOSE),
    GOOD("HTTP/1.1 200\r\n\r\n", "", HTTP1_BY_CLOSE),
    GOOD("HTTP/1.0 404 Not Found\r\n\r\n", "", HTTP1_BY_CLOSE),
    BAD("HTTP/1.1  200 OK\r\n\r\n", HTTP1_MALFORMED),
    BAD("HTTP/1.1 20 OK\r\n\r\n", HTTP1_MALFORMED),
    BAD("HTTP/1.1 2000 OK\r\n\r\n", HTTP1_MALFORMED),
    BAD("\r\n" OK "\r\n", HTTP1_MALFORMED),
    /* RFC 9110, section 15: the first digit is from 1 to 5 */
    BAD("HTTP/1.1 099 OK\r\n\r\n", HTTP1_STATUS),
    BAD("HTTP/1.1 600 OK\r\n\r\n", HTTP1_STATUS),
    GOOD("HTTP/1.1 599 OK\r\n\r\n", "", HTTP1_BY_CLOSE),
    /* section 5: names in any case, blanks around the value, empty values */
    GOOD(OK "X-Long-Name: \t a b \t\r\nB:\r\n\r\n", "x-long-name: a b\nb: \n", HTTP1_BY_CLOSE),
    BAD(OK "no colon\r\n\r\n", HTTP1_MALFORMED),
    BAD(OK ": no name\r\n\r\n", HTTP1_MALFORMED),
    BAD(OK "(A): b\r\n\r\n", HTTP1_MALFORMED),
    /* section 5.1: no blank between the name and the colon */
    BAD(OK "A : b\r\n\r\n", HTTP1_MALFORMED),
    /* section 5.2: a continued line, but not of a header that frames the body */
    GOOD(OK "A: b\r\n c\r\n\r\n", "a: b c\n", HTTP1_BY_CLOSE),
    BAD(OK " A: b\r\n\r\n", HTTP1_MALFORMED),
    BAD(OK "Content-Length: 1\r\n 2\r\n\r\n", HTTP1_MALFORMED),
    BAD(OK "Transfer-Encoding: chunked\r\n , gzip\r\n\r\n", HTTP1_MALFORMED),
    /* RFC 9110, section 5.5: other bytes than UTF-8 are ISO-8859-1 */
    GOOD(OK "A: \xe4\r\n\r\n", "a: \xc3\xa4\n", HTTP1_BY_CLOSE),
    /* section 6.1: chunked, once, and not in HTTP/1.0 */
    GOOD(OK "Transfer-Encoding: Chunked\r\n\r\n", "transfer-encoding: Chunked\n", HTTP1_BY_CHUNKS),
    BAD(OK "Transfer-Encoding: gzip, chunked\r\n\r\n", HTTP1_CODING),
    BAD(OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP1_CODING),
    BAD("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP1_CODING),
    /* section 6.2: digits only */
    GOOD(OK "Content-Length: 0\r\n\r\n", "content-length: 0\n", HTTP1_BY_LENGTH),
    BAD(OK "Content-Length: -1\r\n\r\n", HTTP1_LENGTH),
    BAD(OK "Content-Length: 1 2\r\n\r\n", HTTP1_LENGTH),
    BAD(OK "Content-Length:\r\n\r\n", HTTP1_LENGTH),
    BAD(OK "Content-Length: 1000000000000000000\r\n\r\n", HTTP1_LENGTH),
    GOOD(OK "Content-Length: 999999999999999999\r\n\r\n", "content-length: 999999999999999999\n",
         HTTP1_BY_LENGTH),
    /* section 6.3: equal lengths are one; a length and a coding are two framings */
    GOOD(OK "Content-Length: 1, 1\r\n\r\n", "content-length: 1, 1\n", HTTP1_BY_LENGTH),
    BAD(OK "Content-Length: 1, 2\r\n\r\n", HTTP1_LENGTH),
    BAD(OK "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", HTTP1_LENGTH),
    BAD(OK "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP1_LENGTH_AND_CODING),
    GOOD("HTTP/1.1 204 No\r\nContent-Length: 1\r\n\r\n", "content-length: 1\n", HTTP1_NO_BODY),
    GOOD("HTTP/1.1 304 No\r\nTransfer-Encoding: chunked\r\n\r\n", "transfer-encoding: chunked\n",
         HTTP1_NO_BODY),
    /* RFC 9110, section 15.2: interim responses; their headers are not those of the final one */
    GOOD("HTTP/1.1 103 Hints\r\nA: b\r\nContent-Length: x\r\n\r\n" OK "C: d\r\n\r\n", "c: d\n",
         HTTP1_BY_CLOSE),
};

#define ROWS (int)(sizeof rows / sizeof *rows)

START_TEST(a_head_is_read_or_refused)
{
    const struct row *r = &rows[_i];
    ck_assert_msg(take(r->text) == r->problem, "%s", r->text);
    ck_assert_uint_eq(used, r->problem == HTTP1_GOOD ? strlen(r->text) : used);
    if (r->problem != HTTP1_GOOD)
        return;
    ck_assert(head.is_complete);
    ck_assert_str_eq(bytes_text(&headers), r->headers);
    ck_assert_int_eq(http1_head_body(&head, false), r->body);
    ck_assert_int_eq(http1_head_body(&head, true), HTTP1_NO_BODY);
}
END_TEST

START_TEST(a_head_in_pieces_is_the_same)
{
    const char *text = OK "A: b\r\n\r\nbody\n";
    size_t at = 0;
    for (size_t len = 1; !head.is_complete; len++) {
        ck_assert_uint_le(at + len, strlen(text));
        ck_assert_int_eq(http1_head_read(&head, &headers, text + at, len, &used), HTTP1_GOOD);
        at += used;
        len = used > 0 ? 0 : len;
    }
    ck_assert_str_eq(text + at, "body\n");
    ck_assert_str_eq(bytes_text(&headers), "a: b\n");
}
END_TEST

START_TEST(trailers_are_counted_and_not_read)
{
    ck_assert_int_eq(take(OK "\r\n"), HTTP1_GOOD);
    uint32_t bytes = head.bytes;
    ck_assert_int_eq(http1_head_line(&head, &headers, "A: b\r\n", 6), HTTP1_GOOD);
    ck_assert_uint_eq(head.bytes, bytes + 6);
    ck_assert_uint_eq(headers.len, 0);
}
END_TEST

START_TEST(a_head_has_at_most_1000_lines)
{
    take(OK);
    for (uint32_t i = 1; i < HTTP1_HEAD_MAX_LINES; i++)
        ck_assert_int_eq(take("A: b\r\n"), HTTP1_GOOD);
    ck_assert_int_eq(take("\r\n"), HTTP1_TOO_LARGE);
}
END_TEST

START_TEST(a_head_has_at_most_256_KB)
{
    static char line[HTTP1_HEAD_MAX_BYTES];
    memset(line, 'a', sizeof line);
    memcpy(line, "A: ", 3);
    take(OK);
    size_t room = HTTP1_HEAD_MAX_BYTES - (sizeof OK - 1);
    ck_assert_int_eq(http1_head_line(&head, &headers, line, room), HTTP1_GOOD);
    ck_assert_int_eq(http1_head_line(&head, &headers, "\n", 1), HTTP1_TOO_LARGE);
}
END_TEST

START_TEST(a_field_of_somebody_else_is_added_only_if_it_is_one)
{
    ck_assert(http1_head_add_field(&headers, "X-A", 3, " b ", 3));
    ck_assert(!http1_head_add_field(&headers, "x a", 3, "b", 1));
    ck_assert(!http1_head_add_field(&headers, "", 0, "b", 1));
    ck_assert(!http1_head_add_field(&headers, "a", 1, "b\nc: d", 6));
    ck_assert_str_eq(bytes_text(&headers), "x-a: b\n");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("http1_head");
    TCase *c = tcase_create("http1_head");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, a_head_is_read_or_refused, 0, ROWS);
    tcase_add_test(c, a_head_in_pieces_is_the_same);
    tcase_add_test(c, trailers_are_counted_and_not_read);
    tcase_add_test(c, a_head_has_at_most_1000_lines);
    tcase_add_test(c, a_head_has_at_most_256_KB);
    tcase_add_test(c, a_field_of_somebody_else_is_added_only_if_it_is_one);
    suite_add_tcase(s, c);
    return suite_main(s);
}
