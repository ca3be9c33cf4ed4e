#include "grammar/message.h"

#include "base/bytes.h"
#include "grammar/parser.h"

#include <string.h>
#include <strings.h>

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

/* A place where so much can stand that only its kind is named. The first row whose mark is among
 * what is expected wins; `also` is what is named beside it. */
struct kind {
    const char *mark;
    const char *phrase;
};

static const struct kind kinds[] = {
    { "true", "a value" },
    { "GET", "what the node does, or where it goes: `->`" },
    { "a class such as `5xx`", "an outcome such as `200`, `other` or `timeout`" },
    { "url", "a setting such as `url` or `timeout`" },
    { "say", "an action: `say`, `log`, `wait` or `name = value`" },
    { "node", "a node" },
    { "endpoint", "a declaration such as `endpoint` or `flow`" },
    { "reply", "a step such as `reply` or `expect`" },
    { "TEXT", "a text" },
    { "a name", "a name" },
    { "a text", "a text in quotes" },
    { "GET", "a method" },
};

/* Signs that say something in a list of what is expected; all others would only make it long. */
static const char *const signs[] = { "}",    ")",    "]",    "->",   "=",      ":",    ",",  "{",
                                     "(",    "from", "as",   "then", "else",   "in",   "on", "call",
                                     "wait", "when", "bearer", "basic", NULL };

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

static const char *phrase_of(struct expected expected)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if (expects(expected, kinds[i].mark))
            return kinds[i].phrase;
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

static bool is_class(const char *name)
{
    return strchr(name, ' ') != NULL;
}

/* A value that may end here is followed by any of these, which goes without saying. */
static bool after_value(struct expected expected)
{
    return expects(expected, "??");
}

/* "`,`, `}` or a name" */
static void describe(struct bytes *out, struct expected expected)
{
    struct bytes last = { 0 };
    const char *phrase = phrase_of(expected);
    bool value = phrase == kinds[0].phrase;
    if (phrase)
        add_choice(out, &last, "", phrase);
    for (int i = 0; i < expected.count && !phrase; i++)
        if (is_class(expected.names[i]))
            add_choice(out, &last, "", expected.names[i]);
    for (const char *const *sign = signs; *sign && !value; sign++) {
        bool noise = after_value(expected) && strcmp(*sign, "=") == 0;
        bool word = (*sign)[0] >= 'a' && phrase;
        if (!noise && !word && expects_sign(expected, *sign))
            add_choice(out, &last, "`", *sign);
    }
    if (value && expects_sign(expected, ")"))
        add_choice(out, &last, "`", ")");
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

static const char *const node_words[] = { "header", "query", "separator", "body", "form",
                                          "text",   "xml",   "match",     "choices", "connect",
                                          "timeout", "within", "retry",   "say",     "log",
                                          "wait",   "ask",   "switch",    "call",    "each",
                                          "parallel", NULL };
static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", NULL };
static const char *const declarations[] = { "import", "const",    "config", "secret", "type",
                                            "endpoint", "flow", "test",   "node",   "var", NULL };

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

static const char *help_for_word(struct reader *r, struct expected expected)
{
    const char *before = r->previous.end > r->previous.start ? text_of(r, r->previous) : "";
    const char *found = text_of(r, r->token_span);
    const char *help = habit_of(before, found);
    if (help)
        return help;
    if (expects(expected, "endpoint") && !expects(expected, "true"))
        return near_word(r, found, declarations);
    if (expects(expected, "node") && !expects(expected, "true"))
        return near_word(r, found, declarations);
    if (r->previous_token != NAME || r->token_starts_line)
        return NULL;
    help = capital_method(r, before);
    return help ? help : near_word(r, before, node_words);
}

static const char *help_of(struct reader *r, struct expected expected)
{
    const char *help = help_for_word(r, expected);
    if (help)
        return help;
    if (expects(expected, "as") && expects(expected, "??") && !expects(expected, "->"))
        return "give the answer a name: `ask \"…\" as answer`";
    if (r->token == KW_NODE && expects(expected, "endpoint"))
        return "a node stands inside a flow: `flow name { node … }`";
    if (r->token == '}' && expects(expected, "endpoint"))
        return "nothing is open that this could close";
    if (r->token == ARROW && expects(expected, "say"))
        return "the arrow comes after the braces: `200 { say \"…\" } -> next`";
    if (expects(expected, "->") && expects(expected, "when"))
        return "every outcome says where to go next: `200 -> node`";
    if (expects(expected, "else") && r->token != KW_ELSE && !expects(expected, "->"))
        return "add `else -> node`: an `if` says where to go in every case";
    if (expects(expected, "->") && !after_value(expected))
        return "an arrow says where to go next: `-> node`";
    return NULL;
}

/* A token that begins a line is seldom what is wrong: something is missing before it. */
static struct span place_of(const struct reader *r)
{
    if ((r->token_starts_line || r->token == GRAMMAR_EOF) && r->previous.end > 0)
        return (struct span){ r->previous.end, r->previous.end };
    return r->token_span;
}

void message_syntax(struct reader *r, const char *const *names, int count, const char *found)
{
    (void)found;
    struct expected expected = { names, count };
    if (reader_is_known(r))
        return;
    struct bytes wanted = { 0 };
    describe(&wanted, expected);
    struct diag *diag =
        wanted.len > 0 ? diag_add(r->b->diags, E0201, place_of(r), "expected %s, found %s",
                                  bytes_text(&wanted), describe_found(r))
                       : diag_add(r->b->diags, E0201, place_of(r), "%s cannot stand here",
                                  describe_found(r));
    const char *help = help_of(r, expected);
    if (help)
        diag_help(r->b->diags, diag, "%s", help);
    bytes_release(&wanted);
}
