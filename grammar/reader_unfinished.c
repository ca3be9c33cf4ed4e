/* Lines that end too early: `200 ->` without its target, `url` without its value. The words of the
 * language are names too, so the parser would take the first word of the next line for what is
 * missing, and report the rest of that line. Only what no correct program contains counts here. */
#include "grammar/reader.h"

#include "grammar/parser.h"

#include <ctype.h>
#include <string.h>

/* The parts that can be missing at the end of a line. */
enum missing { NOTHING, A_TARGET, A_VALUE, A_TIME, A_NAME };

static const char *const missing_text[] = {
    [A_TARGET] = "a node, `end`, `fail` or `flow`",
    [A_VALUE] = "a value",
    [A_TIME] = "a time such as `10s`",
    [A_NAME] = "a name",
};

/* After these a value or a name must follow. */
static bool is_open_sign(int token)
{
    switch (token) {
    case ARROW:
    case '=':
    case ':':
    case EQUAL:
    case NOT_EQUAL:
    case '<':
    case '>':
    case LESS_EQUAL:
    case GREATER_EQUAL:
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case DEFAULT:
    case ',':
        return true;
    default:
        return false;
    }
}

/* A word after this token is part of an expression or of a list, and so a name. */
static bool wants_name(int token)
{
    return is_open_sign(token) || token == '(' || token == '[' || token == '.' || token == KW_AND ||
           token == KW_OR || token == KW_NOT || token == KW_IN || token == KW_THEN ||
           token == KW_ELSE || token == KW_IF || token == KW_WHEN;
}

/* Words that begin a part of a node or a setting with a value. */
static bool wants_value(int token)
{
    switch (token) {
    case KW_URL:
    case KW_BODY:
    case KW_TEXT:
    case KW_XML:
    case KW_MATCH:
    case KW_CHOICES:
    case KW_SEPARATOR:
    case KW_SAY:
    case KW_LOG:
    case KW_WAIT:
    case KW_ASK:
        return true;
    default:
        return false;
    }
}

static bool is_text(int token)
{
    return token == STRING || token == RAW || token == TEXT_CLOSE;
}

/* What must still follow the last token and the one before it. */
static enum missing missing_after(const struct reader *r)
{
    if (r->token == ARROW)
        return A_TARGET;
    if (is_open_sign(r->token))
        return A_VALUE;
    if (r->token == KW_AS && is_text(r->token_before))
        return A_NAME;
    if (wants_name(r->token_before))
        return NOTHING;
    if (r->token == KW_BEARER || r->token == KW_BASIC)
        return r->token_before == KW_AUTH ? A_VALUE : NOTHING;
    if (r->token == KW_BACKOFF)
        return A_TIME;
    if (!r->token_starts_line && r->token_before != '{')
        return NOTHING;
    if (r->token == KW_TIMEOUT || r->token == KW_CONNECT || r->token == KW_WITHIN)
        return A_TIME;
    return wants_value(r->token) ? A_VALUE : NOTHING;
}

/* The source after the token that was scanned last. */

static const char *behind(const struct reader *r)
{
    const char *p = r->b->source->data + (r->span.end - r->b->source->base);
    return p + strspn(p, " \t");
}

static bool begins_word(const char *p)
{
    return isalpha((unsigned char)*p) || *p == '_';
}

static const char *past_word(const char *p)
{
    while (isalnum((unsigned char)*p) || *p == '_' || *p == '-')
        p++;
    return p;
}

static bool is_word(const char *p, const char *word)
{
    size_t len = strlen(word);
    return strncmp(p, word, len) == 0 && past_word(p) == p + len;
}

/* The end of the braces that open at p; NULL if they are not closed within 1,000 bytes. */
static const char *past_braces(const char *p)
{
    size_t open = 0;
    for (size_t i = 0; i < 1000 && p[i]; i++) {
        open += p[i] == '{';
        open -= p[i] == '}';
        if (!open)
            return p + i + 1;
    }
    return NULL;
}

static bool is_arrow(const char *p)
{
    p += strspn(p, " \t\r\n");
    return p[0] == '-' && p[1] == '>';
}

/* An outcome, or several, or one with its actions: what comes before an arrow. */
static bool reads_as_arm(const char *p)
{
    if (*p == '{')
        p = past_braces(p);
    return p && (*p == ',' || is_arrow(p) || is_word(p, "when") || is_word(p, "as"));
}

static bool is_quote(const char *p)
{
    return *p == '"' || *p == '\'';
}

/* A word and what makes it a part of a node: `call name(`, `header Name:`, `GET shop "/"`. */
static bool reads_as_part(const struct reader *r, int token, const char *p)
{
    const char *next = past_word(p);
    const char *after = next + strspn(next, " \t");
    switch (token) {
    case KW_CALL:
        return begins_word(p) && *after == '(';
    case KW_HEADER:
    case KW_QUERY:
        return begins_word(p) && *after == ':';
    case KW_GET:
    case KW_POST:
    case KW_PUT:
    case KW_PATCH:
    case KW_DELETE:
    case KW_HEAD:
        return begins_word(p) && is_quote(after);
    case KW_TEXT:
    case KW_XML:
    case KW_MATCH:
    case KW_SAY:
    case KW_LOG:
    case KW_ASK:
    case KW_URL:
        return is_quote(p);
    case KW_SEPARATOR:
        return is_word(p, "ampersand") || is_word(p, "semicolon");
    case KW_TIMEOUT:
    case KW_CONNECT:
    case KW_WITHIN:
    case KW_RETRY:
    case KW_CONNECTIONS:
    case KW_REDIRECTS:
    case KW_WAIT:
        return isdigit((unsigned char)*p);
    default:
        return r->token != ',' && *p == '=' && p[1] != '=';
    }
}

static bool begins_part(const struct reader *r, int token, enum missing missing)
{
    const char *p = behind(r);
    bool is_number = token == INTEGER || token == STATUS_CLASS;
    bool is_name = begins_word(r->b->source->data + (r->span.start - r->b->source->base));
    if (token == KW_IF || token == KW_NOT || token == KW_FLOW || token == KW_NODE ||
        token == KW_ELSE)
        return false;
    switch (missing) {
    case A_TARGET:
        return (is_name || is_number) && reads_as_arm(p);
    case A_NAME:
        return is_name && reads_as_arm(p);
    case A_TIME:
        return is_number ? reads_as_arm(p) : is_name;
    case A_VALUE:
        return is_name && reads_as_part(r, token, p);
    case NOTHING:
        break;
    }
    return false;
}

/* `= value` after something that is complete: the name is missing. */
static bool is_nameless(const struct reader *r, int token)
{
    return token == '=' && (is_text(r->token) || r->token == INTEGER || r->token == ')' ||
                            r->token == ']' || r->token == '{' || r->token == '}');
}

bool reader_unfinished(struct reader *r, int token)
{
    if (!r->starts_line || r->text_count > 0)
        return false;
    enum missing missing = is_nameless(r, token) ? A_NAME : missing_after(r);
    if (missing == NOTHING || (token != '=' && !begins_part(r, token, missing)))
        return false;
    struct span place = { r->token_span.end, r->token_span.end };
    uint32_t len = r->span.end - r->span.start;
    struct diag *diag =
        ast_misplaced(r->b, place, "expected %s, found `%.*s`", missing_text[missing],
                      (int)(len > 60 ? 60 : len), ast_bytes(r->b, r->span));
    if (missing == A_TARGET)
        diag_help(r->b->diags, diag,
                  "the arrow has no target: write where the run goes, as in "
                  "`-> node`");
    r->mistake = r->span.start + 1;
    return true;
}
