#include "engine/decode.h"

#include "base/bytes.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "base/xml.h"

#include <string.h>
#include <strings.h>

struct span {
    const char *p;
    size_t len;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct span trim(struct span s)
{
    while (s.len > 0 && is_blank(s.p[0])) {
        s.p++;
        s.len--;
    }
    while (s.len > 0 && is_blank(s.p[s.len - 1]))
        s.len--;
    return s;
}

static bool is(struct span s, const char *word)
{
    return s.len == strlen(word) && strncasecmp(s.p, word, s.len) == 0;
}

static bool ends_with(struct span s, const char *suffix)
{
    size_t len = strlen(suffix);
    return s.len > len && strncasecmp(s.p + s.len - len, suffix, len) == 0;
}

/* Cuts s at the first `c`; what follows it is *rest, empty when there is none. */
static struct span cut(struct span s, char c, struct span *rest)
{
    const char *at = s.len > 0 ? memchr(s.p, c, s.len) : NULL;
    *rest = (struct span){ NULL, 0 };
    if (!at)
        return s;
    size_t len = (size_t)(at - s.p);
    *rest = (struct span){ at + 1, s.len - len - 1 };
    return (struct span){ s.p, len };
}

/* The value of the parameter charset (RFC 9110, section 8.3.2), quotes taken off; or empty. */
static struct span charset_of(struct span parameters)
{
    while (parameters.len > 0) {
        struct span value;
        struct span name = trim(cut(cut(parameters, ';', &parameters), '=', &value));
        value = trim(value);
        if (!is(name, "charset"))
            continue;
        if (value.len >= 2 && value.p[0] == '"' && value.p[value.len - 1] == '"')
            value = (struct span){ value.p + 1, value.len - 2 };
        return value;
    }
    return (struct span){ NULL, 0 };
}

static void add_character(struct bytes *b, uint32_t c)
{
    char out[4];
    bytes_add(b, out, utf8_encode(c, out));
}

#define REPLACEMENT 0xfffdu

/* What windows-1252 has at 0x80 to 0x9f; 0: nothing (encoding.spec.whatwg.org/#windows-1252). */
static const uint16_t windows_1252[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

static uint32_t from_latin1(unsigned char c)
{
    return c;
}

static uint32_t from_windows_1252(unsigned char c)
{
    if (c < 0x80 || c > 0x9f)
        return c;
    return windows_1252[c - 0x80] ? windows_1252[c - 0x80] : REPLACEMENT;
}

static uint32_t from_ascii(unsigned char c)
{
    return c < 0x80 ? c : REPLACEMENT;
}

typedef uint32_t decoder(unsigned char c);

static decoder *decoder_of(struct span charset)
{
    static const struct {
        const char *name;
        decoder *decode;
    } known[] = {
        { "iso-8859-1", from_latin1 },         { "latin1", from_latin1 },
        { "windows-1252", from_windows_1252 }, { "cp1252", from_windows_1252 },
        { "us-ascii", from_ascii },            { "ascii", from_ascii },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (is(charset, known[i].name))
            return known[i].decode;
    }
    return NULL;
}

static void add_decoded(struct bytes *b, struct span body, decoder *decode)
{
    for (size_t i = 0; i < body.len; i++)
        add_character(b, decode((unsigned char)body.p[i]));
}

/* Each byte that is part of no character becomes one U+FFFD. */
static void add_repaired(struct bytes *b, struct span body)
{
    while (body.len > 0) {
        size_t good = utf8_valid_prefix(body.p, body.len);
        bytes_add(b, body.p, good);
        body.p += good;
        body.len -= good;
        if (body.len > 0) {
            add_character(b, REPLACEMENT);
            body.p++;
            body.len--;
        }
    }
}

static struct value text_of(struct span body, struct span charset)
{
    if (utf8_valid_prefix(body.p, body.len) == body.len)
        return value_text(body.p, body.len);
    struct bytes b = { 0 };
    decoder *decode = decoder_of(charset);
    if (decode)
        add_decoded(&b, body, decode);
    else
        add_repaired(&b, body);
    struct value text = value_text(b.data, b.len);
    bytes_release(&b);
    return text;
}

/* RFC 8259, section 8.1: a reader may skip a byte-order mark rather than refuse the text. */
static struct span skip_mark(struct span body)
{
    if (body.len >= 3 && memcmp(body.p, "\xef\xbb\xbf", 3) == 0)
        return (struct span){ body.p + 3, body.len - 3 };
    return body;
}

static size_t line_of(struct span body, size_t offset)
{
    size_t line = 1;
    for (size_t i = 0; i < offset && i < body.len; i++)
        line += body.p[i] == '\n';
    return line;
}

static bool decode_json(struct span body, struct value *out, struct bytes *why)
{
    struct json_error error;
    struct span text = skip_mark(body);
    if (json_read(text.p, text.len, out, &error))
        return true;
    bytes_printf(why, "its JSON is wrong in line %zu, byte %zu: %s",
                 line_of(text, error.offset), error.offset + (size_t)(text.p - body.p) + 1,
                 error.message);
    return false;
}

static bool is_json(struct span type)
{
    return is(type, "application/json") || ends_with(type, "+json");
}

static bool is_xml(struct span type)
{
    return is(type, "application/xml") || is(type, "text/xml") || ends_with(type, "+xml");
}

static struct span split_type(const char *content_type, size_t len, struct span *parameters)
{
    struct span whole = { content_type, content_type ? len : 0 };
    return trim(cut(whole, ';', parameters));
}

struct value decode_text(const char *content_type, size_t type_len, const char *body, size_t len)
{
    struct span parameters;
    split_type(content_type, type_len, &parameters);
    return text_of((struct span){ body, len }, charset_of(parameters));
}

bool decode_body(const char *content_type, size_t type_len, const char *body, size_t len,
                 struct value *out, char **why)
{
    struct span bytes = { body, len };
    struct span parameters;
    struct span type = split_type(content_type, type_len, &parameters);
    *out = value_null();
    if (len == 0)
        return true;
    struct bytes reason = { 0 };
    bool good = true;
    if (is_json(type))
        good = decode_json(bytes, out, &reason);
    else if (is_xml(type))
        good = xml_read(body, len, out, &reason);
    else
        *out = text_of(bytes, charset_of(parameters));
    if (!good) {
        *out = text_of(bytes, charset_of(parameters));
        *why = bytes_take(&reason);
    }
    return good;
}
