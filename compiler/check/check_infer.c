/* Infers the types of a flow's variables: each is the join of all assigned values. A variable may
 * be assigned from others that are assigned later, so the readers of a variable are visited again
 * when its type has grown. A type grows a few times only, then it becomes any; secrecy is never
 * lost. */
#include "check/check.h"

#include "base/mem.h"

#include <string.h>

#define GROWS 8

/* Actions that are visited together: those of a node or of an arm. */
struct block {
    const struct node_model *node;
    const struct arm *arm; /* NULL if it is not an arm of a call */
    const struct action *actions;
    struct var *var; /* the block is the initial value of this `var`; or NULL */
};

struct reader {
    uint32_t block;
    struct reader *next;
};

struct inference {
    struct checker *c;
    struct flow_model *flow;
    struct block *blocks;
    size_t count;
    size_t cap;
    struct reader **readers; /* by variable */
    uint8_t *grown;          /* by variable: how often its type has grown */
    uint32_t *queue;         /* a ring of count + 1 */
    bool *is_queued;
    size_t first;
    size_t last;
};

static bool assigns(const struct action *actions)
{
    while (actions && actions->kind != ACTION_ASSIGN)
        actions = actions->next;
    return actions != NULL;
}

static void add_block(struct inference *f, struct block block)
{
    if (!block.var && !assigns(block.actions))
        return;
    f->blocks = mem_grow(f->blocks, &f->cap, f->count, sizeof *f->blocks);
    f->blocks[f->count++] = block;
}

static void add_blocks(struct inference *f)
{
    for (struct var *var = f->flow->decl->vars; var; var = var->next)
        add_block(f, (struct block){ .var = var });
    for (size_t i = 0; i < f->flow->node_count; i++) {
        const struct node_model *node = f->flow->nodes[i];
        add_block(f, (struct block){ .node = node, .actions = node->ast->actions });
        for (const struct arm *arm = node->ast->arms; arm; arm = arm->next)
            add_block(f, (struct block){ .node = node, .arm = arm, .actions = arm->actions });
        for (const struct switch_case *k = node->ast->verb->cases; k; k = k->next)
            add_block(f, (struct block){ .node = node, .actions = k->actions });
    }
}

static void add_readers(struct inference *f, const struct expr *e, uint32_t block);

static void add_readers_of(struct inference *f, const struct expr *items, uint32_t block)
{
    for (const struct expr *item = items; item; item = item->next)
        add_readers(f, item, block);
}

static void add_readers(struct inference *f, const struct expr *e, uint32_t block)
{
    if (!e)
        return;
    switch (e->kind) {
    case EXPR_NAME:
        if (e->binding && e->binding->kind == BIND_VARIABLE) {
            struct reader *r = arena_alloc(f->c->arena, sizeof *r);
            struct reader **list = &f->readers[e->binding->variable->index];
            *r = (struct reader){ block, *list };
            *list = r;
        }
        break;
    case EXPR_TEMPLATE:
    case EXPR_LIST:
    case EXPR_CALL:
        add_readers_of(f, e->items, block);
        break;
    case EXPR_OBJECT:
        for (const struct pair *pair = e->pairs; pair; pair = pair->next)
            add_readers(f, pair->value, block);
        break;
    case EXPR_IF:
        add_readers(f, e->third, block);
        add_readers(f, e->left, block);
        add_readers(f, e->right, block);
        break;
    case EXPR_BINARY:
    case EXPR_INDEX:
        add_readers(f, e->left, block);
        add_readers(f, e->right, block);
        break;
    case EXPR_UNARY:
    case EXPR_MEMBER:
    case EXPR_EACH:
        add_readers(f, e->left, block);
        break;
    default:
        break;
    }
}

static void enqueue(struct inference *f, uint32_t block)
{
    if (f->is_queued[block])
        return;
    f->is_queued[block] = true;
    f->queue[f->last] = block;
    f->last = (f->last + 1) % (f->count + 1);
}

