/* The matcher and PCRE2, which is another program's work, on random expressions and texts: both
 * match or neither does, and the match and all its groups are at the same places.
 * FLOW_PAIRS=1000000 in the environment looks at that many pairs. */
#include "suite.h"

#ifndef HAVE_PCRE2

int main(void)
{
    puts("1..0 # SKIP PCRE2 (libpcre2-dev) was not there when this was built");
    return 0;
}

#else

#define PCRE2_CODE_UNIT_WIDTH 8

#include "base/bytes.h"
#include "regex/matcher.h"
#include "regex/pattern.h"

#include <pcre2.h>
#include <stdbool.h>
#include <string.h>

#define USUAL_PAIRS 60000u
#define TEXTS 4u
#define MAX_GROUPS 64u
#define LEN(array) (sizeof(array) / sizeof *(array))

static uint64_t random_state;

static uint32_t chance(uint32_t below)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % below;
}

static void add_one_of(struct bytes *b, const char *const *pieces, size_t count)
{
    bytes_add_text(b, pieces[chance((uint32_t)count)]);
}

#define ADD_ONE_OF(b, pieces) add_one_of(b, pieces, LEN(pieces))

static const char *const plain[] = { "a", "a", "b", "b", "c", "ab", "ä",
                                     "k", "1", " ", "_", "-", "\n" };
static const char *const sets[] = {
    ".",        ".",           "[ab]",          "[^a]",         "[a-c]",    "[\\w.-]",
    "[^\\s_]",  "[[:alpha:]]", "[^[:space:]b]", "\\d",          "\\D",      "\\w",
    "\\W",      "\\s",         "\\S",           "\\pL",         "\\PL",     "\\p{Nd}",
    "[ä-ü]",    "[]a]",        "[^]\\n]",       "[\\d-]",       "\\x{e4}",  "\\x61",
    "\\Qa.\\E", "[\\pLu1]",    "\\p{Greek}",    "[[:^digit:]]", "(?:a{0})", "(?:(b){0})",
};
static const char *const edges[] = { "^", "$", "\\b", "\\B", "\\A", "\\z" };
static const char *const openings[] = { "(",    "(",    "(",    "(?:",   "(?:",
                                        "(?i:", "(?s:", "(?m:", "(?i-s:" };
static const char *const flags[] = { "(?i)", "(?m)", "(?s)", "(?U)", "(?-i)" };
static const char *const repeats[] = { "*",   "+",     "?",    "*",     "+",   "?",
                                       "{2}", "{0,2}", "{1,}", "{1,2}", "{2,}" };
static const char *const text_pieces[] = { "a", "a", "b", "b", "c",  "ä", "Ä", "k", "K", "1",
                                           " ", "_", "-", ".", "\n", "α", "ü", "]", "u" };

static void add_either(struct bytes *b, unsigned depth);

static void add_group(struct bytes *b, unsigned depth)
{
    static unsigned names;
    if (chance(8) == 0)
        bytes_printf(b, "(?P<g%u>", names++ % 100000);
    else
        ADD_ONE_OF(b, openings);
    add_either(b, depth - 1);
    bytes_add_char(b, ')');
}

static void add_piece(struct bytes *b, unsigned depth)
{
    uint32_t kind = chance(20);
    if (kind < 8 && depth > 0)
        add_group(b, depth);
    else if (kind < 11)
        ADD_ONE_OF(b, sets);
    else if (kind == 11)
        ADD_ONE_OF(b, edges);
    else
        ADD_ONE_OF(b, plain);
    /* PCRE2 looks at an edge once, however often it is to stand there. */
    if (kind != 11 && chance(5) < 2) {
        ADD_ONE_OF(b, repeats);
        if (chance(3) == 0)
            bytes_add_char(b, '?');
    }
}

static void add_either(struct bytes *b, unsigned depth)
{
    uint32_t branches = chance(3) == 0 ? 2 + chance(2) : 1;
    for (uint32_t i = 0; i < branches; i++) {
        if (i > 0)
            bytes_add_char(b, '|');
        if (chance(30) == 0)
            ADD_ONE_OF(b, flags);
        for (uint32_t pieces = chance(8) == 0 ? 0 : 1 + chance(3); pieces > 0; pieces--)
            add_piece(b, depth);
    }
}

static void make_text(struct bytes *b)
{
    bytes_clear(b);
    for (uint32_t n = chance(4) == 0 ? chance(100) : chance(10); n > 0; n--)
        ADD_ONE_OF(b, text_pieces);
}

/* PCRE2. */

static pcre2_code *compile(const char *pattern)
{
    int error;
    PCRE2_SIZE at;
    return pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                         PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_CIRCUMFLEX, &error, &at,
                         NULL);
}

struct judge {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
};

static struct judge judge_new(const char *pattern)
{
    struct judge j = { compile(pattern), NULL, pcre2_match_context_create(NULL) };
    pcre2_set_match_limit(j.context, 100000);
    if (j.code)
        j.data = pcre2_match_data_create_from_pattern(j.code, NULL);
    return j;
}

static void judge_free(struct judge *j)
{
    pcre2_match_data_free(j->data);
    pcre2_match_context_free(j->context);
    pcre2_code_free(j->code);
}

