#include "suite.h"

#include "base/matcher.h"

#include "base/bytes.h"
#include "base/pattern.h"

#include <locale.h>
#include <regex.h>
#include <string.h>

/* -1: the pattern is none. */
static int fits(const char *pattern, const char *text, size_t len)
{
    char why[200];
    struct matcher *m = matcher_new(pattern, why, sizeof why);
    int result = m ? matcher_fits(m, text, len, MATCHER_MAX_STEPS) : -1;
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
    { "^[A-Z]{2}[0-9]{6}$", "AB123456", 1 },
    { "^[A-Z]{2}[0-9]{6}$", "AB12345", 0 },
    { "^(a|bc)+$", "abcabc", 1 },
    { "^(a|bc)+$", "abcab", 0 },
    { "^(|a)b$", "b", 1 },
    { "^a{,2}$", "aa", 1 },
    { "^a{,2}$", "aaa", 0 },
    { "^a{2,}$", "a", 0 },
    { "^a{2,}$", "aaaa", 1 },
    { "^(a*)*$", "aaa", 1 },
    { "^()*a$", "a", 1 },
    { "^.$", "\xc3\xa4", 1 },
    { "^.$", "\n", 1 },
    { "^[^a]$", "\xf0\x9f\x98\x80", 1 },
    { "^[[:alpha:]]+$", "\xc3\xa4x", 1 },
    { "^[]a]+$", "]a", 1 },
    { "^[\\]$", "\\", 1 },
    { "^\\w+\\W\\w+$", "a_1 \xc3\xa4", 1 },
    { "^\\s$", " ", 1 },
    { "\\bcat\\b", "a cat.", 1 },
    { "\\bcat\\b", "concat", 0 },
    { "\\Bcat", "concat", 1 },
    { "\\<c.*t\\>", "a cat", 1 },
    { "\\`a\\'", "a", 1 },
    { "\\(\\|\\)", "(|)", 1 },
    { "a)", "a)", 1 },
    { "a{1", "", -1 },
    { "*", "", -1 },
    { "[", "", -1 },
    { "^[^]a]+$", "bc", 1 },
    { "^[^]a]+$", "b]", 0 },
    { "^[a-]+$", "-a", 1 },
    { "^[-a]+$", "-a", 1 },
    { "^[a-c-e]$", "d", -1 },
    { "^[c-a]$", "", -1 },
    { "^[[:digit:]x]+$", "1x2", 1 },
    { "^[^[:space:]]+$", "a b", 0 },
    { "^[[:digit:]-]+$", "1-2", 1 },
    { "^[[.a.]]$", "a", 1 },
    { "^[[=a=]]$", "a", 1 },
    { "^[[.hyphen.]]$", "-", -1 },
    { "^[[:nothing:]]$", "", -1 },
    { "^[[:digit:]$", "", -1 },
    { "^[[:digit:", "", -1 },
    { "^[[.", "", -1 },
    { "^[a", "", -1 },
    { "^[^", "", -1 },
    { "^[]", "", -1 },
    { "^[^]", "", -1 },
    { "^[a[b]$", "[", 1 },
    { "^[a[]$", "[", 1 },
    { "^[\xc3\xa4-\xc3\xbc]$", "\xc3\xb6", -1 },
    { "^[a-\xc3\xa4]$", "z", -1 },
    { "^[^\xc3\xa4]$", "\xc3\xa4", 0 },
    { "^[!-~]+$", "a~!", 1 },
    { "\\", "", -1 },
    { "a|b|", "", 1 },
    { "|a", "a", 1 },
    { "^(a|b|)$", "", 1 },
    { "(", "", -1 },
    { "(a", "", -1 },
    { "(a|", "", -1 },
    { "a{", "", -1 },
    { "a{x}", "", -1 },
    { "a{2,1}", "", -1 },
    { "a{1,2", "", -1 },
    { "a{1,x}", "", -1 },
    { "a{,}", "aa", 1 },
    { "a{99999999999}", "", -1 },
    { "^a{0}b$", "b", 1 },
    { "^a{1}{2}$", "aa", 1 },
    { "^a+?$", "aaa", 1 },
    { "^a**$", "aa", 1 },
    { "+", "", -1 },
    { "(*a)", "", -1 },
    { "a|*b", "", -1 },
    { "^*", "", -1 },
    { "a^b", "a^b", 0 },
    { "a$b", "a$b", 0 },
    { "(^a)b$", "ab", 1 },
    { "\\s\\S", " a", 1 },
    { "^\\.$", ".", 1 },
    { "\\<a", "ba", 0 },
    { "a\\>", "ab", 0 },
    { "\\ba", "\xc3\xa4" "a", 0 },
    { "\\b", "", 0 },
    { "\\B", "a", 0 },
    { "(a)\\1", "", -1 },
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
    ck_assert_int_eq(fits("^a$", "a\0b", 3), 0);
}
END_TEST

