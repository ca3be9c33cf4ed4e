/* Outcomes: the spelling of labels, which outcomes a node can have, which it must map, and which
 * arms can never be taken. */
#include "check/check.h"

#include "base/nearest.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CODE(outcome) (1u << OUTCOME_##outcome)

static const struct kind {
    const char *text;
    unsigned outcomes;
    const char *outcomes_text;
} kinds[] = {
#define NODE_KIND(symbol, text, outcomes, outcomes_text) { text, outcomes, outcomes_text },
#include "syntax/nodes.def"
#undef NODE_KIND
};

/* The outcomes that a node can have, besides the statuses of a call. */
static unsigned outcomes_of(enum node_kind kind)
{
    return kinds[kind].outcomes;
}

static const char *outcomes_text(enum node_kind kind)
{
    return kinds[kind].outcomes_text;
}

size_t check_label_slot(uint16_t label)
{
    if (label >= LABEL_OUTCOME)
        return 410u + label - LABEL_OUTCOME;
    return label >= LABEL_CLASS ? 400u + label - LABEL_CLASS : label - 200u;
}

/* Spelling. */

/* The word in the spelling of outcomes: lower case, `-` instead of `_`. */
static const char *right_spelling(struct checker *c, const char *word)
{
    char *right = arena_copy(c->arena, word, strlen(word));
    for (char *p = right; *p; p++)
        *p = *p == '_' ? '-' : (char)tolower((unsigned char)*p);
    return right;
}

static bool is_label_of(const struct node *n, uint16_t label)
{
    if (label < LABEL_OUTCOME)
        return n->kind == NODE_CALL_API;
    return (outcomes_of(n->kind) >> (label - LABEL_OUTCOME)) & 1;
}

static const char *near_label(const struct node *n, const char *word)
{
    static const char *const classes[] = { "2xx", "3xx", "4xx", "5xx" };
    const char *names[OUTCOMES + 5] = { 0 };
    size_t count = 0;
    for (unsigned i = 0; i < OUTCOMES; i++) {
        if ((outcomes_of(n->kind) >> i) & 1)
            names[count++] = outcome_name((enum outcome)i);
    }
    for (size_t i = 0; n->kind == NODE_CALL_API && i < 4 && !isdigit((unsigned char)*word); i++)
        names[count++] = classes[i];
    return nearest_word(word, names);
}

static bool say_unknown_label(struct checker *c, const struct node *n, struct word word,
                              uint16_t *label)
{
    const char *text = word.text;
    bool is_number = strspn(text, "0123456789") == strlen(text);
    struct diag *diag;
    if (is_number) {
        diag = diag_add(c->d, E0404, word.span, "there is no status `%s`", text);
        diag_help(c->d, diag, "a status is from 200 to 599");
        return false;
    }
    diag = diag_add(c->d, E0404, word.span, "there is no outcome `%s`", text);
    if (strcmp(text, "1xx") == 0) {
        diag_help(
            c->d, diag,
            "a 1xx response is followed by the final response: map its status, from 200 to 599");
        return false;
    }
    const char *near = near_label(n, text);
    if (near)
        diag_help(c->d, diag, "did you mean `%s`?", near);
    else
        diag_help(c->d, diag, "%s", outcomes_text(n->kind));
    return near && outcome_label_read(near, label);
}

bool check_label(struct checker *c, const struct node *n, struct word word, uint16_t *label)
{
    if (!outcome_label_read(word.text, label)) {
        const char *right = right_spelling(c, word.text);
        if (!outcome_label_read(right, label))
            return say_unknown_label(c, n, word, label) && is_label_of(n, *label);
        struct diag *diag = diag_add(c->d, E0403, word.span, "`%s` is not an outcome", word.text);
        diag_help(c->d, diag, "write `%s`: outcomes are in lower case, with `-`", right);
    }
    if (is_label_of(n, *label))
        return true;
    struct diag *diag =
        diag_add(c->d, E0406, word.span, "%s has no outcome `%s`", kinds[n->kind].text, word.text);
    diag_help(c->d, diag, "%s", outcomes_text(n->kind));
    return false;
}

/* What can happen at a node. */

/* A misspelled setting counts: it is reported. */
static bool has_setting(const struct node *n, enum setting_kind kind)
{
    for (const struct setting *s = n->settings; s; s = s->next) {
        if (s->kind == kind)
            return true;
    }
    return check_setting_is_meant(n->settings, CHECK_ASK, kind);
}

