#include "suite.h"

#include "regex/matcher.h"

#include "base/bytes.h"
#include "regex/pattern.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#define LEN(array) (int)(sizeof(array) / sizeof *(array))

static struct matcher *new_matcher(const char *pattern)
{
    char why[PATTERN_MAX_WHY];
    struct matcher *m = matcher_new(pattern, why, sizeof why);
    ck_assert_msg(m != NULL, "`%s`: %s", pattern, why);
    return m;
}

static int fits(const char *pattern, const char *text, size_t len)
{
    struct matcher *m = new_matcher(pattern);
    int result = matcher_fits(m, text, len, MATCHER_MAX_STEPS);
    matcher_free(m);
    return result;
}

static const struct {
    const char *pattern;
    const char *text;
    int fits;
} rows[] = {
    { "", "", 1 },
    { "^$", "", 1 },
    { "^$", "a", 0 },
    { "a", "bab", 1 },
    { "^a", "ba", 0 },
    { "a$", "ab", 0 },
    { "a$", "a\n", 0 },
    { "^\\d+$", "4711", 1 },
    { "^\\d+$", "47a11", 0 },
    { "^\\d+$", "d", 0 },
    { "^\\D\\d$", "a1", 1 },
    { "^[\\d]$", "\\", 0 },
    { "^[\\w.-]+$", "a_1.-Z", 1 },
    { "^[\\w.-]+$", "a b", 0 },
    { "^[^\\s,]+$", "a\tb", 0 },
    { "^\\s$", "\v", 0 },
    { "^[[:space:]]$", "\v", 1 },
    { "^[A-Z]{2}[0-9]{6}$", "AB123456", 1 },
    { "^[A-Z]{2}[0-9]{6}$", "AB12345", 0 },
    { "^(a|bc)+$", "abcabc", 1 },
    { "^(a|bc)+$", "abcab", 0 },
    { "^(|a)b$", "b", 1 },
    { "^a{0,2}$", "aa", 1 },
    { "^a{0,2}$", "aaa", 0 },
    { "^a{2,}$", "a", 0 },
    { "^a{2,}$", "aaaa", 1 },
    { "^a{0}b$", "b", 1 },
    { "^(a*)*$", "aaa", 1 },
    { "^()*a$", "a", 1 },
    { "^(?:a?b?){3}$", "abab", 1 },
    { "^.$", "ä", 1 },
    { "^.$", "\n", 0 },
    { "(?s)^.$", "\n", 1 },
    { "^[^a]$", "\n", 1 },
    { "^[^a]$", "😀", 1 },
    { "^[[:alpha:]]+$", "äx", 0 },
    { "^\\pL+$", "äx日", 1 },
    { "^\\p{Lu}\\p{Ll}+$", "Ärger", 1 },
    { "^\\p{Greek}+$", "αβγ", 1 },
    { "^\\P{Greek}$", "α", 0 },
    { "^[^\\PL\\d]$", "ä", 1 },
    { "^\\w$", "ä", 0 },
    { "^[]a]+$", "]a", 1 },
    { "^[a\\]b]+$", "]", 1 },
    { "^[a\\]b]+$", "a\\b", 0 },
    { "^[\\\\]$", "\\", 1 },
    { "^[a-c-e]+$", "b-e", 1 },
    { "^[a-c-e]$", "d", 0 },
    { "^[\\d-x]+$", "1-x", 1 },
    { "^[ä-ü]$", "ö", 1 },
    { "^[a[b]$", "[", 1 },
    { "^[[:digit:]x]+$", "1x2", 1 },
    { "^[[:^digit:]]+$", "ab", 1 },
    { "\\bcat\\b", "a cat.", 1 },
    { "\\bcat\\b", "concat", 0 },
    { "\\Bcat", "concat", 1 },
    { "\\ba", "äa", 1 },
    { "\\b", "", 0 },
    { "\\B", "", 1 },
    { "\\B", "a", 0 },
    { "\\<a\\>", "<a>", 1 },
    { "\\Aa\\z", "a", 1 },
    { "(?m)^b$", "a\nb\nc", 1 },
    { "^b$", "a\nb\nc", 0 },
    { "(?m)\\Ab", "a\nb", 0 },
    { "(?m)c^", "c", 0 },
    { "(?i)straße", "STRAßE", 1 },
    { "(?i)k", "\xe2\x84\xaa", 1 },
    { "(?i)[^k]", "K", 0 },
    { "(?i)^\\P{Lu}$", "a", 0 },
    { "(?i)^[[:^upper:]]$", "a", 0 },
    { "(?i)ä(?-i)b", "Äb", 1 },
    { "(?i)ä(?-i)b", "ÄB", 0 },
    { "(?i:a|b)c", "Bc", 1 },
    { "(?i:a|b)c", "BC", 0 },
    { "a(?i)b|c", "C", 1 },
    { "\\(\\|\\)", "(|)", 1 },
    { "^\\Qa.b|(\\E+$", "a.b|(((", 1 },
    { "^\\Qa\\d\\E$", "a1", 0 },
    { "^\\x41\\x{1F600}$", "A😀", 1 },
    { "^a{,b{x}$", "a{,b{x}", 1 },
    { "{\"a\"", "x{\"a\"", 1 },
    { "[^\\x00-\\x{10FFFF}]", "a", 0 },
    { "a^b", "a^b", 0 },
    { "a$b", "a$b", 0 },
    { "(^a)b$", "ab", 1 },
    { "^*a$", "a", 1 },
    { "a??b", "ab", 1 },
    { "a|b|", "", 1 },
    { "ab", "aab", 1 },
    { "äb", "xäb", 1 },
    { "[xyz]b", "äzb", 1 },
};