/* Joins the type of an assigned value to that of the variable. */
static void take(struct inference *f, struct variable *v, const struct type *given,
                 struct span from)
{
    struct arena *a = f->c->arena;
    const struct type *old = v->type ? v->type : type_basic(TYPE_UNKNOWN);
    bool secret = old->secret || given->secret;
    const struct type *t =
        v->declared ? type_with_secret(a, v->declared, secret) : type_join(a, old, given);
    if (given->secret && !f->c->secret_from[v->index].end)
        f->c->secret_from[v->index] = from;
    if (v->type && type_same(t, old))
        return;
    if (!v->declared && f->grown[v->index] == GROWS)
        t = type_with_secret(a, type_basic(TYPE_ANY), secret);
    else if (f->grown[v->index] < GROWS)
        f->grown[v->index]++;
    v->type = t;
    for (const struct reader *r = f->readers[v->index]; r; r = r->next)
        enqueue(f, r->block);
}

static void run_block(struct inference *f, const struct block *block)
{
    struct checker *c = f->c;
    if (block->var) {
        struct variable *v = block->var->variable;
        if (v && block->var->value)
            take(f, v, check_expr(c, block->var->value), block->var->span);
        return;
    }
    if (block->arm) {
        check_arm_types(c, block->node, block->arm);
        if (block->arm->when)
            check_expr(c, block->arm->when);
        check_facts_add(c, block->arm->when, true);
    }
    for (const struct action *a = block->actions; a; a = a->next) {
        if (a->kind != ACTION_ASSIGN || !a->variable || !a->value)
            continue;
        take(f, a->variable, check_expr(c, a->value), a->span);
        check_facts_forget(c, a->variable);
    }
    c->fact_count = 0;
    c->arm = (struct arm_types){ .node = NULL };
}

static void find_readers(struct inference *f)
{
    for (uint32_t i = 0; i < f->count; i++) {
        if (f->blocks[i].var)
            add_readers(f, f->blocks[i].var->value, i);
        for (const struct action *a = f->blocks[i].actions; a; a = a->next) {
            if (a->kind == ACTION_ASSIGN)
                add_readers(f, a->value, i);
        }
        enqueue(f, i);
    }
}

static void start(struct inference *f)
{
    for (size_t i = 0; i < f->flow->variable_count; i++)
        f->flow->variables[i]->type = f->flow->variables[i]->declared;
    for (size_t i = 0; i < f->flow->node_count; i++) {
        const struct node_model *node = f->flow->nodes[i];
        if (node->answer)
            take(f, node->answer, check_answer_type(node->ast), node->ast->verb->result.span);
    }
}

static void finish(struct inference *f)
{
    for (size_t i = 0; i < f->flow->variable_count; i++) {
        if (!f->flow->variables[i]->type)
            f->flow->variables[i]->type = type_basic(TYPE_UNKNOWN);
    }
    mem_free(f->blocks);
    mem_free(f->readers);
    mem_free(f->grown);
    mem_free(f->queue);
    mem_free(f->is_queued);
}

void check_infer(struct checker *c, struct flow_model *flow)
{
    struct inference f = { .c = c, .flow = flow };
    struct diags *reported = c->d;
    add_blocks(&f);
    f.readers = mem_alloc_zeroed(flow->variable_count + 1, sizeof(struct reader *));
    f.grown = mem_alloc_zeroed(flow->variable_count + 1, 1);
    f.queue = mem_alloc_zeroed(f.count + 1, sizeof *f.queue);
    f.is_queued = mem_alloc_zeroed(f.count + 1, sizeof *f.is_queued);
    c->d = &c->muted;
    start(&f);
    find_readers(&f);
    while (f.first != f.last) {
        uint32_t block = f.queue[f.first];
        f.first = (f.first + 1) % (f.count + 1);
        f.is_queued[block] = false;
        run_block(&f, &f.blocks[block]);
    }
    c->d = reported;
    diags_release(&c->muted);
    finish(&f);
}
