#include "suite.h"

#include "base/escape.h"

#include <string.h>

static const struct {
    const char *text;
    size_t width;
    uint32_t c;
    bool is_byte;
} rows[] = {
    { "%2F", 3, '/', true },
    { "%2fx", 3, '/', true },
    { "%C3%A9", 3, 0xc3, true },
    { "%252F", 3, '%', true },
    { "%25", 3, '%', true },
    { "%25x", 3, '%', true },
    { "&lt;", 4, '<', false },
    { "&amp;", 5, '&', false },
    { "&amp;lt;", 5, '&', false },
    { "&amp;x", 5, '&', false },
    { "&#60;", 5, '<', false },
    { "&#x3C;", 6, '<', false },
    { "&#x3c;x", 6, '<', false },
    { "&#233;", 6, 0xe9, false },
    { "\\u00e9", 6, 0xe9, false },
    { "\\u00E9", 6, 0xe9, false },
    { "\\\\u00e9", 7, 0xe9, false },
    { "\\\\\\\\u00e9", 9, 0xe9, false },
    { "\\ud83d\\ude00", 12, 0x1f600, false },
    { "\\\\ud83d\\\\ude00", 14, 0x1f600, false },
    { "\\xe9", 4, 0xe9, true },
    { "\\\\xe9", 5, 0xe9, true },
    /* Backslashes alone. */
    { "\\", 1, ESCAPE_NOTHING, false },
    { "\\\"", 1, ESCAPE_NOTHING, false },
    { "\\t", 1, ESCAPE_NOTHING, false },
    { "\\a", 1, ESCAPE_NOTHING, false },
    { "\\\\", 2, ESCAPE_NOTHING, false },
    { "\\\\\\\"", 3, ESCAPE_NOTHING, false },
    { "\\\\&quot;", 2, ESCAPE_NOTHING, false },
    { "\\u00e", 1, ESCAPE_NOTHING, false },
    { "\\ud83d", 1, ESCAPE_NOTHING, false },
    { "\\ud83d\\u", 1, ESCAPE_NOTHING, false },
    { "\\x", 1, ESCAPE_NOTHING, false },
    { "\\xg0", 1, ESCAPE_NOTHING, false },
    /* None. */
    { "", 0, 0, false },
    { "a", 0, 0, false },
    { "%", 0, 0, false },
    { "%2", 0, 0, false },
    { "%2G", 0, 0, false },
    { "%zz", 0, 0, false },
    { "%25", 3, '%', true },
    { "&", 0, 0, false },
    { "&am", 0, 0, false },
    { "&#;", 0, 0, false },
    { "&#x;", 0, 0, false },
    { "&#60", 0, 0, false },
    { "&#99999999999999999999;", 0, 0, false },
};

START_TEST(an_escape_is_what_it_stands_for)
{
    uint32_t c = 0;
    bool is_byte = false;
    /* Exactly as long as it is, so that a sanitizer sees who reads on. */
    size_t len = strlen(rows[_i].text);
    char *text = malloc(len + 1);
    memcpy(text, rows[_i].text, len);
    text = realloc(text, len ? len : 1);
    size_t width = escape_read(text, len, &c, &is_byte);
    ck_assert_msg(width == rows[_i].width, "%s: %zu", rows[_i].text, width);
    if (width > 0)
        ck_assert_msg(c == rows[_i].c && is_byte == rows[_i].is_byte, "%s: %x", rows[_i].text, c);
    free(text);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("escape");
    TCase *c = tcase_create("escape");
    tcase_add_loop_test(c, an_escape_is_what_it_stands_for, 0, (int)(sizeof rows / sizeof *rows));
    suite_add_tcase(s, c);
    return suite_main(s);
}
