/* Questions: their `choices` and `match`, and the types of their answers. */
#include "check/check.h"

#include "formats/json.h"
#include "regex/pattern.h"

#include <string.h>

void check_pattern(struct checker *c, const struct expr *e, const char *taker)
{
    char why[PATTERN_MAX_WHY] = "it contains U+0000: write `\\x00`";
    const char *text = intern_add(&c->m->words, e->bytes, e->len);
    const char **known = &c->patterns[((uintptr_t)text >> 4) % CHECK_PATTERNS];
    if (*known == text)
        return;
    struct pattern *pattern = strlen(text) == e->len ? pattern_new(text, why, sizeof why) : NULL;
    if (pattern) {
        pattern_free(pattern);
        *known = text;
        return;
    }
    struct diag *diag =
        diag_add(c->d, E0605, e->span, "this regular expression cannot be used: %s", why);
    diag_help(c->d, diag,
              "`%s` takes a regular expression in the syntax of RE2, such as '^[A-Z]{2}\\d{6}$'",
              taker);
}

static void check_match(struct checker *c, const struct setting *s, const struct type *answer)
{
    if (!s->first || s->first->kind != EXPR_TEXT)
        return;
    check_expr(c, s->first);
    if (answer->kind != TYPE_TEXT && answer->kind != TYPE_UNKNOWN) {
        struct diag *diag =
            diag_add(c->d, E0701, s->word.span, "`match` needs a text, but the answer is `%s`",
                     check_type_text(c, answer));
        diag_help(c->d, diag,
                  "remove `match`: an answer that is not of type `%s` is `invalid` anyway",
                  check_type_text(c, answer));
        return;
    }
    check_pattern(c, s->first, "match");
}

static void check_choices(struct checker *c, const struct setting *s, const struct type *answer)
{
    names_clear(&c->seen);
    for (struct expr *e = s->first; e; e = e->next) {
        struct value v;
        struct bytes text = { 0 };
        check_fits(c, e, answer, "a choice must have the type of the answer");
        if (!check_constant_value(c, e, &v))
            continue;
        json_write(&text, v);
        const char *word = intern_add(&c->m->words, bytes_text(&text), text.len);
        if (names_add(&c->seen, word, e))
            diag_add(c->d, E0405, e->span, "the choice %s is listed twice",
                     check_source(c, e->span));
        bytes_release(&text);
        value_unref(v);
    }
}

void check_ask_settings(struct checker *c, struct node_model *node, const struct type *answer)
{
    const struct setting *first[CHECK_SETTINGS] = { NULL };
    for (const struct setting *s = node->ast->settings; s; s = s->next) {
        if (!check_setting_counts(c, s, CHECK_ASK, first))
            continue;
        if (s->kind == SETTING_TIMEOUT)
            check_duration(c, s, s->amount);
        else if (s->kind == SETTING_MATCH)
            check_match(c, s, answer);
        else if (s->kind == SETTING_CHOICES)
            check_choices(c, s, answer);
    }
}
