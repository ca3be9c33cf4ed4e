#include "net/decode.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "formats/charset.h"
#include "formats/json.h"
#include "formats/xml.h"
#include "program/failure.h"

#include <string.h>
#include <strings.h>

/* A longer XML declaration is ignored. */
#define LONGEST_DECLARATION 1000u

/* Characters of a text of the server that a message quotes. */
#define LONGEST_QUOTE 80u

struct span {
    const char *p;
    size_t len;
};

enum kind {
    KIND_TEXT,
    KIND_JSON,
    KIND_XML,
    KIND_OTHER, /* text if it is UTF-8 or says its charset; else binary */
};

struct body {
    struct span type; /* "text/html"; empty: none was given */
    enum kind kind;
    struct span charset; /* empty: none was given, so UTF-8 */
    struct span bytes;
    size_t mark; /* length of the byte-order mark that they begin with */
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

static bool begins_with(struct span s, const char *prefix)
{
    size_t len = strlen(prefix);
    return s.len >= len && strncasecmp(s.p, prefix, len) == 0;
}

static bool ends_with(struct span s, const char *suffix)
{
    size_t len = strlen(suffix);
    return s.len > len && strncasecmp(s.p + s.len - len, suffix, len) == 0;
}

static struct span skip(struct span s, size_t len)
{
    return (struct span){ s.p + len, s.len - len };
}

/* Cuts s at the first `c`; *rest is the text after it, empty if there is no `c`. */
static struct span cut(struct span s, char c, struct span *rest)
{
    const char *at = s.len > 0 ? memchr(s.p, c, s.len) : NULL;
    *rest = (struct span){ NULL, 0 };
    if (!at)
        return s;
    size_t len = (size_t)(at - s.p);
    *rest = skip(s, len + 1);
    return (struct span){ s.p, len };
}

static struct span unquote(struct span s)
{
    bool is_quoted = s.len >= 2 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.len - 1] == s.p[0];
    return is_quoted ? (struct span){ s.p + 1, s.len - 2 } : s;
}

/* The value of the parameter charset (RFC 9110, section 8.3.2), or empty. file(1), and object
 * stores that use it, say `binary` for bytes that are not text. */
static struct span charset_of(struct span parameters)
{
    while (parameters.len > 0) {
        struct span value;
        struct span name = trim(cut(cut(parameters, ';', &parameters), '=', &value));
        value = unquote(trim(value));
        if (is(name, "charset") && !is(value, "binary"))
            return value;
    }
    return (struct span){ NULL, 0 };
}

static enum kind kind_of(struct span type)
{
    if (is(type, "application/json") || is(type, "text/json") || ends_with(type, "+json") ||
        is(type, "application/x-amz-json-1.0") || is(type, "application/x-amz-json-1.1"))
        return KIND_JSON;
    if (is(type, "application/xml") || is(type, "text/xml") || ends_with(type, "+xml"))
        return KIND_XML;
    return begins_with(type, "text/") ? KIND_TEXT : KIND_OTHER;
}

/* The charset of an XML declaration (XML 1.0, section 2.8): the bytes up to it are read as ASCII.
 */
static struct span declared_charset(struct span xml)
{
    static const char word[] = "encoding";
    struct span none = { NULL, 0 };
    if (!begins_with(xml, "<?xml"))
        return none;
    xml.len = xml.len < LONGEST_DECLARATION ? xml.len : LONGEST_DECLARATION;
    struct span declaration = cut(xml, '>', &none);
    const char *at = memmem(declaration.p, declaration.len, word, sizeof word - 1);
    none = (struct span){ NULL, 0 };
    if (!at)
        return none;
    declaration = skip(declaration, (size_t)(at - declaration.p) + sizeof word - 1);
    while (declaration.len > 0 && strchr(" \t\r\n=", declaration.p[0]))
        declaration = skip(declaration, 1);
    if (declaration.len == 0 || !strchr("\"'", declaration.p[0]))
        return none;
    struct span rest;
    struct span name = cut(skip(declaration, 1), declaration.p[0], &rest);
    return rest.p ? name : none;
}

