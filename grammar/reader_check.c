/* What a source may not contain anywhere: bytes that are not text, and characters that hide text.
 */
#include "grammar/reader.h"

#include "base/utf8.h"

#include <string.h>

static void report_bytes(struct reader *r, size_t offset, size_t len, enum diag_code code,
                         const char *message, const char *help)
{
    uint32_t start = r->b->source->base + (uint32_t)offset;
    struct span span = { start, start + (uint32_t)len };
    diag_help(r->b->diags, diag_add(r->b->diags, code, span, "%s", message), "%s", help);
}

/* Reports the first byte that is not UTF-8, and replaces all such bytes by letters. */
static void replace_bad_bytes(struct reader *r, char *p, size_t len)
{
    size_t i = utf8_valid_prefix(p, len);
    if (i == len)
        return;
    report_bytes(r, i, 1, E0101, "this is not UTF-8", "save the file as UTF-8");
    for (; i < len; i += utf8_valid_prefix(p + i, len - i))
        p[i++] = '_';
}

static void report_controls(struct reader *r, const char *p, size_t len)
{
    for (size_t i = 0; i + 1 < len; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c < 0x80)
            continue;
        size_t width;
        if (utf8_is_bidi_control(utf8_decode(p + i, len - i, &width)))
            report_bytes(r, i, width, E0105, "this invisible character reorders the text",
                         "delete it, or write it as an escape in a text: `\\u{202E}`");
        i += width - 1;
    }
}

static void replace_nulls(struct reader *r, char *p, size_t len)
{
    char *null = memchr(p, '\0', len);
    if (!null)
        return;
    report_bytes(r, (size_t)(null - p), 1, E0106, "a source file cannot contain a zero byte",
                 "check that this is a source file; in a text, write `\\u{0}`");
    for (; null; null = memchr(null, '\0', len - (size_t)(null - p)))
        *null = ' ';
}

bool reader_check(struct reader *r)
{
    char *p = (char *)r->b->source->data;
    size_t len = r->b->source->len;
    if (len >= 2 && (memcmp(p, "\xFF\xFE", 2) == 0 || memcmp(p, "\xFE\xFF", 2) == 0)) {
        report_bytes(r, 0, 2, E0101, "this file is UTF-16", "save it as UTF-8");
        return false;
    }
    if (len > SOURCE_MAX_BYTES) {
        report_bytes(r, 0, 0, E0202, "this file is larger than 64 MiB",
                     "split it into several files, with `import`");
        return false;
    }
    replace_nulls(r, p, len);
    replace_bad_bytes(r, p, len);
    report_controls(r, p, len);
    return true;
}

void reader_comment(struct reader *r, const char *p, size_t len)
{
    while (len > 0 && p[len - 1] == '\r')
        len--;
    const char *found = memchr(p, '\r', len);
    if (!found)
        return;
    size_t offset = r->span.start - r->b->source->base + (size_t)(found - p);
    report_bytes(
        r, offset, 1, E0106,
        "a carriage return alone does not end the line: what follows it is part of the comment",
        "save the file with the line endings LF or CRLF");
}
