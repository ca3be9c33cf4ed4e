#include "suite.h"

#include "base/unescape.h"
#include "base/utf8.h"
#include "formats/json.h"
#include "vm/program_mask.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Encodings, as servers write a text. */

static void add_percent(struct bytes *b, const char *p, size_t len, const char *safe)
{
    for (size_t i = 0; i < len; i++) {
        if (p[i] == ' ' && strchr(safe, '+'))
            bytes_add_char(b, '+');
        else if (p[i] != '+' && strchr(safe, p[i]))
            bytes_add_char(b, p[i]);
        else
            bytes_printf(b, i % 2 ? "%%%02X" : "%%%02x", (unsigned char)p[i]);
    }
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static void percent_all(struct bytes *b, const char *p, size_t len)
{
    add_percent(b, p, len, "");
}

static void percent(struct bytes *b, const char *p, size_t len)
{
    add_percent(b, p, len, LETTERS "-_.~");
}

static void component(struct bytes *b, const char *p, size_t len)
{
    add_percent(b, p, len, LETTERS "-_.~!'()*");
}

static void form(struct bytes *b, const char *p, size_t len)
{
    add_percent(b, p, len, LETTERS "-_.*+");
}

static void json(struct bytes *b, const char *p, size_t len)
{
    struct bytes quoted = { 0 };
    json_write_string(&quoted, p, len);
    bytes_add(b, quoted.data + 1, quoted.len - 2);
    bytes_release(&quoted);
}

/* As json.dumps of Python writes it, with the slashes of PHP. */
static void json_of_ascii(struct bytes *b, const char *p, size_t len)
{
    size_t width;
    for (size_t i = 0; i < len; i += width) {
        uint32_t c = utf8_decode(p + i, len - i, &width);
        if (c == '"' || c == '\\' || c == '/')
            bytes_printf(b, "\\%c", (int)c);
        else if (c == '\t')
            bytes_add_text(b, "\\t");
        else if (c < 0x80)
            bytes_add_char(b, (char)c);
        else if (c < 0x10000)
            bytes_printf(b, "\\u%04x", (unsigned)c);
        else
            bytes_printf(b, "\\u%04X\\u%04X", (unsigned)(0xd800 + ((c - 0x10000) >> 10)),
                         (unsigned)(0xdc00 + ((c - 0x10000) & 0x3ff)));
    }
}

static void html(struct bytes *b, const char *p, size_t len)
{
    static const char *const names[] = {
        ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#x27;"
    };
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c < sizeof names / sizeof *names && names[c])
            bytes_add_text(b, names[c]);
        else
            bytes_add_char(b, p[i]);
    }
}

static void entities(struct bytes *b, const char *p, size_t len)
{
    size_t width;
    for (size_t i = 0; i < len; i += width) {
        uint32_t c = utf8_decode(p + i, len - i, &width);
        bytes_printf(b, i % 2 ? "&#%u;" : "&#x%X;", (unsigned)c);
    }
}

typedef void encoder(struct bytes *b, const char *p, size_t len);

static encoder *const encoders[] = { json,      json_of_ascii, percent, percent_all,
                                     component, form,          html,    entities };
#define ENCODERS (sizeof encoders / sizeof *encoders)

/* Texts by chance, the same in each run. */

static uint32_t state;

static uint32_t chance(uint32_t below)
{
    state = state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)state * below >> 32);
}

static const char *const letters[] = { "a",
                                       "b",
                                       "A",
                                       "1",
                                       "4",
                                       "2",
                                       "5",
                                       "x",
                                       "u",
                                       "t",
                                       "n",
                                       "l",
                                       "\\",
                                       "\"",
                                       "'",
                                       "/",
                                       "%",
                                       "&",
                                       ";",
                                       "#",
                                       "<",
                                       ">",
                                       "+",
                                       " ",
                                       "=",
                                       "~",
                                       "\t",
                                       "é",
                                       "€",
                                       "ß",
                                       "\xf0\x9f\x98\x80" };

