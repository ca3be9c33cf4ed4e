/* Types of expressions. A chain of members after `[]` applies to all items: `a[].b.c` is the list
 * of each item's .b.c, `a[].b[]` the items of all these lists together; parentheses end it. */
#include "check/check.h"

#include "base/nearest.h"
#include "base/number.h"
#include "program/opcode.h"

#include <string.h>

static const struct type *unknown(void)
{
    return type_basic(TYPE_UNKNOWN);
}

/* Names. */

static const struct type *branch_type(struct checker *c, uint32_t index)
{
    const struct branch *branch = c->arm.node ? c->arm.node->ast->verb->branches : NULL;
    while (branch && index--)
        branch = branch->next;
    if (!branch || !branch->flow_model)
        return unknown();
    const struct type *t = branch->flow_model->result;
    if (!t)
        t = type_basic(TYPE_ANY);
    return c->arm.is_optional ? type_optional(c->arena, t) : t;
}

static const struct type *binding_type(struct checker *c, const struct binding *b)
{
    const struct type *t = NULL;
    switch (b->kind) {
    case BIND_VARIABLE:
        t = b->variable->type;
        break;
    case BIND_CONST:
        t = b->constant->type;
        break;
    case BIND_CONFIG:
        t = b->config->type;
        break;
    case BIND_SECRET:
        t = type_with_secret(c->arena, type_basic(TYPE_TEXT), true);
        break;
    case BIND_ARM:
        t = b->arm_value == ARM_BRANCH ? branch_type(c, b->branch_index) : c->arm.of[b->arm_value];
        break;
    case BIND_ITEM:
        t = c->item;
        break;
    case BIND_RUN:
        t = c->run;
        break;
    case BIND_BUILTIN:
        break;
    }
    return t ? t : unknown();
}

static const struct type *narrowed(struct checker *c, const struct expr *e, const struct type *t)
{
    if (!t->optional || !c->fact_count || !check_facts_has(c, e))
        return t;
    return type_without_null(c->arena, t);
}

/* Texts, lists, objects. */

static const struct type *template_type(struct checker *c, struct expr *e)
{
    bool secret = false;
    for (struct expr *item = e->items; item; item = item->next)
        secret |= check_shown(c, item)->secret;
    return type_with_secret(c->arena, type_basic(TYPE_TEXT), secret);
}

static const struct type *list_type(struct checker *c, struct expr *e)
{
    const struct type *item = unknown();
    for (struct expr *i = e->items; i; i = i->next)
        item = type_join(c->arena, item, check_expr(c, i));
    return type_list(c->arena, item);
}

static void say_member_twice(struct checker *c, const struct pair *pair)
{
    struct diag *diag =
        diag_add(c->d, E0309, pair->key.span, "the member `%s` is written twice", pair->key.text);
    diag_help(c->d, diag, "an object has one value for each name: remove one of them");
}

static const struct type *object_type(struct checker *c, struct expr *e)
{
    size_t count = 0;
    for (struct pair *pair = e->pairs; pair; pair = pair->next)
        count++;
    struct type_member *members = arena_array(c->arena, count, sizeof *members);
    struct names seen = { 0 };
    count = 0;
    for (struct pair *pair = e->pairs; pair; pair = pair->next) {
        const struct type *t = check_expr(c, pair->value);
        if (!pair->key.text)
            continue;
        if (names_add(&seen, pair->key.text, pair))
            say_member_twice(c, pair);
        else
            members[count++] = (struct type_member){ pair->key.text, t };
    }
    names_release(&seen);
    return type_object(c->arena, members, count);
}

/* Members. */

static void help_with_members(struct checker *c, struct diag *diag, const struct type *t)
{
    struct bytes names = { 0 };
    for (size_t i = 0; i < t->member_count; i++)
        bytes_printf(&names, "%s%s", i ? ", " : "", t->members[i].name);
    diag_help(c->d, diag, "its members: %s", bytes_text(&names));
    bytes_release(&names);
}

/* The names that other languages use for the length. */
static bool is_length(const struct type *base, const char *key)
{
    static const char *const words[] = { "length", "size", "count", "len" };
    if (base->kind != TYPE_LIST && base->kind != TYPE_TEXT)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i], key) == 0)
            return true;
    }
    return false;
}