/* Whether this question rejects some answers. */
static bool can_be_invalid(const struct node *n)
{
    return has_setting(n, SETTING_MATCH) || has_setting(n, SETTING_CHOICES) ||
           (n->verb->result_type && check_answer_type(n)->kind != TYPE_TEXT);
}

/* False if this outcome never happens at this node; reported. */
static bool can_happen(struct checker *c, const struct node *n, struct word word, uint16_t label)
{
    if (n->kind != NODE_ASK)
        return true;
    struct diag *diag = NULL;
    if (label == label_of_outcome(OUTCOME_TIMEOUT) && !has_setting(n, SETTING_TIMEOUT)) {
        diag = diag_add(c->d, E0406, word.span,
                        "this `ask` has no time limit, so `timeout` never happens");
        diag_help(c->d, diag,
                  "set a time above the arms, such as `timeout 10m`, or remove this arm");
    } else if (label == label_of_outcome(OUTCOME_INVALID) && !can_be_invalid(n)) {
        diag = diag_add(c->d, E0406, word.span,
                        "this `ask` accepts any answer, so `invalid` never happens");
        diag_help(c->d, diag,
                  "restrict the answer with `choices`, `match` or a type, or remove this arm");
    }
    return diag == NULL;
}

static unsigned needed_outcomes(const struct node *n)
{
    unsigned needed = outcomes_of(n->kind);
    if (n->kind == NODE_ASK && !has_setting(n, SETTING_TIMEOUT))
        needed &= ~CODE(TIMEOUT);
    if (n->kind == NODE_ASK && !can_be_invalid(n))
        needed &= ~CODE(INVALID);
    return needed;
}

/* Routes. */

/* What one node maps. */
struct mapped {
    uint32_t arm_number; /* of the current arm */
    unsigned outcomes;   /* mapped by an arm without a guard: bits by enum outcome */
    bool has_200;
    bool is_partial;      /* a label could not be read: it may be the one that is missing */
    uint16_t statuses[4]; /* by class from 2xx: how many have an arm without a guard */
};

static void say_twice(struct checker *c, struct word word, struct word first, bool same_arm)
{
    struct diag *diag;
    if (same_arm)
        diag = diag_add(c->d, E0405, word.span, "this arm lists `%s` twice", word.text);
    else
        diag = diag_add(c->d, E0405, word.span, "this arm for `%s` can never be taken", word.text);
    if (!same_arm) {
        diag_note(c->d, diag, first.span, "this arm takes every `%s`", first.text);
        diag_help(c->d, diag, "remove one of them, or give the first a condition: `%s when … -> …`",
                  first.text);
    }
}

/* Records that label takes arm. The arms of one label are tried in source order. */
static void add_route(struct node_model *node, struct mapped *m, uint16_t label, struct arm *arm)
{
    node->routes[node->route_count++] = (struct route){ label, m->arm_number, arm };
    if (label == 200)
        m->has_200 = true;
    if (!arm->when && label >= LABEL_OUTCOME)
        m->outcomes |= 1u << (label - LABEL_OUTCOME);
    if (!arm->when && label < LABEL_CLASS)
        m->statuses[label / 100 - 2]++;
}

/* Replaces a misspelled label by the one that was meant, for all later checks. */
static const char *meant_word(struct checker *c, const char *written, uint16_t label)
{
    uint16_t read;
    char text[20];
    return outcome_label_read(written, &read)
               ? written
               : intern_of(&c->m->words, outcome_label_text(label, text));
}

static void read_label(struct checker *c, struct node_model *node, struct mapped *m,
                       struct arm *arm, struct label *l)
{
    uint16_t label;
    if (!l->word.text || !check_label(c, node->ast, l->word, &label)) {
        m->is_partial |= !l->word.text;
        return;
    }
    l->word.text = meant_word(c, l->word.text, label);
    if (!can_happen(c, node->ast, l->word, label))
        return;
    const struct label **first = &c->always[check_label_slot(label)];
    bool is_known = c->seen_labels[check_label_slot(label)] == c->label_round;
    if (is_known && *first) {
        bool same_arm = (*first)->word.span.start >= arm->span.start;
        say_twice(c, l->word, (*first)->word, same_arm);
        return;
    }
    if (!is_known || !arm->when)
        *first = arm->when ? NULL : l;
    c->seen_labels[check_label_slot(label)] = c->label_round;
    add_route(node, m, label, arm);
}

static int by_label(const void *a, const void *b)
{
    const struct route *x = a;
    const struct route *y = b;
    if (x->label != y->label)
        return x->label < y->label ? -1 : 1;
    return x->arm->span.start < y->arm->span.start ? -1 : x->arm->span.start > y->arm->span.start;
}