/* Of which at least 4 bytes are left when the escapes are undone that it seems to hold itself. */
static void make_secret(struct bytes *b)
{
    struct unescaped u = { 0 };
    do {
        unescape_release(&u);
        bytes_clear(b);
        for (uint32_t i = 4 + chance(10); i > 0; i--)
            bytes_add_text(b, letters[chance(sizeof letters / sizeof *letters)]);
        unescape_begin(&u, b->data, b->len, false);
        unescape_all(&u);
    } while (u.text.len < 4);
    unescape_release(&u);
}

static void encode(struct bytes *b, encoder *how)
{
    struct bytes out = { 0 };
    how(&out, bytes_text(b), b->len);
    bytes_release(b);
    *b = out;
}

static struct masks masks_of(const char *secret, size_t len)
{
    struct masks m = { 0 };
    program_mask_add(&m, secret, len);
    return m;
}

/* The encodings are nested as servers nest them: a text of one kind within others of its kind, and
 * the whole within JSON. */
START_TEST(a_secret_is_masked_in_every_encoding_and_nesting)
{
    encoder *how = encoders[_i / 3];
    int depth = _i % 3 + 1;
    struct bytes secret = { 0 };
    struct bytes b = { 0 };
    state = (uint32_t)_i;
    for (int turn = 0; turn < 3000; turn++) {
        make_secret(&secret);
        struct masks m = masks_of(secret.data, secret.len);
        bytes_clear(&b);
        bytes_add(&b, secret.data, secret.len);
        for (int i = 0; i < depth; i++)
            encode(&b, how);
        struct bytes text = { 0 };
        bytes_printf(&text, "before [%s] after", bytes_text(&b));
        struct bytes inner = { 0 };
        bytes_add(&inner, text.data, text.len);
        encode(&inner, json);
        program_mask_apply(&m, &text, false);
        ck_assert_msg(strcmp(text.data, "before [***] after") == 0, "%s in `%s` gives `%s`",
                      secret.data, bytes_text(&b), text.data);
        program_mask_apply(&m, &inner, true);
        ck_assert_msg(strcmp(inner.data, "before [***] after") == 0,
                      "%s in JSON of `%s` gives `%s`", secret.data, bytes_text(&b), inner.data);
        bytes_release(&inner);
        bytes_release(&text);
        program_mask_release(&m);
    }
    bytes_release(&b);
    bytes_release(&secret);
}
END_TEST

/* What a text is that holds the secret in these bytes. */
static void assert_masked(const char *secret, const char *form_of_it, size_t len)
{
    struct masks m = masks_of(secret, strlen(secret));
    struct bytes b = { 0 };
    bytes_add_text(&b, "\xff[");
    bytes_add(&b, form_of_it, len);
    bytes_add_text(&b, "]");
    program_mask_apply(&m, &b, false);
    ck_assert_msg(b.len == 6 && memcmp(b.data, "\xff[***]", 6) == 0, "%s gives `%s`", secret,
                  b.data);
    bytes_release(&b);
    program_mask_release(&m);
}

#define ASSERT_MASKED(secret, literal) assert_masked(secret, literal, sizeof literal - 1)

START_TEST(a_secret_of_another_charset_is_masked)
{
    ASSERT_MASKED("pässword", "p\xe4ssword");
    ASSERT_MASKED("p€ssword", "p\x80ssword");
    ASSERT_MASKED("pÃ¤ss", "p\xc3\xa4ss");
    ASSERT_MASKED("pässword", "p%E4ssword");
    ASSERT_MASKED("pässword", "p\\xe4ssword");
    ASSERT_MASKED("pä€s", "p\0\xe4\0\xac\x20s\0");
    ASSERT_MASKED("pä€s", "\0p\0\xe4\x20\xac\0s");
    ASSERT_MASKED("\xf0\x9f\x98\x80key", "\x3d\xd8\x00\xdek\0e\0y\0");
}
END_TEST