static void warn_no_member(struct checker *c, const struct type *base, const char *key,
                           struct span span)
{
    if (!check_warns(c))
        return;
    const char *names[64] = { 0 };
    for (size_t i = 0; i < base->member_count && i < 63; i++)
        names[i] = base->members[i].name;
    const char *near = nearest_word(key, names);
    struct diag *diag = diag_add(c->d, W0909, span, "`%s` has no member `%s`, so this is null",
                                 check_type_text(c, type_without_null(c->arena, base)), key);
    if (near)
        diag_help(c->d, diag, "did you mean `%s`?", near);
    else if (base->member_count && base->member_count < 16)
        help_with_members(c, diag, base);
    else if (is_length(base, key))
        diag_help(c->d, diag, "write `len(…)` to count its %s",
                  base->kind == TYPE_LIST ? "items" : "characters");
    else if (base->kind == TYPE_LIST)
        diag_help(c->d, diag,
                  "write `[].%s` to read it from each item, `[0].%s` to read it from the first",
                  key, key);
}

/* The member of one value; base is neither open nor null. */
static const struct type *member_of(struct checker *c, const struct type *base, const char *key,
                                    struct span span)
{
    const struct type *t = base->kind == TYPE_OBJECT ? type_member(base, key) : NULL;
    if (!t) {
        warn_no_member(c, base, key, span);
        t = base->kind == TYPE_OBJECT ? type_basic(TYPE_ANY) : type_basic(TYPE_NULL);
    }
    if (base->optional)
        t = type_optional(c->arena, t);
    bool secret = t->secret || type_is_wholly_secret(base);
    return type_with_secret(c->arena, t, secret);
}

static const struct type *open_step(struct checker *c, const struct type *base)
{
    enum type_kind kind = base->kind == TYPE_UNKNOWN ? TYPE_UNKNOWN
                          : base->kind == TYPE_NULL  ? TYPE_NULL
                                                     : TYPE_ANY;
    return type_with_secret(c->arena, type_basic(kind), base->secret);
}

static bool is_open_base(const struct type *base)
{
    return type_is_open(base) || base->kind == TYPE_NULL;
}

static const struct type *item_of(struct checker *c, const struct type *list)
{
    const struct type *t = type_optional(c->arena, list->item);
    return type_with_secret(c->arena, t, t->secret || list->secret);
}

static const struct type *index_of(struct checker *c, const struct expr *e, const struct type *base,
                                   const struct type *index)
{
    const struct expr *key = e->right;
    if (is_open_base(base))
        return open_step(c, base);
    if (index->kind == TYPE_TEXT && key->kind == EXPR_TEXT && base->kind == TYPE_OBJECT)
        return member_of(c, base, arena_copy(c->arena, key->bytes, key->len), key->span);
    if (base->kind == TYPE_LIST && type_is_numeric(index))
        return item_of(c, base);
    if (base->kind == TYPE_OBJECT || type_is_open(index))
        return type_with_secret(c->arena, type_basic(TYPE_ANY), base->secret);
    if (check_warns(c))
        diag_add(c->d, W0909, key->span, "a `%s` cannot be indexed with a `%s`, so this is null",
                 check_type_text(c, type_without_null(c->arena, base)), check_type_text(c, index));
    return type_basic(TYPE_NULL);
}

static void check_index(struct checker *c, const struct expr *e, const struct type *index)
{
    if (type_is_open(index) || index->kind == TYPE_TEXT || index->kind == TYPE_INT)
        return;
    struct diag *diag = diag_add(c->d, E0701, e->right->span,
                                 "an index must be an `int` or a `text`, but this is `%s`",
                                 check_type_text(c, index));
    diag_help(c->d, diag,
              "the first item of a list is `[0]`, the last `[-1]`; a member of an object "
              "is `.name` or `[\"name\"]`");
}

/* A chain after `[]`: the list of the results of the step for each item. */
static const struct type *mapped(struct checker *c, const struct expr *e, const struct type *base,
                                 const struct type *index)
{
    if (base->kind != TYPE_LIST)
        return open_step(c, base);
    const struct type *item = base->item;
    const struct type *t = index                ? index_of(c, e, item, index)
                           : is_open_base(item) ? open_step(c, item)
                                                : member_of(c, item, e->word.text, e->word.span);
    const struct type *list = type_list(c->arena, t);
    if (base->optional)
        list = type_optional(c->arena, list);
    return type_with_secret(c->arena, list, list->secret || base->secret);
}

static bool is_run(const struct expr *e)
{
    return e->kind == EXPR_NAME && e->binding && e->binding->kind == BIND_RUN;
}

static const char *const run_names[] = {
#define RUN_MEMBER(symbol, name, type) name,
#include "program/run_members.def"
#undef RUN_MEMBER
    NULL
};