START_TEST(a_text_fits_or_it_does_not)
{
    int got = fits(rows[_i].pattern, rows[_i].text, strlen(rows[_i].text));
    ck_assert_msg(got == rows[_i].fits, "%s %s: %d", rows[_i].pattern, rows[_i].text, got);
}
END_TEST

START_TEST(a_nul_is_a_character)
{
    ck_assert_int_eq(fits("^a.b$", "a\0b", 3), 1);
    ck_assert_int_eq(fits("^a\\x00b$", "a\0b", 3), 1);
    ck_assert_int_eq(fits("^a$", "a\0b", 3), 0);
}
END_TEST

/* Where a match is, and its groups. */

static int go_on(struct matcher_search *s, uint64_t most)
{
    int result;
    do {
        uint64_t steps = most;
        result = matcher_go_on(s, &steps);
    } while (result < 0);
    return result;
}

static void write_span(struct bytes *b, const char *text, struct matcher_span span)
{
    if (span.begin == SIZE_MAX)
        bytes_add_char(b, '-');
    else
        bytes_printf(b, "%zu:%.*s", span.begin, (int)(span.end - span.begin), text + span.begin);
}

/* "1:ab 1:a -": the match and its groups, each with the byte where it begins. */
static void find(struct bytes *b, const struct matcher *m, const char *text, size_t from,
                 uint64_t most)
{
    struct matcher_span spans[8];
    struct matcher_search *s = matcher_begin(m, text, strlen(text));
    matcher_seek(s, from, spans);
    bytes_clear(b);
    int found = go_on(s, most);
    if (!found)
        bytes_add_text(b, "none");
    for (uint32_t i = 0; found && i <= matcher_groups(m); i++) {
        if (i > 0)
            bytes_add_char(b, ' ');
        write_span(b, text, spans[i]);
    }
    matcher_end(s);
}

static const struct {
    const char *pattern;
    const char *text;
    size_t from;
    const char *found;
} finds[] = {
    { "b+", "abbb b", 0, "1:bbb" },
    { "b+?", "abbb b", 0, "1:b" },
    { "b+", "abbb b", 2, "2:bb" },
    { "b+", "abbb b", 4, "5:b" },
    { "b+", "abbb b", 6, "none" },
    { "^b", "ab", 1, "none" },
    { "\\bb", "ab", 1, "none" },
    { "(?m)^b", "a\nb", 1, "2:b" },
    { "a|ab", "ab", 0, "0:a" },
    { "ab|a", "ab", 0, "0:ab" },
    { "(a|ab)(c|bcd)(d*)", "abcd", 0, "0:abcd 0:a 1:bcd 4:" },
    { "(a)|(b)", "b", 0, "0:b - 0:b" },
    { "(a)*", "aab", 0, "0:aa 1:a" },
    { "(a)*", "b", 0, "0: -" },
    { "(a*)+", "aa", 0, "0:aa 2:" },
    { "(a*)*", "b", 0, "0: 0:" },
    { "(|a)*", "aa", 0, "0: 0:" },
    { "(|a)+", "aa", 0, "0: 0:" },
    { "(a|)*", "aab", 0, "0:aa 2:" },
    { "((a)|b?)*c", "abc", 0, "0:abc 2: 0:a" },
    { "(?:(a)|(b))*", "ab", 0, "0:ab 0:a 1:b" },
    { "(\\d+)-(\\d+)", "x 12-345", 0, "2:12-345 2:12 5:345" },
    { "(?P<n>ä)(.)", "xäy", 0, "1:äy 1:ä 3:y" },
    { "(?i)(K)", "\xe2\x84\xaa", 0, "0:\xe2\x84\xaa 0:\xe2\x84\xaa" },
    { "(a+?)(a*)", "aaa", 0, "0:aaa 0:a 1:aa" },
    { "(?U)(a+)(a*?)", "aaa", 0, "0:aaa 0:a 1:aa" },
    { "foo", "a foo foo", 3, "6:foo" },
    { "(foo)", "a foo", 0, "2:foo 2:foo" },
    { "", "a", 1, "1:" },
    { "$", "ab", 0, "2:" },
    { "x*", "äb", 2, "2:" },
    { "a{2}(a{0,2})", "aaaaa", 0, "0:aaaa 2:aa" },
    { "(a){0}b", "b", 0, "0:b -" },
};