static const struct {
    const char *secret;
    const char *text;
    const char *masked;
} texts[] = {
    { "DOMAIN\\tom", "DOMAIN\\tom DOMAIN\\\\tom DOMAIN%5Ctom DOMAINtom", "*** *** *** ***" },
    { "\\\\\\\\\\\\", "a \\\\\\\\\\\\\\\\\\\\\\\\ b", "a *** b" },
    { "aabaab", "x aabaabaab y", "x *** y" },
    { "secret-1", "secret-1secret-1", "******" },
    { "key=a+b/c", "key=a+b/c key=a b/c key%3Da%2Bb%2Fc", "*** *** ***" },
    { "none", "nothing % & \\ here", "nothing % & \\ here" },
};

START_TEST(a_text_is_masked_where_the_secret_stands)
{
    struct masks m = masks_of(texts[_i].secret, strlen(texts[_i].secret));
    struct bytes b = { 0 };
    bytes_add_text(&b, texts[_i].text);
    program_mask_apply(&m, &b, false);
    ck_assert_str_eq(b.data, texts[_i].masked);
    bytes_release(&b);
    program_mask_release(&m);
}
END_TEST

START_TEST(what_two_secrets_share_leaves_nothing_of_either)
{
    struct masks m = masks_of("abcdef", 6);
    program_mask_add(&m, "defghi", 6);
    struct masks more = masks_of("hijk", 4);
    struct bytes b = { 0 };
    more.base = &m;
    bytes_add_text(&b, "-abcdefghijk-");
    program_mask_apply(&more, &b, false);
    ck_assert_str_eq(b.data, "-***-");
    bytes_release(&b);
    program_mask_release(&more);
    program_mask_release(&m);
}
END_TEST

/* Texts of 4 MB that hold the beginning of the secret everywhere. */
static const struct {
    const char *piece_of_secret;
    const char *end_of_secret;
    const char *piece_of_text;
} long_texts[] = {
    { "a", "", "a" },      { "a", "b", "a" },        { "ab", "", "ab" },
    { "\\", "a", "\\" },   { "a\\", "b", "a\\\\" },  { "%", "a", "%25" },
    { "&", "a", "&amp;" }, { "a+", "b", "a%2B" },    { "é", "a", "\\u00e9" },
    { "é", "", "\xe9" },   { "\\u00", "", "\\u00" }, { "%4", "1", "%25252541" },
};

START_TEST(the_time_of_masking_is_linear_whatever_the_secret_is)
{
    struct bytes secret = { 0 };
    struct bytes b = { 0 };
    for (int i = 0; i < 5000; i++)
        bytes_add_text(&secret, long_texts[_i].piece_of_secret);
    bytes_add_text(&secret, long_texts[_i].end_of_secret);
    while (b.len < 4u << 20)
        bytes_add_text(&b, long_texts[_i].piece_of_text);
    struct masks m = masks_of(secret.data, secret.len);
    clock_t began = clock();
    program_mask_apply(&m, &b, _i % 2 == 1);
    double took = (double)(clock() - began) / CLOCKS_PER_SEC;
    ck_assert_msg(took < 5, "%f s of CPU", took);
    program_mask_release(&m);
    bytes_release(&b);
    bytes_release(&secret);
}
END_TEST

#define COUNT(rows) ((int)(sizeof(rows) / sizeof *(rows)))

int main(void)
{
    Suite *s = suite_create("mask");
    TCase *c = tcase_create("mask");
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, a_secret_is_masked_in_every_encoding_and_nesting, 0, 3 * (int)ENCODERS);
    tcase_add_test(c, a_secret_of_another_charset_is_masked);
    tcase_add_loop_test(c, a_text_is_masked_where_the_secret_stands, 0, COUNT(texts));
    tcase_add_test(c, what_two_secrets_share_leaves_nothing_of_either);
    tcase_add_loop_test(c, the_time_of_masking_is_linear_whatever_the_secret_is, 0,
                        COUNT(long_texts));
    suite_add_tcase(s, c);
    return suite_main(s);
}
