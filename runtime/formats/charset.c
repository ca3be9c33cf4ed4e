#include "formats/charset.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <strings.h>

/* The longest name that the C library knows has 27 characters. */
#define LONGEST_NAME 63u

#define PIECE 65536u

static bool is_name(const char *name, size_t len, const char *wanted)
{
    return len == strlen(wanted) && strncasecmp(name, wanted, len) == 0;
}

bool charset_is_utf8(const char *name, size_t len)
{
    return is_name(name, len, "utf-8") || is_name(name, len, "utf8") ||
           is_name(name, len, "us-ascii") || is_name(name, len, "ascii");
}

const char *charset_of_mark(const char *p, size_t text_len, size_t *len)
{
    /* The longer ones first: they begin with shorter ones. */
    static const struct {
        const char *mark;
        size_t len;
        const char *charset;
    } marks[] = {
        { "\xff\xfe\0\0", 4, "UTF-32LE" }, { "\0\0\xfe\xff", 4, "UTF-32BE" },
        { "\xef\xbb\xbf", 3, "UTF-8" },    { "\xff\xfe", 2, "UTF-16LE" },
        { "\xfe\xff", 2, "UTF-16BE" },
    };
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        *len = marks[i].len;
        if (text_len >= *len && memcmp(p, marks[i].mark, *len) == 0)
            return marks[i].charset;
    }
    *len = 0;
    return NULL;
}

/* iconv_open treats the text after a slash as an option and an empty name as the user's locale.
 * It also accepts names of its own internal representations, which no document can mean. */
static bool may_be_name(const char *name, size_t len)
{
    static const char *const internal[] = { "internal", "wchar_t", "char" };
    static const char characters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        "-_.:+()";
    if (len == 0 || len > LONGEST_NAME)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!memchr(characters, name[i], sizeof characters - 1))
            return false;
    }
    for (size_t i = 0; i < sizeof internal / sizeof *internal; i++) {
        if (is_name(name, len, internal[i]))
            return false;
    }
    return true;
}

static iconv_t open_charset(const char *name, size_t len)
{
    char text[LONGEST_NAME + 1];
    if (!may_be_name(name, len))
        return (iconv_t)-1;
    memcpy(text, name, len);
    text[len] = '\0';
    const char *from = is_name(name, len, "utf-16") || is_name(name, len, "utf16")   ? "UTF-16LE"
                       : is_name(name, len, "utf-32") || is_name(name, len, "utf32") ? "UTF-32LE"
                                                                                     : text;
    iconv_t how = iconv_open("UTF-8", from);
    if (how == (iconv_t)-1 && errno == ENOMEM)
        mem_exhausted();
    return how;
}

/* A call of iconv: 0, or the error. p NULL: what is left of a character that the state holds. */
static int convert_piece(iconv_t how, char **p, size_t *len, struct bytes *out)
{
    bytes_reserve(out, PIECE);
    char *to = out->data + out->len;
    size_t room = PIECE;
    size_t result = iconv(how, p, len, &to, &room);
    int error = result == (size_t)-1 ? errno : 0;
    out->len = (size_t)(to - out->data);
    out->data[out->len] = '\0';
    return error;
}

static enum charset_result convert(iconv_t how, char **p, size_t *len, struct bytes *out)
{
    int error = 0;
    do {
        error = convert_piece(how, p, len, out);
        if (out->len > CHARSET_MAX_BYTES)
            return CHARSET_TOO_LONG;
    } while (error == E2BIG);
    while (error == 0 && (error = convert_piece(how, NULL, NULL, out)) == E2BIG)
        ;
    return error == 0 ? CHARSET_GOOD : CHARSET_MALFORMED;
}

enum charset_result charset_to_utf8(const char *name, size_t name_len, const char *p, size_t len,
                                    struct bytes *out, size_t *at)
{
    iconv_t how = open_charset(name, name_len);
    *at = 0;
    if (how == (iconv_t)-1)
        return CHARSET_UNKNOWN;
    char *rest = (char *)p; /* iconv does not write there */
    size_t left = len;
    size_t before = out->len;
    enum charset_result result = convert(how, &rest, &left, out);
    iconv_close(how);
    *at = len - left;
    if (utf8_valid_prefix(out->data + before, out->len - before) < out->len - before)
        return CHARSET_MALFORMED;
    return result;
}