START_TEST(the_leftmost_match_is_found_that_perl_prefers)
{
    struct bytes b = { 0 };
    struct matcher *m = new_matcher(finds[_i].pattern);
    static const uint64_t slices[] = { 1, 5, 1000000 };
    for (int i = 0; i < LEN(slices); i++) {
        find(&b, m, finds[_i].text, finds[_i].from, slices[i]);
        ck_assert_msg(strcmp(bytes_text(&b), finds[_i].found) == 0, "`%s` in `%s`: %s",
                      finds[_i].pattern, finds[_i].text, bytes_text(&b));
    }
    matcher_free(m);
    bytes_release(&b);
}
END_TEST

START_TEST(a_search_finds_match_after_match)
{
    struct matcher *m = new_matcher("(\\w)(\\d*)");
    struct bytes text = { 0 };
    for (int i = 0; i < 1000; i++)
        bytes_printf(&text, "%c%d, ", 'a' + i % 26, i);
    struct matcher_search *s = matcher_begin(m, text.data, text.len);
    struct matcher_span spans[3];
    size_t from = 0;
    int count = 0;
    for (;; count++) {
        matcher_seek(s, from, spans);
        if (!go_on(s, 100))
            break;
        ck_assert_int_eq(text.data[spans[1].begin], 'a' + count % 26);
        ck_assert_int_eq(atoi(text.data + spans[2].begin), count);
        from = spans[0].end;
    }
    ck_assert_int_eq(count, 1000);
    matcher_end(s);
    matcher_free(m);
    bytes_release(&text);
}
END_TEST

START_TEST(groups_have_names_or_none)
{
    struct matcher *m = new_matcher("(a)(?P<name>b)");
    ck_assert_uint_eq(matcher_groups(m), 2);
    ck_assert_ptr_null(matcher_name(m, 1));
    ck_assert_str_eq(matcher_name(m, 2), "name");
    ck_assert_uint_gt(matcher_weight(m), 0);
    matcher_free(m);
}
END_TEST

/* Bounds. */

static uint32_t chance(uint64_t *state, uint32_t below)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33) % below;
}

static struct bytes text_of(const char *letters, size_t len)
{
    struct bytes text = { 0 };
    uint64_t state = 1;
    for (size_t i = 0; i < len; i++)
        bytes_add_char(&text, letters[chance(&state, (uint32_t)strlen(letters))]);
    return text;
}

/* Expressions for which others take minutes, or for ever. The automaton of some has 2^20 states. */
static const char *const hard[] = {
    "(a|b)*a(a|b){20}c", "(a*)*c",           "(a|aa)+$c",           "(.*)(.*)(.*)(.*)(.*)c",
    "((a?b?)*){10}c",    "(a|b|ab)*c",       "^(a|b)*a(a|b){12}c",  "(?:a?){500}a{500}c",
    "(.{1,50}){1,20}x",  "\\b(\\w+)+\\W\\d", "[^c]*?[^c]*?[^c]*?c", "(?i)(a|A|b|B)*ä",
};

