#include "grammar/help.h"

#include "compiler/diag.h"
#include "grammar/parser.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Of more expected words the nearest is no help. */
#define MOST_EXPECTED 16

bool help_expects(struct expected expected, const char *name)
{
    for (int i = 0; i < expected.count; i++)
        if (strcmp(expected.names[i], name) == 0)
            return true;
    return false;
}

bool help_after_value(struct expected expected)
{
    return help_expects(expected, "??");
}

bool help_is_class(const char *name)
{
    return strchr(name, ' ') != NULL;
}

const char *help_text_of(const struct reader *r, struct span span)
{
    uint32_t len = span.end - span.start;
    return arena_copy(r->b->arena, ast_bytes(r->b, span), len > 40 ? 40 : len);
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
    { "for", true, "to do something for each item write `each item in list { call flow(…) }`" },
    { "foreach", true, "to do something for each item write `each item in list { call flow(…) }`" },
    { "while", true, "to do it again lead an arrow back: `-> node max 3 else other`" },
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
        if (islower((unsigned char)*expected.names[i]) && !help_is_class(expected.names[i]))
            names[count++] = expected.names[i];
    names[count] = NULL;
    return r->token == NAME ? near_word(r, found, names) : NULL;
}

static const char *help_for_word(struct reader *r, struct expected expected,
                                 const struct kind *kind)
{
    const char *before = r->previous.end > r->previous.start ? help_text_of(r, r->previous) : "";
    const char *found = help_text_of(r, r->token_span);
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

/* Signs in the wrong place. */

static bool names_outcome(const struct reader *r, int token)
{
    static const char *const outcomes[] = { "other", "error", "ok", "invalid", "max-connection" };
    const char *text = help_text_of(r, r->token_span);
    for (size_t i = 0; i < sizeof(outcomes) / sizeof(*outcomes); i++)
        if (strcmp(text, outcomes[i]) == 0)
            return true;
    return token == INTEGER || token == STATUS_CLASS || token == KW_TIMEOUT || token == KW_FAIL;
}

static bool is_setting_word(int token)
{
    return token >= KW_URL && token <= KW_CHOICES;
}

/* At the top of a file. */
static const char *help_at_top(const struct reader *r)
{
    if (r->token == KW_NODE)
        return "a node stands inside a flow: `flow name { node … }`";
    return r->token == '}' ? "nothing is open that this could close" : NULL;
}

/* Where an arrow is expected behind an outcome, or behind a condition. */
static const char *help_for_arrow(struct reader *r, struct expected expected)
{
    const char *before = help_text_of(r, r->previous);
    if (!help_expects(expected, "when"))
        return r->token == '{' && help_after_value(expected) && !help_expects(expected, "say")
                   ? "an `if` leads to nodes: `if count > 1 -> many else -> one`"
                   : NULL;
    if (r->previous_token == ':')
        return "to give a variable a value write `name = value`";
    if (r->previous_token == NAME && (r->token == '+' || r->token == '-' || r->token == '*'))
        return arena_printf(r->b->arena, "write the sum as a whole: `%s = %s %s 1`", before, before,
                            help_text_of(r, r->token_span));
    if (r->previous_token == NAME && r->token == '(')
        return arena_printf(r->b->arena, "to run a flow write `call %s(…)`", before);
    if (help_expects(expected, "','") && !r->token_starts_line && names_outcome(r, r->token))
        return "outcomes that share an arm stand with commas: `other, error -> node`";
    return NULL;
}

static const char *help_for_comma(struct expected expected, const struct kind *kind)
{
    bool goes_on = help_expects(expected, "'}'") && !help_expects(expected, "','");
    return goes_on || (kind && kind->list) ? "leave the comma out: what follows begins by itself"
                                           : NULL;
}

static const char *help_for_brace(struct expected expected, const struct kind *kind)
{
    return kind && help_expects(expected, "max") && help_expects(expected, "a class such as `5xx`")
               ? "what an arm does stands before its arrow: `200 { say \"…\" } -> node`"
               : NULL;
}

static const char *help_for_text(const struct reader *r)
{
    bool is_method = r->previous_token >= KW_GET && r->previous_token <= KW_HEAD;
    if (is_method)
        return arena_printf(r->b->arena, "name the endpoint first: `%s shop \"/path\"`",
                            help_text_of(r, r->previous));
    return r->previous_token == ':' ? NULL : "a name stands without quotes";
}

static const char *help_for_token(struct reader *r, struct expected expected,
                                  const struct kind *kind)
{
    bool is_name = kind && strcmp(kind->phrase, "a name") == 0;
    if (kind && strcmp(kind->with, "endpoint") == 0)
        return help_at_top(r);
    if (r->token == ARROW && kind && strcmp(kind->with, "say") == 0)
        return "the arrow comes after the braces: `200 { say \"…\" } -> next`";
    if (r->token == ARROW && kind && strcmp(kind->with, "node") == 0)
        return "the arrow of a node stands within its braces: `node a { say \"…\" -> next }`";
    if ((r->token == ')' || r->token == ',' || r->token == '}') && help_expects(expected, "':'") &&
        !kind)
        return "each value stands behind its name: `name: value`";
    if (r->token == ',')
        return help_for_comma(expected, kind);
    if (r->token == '?')
        return "to choose between two values write `if condition then one else other`";
    if (r->token == ':' && is_setting_word(r->previous_token))
        return "no `:` stands after the name of a setting: `timeout 5s`";
    if (r->token == '[' && r->previous.end == r->token_span.start && !help_after_value(expected))
        return "the type of a list is written `[text]`";
    if (r->token == '{')
        return help_for_brace(expected, kind);
    if (is_name && (r->token == STRING || r->token == RAW))
        return help_for_text(r);
    if (is_name && help_expects(expected, "node") && help_expects(expected, "')'"))
        return "a value is given by the name of its input: `name: value`";
    return NULL;
}

const char *help_of(struct reader *r, struct expected expected, const struct kind *kind)
{
    const char *help = help_for_word(r, expected, kind);
    if (!help)
        help = help_for_token(r, expected, kind);
    if (!help && help_expects(expected, "->"))
        help = help_for_arrow(r, expected);
    if (help)
        return help;
    if (help_expects(expected, "as") && help_after_value(expected) && !help_expects(expected, "->"))
        return "give the answer a name: `ask \"…\" as answer`";
    if (help_expects(expected, "->") && help_expects(expected, "when"))
        return "every outcome says where to go next: `200 -> node`";
    if (help_expects(expected, "else") && !kind && !help_after_value(expected))
        return "say where to go in every other case: `else -> node`";
    if (help_expects(expected, "->") && !help_after_value(expected) && !kind)
        return "an arrow says where to go next: `-> node`";
    return NULL;
}