/* The charset of XML without a byte-order mark or a charset from outside (XML 1.0, appendix F.1). A
 * declaration that can be read byte by byte is not in UTF-16, whatever it says. */
static struct span charset_of_xml(struct span xml)
{
    static const struct {
        const char *beginning;
        struct span charset;
    } wide[] = {
        { "<\0\0\0", { "UTF-32LE", 8 } },
        { "\0\0\0<", { "UTF-32BE", 8 } },
        { "<\0?\0", { "UTF-16LE", 8 } },
        { "\0<\0?", { "UTF-16BE", 8 } },
    };
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        if (xml.len >= 4 && memcmp(xml.p, wide[i].beginning, 4) == 0)
            return wide[i].charset;
    }
    struct span declared = declared_charset(xml);
    bool is_wide = begins_with(declared, "utf-16") || begins_with(declared, "utf-32") ||
                   begins_with(declared, "ucs-2") || begins_with(declared, "ucs-4");
    return is_wide ? (struct span){ NULL, 0 } : declared;
}

static struct body describe(const char *content_type, size_t type_len, const char *bytes,
                            size_t len)
{
    struct body b = { .bytes = { bytes, len } };
    struct span whole = { content_type, content_type ? type_len : 0 };
    struct span parameters;
    b.type = trim(cut(whole, ';', &parameters));
    b.kind = kind_of(b.type);
    b.charset = charset_of(parameters);
    const char *marked = charset_of_mark(bytes, len, &b.mark);
    bool is_text = b.kind != KIND_OTHER || b.charset.len > 0;
    if (marked && is_text)
        b.charset = (struct span){ marked, strlen(marked) };
    else if (marked && !charset_is_utf8(marked, strlen(marked)))
        b.mark = 0;
    else if (b.charset.len == 0 && b.kind == KIND_XML)
        b.charset = charset_of_xml(b.bytes);
    return b;
}

/* Appends a text of the server with the characters replaced that a message must not contain. */
static void add_shown(struct bytes *b, struct span s)
{
    for (size_t i = 0; i < s.len && i < LONGEST_QUOTE; i++)
        bytes_add_char(b, s.p[i] >= ' ' && s.p[i] <= '~' && s.p[i] != '`' ? s.p[i] : '?');
}

/* The byte at this offset of the body is not what it should be. */
static enum failure bad_byte_failure(const struct body *b)
{
    if (b->charset.len > 0 && b->kind != KIND_OTHER)
        return FAILURE_CHARSET_BYTE;
    if (b->kind == KIND_TEXT)
        return FAILURE_CHARSET_MISSING;
    return b->type.len > 0 ? FAILURE_BODY_BINARY : FAILURE_BODY_UNTYPED;
}

/* Appends the failure; what the server wrote and the number of the byte are its facts. */
static void add_problem(struct bytes *why, enum failure failure, struct span written, size_t byte)
{
    struct bytes shown = { 0 };
    add_shown(&shown, written);
    failure_print(why, failure,
                  &(struct failure_facts){ .text = bytes_text(&shown), .number = byte });
    bytes_release(&shown);
}

static void add_bad_byte(struct bytes *why, const struct body *b, size_t offset)
{
    enum failure failure = bad_byte_failure(b);
    add_problem(why, failure, failure == FAILURE_CHARSET_BYTE ? b->charset : b->type, offset + 1);
}

static void add_charset_problem(struct bytes *why, const struct body *b, enum charset_result result,
                                size_t offset)
{
    switch (result) {
    case CHARSET_GOOD:
        break;
    case CHARSET_UNKNOWN:
        add_problem(why, FAILURE_CHARSET_UNKNOWN, b->charset, 0);
        break;
    case CHARSET_MALFORMED:
        add_bad_byte(why, b, offset);
        break;
    case CHARSET_TOO_LONG:
        add_problem(why, FAILURE_BODY_TOO_LONG, b->type, 0);
        break;
    }
}

