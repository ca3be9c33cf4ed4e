/* Small mistakes that do not stop the parser, because it is clear what was meant. */
#include "syntax/ast_build.h"

#include <stdarg.h>
#include <string.h>

const char *ast_habit(const char *word)
{
    static const char *const habits[][2] = {
#define HABIT(word, help) { word, help },
#include "syntax/habits.def"
#undef HABIT
    };
    for (size_t i = 0; i < sizeof(habits) / sizeof(*habits); i++) {
        if (strcmp(habits[i][0], word) == 0)
            return habits[i][1];
    }
    return NULL;
}

/* Whether pos is on the line of the last message, and no node begins between them. */
static bool is_on_line(const struct builder *b, uint32_t pos)
{
    uint32_t said = b->said - 1;
    uint32_t from = pos < said ? pos : said;
    uint32_t len = pos < said ? said - pos : pos - said;
    return from >= b->anchor && !memchr(ast_bytes(b, (struct span){ from, from }), '\n', len);
}

bool ast_is_said(const struct builder *b, struct span span)
{
    return b->said && is_on_line(b, span.start);
}

void ast_say(struct builder *b, struct span span)
{
    b->said = span.start + 1;
}

void ast_say_later(struct builder *b, struct span span)
{
    ast_say(b, span);
    b->says_later = true;
}

static struct diag *report(struct builder *b, struct span span, const char *format, va_list args)
{
    if (ast_is_said(b, span))
        return &b->unsaid;
    return diag_add(b->diags, E0201, span, "%s", arena_vprintf(b->arena, format, args));
}

struct diag *ast_mistake(struct builder *b, struct span span, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct diag *diag = report(b, span, format, args);
    va_end(args);
    return diag;
}

struct diag *ast_misplaced(struct builder *b, struct span span, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct diag *diag = report(b, span, format, args);
    va_end(args);
    ast_say(b, span);
    return diag;
}

static int shown(struct span span)
{
    uint32_t len = span.end - span.start;
    return (int)(len > 60 ? 60 : len);
}

void ast_wrong_sign(struct builder *b, struct span found, const char *wanted, const char *help)
{
    struct diag *diag = ast_mistake(b, found, "expected `%s`, found `%.*s`", wanted, shown(found),
                                    ast_bytes(b, found));
    if (help)
        diag_help(b->diags, diag, "%s", help);
}

void ast_wrong_equals(struct builder *b, struct span found, const char *wanted)
{
    ast_wrong_sign(b, found, wanted, "`==` compares, `=` gives a variable its value");
}

struct expr *ast_hyphenated(struct builder *b, struct span span)
{
    const char *p = ast_bytes(b, span);
    const char *minus = memchr(p, '-', span.end - span.start);
    struct diag *diag = ast_misplaced(
        b, span, "`%.*s` is read as one word, but the name of a value cannot contain `-`",
        shown(span), p);
    diag_help(b->diags, diag, "to subtract, write `%.*s - %.*s` with spaces", (int)(minus - p), p,
              shown(span) - (int)(minus - p) - 1, minus + 1);
    return ast_bad(b, span);
}

struct word ast_hyphenated_name(struct builder *b, struct span span)
{
    struct word word = ast_word(b, span);
    char *better = arena_copy(b->arena, word.text, strlen(word.text));
    for (char *p = better; *p; p++)
        if (*p == '-')
            *p = '_';
    struct diag *diag = ast_mistake(b, span, "a name cannot contain `-`");
    diag_help(b->diags, diag, "write `%s`", better);
    return word;
}

int64_t ast_unitless(struct builder *b, struct span span)
{
    struct diag *diag = ast_mistake(b, span, "a time needs a unit");
    diag_help(b->diags, diag, "write `%.*ss` for seconds; the units are ms, s, m, h, d",
              shown(span), ast_bytes(b, span));
    return ast_count(b, span);
}

void ast_needless_colon(struct builder *b, struct span span)
{
    if (span.start == span.end)
        return;
    struct diag *diag = ast_mistake(b, span, "unexpected `:`");
    diag_help(b->diags, diag, "write `404 -> node`, or `404 { say \"…\" } -> node`");
}

struct type_expr *ast_untyped(struct builder *b, struct word name)
{
    struct diag *diag = ast_mistake(b, name.span, "the input `%s` has no type", name.text);
    diag_help(b->diags, diag, "write `%s: text`; the types are text, int, number, bool, any, [T]",
              name.text);
    return ast_type_name(b, (struct word){ intern_of(b->words, "any"), name.span });
}

struct expr *ast_valueless(struct builder *b, struct word name, struct span type)
{
    struct diag *diag = ast_mistake(b, type, "the variable `%s` has no value", name.text);
    diag_help(b->diags, diag, "give it an initial value: `var %s = 0` or `var %s: text? = null`",
              name.text, name.text);
    return ast_bad(b, type);
}

int64_t ast_sizeless(struct builder *b, struct span span)
{
    struct diag *diag = ast_mistake(b, span, "a size needs a unit");
    diag_help(b->diags, diag, "write `%.*sKB`; the units are KB, MB, GB", shown(span),
              ast_bytes(b, span));
    return ast_count(b, span);
}

struct expr *ast_quoted_pattern(struct builder *b, struct expr *text)
{
    struct diag *diag = ast_mistake(
        b, text->span, "a pattern needs single quotes, where `\\` and `{` have no special meaning");
    diag_help(b->diags, diag, "write `match '^[0-9]{4}$'`");
    return ast_bad(b, text->span);
}

struct word ast_nameless_answer(struct builder *b, struct span question)
{
    struct span after = { question.end, question.end };
    struct diag *diag = ast_mistake(b, after, "expected `as` and a name for the answer");
    diag_help(b->diags, diag, "write `ask \"…\" as answer`");
    b->lost = question.end;
    return (struct word){ intern_of(b->words, "answer"), after };
}

struct label *ast_else_label(struct builder *b, struct span span)
{
    struct diag *diag = ast_misplaced(b, span, "`else` is not an outcome");
    diag_help(b->diags, diag, "write `other` for the statuses that no other arm takes");
    b->lost = span.end;
    struct label *label = ast_label(b, span);
    label->word.text = intern_of(b->words, "other");
    return label;
}