/* Reports a class of which every status has an arm of its own. */
static void check_classes(struct checker *c, const struct node_model *node, const struct mapped *m)
{
    for (size_t i = 0; i < node->route_count; i++) {
        uint16_t label = node->routes[i].label;
        if (label < LABEL_CLASS || label >= LABEL_OUTCOME ||
            m->statuses[label - LABEL_CLASS - 2] < 100)
            continue;
        for (const struct label *l = node->routes[i].arm->labels; l; l = l->next) {
            uint16_t read;
            if (l->word.text && outcome_label_read(l->word.text, &read) && read == label)
                diag_add(c->d, E0405, l->word.span,
                         "`%s` can never be taken: each of its statuses "
                         "has an arm of its own",
                         l->word.text);
        }
    }
}

/* Completeness. */

static void add_quoted(struct bytes *b, const char *word, size_t i, size_t count)
{
    bytes_printf(b, "%s`%s`", i == 0 ? "" : i + 1 == count ? " and " : ", ", word);
}

static void say_missing(struct checker *c, const struct node *n, unsigned missing)
{
    struct bytes said = { 0 };
    struct bytes added = { 0 };
    size_t count = (size_t)__builtin_popcount(missing);
    size_t n_said = 0;
    for (unsigned i = 0; i < OUTCOMES; i++) {
        if (!((missing >> i) & 1))
            continue;
        bytes_printf(&added, "%s%s", n_said ? ", " : "", outcome_name((enum outcome)i));
        add_quoted(&said, outcome_name((enum outcome)i), n_said++, count);
    }
    struct diag *diag = diag_add(c->d, E0402, n->name.span, "node `%s` does not map %s",
                                 n->name.text, bytes_text(&said));
    diag_help(c->d, diag, "add `%s -> …`; %s", bytes_text(&added),
              n->kind == NODE_CALL_API
                  ? "a call must map 200, other, error, timeout and max-connection"
              : n->kind == NODE_ASK ? outcomes_text(NODE_ASK)
                                    : "a call of a flow must map ok and fail");
    bytes_release(&said);
    bytes_release(&added);
}

static void say_guarded_only(struct checker *c, const struct node_model *node, unsigned *missing)
{
    for (size_t i = 0; i < node->route_count; i++) {
        uint16_t label = node->routes[i].label;
        if (label < LABEL_OUTCOME || !((*missing >> (label - LABEL_OUTCOME)) & 1))
            continue;
        *missing &= ~(1u << (label - LABEL_OUTCOME));
        const struct arm *arm = node->routes[i].arm;
        const char *name = outcome_name((enum outcome)(label - LABEL_OUTCOME));
        struct diag *diag =
            diag_add(c->d, E0402, node->ast->name.span, "node `%s` does not map every `%s`",
                     node->ast->name.text, name);
        diag_note(c->d, diag, arm->when->span, "this arm is taken only when this is true");
        diag_help(c->d, diag, "add `%s -> …` without `when` below it", name);
    }
}

static void check_complete(struct checker *c, const struct node_model *node, struct mapped *m)
{
    const struct node *n = node->ast;
    if (m->is_partial || resolve_is_broken(c->r, n->span) || !n->name.text)
        return;
    if (n->kind == NODE_CALL_API && !m->has_200) {
        struct diag *diag =
            diag_add(c->d, E0401, n->name.span, "node `%s` does not map `200`", n->name.text);
        diag_help(c->d, diag,
                  "add `200 -> …`, or name `200` beside another label: `200, 2xx -> …`");
    }
    unsigned missing = needed_outcomes(n) & ~m->outcomes;
    say_guarded_only(c, node, &missing);
    if (missing)
        say_missing(c, n, missing);
}

void check_outcomes(struct checker *c, struct node_model *node)
{
    struct mapped m = { 0 };
    size_t count = 0;
    for (const struct arm *arm = node->ast->arms; arm; arm = arm->next) {
        for (const struct label *l = arm->labels; l; l = l->next)
            count++;
    }
    node->routes = arena_array(c->arena, count + 1, sizeof *node->routes);
    c->label_round++;
    for (struct arm *arm = node->ast->arms; arm; arm = arm->next) {
        for (struct label *l = arm->labels; l; l = l->next)
            read_label(c, node, &m, arm, l);
        m.arm_number++;
    }
    if (node->route_count > 1)
        qsort(node->routes, node->route_count, sizeof *node->routes, by_label);
    check_classes(c, node, &m);
    check_complete(c, node, &m);
}