START_TEST(a_hard_expression_takes_a_time_that_grows_with_the_text)
{
    struct bytes text = text_of("ab", 20000);
    struct matcher *m = new_matcher(hard[_i]);
    uint64_t most = (uint64_t)matcher_weight(m) * (text.len + 1) * 4;
    ck_assert_int_eq(matcher_fits(m, text.data, text.len, most), 0);
    struct matcher_span spans[16];
    struct matcher_search *s = matcher_begin(m, text.data, text.len);
    matcher_seek(s, 0, spans);
    ck_assert_int_eq(matcher_go_on(s, &most), 0);
    matcher_end(s);
    matcher_free(m);
    bytes_release(&text);
}
END_TEST

/* The same with the automaton given up and taken up again, and without one. */
START_TEST(what_is_found_does_not_depend_on_how)
{
    struct bytes text = text_of("ab", 30000);
    struct bytes with_ends = text_of("ab", 30000);
    bytes_add_text(&with_ends, "c");
    ck_assert_int_eq(fits("(a|b)*a(a|b){11}c", with_ends.data, with_ends.len),
                     with_ends.data[with_ends.len - 13] == 'a');
    ck_assert_int_eq(fits("^(a|b)*a(a|b){11}$", text.data, text.len),
                     text.data[text.len - 12] == 'a');
    ck_assert_int_eq(fits("^(a|b)*b(a|b){11}$", text.data, text.len),
                     text.data[text.len - 12] == 'b');
    bytes_release(&text);
    bytes_release(&with_ends);
}
END_TEST

/* What is before a place belongs to a state of the automaton, and so does a match that ends there.
 */
static const struct {
    const char *pattern;
    const char *end; /* of a long text */
    int fits;
    size_t from; /* where in the end the match is */
} long_rows[] = {
    { "\\bab", "xab", 0, 0 },       { "\\bab", " ab", 1, 1 },   { "\\Bab", "xab", 1, 1 },
    { "\\Bab", " ab", 0, 0 },       { "(?m)^ab", "xab", 0, 0 }, { "(?m)^ab", "x\nab", 1, 2 },
    { "(?m)xy$", "xy\nz", 1, 0 },   { "(?m)xy$", "xyz", 0, 0 }, { "y+z?", "yyyz", 1, 0 },
    { "[^x ]|xxxx", "xxxy", 1, 3 },
};

START_TEST(edges_and_ends_are_seen_in_long_texts)
{
    struct matcher *m = new_matcher(long_rows[_i].pattern);
    struct matcher_span span;
    struct bytes text = { 0 };
    for (int i = 0; i < 100; i++)
        bytes_add_text(&text, "xx ");
    size_t len = text.len;
    bytes_add_text(&text, long_rows[_i].end);
    struct matcher_search *s = matcher_begin(m, text.data, text.len);
    for (int again = 0; again < 2; again++) {
        matcher_seek(s, 0, &span);
        ck_assert_int_eq(go_on(s, 1000000), long_rows[_i].fits);
        if (long_rows[_i].fits)
            ck_assert_uint_eq(span.begin, len + long_rows[_i].from);
    }
    ck_assert_int_eq(matcher_fits(m, text.data, text.len, MATCHER_MAX_STEPS), long_rows[_i].fits);
    matcher_end(s);
    matcher_free(m);
    bytes_release(&text);
}
END_TEST

/* Each character is a class of its own, so that rows of the automaton would be long. */
START_TEST(thousands_of_classes_are_told_apart)
{
    struct bytes pattern = { 0 };
    bytes_add_text(&pattern, "^(?:");
    for (uint32_t c = 0x4e00; c < 0x4e00 + 1500; c++)
        bytes_printf(&pattern, "\\x{%x}|", c);
    bytes_add_text(&pattern, "x)+$");
    struct matcher *m = new_matcher(bytes_text(&pattern));
    struct bytes text = { 0 };
    for (int i = 0; i < 100; i++)
        bytes_add_text(&text, "一丁丂");
    ck_assert_int_eq(matcher_fits(m, text.data, text.len, MATCHER_MAX_STEPS), 1);
    bytes_add_text(&text, "龥");
    ck_assert_int_eq(matcher_fits(m, text.data, text.len, MATCHER_MAX_STEPS), 0);
    matcher_free(m);
    bytes_release(&pattern);
    bytes_release(&text);
}
END_TEST

START_TEST(a_search_that_takes_too_many_steps_is_given_up)
{
    struct matcher *m = new_matcher("(a|b)*c");
    ck_assert_int_eq(matcher_fits(m, "abababababab", 12, 20), -1);
    ck_assert_int_eq(matcher_fits(m, "abababababab", 12, 1000), 0);
    matcher_free(m);
}
END_TEST