static bool is_utf8(const struct body *b)
{
    return b->charset.len == 0 || charset_is_utf8(b->charset.p, b->charset.len);
}

/* Some charsets, such as GB18030, have a byte-order mark of their own, which is recognized only
 * after conversion. */
static struct span skip_mark(struct span text)
{
    size_t mark;
    const char *charset = charset_of_mark(text.p, text.len, &mark);
    return charset && charset_is_utf8(charset, strlen(charset)) ? skip(text, mark) : text;
}

/* The body in UTF-8, as a part of the body itself or of *converted. A body that claims to be UTF-8
 * is not checked here. False if the body cannot be converted. */
static bool to_utf8(const struct body *b, struct bytes *converted, struct span *text,
                    struct bytes *why)
{
    size_t offset;
    *text = skip(b->bytes, b->mark);
    if (is_utf8(b))
        return true;
    enum charset_result result =
        charset_to_utf8(b->charset.p, b->charset.len, text->p, text->len, converted, &offset);
    add_charset_problem(why, b, result, b->mark + offset);
    *text = skip_mark((struct span){ bytes_text(converted), converted->len });
    return result == CHARSET_GOOD;
}

static bool read_text(const struct body *b, struct span text, struct value *out, struct bytes *why)
{
    size_t good = utf8_valid_prefix(text.p, text.len);
    if (good == text.len)
        *out = value_text(text.p, text.len);
    else
        add_bad_byte(why, b, b->mark + good);
    return good == text.len;
}

static bool read_json(struct span text, struct value *out, struct bytes *why)
{
    struct json_error error;
    if (json_read(text.p, text.len, out, &error))
        return true;
    size_t line = 1;
    size_t begin = 0;
    for (size_t i = 0; i < error.offset && i < text.len; i++) {
        if (text.p[i] == '\n') {
            line++;
            begin = i + 1;
        }
    }
    failure_print(why, FAILURE_BODY_JSON,
                  &(struct failure_facts){
                      .text = error.message, .number = line, .limit = error.offset - begin + 1 });
    return false;
}

/* False if the body is not valid for its type; *out is then the text, if it is one. */
static bool read_value(const struct body *b, struct span text, struct value *out, struct bytes *why)
{
    bool good = b->kind == KIND_JSON  ? read_json(text, out, why)
                : b->kind == KIND_XML ? xml_read(text.p, text.len, out, why)
                                      : read_text(b, text, out, why);
    if (!good && (b->kind == KIND_JSON || b->kind == KIND_XML) &&
        utf8_valid_prefix(text.p, text.len) == text.len)
        *out = value_text(text.p, text.len);
    return good;
}

bool decode_body(const char *content_type, size_t type_len, const char *body, size_t len,
                 struct value *out, char **why)
{
    *out = value_null();
    if (len == 0)
        return true;
    struct body b = describe(content_type, type_len, body, len);
    struct bytes converted = { 0 };
    struct bytes reason = { 0 };
    struct span text;
    bool good = to_utf8(&b, &converted, &text, &reason) && read_value(&b, text, out, &reason);
    bytes_release(&converted);
    if (!good)
        *why = bytes_take(&reason);
    bytes_release(&reason);
    return good;
}

struct value decode_text(const char *content_type, size_t type_len, const char *body, size_t len)
{
    struct body b = describe(content_type, type_len, body, len);
    struct bytes converted = { 0 };
    struct bytes reason = { 0 };
    struct span text;
    struct value out = value_null();
    if (to_utf8(&b, &converted, &text, &reason))
        read_text(&b, text, &out, &reason);
    bytes_release(&converted);
    bytes_release(&reason);
    return out;
}

struct value decode_text_type(const char *content_type, size_t type_len)
{
    struct body b = describe(content_type, type_len, NULL, 0);
    if (b.kind == KIND_JSON || b.kind == KIND_XML)
        return value_null();
    struct bytes shown = { 0 };
    add_shown(&shown, b.type);
    struct value text = value_text(shown.data, shown.len);
    bytes_release(&shown);
    return text;
}
