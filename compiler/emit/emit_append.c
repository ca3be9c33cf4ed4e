#include "emit/emit_append.h"

#include "emit/emit_expr.h"

/* The added values are computed before the first one is added, because they may read the
 * variable; longer chains would need too many slots. */
#define MAX_ADDED 16u

struct addition {
    const struct expr *added[MAX_ADDED]; /* from the last one on */
    struct span places[MAX_ADDED];
    uint32_t slots[MAX_ADDED];
    uint32_t count;
};

static bool is_variable(const struct expr *x, const struct variable *variable)
{
    return x->kind == EXPR_NAME && x->binding && x->binding->kind == BIND_VARIABLE &&
           x->binding->variable == variable;
}

static bool may_grow(const struct type *t)
{
    return t->kind == TYPE_TEXT || t->kind == TYPE_LIST || t->kind == TYPE_ANY;
}

static void take(struct addition *a, const struct expr *x, struct span place)
{
    a->places[a->count] = place;
    a->added[a->count++] = x;
}

/* `variable + a + b …` */
static bool find_sum(const struct expr *x, const struct variable *variable, struct addition *a)
{
    for (; x->kind == EXPR_BINARY && x->op == OP_ADD; x = x->left) {
        if (a->count == MAX_ADDED || is_variable(x->right, variable) || !may_grow(x->right->type))
            return false;
        take(a, x->right, x->op_span);
    }
    return a->count > 0 && is_variable(x, variable) && may_grow(x->type);
}

/* Where the variable is, which may be far. */
static uint32_t take_variable(struct emitter *e, const struct variable *variable)
{
    if (variable->slot < IMAGE_NEAR_SLOTS)
        return variable->slot;
    uint32_t slot = emit_temps(e, 1);
    emit_code(e, word_ax(OPCODE_GETFAR, slot, variable->slot));
    /* The far slot would be a second owner. */
    uint32_t nothing = emit_temps(e, 1);
    emit_abc(e, OPCODE_LOADNULL, nothing, 0, 0);
    emit_store(e, variable->slot, nothing);
    return slot;
}

/* Only the added value is checked: the rest was checked before. */
static uint32_t computed(struct emitter *e, const struct expr *x, const struct type *wanted)
{
    bool is_list = wanted && wanted->kind == TYPE_LIST;
    return is_list ? emit_fitting(e, x, wanted) : emit_value(e, x);
}

static void add_all(struct emitter *e, const struct variable *variable, struct addition *a)
{
    for (uint32_t i = a->count; i-- > 0;)
        a->slots[i] = computed(e, a->added[i], variable->declared);
    uint32_t to = take_variable(e, variable);
    for (uint32_t i = a->count; i-- > 0;) {
        emit_line(e, a->places[i]);
        emit_abc(e, OPCODE_APPEND, to, e->next_temp, a->slots[i]);
    }
    if (to != variable->slot)
        emit_store(e, variable->slot, to);
}

/* Temporaries are left over for what is added, and for a variable that is far. */
static bool has_room(const struct emitter *e, const struct addition *a)
{
    return e->next_temp + a->count + 2 < IMAGE_NEAR_SLOTS;
}

/* "{variable}…": the rest is one text. */
static bool find_text(const struct expr *x, const struct variable *variable, struct expr *rest)
{
    if (x->kind != EXPR_TEMPLATE || !x->items || !x->items->next)
        return false;
    const struct type *t = x->items->type;
    if (!is_variable(x->items, variable) || t->kind != TYPE_TEXT || t->optional)
        return false;
    *rest = *x;
    rest->items = x->items->next;
    return true;
}

bool emit_append(struct emitter *e, const struct variable *variable, const struct expr *value)
{
    struct addition a = { .count = 0 };
    struct expr rest;
    if (find_text(value, variable, &rest))
        take(&a, &rest, value->span);
    else if (!find_sum(value, variable, &a))
        return false;
    if (!has_room(e, &a))
        return false;
    uint32_t mark = e->next_temp;
    add_all(e, variable, &a);
    e->next_temp = mark;
    return true;
}
