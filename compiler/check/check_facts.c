/* Which expressions are known not to be null, for example after `x != null and` or in an arm with
 * such a guard. A path is a name, or members of one. */
#include "check/check.h"

#include "base/mem.h"

static const struct expr *root_of(const struct expr *e)
{
    while (e->kind == EXPR_MEMBER)
        e = e->left;
    return e;
}

static bool is_path(const struct expr *e)
{
    const struct expr *root = root_of(e);
    return root->kind == EXPR_NAME && root->binding;
}

static bool same_path(const struct expr *x, const struct expr *y)
{
    while (x->kind == EXPR_MEMBER && y->kind == EXPR_MEMBER && x->word.text == y->word.text) {
        x = x->left;
        y = y->left;
    }
    return x->kind == EXPR_NAME && y->kind == EXPR_NAME && x->binding == y->binding;
}

/* path NULL: any path. */
static void push(struct checker *c, const struct expr *path)
{
    c->facts = mem_grow(c->facts, &c->fact_cap, c->fact_count, sizeof *c->facts);
    c->facts[c->fact_count++] = path;
}

static void add(struct checker *c, const struct expr *path)
{
    if (is_path(path))
        push(c, path);
}

/* A condition with a mistake in it may be meant to rule out null for what follows. */
static void add_comparison(struct checker *c, const struct expr *e)
{
    if (e->left->type->kind == TYPE_UNKNOWN || e->right->type->kind == TYPE_UNKNOWN)
        push(c, NULL);
    else if (e->right->kind == EXPR_NULL)
        add(c, e->left);
    else if (e->left->kind == EXPR_NULL)
        add(c, e->right);
}

void check_facts_add(struct checker *c, const struct expr *e, bool truth)
{
    if (!e)
        return;
    if (e->kind == EXPR_UNARY && e->op == OP_NOT) {
        check_facts_add(c, e->left, !truth);
    } else if (e->kind == EXPR_BINARY && e->op == (truth ? OP_AND : OP_OR)) {
        check_facts_add(c, e->left, truth);
        check_facts_add(c, e->right, truth);
    } else if (e->kind == EXPR_BINARY && e->op == (truth ? OP_NOT_EQUAL : OP_EQUAL)) {
        add_comparison(c, e);
    }
}

bool check_facts_has(const struct checker *c, const struct expr *path)
{
    for (size_t i = 0; i < c->fact_count; i++) {
        if (!c->facts[i] || same_path(c->facts[i], path))
            return true;
    }
    return false;
}

void check_facts_forget(struct checker *c, const struct variable *v)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->fact_count; i++) {
        const struct binding *root = c->facts[i] ? root_of(c->facts[i])->binding : NULL;
        if (!root || root->kind != BIND_VARIABLE || root->variable != v)
            c->facts[kept++] = c->facts[i];
    }
    c->fact_count = kept;
}
