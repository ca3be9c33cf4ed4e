#include "grammar/message.h"

#include "base/bytes.h"
#include "grammar/parser.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* More of them are no help. */
#define MOST_EXPECTED 16

struct expected {
    const char *const *names;
    int count;
};

static bool expects(struct expected expected, const char *name)
{
    for (int i = 0; i < expected.count; i++)
        if (strcmp(expected.names[i], name) == 0)
            return true;
    return false;
}

/* A place where so much can stand that only its kind is named: the one that expects the token
 * `with`, and `too`, but not `without` (each may be NULL). The first row that fits wins. */
struct kind {
    const char *with;
    const char *too;
    const char *without;
    const char *phrase;
    bool list; /* an item of a list begins here: what was found is wrong, nothing is missing */
};

static const struct kind kinds[] = {
    { "->", "when", NULL, "`->`", false },
    { "a class such as `5xx`", "say", "max", "the next part of the node", true },
    { "a class such as `5xx`", NULL, NULL, "an outcome such as `200`, `other` or `timeout`",
      false },
    { "true", "node", NULL, "a name", false },
    { "true", "not", NULL, "a value", false },
    { "true", "else", NULL, "a case such as `\"a\" -> node`", true },
    { "true", NULL, NULL, "a value that is written out", false },
    { "node", "var", NULL, "a node", true },
    { "endpoint", NULL, "a name", "a declaration such as `endpoint` or `flow`", true },
    { "reply", NULL, "a name", "a step such as `reply` or `expect`", true },
    { "url", NULL, "bearer", "a setting such as `url` or `timeout`", true },
    { "say", NULL, "max", "an action: `say`, `log`, `wait` or `name = value`", true },
    { "a name", NULL, NULL, "a name", false },
    { "a text", NULL, NULL, "a text in quotes", false },
};

/* Signs that say something in a list of what is expected; all others would only make it long. */
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
        if (expects(expected, kind->with) && (!kind->too || expects(expected, kind->too)) &&
            !(kind->without && expects(expected, kind->without)))
            return kind;
    }
    return NULL;
}

/* A value that may end here can go on in many ways, which goes without saying. */
static bool after_value(struct expected expected)
{
    return expects(expected, "??");
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

static bool is_class(const char *name)
{
    return strchr(name, ' ') != NULL;
}

/* Whether the sign is worth its place in the message. */
static bool is_telling(const char *sign, struct expected expected, const struct kind *kind)
{
    if (!expects_sign(expected, sign))
        return false;
    if (after_value(expected) && strchr("=([", *sign))
        return false;
    if (*sign == '=' && expects_sign(expected, ":"))
        return false;
    if (after_value(expected) && strcmp(sign, "in") == 0)
        return false;
    if (!kind)
        return true;
    if (kind->list)
        return *sign == '}' || (*sign == ',' && after_value(expected));
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
        if (is_class(expected.names[i]))
            add_choice(out, &last, "", expected.names[i]);
    if (out->len > 0)
        bytes_add_text(out, " or ");
    if (last.len > 0)
        bytes_add(out, last.data, last.len);
    bytes_release(&last);
}

static const char *text_of(const struct reader *r, struct span span)
{
    uint32_t len = span.end - span.start;
    return arena_copy(r->b->arena, ast_bytes(r->b, span), len > 40 ? 40 : len);
}

/* What was found, as people call it. */
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
        return arena_printf(r->b->arena, "`%s`", text_of(r, r->token_span));
    }
}

/* What is often meant: a row fits when the token, or the one before it, reads so. */
struct habit {
    const char *word;
    bool before;
    const char *help;
};

static const struct habit habits[] = {
    { "elif", false, "write `else if`" },
    { "elsif", false, "write `else if`" },
    { "elseif", false, "write `else if`" },
    { "elif", true, "write `else if`" },
    { "elsif", true, "write `else if`" },
    { "elseif", true, "write `else if`" },
    { "goto", true, "write `-> node`" },
    { "return", true, "write `-> end`, with a value as in `-> end { done: true }`" },
    { "return", false, "write `-> end`, with a value as in `-> end { done: true }`" },
    { "print", true, "write `say \"…\"`" },
    { "echo", true, "write `say \"…\"`" },
    { "let", true, "write `var name = value` in the flow, or `name = value` in an action" },
    { "let", false, "write `var name = value` in the flow, or `name = value` in an action" },
    { "function", true, "write `flow name(input: type) { … }`" },
    { "function", false, "write `flow name(input: type) { … }`" },
    { "func", false, "write `flow name(input: type) { … }`" },
    { "def", false, "write `flow name(input: type) { … }`" },
};

static const char *const node_words[] = { "header",   "query",  "separator", "body",    "form",
                                          "text",     "xml",    "match",     "choices", "connect",
                                          "timeout",  "within", "retry",     "say",     "log",
                                          "wait",     "ask",    "switch",    "call",    "each",
                                          "parallel", NULL };
static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", NULL };
static const char *const declarations[] = { "import", "const",    "config", "secret",
                                            "type",   "endpoint", "flow",   "test",
                                            "node",   "var",      NULL };

static const char *habit_of(const char *before, const char *found)
{
    for (size_t i = 0; i < sizeof(habits) / sizeof(*habits); i++)
        if (strcmp(habits[i].before ? before : found, habits[i].word) == 0)
            return habits[i].help;
    return NULL;
}