/* The C library, on texts and patterns that it bears, is the judge of all others. */

static uint32_t chance(uint64_t *state, uint32_t below)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33) % below;
}

static void make(struct bytes *b, uint64_t *state, const char *const *pieces, uint32_t count,
                 uint32_t most)
{
    bytes_clear(b);
    for (uint32_t n = chance(state, most); n > 0; n--)
        bytes_add_text(b, pieces[chance(state, count)]);
}

static const char *const pattern_pieces[] = {
    "a",
    "b",
    "a",
    "b",
    "c",
    "(",
    ")",
    "(",
    ")",
    "|",
    "*",
    "+",
    "?",
    "{2}",
    "{1,2}",
    "{0,2}",
    "{1,}",
    ".",
    "^",
    "$",
    "[ab]",
    "[^a]",
    "[a-b]",
    "[^b-]",
    "[]a-b]",
    "[b-\xc3\xa4]",
    "[[:alpha:]c]",
    "\\b",
    "\\B",
    "\\<",
    "\\>",
    "\\w",
    "[[:space:]]",
    "\xc3\xa4",
    "()",
};
static const char *const text_pieces[] = { "a", "b", "a", "b", "c", " ", "\xc3\xa4" };

START_TEST(what_the_library_says_is_so)
{
    uint64_t state = 1;
    struct bytes pattern = { 0 };
    struct bytes text = { 0 };
    unsigned compared = 0;
    for (int i = 0; i < 40000; i++) {
        make(&pattern, &state, pattern_pieces, sizeof pattern_pieces / sizeof *pattern_pieces, 10);
        regex_t regex;
        char why[200];
        if (!pattern_compile(&regex, bytes_text(&pattern), why, sizeof why))
            continue;
        struct matcher *m = matcher_new(bytes_text(&pattern), why, sizeof why);
        ck_assert_msg(m != NULL, "%s", bytes_text(&pattern));
        for (int k = 0; k < 4; k++, compared++) {
            make(&text, &state, text_pieces, sizeof text_pieces / sizeof *text_pieces, 8);
            int wanted = regexec(&regex, bytes_text(&text), 0, NULL, 0) == 0;
            int got = matcher_fits(m, bytes_text(&text), text.len, MATCHER_MAX_STEPS);
            ck_assert_msg(got == wanted, "`%s` in `%s`: %d, the library says %d",
                          bytes_text(&pattern), bytes_text(&text), got, wanted);
        }
        matcher_free(m);
        regfree(&regex);
    }
    ck_assert_uint_gt(compared, 20000);
    bytes_release(&pattern);
    bytes_release(&text);
}
END_TEST

START_TEST(what_takes_the_library_minutes_takes_a_moment)
{
    struct bytes text = { 0 };
    uint64_t state = 1;
    for (int i = 0; i < 100000; i++)
        bytes_add_char(&text, chance(&state, 2) ? 'a' : 'b');
    ck_assert_int_eq(fits("(a|b)*a(a|b){20}c", text.data, text.len), 0);
    ck_assert_int_eq(fits("^(a|b)*a(a|b){20}$", text.data, text.len),
                     text.data[text.len - 21] == 'a');
    bytes_release(&text);
}
END_TEST

START_TEST(a_search_that_takes_too_many_steps_is_given_up)
{
    char why[200];
    struct matcher *m = matcher_new("(a|b)*c", why, sizeof why);
    ck_assert_int_eq(matcher_fits(m, "abababababab", 12, 20), -1);
    ck_assert_int_eq(matcher_fits(m, "abababababab", 12, 1000), 0);
    matcher_free(m);
}
END_TEST

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    Suite *s = suite_create("matcher");
    TCase *c = tcase_create("matcher");
    tcase_add_loop_test(c, a_text_fits_or_it_does_not, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_test(c, a_nul_is_a_character);
    tcase_add_test(c, what_the_library_says_is_so);
    tcase_add_test(c, what_takes_the_library_minutes_takes_a_moment);
    tcase_add_test(c, a_search_that_takes_too_many_steps_is_given_up);
    suite_add_tcase(s, c);
    return suite_main(s);
}