/* Every way to look: for a text, for a few bytes, by the automaton, one character after the other.
 */
static const char *const sliced[] = { "xyz", "[xyz]q", "(a|b)*c", "(a|b)*a(a|b){20}c",
                                      "ä+x", "^a+b+$" };

START_TEST(a_search_takes_no_more_steps_than_it_is_given)
{
    struct bytes text = text_of("ab", 100000);
    struct matcher *m = new_matcher(sliced[_i]);
    struct matcher_search *s = matcher_begin(m, text.data, text.len);
    uint64_t steps;
    int result;
    do {
        steps = 500;
        result = matcher_go_on(s, &steps);
        ck_assert_uint_le(steps, 500 + 4 * matcher_weight(m) + 100);
    } while (result < 0);
    ck_assert_int_eq(result, 0);
    matcher_end(s);
    matcher_free(m);
    bytes_release(&text);
}
END_TEST

/* Loops within loops, sets of many ranges, thousands of groups: each at the most that is let
 * through. */
START_TEST(the_heaviest_expressions_are_made_in_a_moment)
{
    struct bytes b = { 0 };
    static const char *const parts[] = { "(?:[^a\\pL]|b)", "(a)", "[^a][^b][^c][^d]",
                                         "(a|)*",          "\\b", "(b?)",
                                         "(?i:k)",         "a{3}" };
    for (int i = 0; i < LEN(parts); i++) {
        char why[PATTERN_MAX_WHY];
        struct matcher *m = NULL;
        bytes_clear(&b);
        for (int n = 0; n < 5000; n++)
            bytes_add_text(&b, parts[i]);
        clock_t before = clock();
        for (size_t len = b.len; !m; len = len * 9 / 10) {
            b.data[len] = '\0';
            m = matcher_new(b.data, why, sizeof why);
        }
        ck_assert_int_eq(matcher_fits(m, "aaaa", 4, MATCHER_MAX_STEPS) >= 0, 1);
        ck_assert_int_lt((int)((clock() - before) / (CLOCKS_PER_SEC / 1000)), 3000);
        matcher_free(m);
    }
    bytes_release(&b);
}
END_TEST

/* Threads share a matcher. */

static void *look(void *context)
{
    const struct matcher *m = context;
    static const char good[] =
        "aXbX0123456789aXbX0123456789aXbX0123456789aXbX0123456789abc@example.org";
    for (int i = 0; i < 20000; i++) {
        if (matcher_fits(m, good, sizeof good - 1, MATCHER_MAX_STEPS) != 1 ||
            matcher_fits(m, good, sizeof good - 6, MATCHER_MAX_STEPS) != 0)
            return context;
    }
    return NULL;
}

START_TEST(threads_may_share_a_matcher)
{
    struct matcher *m = new_matcher("^[\\w]+@[a-z]+\\.org$");
    pthread_t threads[4];
    for (int i = 0; i < LEN(threads); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, look, m), 0);
    for (int i = 0; i < LEN(threads); i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        ck_assert_ptr_null(failed);
    }
    matcher_free(m);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("matcher");
    TCase *c = tcase_create("matcher");
    tcase_add_loop_test(c, a_text_fits_or_it_does_not, 0, LEN(rows));
    tcase_add_test(c, a_nul_is_a_character);
    tcase_add_loop_test(c, the_leftmost_match_is_found_that_perl_prefers, 0, LEN(finds));
    tcase_add_test(c, a_search_finds_match_after_match);
    tcase_add_test(c, groups_have_names_or_none);
    tcase_add_loop_test(c, a_hard_expression_takes_a_time_that_grows_with_the_text, 0, LEN(hard));
    tcase_add_test(c, what_is_found_does_not_depend_on_how);
    tcase_add_loop_test(c, edges_and_ends_are_seen_in_long_texts, 0, LEN(long_rows));
    tcase_add_test(c, thousands_of_classes_are_told_apart);
    tcase_add_test(c, a_search_that_takes_too_many_steps_is_given_up);
    tcase_add_loop_test(c, a_search_takes_no_more_steps_than_it_is_given, 0, LEN(sliced));
    tcase_add_test(c, the_heaviest_expressions_are_made_in_a_moment);
    tcase_add_test(c, threads_may_share_a_matcher);
    suite_add_tcase(s, c);
    return suite_main(s);
}
