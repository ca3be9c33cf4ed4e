#include "grammar/message.h"

#include "base/bytes.h"
#include "grammar/help.h"
#include "grammar/parser.h"

#include <string.h>

static const struct kind kinds[] = {
    { "->", "when", NULL, "`->`", false },
    { "a class such as `5xx`", "say", "max", "the next part of the node", true },
    { "a class such as `5xx`", NULL, NULL, "an outcome such as `200`, `other` or `timeout`",
      false },
    { "true", "node", NULL, "a name", false },
    { "true", "not", NULL, "a value", false },
    { "true", "else", NULL, "a case such as `\"a\" -> node`", true },
    { "true", NULL, NULL, "a literal value such as `1` or `\"a\"`", false },
    { "node", "var", NULL, "a node", true },
    { "endpoint", NULL, "a name", "a declaration such as `endpoint` or `flow`", true },
    { "reply", NULL, "a name", "a step such as `reply` or `expect`", true },
    { "url", NULL, "bearer", "a setting such as `url` or `timeout`", true },
    { "say", NULL, "max", "an action: `say`, `log`, `wait` or `name = value`", true },
    { "end", "flow", NULL, "a node, `end`, `fail` or `flow`", false },
    { "a name", "'['", "??", "a type such as `text`", false },
    { "a name", NULL, NULL, "a name", false },
    { "a text", NULL, NULL, "a text in quotes", false },
};

/* Signs that are useful in a list of expected tokens; all others would only make it long. */
static const char *const signs[] = { ",",  "}",    ")",    "]",    "->",     "=",     ":",
                                     "{",  "(",    "from", "as",   "then",   "else",  "in",
                                     "on", "call", "wait", "when", "bearer", "basic", NULL };

static const char *bare(const char *name, char out[4])
{
    if (name[0] != '\'' || strlen(name) != 3)
        return name;
    out[0] = name[1];
    out[1] = '\0';
    return out;
}

static bool expects_sign(struct expected expected, const char *sign)
{
    char out[4];
    for (int i = 0; i < expected.count; i++)
        if (strcmp(bare(expected.names[i], out), sign) == 0)
            return true;
    return false;
}

static const struct kind *kind_of(struct expected expected)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        const struct kind *kind = &kinds[i];
        if (help_expects(expected, kind->with) &&
            (!kind->too || help_expects(expected, kind->too)) &&
            !(kind->without && help_expects(expected, kind->without)))
            return kind;
    }
    return NULL;
}

/* Appends one alternative of a list whose length is known only at its end. */
static void add_choice(struct bytes *list, struct bytes *last, const char *format,
                       const char *choice)
{
    if (last->len > 0) {
        if (list->len > 0)
            bytes_add_text(list, ", ");
        bytes_add(list, last->data, last->len);
    }
    bytes_clear(last);
    bytes_add_text(last, "");
    if (*format == '`')
        bytes_printf(last, "`%s`", choice);
    else
        bytes_add_text(last, choice);
}

/* Whether the sign belongs into the message. */
static bool is_telling(const char *sign, struct expected expected, const struct kind *kind)
{
    if (!expects_sign(expected, sign))
        return false;
    if (help_after_value(expected) && strchr("=([", *sign))
        return false;
    if (strchr("=,)", *sign) && expects_sign(expected, ":") && expects_sign(expected, "="))
        return false;
    if (help_after_value(expected) && strcmp(sign, "in") == 0)
        return false;
    if (!kind)
        return true;
    if (kind->list)
        return *sign == '}' || (*sign == ',' && help_after_value(expected));
    return strcmp(sign, ")") == 0 || strcmp(sign, "]") == 0 || strcmp(sign, "}") == 0;
}

/* "`,`, `}` or a name" */
static void describe(struct bytes *out, struct expected expected)
{
    struct bytes last = { 0 };
    const struct kind *kind = kind_of(expected);
    for (const char *const *sign = signs; *sign; sign++)
        if (is_telling(*sign, expected, kind))
            add_choice(out, &last, "`", *sign);
    if (kind)
        add_choice(out, &last, "", kind->phrase);
    for (int i = 0; i < expected.count && !kind; i++)
        if (help_is_class(expected.names[i]))
            add_choice(out, &last, "", expected.names[i]);
    if (out->len > 0)
        bytes_add_text(out, " or ");
    if (last.len > 0)
        bytes_add(out, last.data, last.len);
    bytes_release(&last);
}

/* The last token, in words for a person. */
static const char *describe_found(const struct reader *r)
{
    switch (r->token) {
    case GRAMMAR_EOF:
        return "the end of the file";
    case STRING:
    case RAW:
    case TEXT_OPEN:
    case BLOCK_OPEN:
    case CURLY:
        return "a text";
    default:
        return arena_printf(r->b->arena, "`%s`", help_text_of(r, r->token_span));
    }
}

/* Whether the `}` of a hole is missing, in a text on one line. There, a quote after the end of the
 * value closes the text around it and does not begin another one. If the rest of the line has no
 * `}`, it is missing as well. */
static bool is_open_hole(struct reader *r, struct expected expected)
{
    size_t around = r->text_count - (r->token == TEXT_OPEN && r->text_count > 0);
    if (around == 0 || r->texts[around - 1].block || !help_expects(expected, "}"))
        return false;
    const char *rest = ast_bytes(r->b, r->token_span);
    bool text = r->token == TEXT_OPEN || r->token == STRING;
    if (!text && rest[strcspn(rest, "}\n")] == '}')
        return false;
    reader_open_hole(r, &r->texts[around - 1]);
    return true;
}

/* Whether the lexer will report this text as not closed, which is why it is not allowed here. */
static bool is_open_text(const struct reader *r)
{
    const char *p = ast_bytes(r->b, r->token_span) + (r->token_span.end - r->token_span.start);
    if (r->token == BLOCK_OPEN)
        return strstr(p, "\"\"\"") == NULL;
    return r->token == TEXT_OPEN && p[strcspn(p, "\"\n")] != '"';
}

/* The place to report. A token that begins a line is seldom wrong: something is missing before
 * it. */
static struct span place_of(const struct reader *r, struct expected expected)
{
    const struct kind *kind = kind_of(expected);
    bool wrong = kind && kind->list && !help_after_value(expected);
    if (!wrong && (r->token_starts_line || r->token == GRAMMAR_EOF) && r->previous.end > 0)
        return (struct span){ r->previous.end, r->previous.end };
    return r->token_span;
}

void message_syntax(struct reader *r, const char *const *names, int count, const char *found)
{
    (void)found;
    struct expected expected = { names, count };
    struct span place = place_of(r, expected);
    if (is_open_text(r) || reader_is_known(r) || is_open_hole(r, expected) ||
        ast_is_said(r->b, r->token_span) || ast_is_said(r->b, place))
        return;
    ast_say(r->b, place);
    struct bytes wanted = { 0 };
    describe(&wanted, expected);
    struct diag *diag =
        wanted.len > 0
            ? diag_add(r->b->diags, E0201, place, "expected %s, found %s", bytes_text(&wanted),
                       describe_found(r))
            : diag_add(r->b->diags, E0201, place, "%s is not allowed here", describe_found(r));
    const char *help = help_of(r, expected, kind_of(expected));
    if (help)
        diag_help(r->b->diags, diag, "%s", help);
    bytes_release(&wanted);
}