/* 1, 0, or -1 where it takes too long. */
static int judge_matches(struct judge *j, const char *text, size_t len, size_t from)
{
    int result = pcre2_match(j->code, (PCRE2_SPTR)text, len, from, 0, j->data, j->context);
    if (result == PCRE2_ERROR_NOMATCH)
        return 0;
    return result > 0 ? 1 : -1;
}

/* Comparing. */

struct counts {
    unsigned patterns;
    unsigned refused;
    unsigned pairs;
    unsigned matches;
    unsigned different;
};

static bool spans_equal(const struct judge *j, const struct matcher_span *spans, uint32_t groups)
{
    const PCRE2_SIZE *places = pcre2_get_ovector_pointer(j->data);
    for (uint32_t i = 0; i <= groups; i++) {
        if (spans[i].begin != places[2 * i] || spans[i].end != places[2 * i + 1])
            return false;
    }
    return true;
}

static void print_span(struct bytes *b, size_t begin, size_t end)
{
    if (begin == SIZE_MAX)
        bytes_add_text(b, " -");
    else
        bytes_printf(b, " %zu,%zu", begin, end);
}

static void tell(const struct judge *j, const char *pattern, const char *text, int wanted, int got,
                 const struct matcher_span *spans, uint32_t groups)
{
    struct bytes b = { 0 };
    const PCRE2_SIZE *places = pcre2_get_ovector_pointer(j->data);
    bytes_printf(&b, "`%s` in `%s`: %d", pattern, text, got);
    for (uint32_t i = 0; got > 0 && i <= groups; i++)
        print_span(&b, spans[i].begin, spans[i].end);
    bytes_printf(&b, "; PCRE2: %d", wanted);
    for (uint32_t i = 0; wanted > 0 && i <= groups; i++)
        print_span(&b, places[2 * i], places[2 * i + 1]);
    fprintf(stderr, "%s\n", bytes_text(&b));
    bytes_release(&b);
}

static int go_on(struct matcher_search *s, uint64_t most)
{
    int result;
    do {
        uint64_t steps = most;
        result = matcher_go_on(s, &steps);
    } while (result < 0);
    return result;
}

static void compare(struct counts *counts, struct judge *j, const struct matcher *m,
                    const char *pattern, const struct bytes *text)
{
    struct matcher_span spans[MAX_GROUPS];
    struct matcher_search *s = matcher_begin(m, bytes_text(text), text->len);
    size_t from = 0;
    if (chance(4) == 0 && text->len > 0)
        from = (text->data[0] & 0x80) ? 2 : 1;
    int wanted = judge_matches(j, bytes_text(text), text->len, from);
    if (wanted >= 0) {
        int anywhere = go_on(s, chance(2) ? 1 : 100000);
        matcher_seek(s, from, spans);
        int got = go_on(s, chance(2) ? 3 : 100000);
        bool same = got == wanted && (from > 0 || anywhere == got) &&
                    (!got || spans_equal(j, spans, matcher_groups(m)));
        counts->pairs++;
        counts->matches += got > 0;
        counts->different += !same;
        if (!same && counts->different < 30)
            tell(j, pattern, bytes_text(text), wanted, got, spans, matcher_groups(m));
    }
    matcher_end(s);
}

static void compare_pattern(struct counts *counts, const char *pattern)
{
    char why[PATTERN_MAX_WHY];
    struct bytes text = { 0 };
    struct judge j = judge_new(pattern);
    struct matcher *m = matcher_new(pattern, why, sizeof why);
    counts->patterns++;
    if (!m != !j.code) {
        counts->refused++;
        if (counts->refused < 30)
            fprintf(stderr, "`%s`: %s\n", pattern, m ? "only PCRE2 refuses it" : why);
    }
    for (unsigned i = 0; i < TEXTS && m && j.code && matcher_groups(m) < MAX_GROUPS; i++) {
        make_text(&text);
        compare(counts, &j, m, pattern, &text);
    }
    judge_free(&j);
    matcher_free(m);
    bytes_release(&text);
}

START_TEST(random_expressions_match_as_in_pcre2)
{
    const char *wanted = getenv("FLOW_PAIRS");
    const char *seed = getenv("FLOW_SEED");
    unsigned pairs = wanted ? (unsigned)strtoul(wanted, NULL, 10) : USUAL_PAIRS;
    random_state = seed ? strtoull(seed, NULL, 10) : 1;
    struct counts counts = { 0 };
    struct bytes pattern = { 0 };
    while (counts.pairs < pairs) {
        bytes_clear(&pattern);
        add_either(&pattern, 4);
        compare_pattern(&counts, bytes_text(&pattern));
    }
    bytes_release(&pattern);
    printf("# %u expressions, %u pairs, %u matches, %u refused by one of the two, %u differences\n",
           counts.patterns, counts.pairs, counts.matches, counts.refused, counts.different);
    ck_assert_uint_eq(counts.different, 0);
    ck_assert_uint_eq(counts.refused, 0);
    ck_assert_uint_gt(counts.matches, pairs / 10);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("matcher and PCRE2");
    TCase *c = tcase_create("pcre2");
    tcase_set_timeout(c, 3600);
    tcase_add_test(c, random_expressions_match_as_in_pcre2);
    suite_add_tcase(s, c);
    return suite_main(s);
}

#endif
