#include "grammar/help.h"

#include "base/nearest.h"
#include "grammar/parser.h"
#include "grammar/words.h"
#include "syntax/diag.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* If more words than this are expected, the nearest one is not a useful help. */
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

/* What can begin a part of a node, other than a method. */
#define NODE_WORDS (WORDS_ATTRIBUTE | WORDS_ACTION | WORDS_VERB)

static const char *near_word(struct reader *r, const char *word, const char *const *candidates)
{
    const char *near = strlen(word) > 2 ? nearest_word(word, candidates) : NULL;
    if (!near || strcmp(near, word) == 0)
        return NULL;
    return arena_printf(r->b->arena, "did you mean `%s`?", near);
}

static const char *near_role(struct reader *r, const char *word, unsigned roles)
{
    const char *words[WORDS + 1];
    return near_word(r, word, words_with_role(roles, words));
}

static const char *capital_method(struct reader *r, const char *word)
{
    const char *words[WORDS + 1];
    for (const char *const *method = words_with_role(WORDS_METHOD, words); *method; method++)
        if (strcasecmp(word, *method) == 0 && strcmp(word, *method) != 0)
            return arena_printf(r->b->arena, "write methods in capitals: `%s`", *method);
    return NULL;
}

/* The help if the token is nearly one of the expected keywords. */
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

static bool is_word(const struct reader *r)
{
    return isalpha((unsigned char)*ast_bytes(r->b, r->token_span));
}

static bool opens_brace(const struct reader *r)
{
    const char *next = ast_bytes(r->b, r->token_span) + (r->token_span.end - r->token_span.start);
    return next[strspn(next, " \t")] == '{';
}

