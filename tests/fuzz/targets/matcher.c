/* A line is a regular expression, and what follows is the text that it is looked for in, as often
 * as it is found. An expression that is refused has a reason. A search in parts finds what one at
 * once finds; a match and its groups begin and end where characters do, the groups within the
 * match; and the steps are bounded by the expression times the text. */
#include "base/bytes.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "regex/matcher.h"
#include "regex/pattern.h"
#include "tests/fuzz/fuzz.h"

#include <stdbool.h>
#include <string.h>

/* The heaviest expressions take some megabytes for their classes, groups and automata. */
#define MOST_BYTES (64u << 20)

/* A text that takes more steps is not looked through. */
#define MOST_STEPS 20000000u

static bool is_boundary(const char *text, size_t len, size_t at)
{
    return at <= len && (at == len || ((unsigned char)text[at] & 0xc0) != 0x80);
}

static void check_spans(const struct matcher *m, const struct matcher_span *spans, const char *text,
                        size_t len, size_t from)
{
    if (spans[0].begin < from)
        fuzz_fail("a match begins too early", text);
    for (uint32_t i = 0; i <= matcher_groups(m); i++) {
        if (spans[i].begin == SIZE_MAX && spans[i].end == SIZE_MAX && i > 0)
            continue;
        if (spans[i].begin > spans[i].end || spans[i].begin < spans[0].begin ||
            spans[i].end > spans[0].end)
            fuzz_fail("a group is not within its match", text);
        if (!is_boundary(text, len, spans[i].begin) || !is_boundary(text, len, spans[i].end))
            fuzz_fail("a group cuts a character", text);
    }
}

/* 1, 0; -1: it takes too many steps. *left: how many there may be. */
static int go_on(struct matcher_search *s, uint64_t part, uint64_t *left)
{
    int result = -1;
    while (result < 0 && *left > 0) {
        uint64_t steps = part;
        result = matcher_go_on(s, &steps);
        *left -= steps < *left ? steps : *left;
    }
    return result;
}

/* Looks from one place on, at once and in parts. The place behind the match; SIZE_MAX: there is
 * none. */
static size_t look(struct matcher *m, struct matcher_search *s, const char *text, size_t len,
                   size_t from, uint64_t *left)
{
    size_t size = (matcher_groups(m) + 1) * sizeof(struct matcher_span);
    struct matcher_span *spans = mem_alloc(size);
    struct matcher_span *again = mem_alloc(size);
    struct matcher_search *other = matcher_begin(m, text, len);
    matcher_seek(s, from, spans);
    matcher_seek(other, from, again);
    int result = go_on(s, MOST_STEPS, left);
    int result_again = go_on(other, 7, left);
    if (result >= 0 && result_again >= 0 && result != result_again)
        fuzz_fail("a search in parts ends differently", text);
    if (result > 0)
        check_spans(m, spans, text, len, from);
    if (result > 0 && result_again > 0 && memcmp(spans, again, size) != 0)
        fuzz_fail("a search in parts finds another match", text);
    size_t end = result > 0 ? spans[0].end : SIZE_MAX;
    if (result > 0 && spans[0].begin == end)
        end = end < len ? end + 1 : SIZE_MAX;
    while (end < len && !is_boundary(text, len, end))
        end++;
    matcher_end(other);
    mem_free(spans);
    mem_free(again);
    return end;
}

static void look_through(struct matcher *m, const char *text, size_t len)
{
    uint64_t left = MOST_STEPS;
    uint64_t bound = ((uint64_t)matcher_weight(m) + 32) * (len + 1) * 4;
    struct matcher_search *s = matcher_begin(m, text, len);
    int fits = go_on(s, bound, &left);
    if (fits < 0 && left > 0 && MOST_STEPS - left > bound)
        fuzz_fail("a search takes too many steps", text);
    for (size_t from = 0; from != SIZE_MAX && left > 0;) {
        size_t next = look(m, s, text, len, from, &left);
        if (from == 0 && fits >= 0 && left > 0 && (next != SIZE_MAX) > fits)
            fuzz_fail("a match is found where there is none", text);
        from = next;
    }
    matcher_end(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[PATTERN_MAX_WHY] = "";
    const uint8_t *line_feed = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t len = line_feed ? (size_t)(line_feed - data) : size;
    if (utf8_valid_prefix((const char *)data, size) != size || memchr(data, '\0', len))
        return 0;
    fuzz_begin(MOST_BYTES);
    char *pattern = mem_copy_text((const char *)data, len);
    char *text = mem_copy_text((const char *)data + len, size - len);
    struct matcher *m = matcher_new(pattern, why, sizeof why);
    if (!m && why[0] == '\0')
        fuzz_fail("a refusal without a reason", pattern);
    if (m)
        look_through(m, text, size - len);
    matcher_free(m);
    mem_free(text);
    mem_free(pattern);
    fuzz_end();
    return 0;
}
