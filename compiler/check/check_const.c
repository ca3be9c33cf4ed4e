/* Constants, and other places that allow only values known when compiling. */
#include "check/check.h"

#include "base/mem.h"

#include <string.h>

enum state { UNSEEN, OPENED, DONE };

static bool report_folded(struct checker *c, const struct folded *f)
{
    struct diag *diag;
    switch (f->state) {
    case FOLD_KNOWN:
        return true;
    case FOLD_BAD:
        break;
    case FOLD_OPEN:
        diag = diag_add(c->d, E0705, f->span, "`%s` is known only when the program runs",
                        check_source(c, f->span));
        diag_help(c->d, diag,
                  "only constants, and values calculated from constants, are allowed here");
        break;
    case FOLD_FAULT:
        diag_add(c->d, E0705, f->span, "this cannot be calculated: %s", f->fault);
        break;
    }
    return false;
}

/* The types of a constant were checked before, so mistakes in them are not reported again. */
static bool has_mistakes(struct checker *c, struct expr *e)
{
    struct diags *reported = c->d;
    size_t before = c->muted.errors;
    c->d = &c->muted;
    check_expr(c, e);
    c->d = reported;
    return c->muted.errors != before;
}

bool check_constant_value(struct checker *c, struct expr *e, struct value *value)
{
    *value = value_null();
    if (has_mistakes(c, e))
        return false;
    struct folded f = fold_expr(e);
    *value = f.value;
    return report_folded(c, &f);
}

/* Constants may be declared in any order: each is calculated after those that it uses. */

struct stack {
    struct constant_model **items;
    size_t len;
    size_t cap;
};

static void push(struct stack *s, struct constant_model *constant)
{
    s->items = mem_grow(s->items, &s->cap, s->len, sizeof *s->items);
    s->items[s->len++] = constant;
}

static void say_self_reference(struct checker *c, const struct stack *s,
                               const struct constant_model *first, const struct expr *at)
{
    struct bytes way = { 0 };
    bool is_part = false;
    for (size_t i = 0; i < s->len; i++) {
        is_part |= s->items[i] == first;
        if (is_part && s->items[i]->state == OPENED)
            bytes_printf(&way, "%s -> ", s->items[i]->decl->name.text);
    }
    struct diag *diag = diag_add(c->d, E0705, at->span, "the constant `%s` depends on itself",
                                 first->decl->name.text);
    diag_help(c->d, diag, "break the cycle %s%s", bytes_text(&way), first->decl->name.text);
    bytes_release(&way);
}

/* A constant that is needed while it is being calculated depends on itself. */
static void push_name(struct checker *c, struct stack *s, struct expr *e)
{
    if (!e->binding || e->binding->kind != BIND_CONST)
        return;
    struct constant_model *named = e->binding->constant;
    if (named->state == UNSEEN) {
        push(s, named);
    } else if (named->state == OPENED) {
        say_self_reference(c, s, named, e);
        e->binding = NULL;
    }
}

/* Pushes the constants that e uses and that are not calculated yet. */
static void push_named(struct checker *c, struct stack *s, struct expr *e)
{
    if (!e)
        return;
    switch (e->kind) {
    case EXPR_NAME:
        push_name(c, s, e);
        break;
    case EXPR_TEMPLATE:
    case EXPR_LIST:
    case EXPR_CALL:
        for (struct expr *item = e->items; item; item = item->next)
            push_named(c, s, item);
        break;
    case EXPR_OBJECT:
        for (struct pair *pair = e->pairs; pair; pair = pair->next)
            push_named(c, s, pair->value);
        break;
    case EXPR_IF:
        push_named(c, s, e->third);
        push_named(c, s, e->left);
        push_named(c, s, e->right);
        break;
    case EXPR_BINARY:
    case EXPR_INDEX:
        push_named(c, s, e->left);
        push_named(c, s, e->right);
        break;
    case EXPR_UNARY:
    case EXPR_MEMBER:
    case EXPR_EACH:
        push_named(c, s, e->left);
        break;
    default:
        break;
    }
}

static void calculate(struct checker *c, struct constant_model *constant)
{
    struct expr *e = constant->decl->value;
    constant->state = DONE;
    if (!e) {
        constant->type = type_basic(TYPE_UNKNOWN);
        return;
    }
    constant->type = check_expr(c, e);
    constant->is_known = check_constant_value(c, e, &constant->value) &&
                         !resolve_is_broken(c->r, constant->decl->span);
    if (!constant->is_known)
        constant->type = type_basic(TYPE_UNKNOWN);
}

static void visit(struct checker *c, struct stack *s, struct names *entries)
{
    struct constant_model *constant = s->items[s->len - 1];
    struct entry *e = names_find(entries, (const char *)(const void *)constant);
    if (constant->state == UNSEEN) {
        constant->state = OPENED;
        push_named(c, s, constant->decl->value);
        return;
    }
    s->len--;
    if (constant->state == OPENED) {
        resolve_enter(c->r, e);
        calculate(c, constant);
    }
}

static void check_config(struct checker *c, struct entry *e)
{
    struct expr *value = e->decl->value;
    if (!value)
        return;
    struct value v;
    resolve_enter(c->r, e);
    check_fits(c, value, e->config->type, "the default of a config");
    check_constant_value(c, value, &v);
    value_unref(v);
}

static void each_entry(struct checker *c,
                       void (*what)(struct checker *c, struct entry *e, void *with), void *with)
{
    for (size_t i = 0; i < c->m->file_count; i++) {
        const struct scope *scope = c->m->files[i]->scope;
        for (size_t n = 0; n < scope->count; n++) {
            if (scope->entries[n]->origin == scope->entries[n])
                what(c, scope->entries[n], with);
        }
    }
}

static void remember(struct checker *c, struct entry *e, void *entries)
{
    (void)c;
    if (e->kind == DECL_CONST)
        names_add(entries, (const char *)(const void *)e->constant, e);
}

static void check_one(struct checker *c, struct entry *e, void *entries)
{
    struct stack s = { 0 };
    if (e->kind == DECL_CONFIG)
        check_config(c, e);
    if (e->kind != DECL_CONST || e->constant->state != UNSEEN)
        return;
    push(&s, e->constant);
    while (s.len)
        visit(c, &s, entries);
    mem_free(s.items);
}

void check_constants(struct checker *c)
{
    struct names entries = { 0 };
    each_entry(c, remember, &entries);
    each_entry(c, check_one, &entries);
    names_release(&entries);
}