static const char *help_for_word(struct reader *r, struct expected expected,
                                 const struct kind *kind)
{
    const char *before = r->previous.end > r->previous.start ? help_text_of(r, r->previous) : "";
    const char *found = help_text_of(r, r->token_span);
    const char *help = ast_habit(before);
    if (!help)
        help = ast_habit(found);
    if (help)
        return help;
    if (kind && strcmp(kind->with, "node") == 0 && is_word(r) && opens_brace(r))
        return arena_printf(r->b->arena, "a node begins with `node`, as in `node %s { … }`", found);
    if (kind && (strcmp(kind->with, "endpoint") == 0 || strcmp(kind->with, "node") == 0))
        return near_role(r, found, WORDS_DECLARATION | WORDS_MEMBER);
    help = kind ? NULL : near_expected(r, expected, found);
    if (help)
        return help;
    if (r->previous_token != NAME || r->token_starts_line)
        return NULL;
    help = capital_method(r, before);
    return help ? help : near_role(r, before, NODE_WORDS);
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

/* At the top of a file. */
static const char *help_at_top(const struct reader *r)
{
    if (r->token == KW_NODE)
        return "write a node inside a flow: `flow name { node … }`";
    return r->token == '}' ? "this closes nothing: remove it" : NULL;
}

/* The help if an arrow is expected after an outcome or after a condition. */
static const char *help_for_arrow(struct reader *r, struct expected expected)
{
    const char *before = help_text_of(r, r->previous);
    if (!help_expects(expected, "when"))
        return (r->token == '{' || r->token == KW_THEN) && help_after_value(expected) &&
                       !help_expects(expected, "say")
                   ? "an `if` only chooses an arrow: `if count > 1 -> many else -> one`"
                   : NULL;
    if (r->token == KW_SAY || r->token == KW_LOG || r->token == KW_WAIT)
        return "write the actions of an arm in braces: `200 { say \"…\" } -> node`";
    if (r->previous_token == ':')
        return "to give a variable a value, write `name = value`";
    if (r->previous_token == NAME && (r->token == '+' || r->token == '-' || r->token == '*'))
        return arena_printf(r->b->arena, "write it in full: `%s = %s %s 1`", before, before,
                            help_text_of(r, r->token_span));
    if (r->previous_token == NAME && r->token == '(')
        return arena_printf(r->b->arena, "to run a flow, write `call %s(…)`", before);
    if (help_expects(expected, "','") && !r->token_starts_line && names_outcome(r, r->token))
        return "separate outcomes that share an arm by commas: `other, error -> node`";
    return NULL;
}

/* Whether the last `(` before the token, on the same line, follows `flow name`. */
static bool is_input_list(const struct reader *r)
{
    const char *start = r->b->source->data;
    const char *p = ast_bytes(r->b, r->token_span);
    while (p > start && p[-1] != '(' && p[-1] != '\n')
        p--;
    if (p == start || p[-1] != '(')
        return false;
    p--;
    while (p > start && (p[-1] == ' ' || p[-1] == '_' || isalnum((unsigned char)p[-1])))
        p--;
    p += strspn(p, " ");
    return strncmp(p, "flow ", 5) == 0;
}

/* The source from the token to the next blank or bracket, in quotes. */
static const char *in_quotes(const struct reader *r)
{
    const char *p = ast_bytes(r->b, r->token_span);
    size_t len = strcspn(p, " \t\r\n\"{}()");
    return arena_printf(r->b->arena, "write a text in quotes: `\"%.*s\"`",
                        (int)(len > 60 ? 60 : len), p);
}

/* The help if `:` is expected after a name. */
static const char *help_for_colon(const struct reader *r)
{
    const char *name = help_text_of(r, r->previous);
    if (is_input_list(r))
        return arena_printf(r->b->arena, "an input needs a type: `%s: text`", name);
    if (r->token == ')' || r->token == ',' || r->token == '}')
        return "each value needs a name: `name: value`";
    if (!r->token_starts_line)
        return arena_printf(r->b->arena, "write `:` between name and value: `%s: …`", name);
    return NULL;
}

static const char *help_for_comma(struct expected expected, const struct kind *kind)
{
    bool goes_on = help_expects(expected, "'}'") && !help_expects(expected, "','");
    return goes_on || (kind && kind->list) ? "remove the comma: none is needed here" : NULL;
}

static const char *help_for_brace(struct expected expected, const struct kind *kind)
{
    return kind && help_expects(expected, "max") && help_expects(expected, "a class such as `5xx`")
               ? "write the actions of an arm before its arrow: `200 { say \"…\" } -> node`"
               : NULL;
}

static const char *help_for_text(const struct reader *r)
{
    if (words_has_role(r->previous_token, WORDS_METHOD))
        return arena_printf(r->b->arena, "name the endpoint first: `%s shop \"/path\"`",
                            help_text_of(r, r->previous));
    return r->previous_token == ':' ? NULL : "write a name without quotes";
}

static const char *help_for_target(const struct reader *r)
{
    if (r->token == STRING || r->token == RAW)
        return "write a name without quotes";
    if (is_word(r) && r->token != NAME)
        return arena_printf(r->b->arena,
                            "`%s` is a word of the language and cannot name a node; choose a name "
                            "such as `not_found`",
                            help_text_of(r, r->token_span));
    return NULL;
}

static const char *help_for_token(struct reader *r, struct expected expected,
                                  const struct kind *kind)
{
    bool is_name = kind && strcmp(kind->phrase, "a name") == 0;
    if (kind && strcmp(kind->with, "endpoint") == 0)
        return help_at_top(r);
    if ((r->token == KW_END || r->token == KW_FAIL) && kind && kind->too &&
        strcmp(kind->too, "say") == 0)
        return arena_printf(r->b->arena, "write an arrow before it: `-> %s`",
                            help_text_of(r, r->token_span));
    if (r->token == ARROW && kind && strcmp(kind->with, "say") == 0)
        return "write the arrow after the braces: `200 { say \"…\" } -> next`";
    if (r->token == ARROW && kind && strcmp(kind->with, "node") == 0)
        return "write the arrow of a node inside its braces: `node a { say \"…\" -> next }`";
    if (!kind && help_expects(expected, "':'")) {
        const char *help = help_for_colon(r);
        if (help)
            return help;
    }
    if (kind && strcmp(kind->with, "a text") == 0 && !r->token_starts_line)
        return in_quotes(r);
    if (kind && strcmp(kind->with, "end") == 0)
        return help_for_target(r);
    if (help_expects(expected, "call") && expected.count == 1)
        return "move this to a flow of its own, and call that: `{ call name(…) }`";
    if (!kind && expected.count <= 2 && help_expects(expected, "'='") &&
        !help_expects(expected, "':'"))
        return "it needs a value: `name: type = value`";
    if (r->token == ',')
        return help_for_comma(expected, kind);
    if (r->previous_token == KW_FORM && help_expects(expected, "'{'"))
        return "write the fields in braces: `form { name: value }`";
    if (r->token == INTEGER && r->previous_token == '.')
        return "write the position of an item in brackets: `list[0]`";
    if (r->token == '?')
        return "to choose between two values, write `if condition then one else other`";
    if (r->token == ':' && words_has_role(r->previous_token, WORDS_SETTING | WORDS_ATTRIBUTE))
        return "write a setting without `:`, as in `timeout 5s`";
    if (r->token == '[' && r->previous.end == r->token_span.start && !help_after_value(expected))
        return "write the type of a list as `[text]`";
    if (r->token == '{')
        return help_for_brace(expected, kind);
    if (is_name && (r->token == STRING || r->token == RAW))
        return help_for_text(r);
    if (is_name && help_expects(expected, "node") && help_expects(expected, "')'"))
        return "name the input that gets the value: `name: value`";
    return NULL;
}

/* "end" or "fail" if that is the word before p, else NULL. */
static const char *ending_before(const struct reader *r, const char *p)
{
    static const char *const words[] = { "end", "fail" };
    const char *start = r->b->source->data;
    while (p > start && p[-1] == ' ')
        p--;
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        size_t len = strlen(words[i]);
        if ((size_t)(p - start) > len && strncmp(p - len, words[i], len) == 0 &&
            *(p - len - 1) == ' ')
            return words[i];
    }
    return NULL;
}

/* `-> end value`: the parser may have read the value as the outcome of a new arm. */
static const char *value_without_parentheses(const struct reader *r)
{
    struct span value = r->previous;
    const char *word = ending_before(r, ast_bytes(r->b, value));
    if (!word && is_word(r) && !r->token_starts_line) {
        value = r->token_span;
        word = ending_before(r, ast_bytes(r->b, value));
    }
    return word ? arena_printf(r->b->arena, "write the value in parentheses: `%s (%s)`", word,
                               help_text_of(r, value))
                : NULL;
}

const char *help_of(struct reader *r, struct expected expected, const struct kind *kind)
{
    const char *help = help_for_word(r, expected, kind);
    if (!help)
        help = value_without_parentheses(r);
    if (!help)
        help = help_for_token(r, expected, kind);
    if (!help && help_expects(expected, "->"))
        help = help_for_arrow(r, expected);
    if (help)
        return help;
    if (help_expects(expected, "as") && help_after_value(expected) && !help_expects(expected, "->"))
        return "give the answer a name: `ask \"…\" as answer`";
    if (help_expects(expected, "->") && help_expects(expected, "when"))
        return "each outcome needs an arrow: `200 -> node`";
    if (help_expects(expected, "else") && !kind && !help_after_value(expected))
        return "say where to go in every other case: `else -> node`";
    if (help_expects(expected, "->") && !help_after_value(expected) && !kind)
        return "an arrow says where to go next: `-> node`";
    return NULL;
}