static void help_members_of_run(struct checker *c, struct diag *diag)
{
    const char *all = "";
    for (size_t i = 0; i < RUN_MEMBERS; i++) {
        const char *before = i == 0 ? "" : i + 1 < RUN_MEMBERS ? ", " : " or ";
        all = arena_printf(c->arena, "%s%s`run.%s`", all, before, run_names[i]);
    }
    diag_help(c->d, diag, "write %s", all);
}

/* The members of `run`, which is not an object but a prefix of names. */
static const struct type *run_type(struct checker *c, struct expr *e)
{
    const struct type *t = e->word.text ? type_member(c->run, e->word.text) : NULL;
    e->left->type = c->run;
    if (t || !e->word.text)
        return t ? t : unknown();
    const char *near = nearest_word(e->word.text, run_names);
    struct diag *diag = diag_add(c->d, E0304, e->span, "there is no `run.%s`", e->word.text);
    if (near)
        diag_help(c->d, diag, "did you mean `run.%s`?", near);
    else
        help_members_of_run(c, diag);
    return unknown();
}

static const struct type *name_type(struct checker *c, const struct expr *e)
{
    if (!e->binding)
        return unknown();
    if (!is_run(e))
        return narrowed(c, e, binding_type(c, e->binding));
    struct diag *diag = diag_add(c->d, E0312, e->span, "`run` alone is not a value");
    help_members_of_run(c, diag);
    return unknown();
}

static const struct type *step_type(struct checker *c, struct expr *e)
{
    if (e->kind == EXPR_MEMBER && is_run(e->left))
        return run_type(c, e);
    const struct type *base = check_expr(c, e->left);
    const struct type *index = e->kind == EXPR_INDEX ? check_expr(c, e->right) : NULL;
    if (index)
        check_index(c, e, index);
    if (!index && !e->word.text)
        return unknown();
    if (ast_maps(e->left))
        return mapped(c, e, base, index);
    if (index)
        return index_of(c, e, base, index);
    if (is_open_base(base))
        return open_step(c, base);
    return narrowed(c, e, member_of(c, base, e->word.text, e->word.span));
}

/* `[]` after `[]`: the lists in a list are joined into one. */
static const struct type *flattened(struct checker *c, const struct type *base)
{
    if (base->kind != TYPE_LIST)
        return open_step(c, base);
    const struct type *inner =
        base->item->kind == TYPE_LIST ? base->item->item : type_basic(TYPE_ANY);
    const struct type *list = type_list(c->arena, inner);
    if (base->optional)
        list = type_optional(c->arena, list);
    return type_with_secret(c->arena, list, base->secret);
}

static const struct type *each_type(struct checker *c, struct expr *e)
{
    const struct type *base = check_expr(c, e->left);
    if (ast_maps(e->left))
        return flattened(c, base);
    if (base->kind == TYPE_LIST || type_is_open(base))
        return base;
    if (base->kind != TYPE_NULL && check_warns(c)) {
        struct diag *diag = diag_add(c->d, W0909, e->span,
                                     "`[]` needs a list, but this is `%s`, so the result is null",
                                     check_type_text(c, base));
        diag_help(c->d, diag, "remove `[]`");
    }
    return type_with_secret(c->arena, type_basic(TYPE_NULL), base->secret);
}

/* if c then x else y */

static const struct type *if_type(struct checker *c, struct expr *e)
{
    size_t facts = c->fact_count;
    check_condition(c, e->left);
    check_facts_add(c, e->left, true);
    const struct type *yes = check_expr(c, e->right);
    c->fact_count = facts;
    check_facts_add(c, e->left, false);
    const struct type *no = check_expr(c, e->third);
    c->fact_count = facts;
    return type_join(c->arena, yes, no);
}

static const struct type *expr_type(struct checker *c, struct expr *e)
{
    switch (e->kind) {
    case EXPR_BAD:
        return unknown();
    case EXPR_NULL:
        return type_basic(TYPE_NULL);
    case EXPR_BOOL:
        return type_basic(TYPE_BOOL);
    case EXPR_INT:
        return type_basic(TYPE_INT);
    case EXPR_NUMBER:
    case EXPR_DECIMAL:
        return type_basic(TYPE_NUMBER);
    case EXPR_DURATION:
        return type_basic(TYPE_DURATION);
    case EXPR_TEXT:
        return type_basic(TYPE_TEXT);
    case EXPR_TEMPLATE:
        return template_type(c, e);
    case EXPR_NAME:
        return name_type(c, e);
    case EXPR_LIST:
        return list_type(c, e);
    case EXPR_OBJECT:
        return object_type(c, e);
    case EXPR_MEMBER:
    case EXPR_INDEX:
        return step_type(c, e);
    case EXPR_EACH:
        return each_type(c, e);
    case EXPR_UNARY:
        return check_unary(c, e);
    case EXPR_BINARY:
        return check_binary(c, e);
    case EXPR_IF:
        return if_type(c, e);
    case EXPR_CALL:
        return check_builtin(c, e);
    }
    return unknown();
}