static const char *near_word(struct reader *r, const char *word, const char *const *candidates)
{
    const char *near = strlen(word) > 2 ? diag_nearest(word, candidates) : NULL;
    if (!near || strcmp(near, word) == 0)
        return NULL;
    return arena_printf(r->b->arena, "did you mean `%s`?", near);
}

static const char *capital_method(struct reader *r, const char *word)
{
    for (const char *const *method = methods; *method; method++)
        if (strcasecmp(word, *method) == 0 && strcmp(word, *method) != 0)
            return arena_printf(r->b->arena, "methods are written in capitals: `%s`", *method);
    return NULL;
}

/* What was found is nearly the keyword that belongs there. */
static const char *near_expected(struct reader *r, struct expected expected, const char *found)
{
    const char *names[MOST_EXPECTED + 1];
    int count = 0;
    for (int i = 0; i < expected.count && count < MOST_EXPECTED; i++)
        if (islower((unsigned char)*expected.names[i]) && !is_class(expected.names[i]))
            names[count++] = expected.names[i];
    names[count] = NULL;
    return r->token == NAME ? near_word(r, found, names) : NULL;
}

static const char *help_for_word(struct reader *r, struct expected expected,
                                 const struct kind *kind)
{
    const char *before = r->previous.end > r->previous.start ? text_of(r, r->previous) : "";
    const char *found = text_of(r, r->token_span);
    const char *help = habit_of(before, found);
    if (help)
        return help;
    if (kind && (strcmp(kind->with, "endpoint") == 0 || strcmp(kind->with, "node") == 0))
        return near_word(r, found, declarations);
    help = kind ? NULL : near_expected(r, expected, found);
    if (help)
        return help;
    if (r->previous_token != NAME || r->token_starts_line)
        return NULL;
    help = capital_method(r, before);
    return help ? help : near_word(r, before, node_words);
}

static const char *help_for_token(const struct reader *r, const struct kind *kind)
{
    bool top = kind && strcmp(kind->with, "endpoint") == 0;
    if (r->token == KW_NODE && top)
        return "a node stands inside a flow: `flow name { node … }`";
    if (r->token == '}' && top)
        return "nothing is open that this could close";
    if (r->token == ARROW && kind && strcmp(kind->with, "say") == 0)
        return "the arrow comes after the braces: `200 { say \"…\" } -> next`";
    if (r->token == ',' && kind && kind->list)
        return "leave the comma out: what follows begins by itself";
    return NULL;
}

static const char *help_of(struct reader *r, struct expected expected)
{
    const struct kind *kind = kind_of(expected);
    const char *help = help_for_word(r, expected, kind);
    if (!help)
        help = help_for_token(r, kind);
    if (help)
        return help;
    if (expects(expected, "as") && after_value(expected) && !expects(expected, "->"))
        return "give the answer a name: `ask \"…\" as answer`";
    if (expects(expected, "->") && expects(expected, "when"))
        return "every outcome says where to go next: `200 -> node`";
    if (expects(expected, "else") && !kind && !expects(expected, "??"))
        return "say where to go in every other case: `else -> node`";
    if (expects(expected, "->") && !after_value(expected) && !kind)
        return "an arrow says where to go next: `-> node`";
    return NULL;
}

/* In the hole of a text on one line: a text that begins where the value has ended is none, its
 * quote closes the text around it. And without a `}` on the rest of the line, that is what is
 * missing. */
static bool is_open_hole(struct reader *r, struct expected expected)
{
    size_t around = r->text_count - (r->token == TEXT_OPEN && r->text_count > 0);
    if (around == 0 || r->texts[around - 1].block || !expects(expected, "}"))
        return false;
    const char *rest = ast_bytes(r->b, r->token_span);
    bool text = r->token == TEXT_OPEN || r->token == STRING;
    if (!text && rest[strcspn(rest, "}\n")] == '}')
        return false;
    reader_open_hole(r, &r->texts[around - 1]);
    return true;
}

/* The lexer will say of this text that it is not closed, which is why it cannot stand here. */
static bool is_open_text(const struct reader *r)
{
    const char *p = ast_bytes(r->b, r->token_span) + (r->token_span.end - r->token_span.start);
    if (r->token == BLOCK_OPEN)
        return strstr(p, "\"\"\"") == NULL;
    return r->token == TEXT_OPEN && p[strcspn(p, "\"\n")] != '"';
}

/* A token that begins a line is seldom what is wrong: something is missing before it. */
static struct span place_of(const struct reader *r, struct expected expected)
{
    const struct kind *kind = kind_of(expected);
    bool wrong = kind && kind->list && !after_value(expected);
    if (!wrong && (r->token_starts_line || r->token == GRAMMAR_EOF) && r->previous.end > 0)
        return (struct span){ r->previous.end, r->previous.end };
    return r->token_span;
}

void message_syntax(struct reader *r, const char *const *names, int count, const char *found)
{
    (void)found;
    struct expected expected = { names, count };
    if (is_open_text(r) || reader_is_known(r) || is_open_hole(r, expected))
        return;
    struct bytes wanted = { 0 };
    describe(&wanted, expected);
    struct diag *diag =
        wanted.len > 0 ? diag_add(r->b->diags, E0201, place_of(r, expected),
                                  "expected %s, found %s", bytes_text(&wanted), describe_found(r))
                       : diag_add(r->b->diags, E0201, place_of(r, expected), "%s cannot stand here",
                                  describe_found(r));
    const char *help = help_of(r, expected);
    if (help)
        diag_help(r->b->diags, diag, "%s", help);
    bytes_release(&wanted);
}