const struct type *check_expr(struct checker *c, struct expr *e)
{
    e->type = expr_type(c, e);
    return e->type;
}

/* Expectations. */

static bool is_number_in_quotes(const struct expr *e)
{
    int64_t i;
    double d;
    return e->kind == EXPR_TEXT && e->len < 40 &&
           number_read(e->bytes, e->len, &i, &d) != NUMBER_NONE;
}

static void help_to_fit(struct checker *c, struct diag *diag, const struct expr *e,
                        const struct type *got, const struct type *wanted)
{
    const char *source = check_source(c, e->span);
    if (got->kind == TYPE_NULL)
        diag_help(c->d, diag, "only a type with `?` allows null, such as `%s?`",
                  check_type_text(c, wanted));
    else if (got->optional && type_fits(type_without_null(c->arena, got), wanted))
        diag_help(c->d, diag, "it may be null: write `%s ?? …` to give a value for that case",
                  source);
    else if (wanted->kind == TYPE_TEXT && strcmp(source, "…") != 0 && !strchr(source, '"'))
        diag_help(c->d, diag,
                  "values are never converted silently: write \"{%s}\" to make it a text", source);
    else if (wanted->kind == TYPE_DURATION && type_is_numeric(got))
        diag_help(c->d, diag, "add a unit: %s; or multiply: `n * 1s`",
                  e->kind == EXPR_INT ? arena_printf(c->arena, "`%ss` or `%sms`", source, source)
                                      : "`3s` or `250ms`");
    else if (type_is_numeric(wanted) && is_number_in_quotes(e))
        diag_help(c->d, diag, "write a number without quotes: %.*s", (int)e->len, e->bytes);
    else if (type_is_numeric(wanted) && got->kind == TYPE_TEXT)
        diag_help(c->d, diag, "values are never converted silently: write `%s(%s) ?? …`",
                  wanted->kind == TYPE_NUMBER ? "number" : "int", source);
    else if (wanted->kind == TYPE_INT && got->kind == TYPE_NUMBER)
        diag_help(c->d, diag, "write `round(%s)`, `floor(%s)` or `ceil(%s)`", source, source,
                  source);
    else if (wanted->kind == TYPE_BOOL)
        diag_help(c->d, diag, "write a comparison, such as `%s != %s`", source,
                  got->kind == TYPE_TEXT ? "\"\""
                  : type_is_numeric(got) ? "0"
                                         : "null");
}

bool check_misfit(struct checker *c, const struct expr *e, const struct type *wanted,
                  const char *what, enum diag_code code)
{
    struct bytes why = { 0 };
    if (!type_explain_misfit(&why, e->type, wanted))
        return false;
    struct diag *diag = diag_add(c->d, code, e->span, "%s: %s", what, bytes_text(&why));
    help_to_fit(c, diag, e, e->type, wanted);
    bytes_release(&why);
    return true;
}

bool check_fits_as(struct checker *c, struct expr *e, const struct type *wanted, const char *what,
                   enum diag_code code)
{
    check_expr(c, e);
    return !check_misfit(c, e, wanted, what, code);
}

const struct type *check_fits(struct checker *c, struct expr *e, const struct type *wanted,
                              const char *what)
{
    check_fits_as(c, e, wanted, what, E0701);
    return e->type;
}

void check_condition(struct checker *c, struct expr *e)
{
    check_fits(c, e, type_basic(TYPE_BOOL), "a condition must be true or false");
}

const struct type *check_shown(struct checker *c, struct expr *e)
{
    const struct type *t = check_expr(c, e);
    if (!type_may_be_null(t) || !check_warns(c))
        return t;
    struct diag *diag =
        diag_add(c->d, W0907, e->span, "`%s` may be null, which leaves a gap in the text",
                 check_source(c, e->span));
    diag_help(c->d, diag, "say what to write instead: `{%s ?? \"…\"}`", check_source(c, e->span));
    return t;
}
