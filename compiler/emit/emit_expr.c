#include "emit/emit_expr.h"

#include "base/mem.h"
#include "model/fold.h"
#include "program/builtin.h"

#include <string.h>

uint32_t emit_temps(struct emitter *e, uint32_t count)
{
    uint32_t slot = e->next_temp;
    if (slot + count > IMAGE_NEAR_SLOTS) {
        e->too_large = true;
        return 0;
    }
    e->next_temp += count;
    if (e->next_temp > e->slot_count)
        e->slot_count = e->next_temp;
    return slot;
}

void emit_abc(struct emitter *e, enum opcode op, uint32_t a, uint32_t b, uint32_t c)
{
    emit_code(e, word_abc(op, a, b, c));
}

void emit_w(struct emitter *e, enum opcode op, uint32_t a, uint32_t b, uint32_t c, uint32_t w)
{
    emit_code(e, word_abc(op, a, b, c));
    emit_code(e, w);
}

void emit_load(struct emitter *e, uint32_t slot, uint32_t constant)
{
    if (constant <= UINT16_MAX)
        emit_code(e, word_ax(OPCODE_LOADK, slot, constant));
    else
        emit_w(e, OPCODE_LOADX, slot, 0, 0, constant);
}

static void load_value(struct emitter *e, uint32_t slot, struct value v)
{
    if (v.tag == VALUE_NULL)
        emit_abc(e, OPCODE_LOADNULL, slot, 0, 0);
    else if (v.tag == VALUE_BOOL)
        emit_abc(e, OPCODE_LOADBOOL, slot, v.boolean, 0);
    else if (v.tag == VALUE_INT && v.integer >= INT16_MIN && v.integer <= INT16_MAX)
        emit_code(e, word_ax(OPCODE_LOADINT, slot, (uint32_t)v.integer & 0xffff));
    else
        emit_load(e, slot, emit_constant(e, v));
}

/* A folded constant, built when running where it is a list or object. */
static void load_folded(struct emitter *e, uint32_t slot, struct value v)
{
    uint32_t mark = e->next_temp;
    if (v.tag == VALUE_LIST) {
        uint32_t item = emit_temps(e, 1);
        emit_code(e, word_ax(OPCODE_LIST, slot, v.list->len & 0xffff));
        for (uint32_t i = 0; i < v.list->len; i++) {
            load_folded(e, item, v.list->items[i]);
            emit_abc(e, OPCODE_PUSH, slot, item, 0);
        }
    } else if (v.tag == VALUE_OBJECT) {
        uint32_t item = emit_temps(e, 1);
        emit_code(e, word_ax(OPCODE_OBJECT, slot, v.object->len & 0xffff));
        for (uint32_t i = 0; i < v.object->len; i++) {
            struct member *m = &v.object->members[i];
            load_folded(e, item, m->value);
            emit_w(e, OPCODE_PUT, slot, item, 0, emit_text(e, m->key->data, m->key->len));
        }
    } else {
        load_value(e, slot, value_ref(v));
    }
    e->next_temp = mark;
}

void emit_store(struct emitter *e, uint32_t variable_slot, uint32_t from)
{
    if (variable_slot >= IMAGE_NEAR_SLOTS)
        emit_code(e, word_ax(OPCODE_SETFAR, from, variable_slot));
    else if (variable_slot != from)
        emit_abc(e, OPCODE_MOVE, variable_slot, from, 0);
}

/* The near slot where a name's value already is; IMAGE_NONE: it must be loaded. */
static uint32_t slot_of_name(const struct emitter *e, const struct binding *binding)
{
    switch (binding->kind) {
    case BIND_VARIABLE:
        return binding->variable->slot < IMAGE_NEAR_SLOTS ? binding->variable->slot : IMAGE_NONE;
    case BIND_ITEM:
        return e->item_slot;
    case BIND_ARM:
        if (binding->arm_value == ARM_ERROR)
            return e->arm_error;
        if (binding->arm_value == ARM_BRANCH)
            return e->arm_base + binding->branch_index;
        if (binding->arm_value >= ARM_RESULT)
            return e->arm_base;
        return e->arm_base + (uint32_t)(binding->arm_value - ARM_STATUS);
    case BIND_CONST:
    case BIND_CONFIG:
    case BIND_SECRET:
    case BIND_BUILTIN:
    case BIND_RUN:
        break;
    }
    return IMAGE_NONE;
}

/* The instruction has 16 bits for the number. */
static void load_numbered(struct emitter *e, enum opcode op, uint32_t slot, uint32_t number)
{
    if (number > UINT16_MAX)
        e->too_large = true;
    emit_code(e, word_ax(op, slot, number & UINT16_MAX));
}

static void load_name(struct emitter *e, const struct expr *x, uint32_t slot)
{
    const struct binding *binding = x->binding;
    uint32_t from = slot_of_name(e, binding);
    if (from != IMAGE_NONE) {
        if (from != slot)
            emit_abc(e, OPCODE_MOVE, slot, from, 0);
        return;
    }
    switch (binding->kind) {
    case BIND_VARIABLE:
        emit_code(e, word_ax(OPCODE_GETFAR, slot, binding->variable->slot));
        break;
    case BIND_CONST:
        if (binding->constant->is_known)
            load_folded(e, slot, binding->constant->value);
        else
            emit_value_to(e, binding->constant->decl->value, slot);
        break;
    case BIND_CONFIG:
        load_numbered(e, OPCODE_CONFIG, slot, binding->config->index);
        break;
    case BIND_SECRET:
        load_numbered(e, OPCODE_SECRET, slot, binding->secret->index);
        break;
    case BIND_ARM:
    case BIND_ITEM:
    case BIND_BUILTIN:
    case BIND_RUN:
        break;
    }
}

static bool is_run_value(const struct expr *x)
{
    return x->kind == EXPR_MEMBER && x->left->kind == EXPR_NAME && x->left->binding &&
           x->left->binding->kind == BIND_RUN;
}

static const char *const run_members[] = {
#define RUN_MEMBER(symbol, name, type) name,
#include "program/run_members.def"
#undef RUN_MEMBER
};

static void run_value(struct emitter *e, const struct expr *x, uint32_t slot)
{
    uint32_t which = 0;
    while (which < RUN_MEMBERS && strcmp(x->word.text, run_members[which]) != 0)
        which++;
    if (which < RUN_MEMBERS)
        emit_abc(e, OPCODE_RUN, slot, which, 0);
    else
        emit_abc(e, OPCODE_LOADNULL, slot, 0, 0);
}

/* To slot; in small letters where it is known, as all names are that a response has. */
static void header_name(struct emitter *e, const struct expr *name, uint32_t slot)
{
    struct folded known = fold_expr(name);
    if (known.value.tag == VALUE_TEXT) {
        struct bytes lower = { 0 };
        bytes_add_lower(&lower, known.value.text->data, known.value.text->len);
        emit_load(e, slot, emit_constant(e, value_text(bytes_text(&lower), lower.len)));
        bytes_release(&lower);
    } else {
        emit_value_to(e, name, slot);
    }
    value_unref(known.value);
}

/* What an item of x is found by. */
static uint32_t index_value(struct emitter *e, const struct expr *x)
{
    if (!model_is_headers(x->left))
        return emit_value(e, x->right);
    uint32_t slot = emit_temps(e, 1);
    header_name(e, x->right, slot);
    return slot;
}

#define MAX_STEPS 100u

static bool is_step(const struct expr *x)
{
    if (x->kind == EXPR_MEMBER)
        return !is_run_value(x);
    return x->kind == EXPR_INDEX && x->right->kind == EXPR_INT && x->right->integer >= 0 &&
           x->right->integer < PATH_ITEM;
}

/* a.b[0].c in one instruction. False: it is not of this form. */
static bool path(struct emitter *e, const struct expr *x, uint32_t slot)
{
    const struct expr *steps[MAX_STEPS];
    uint32_t count = 0;
    const struct expr *base = x;
    while (count < MAX_STEPS && is_step(base) && !ast_maps(base)) {
        steps[count++] = base;
        base = base->left;
    }
    if (count < 2)
        return false;
    emit_abc(e, OPCODE_PATH, slot, emit_value(e, base), count);
    while (count-- > 0) {
        const struct expr *step = steps[count];
        emit_code(e, step->kind == EXPR_MEMBER ? emit_word(e, step->word.text)
                                               : PATH_ITEM | (uint32_t)step->right->integer);
    }
    return true;
}

static void navigate(struct emitter *e, const struct expr *x, uint32_t slot)
{
    if (is_run_value(x)) {
        run_value(e, x, slot);
        return;
    }
    if (path(e, x, slot))
        return;
    bool mapped = ast_maps(x->left);
    uint32_t base = emit_value(e, x->left);
    if (x->kind == EXPR_MEMBER) {
        emit_w(e, mapped ? OPCODE_MAPMEMBER : OPCODE_MEMBER, slot, base, 0,
               emit_word(e, x->word.text));
    } else if (x->kind == EXPR_INDEX) {
        uint32_t index = index_value(e, x);
        emit_abc(e, mapped ? OPCODE_MAPINDEX : OPCODE_INDEX, slot, base, index);
    } else {
        emit_abc(e, mapped ? OPCODE_FLATTEN : OPCODE_EACH, slot, base, 0);
    }
}

#define CONCAT_PARTS 32u

/* Parts are joined in portions, so that a long text needs few slots. */
static void template_text(struct emitter *e, const struct expr *x, uint32_t slot)
{
    uint32_t mark = e->next_temp;
    uint32_t base = IMAGE_NONE;
    uint32_t count = 0;
    for (const struct expr *item = x->items; item; item = item->next) {
        if (count == CONCAT_PARTS) {
            emit_abc(e, OPCODE_CONCAT, base, base, count);
            e->next_temp = base + 1;
            count = 1;
        }
        uint32_t part = emit_temps(e, 1);
        base = base == IMAGE_NONE ? part : base;
        emit_value_to(e, item, part);
        count++;
    }
    emit_abc(e, OPCODE_CONCAT, slot, base == IMAGE_NONE ? 0 : base, count);
    e->next_temp = mark;
}

static void call_builtin(struct emitter *e, const struct expr *x, uint32_t slot)
{
    uint32_t mark = e->next_temp;
    uint32_t count = 0;
    uint32_t base = e->next_temp;
    bool has_header = x->binding->builtin == BUILTIN_HAS && x->items && model_is_headers(x->items);
    for (const struct expr *item = x->items; item; item = item->next, count++) {
        uint32_t argument = emit_temps(e, 1);
        if (has_header && count == 1)
            header_name(e, item, argument);
        else
            emit_value_to(e, item, argument);
    }
    emit_w(e, OPCODE_BUILTIN, slot, count ? base : 0, count,
           emit_builtin(e, (enum builtin)x->binding->builtin));
    e->next_temp = mark;
}

static void build_list(struct emitter *e, const struct expr *x, uint32_t slot)
{
    uint32_t count = 0;
    for (const struct expr *item = x->items; item; item = item->next)
        count++;
    emit_code(e, word_ax(OPCODE_LIST, slot, count < UINT16_MAX ? count : UINT16_MAX));
    for (const struct expr *item = x->items; item; item = item->next) {
        uint32_t mark = e->next_temp;
        emit_abc(e, OPCODE_PUSH, slot, emit_value(e, item), 0);
        e->next_temp = mark;
    }
}

static void build_object(struct emitter *e, const struct expr *x, uint32_t slot)
{
    uint32_t count = 0;
    for (const struct pair *pair = x->pairs; pair; pair = pair->next)
        count++;
    emit_code(e, word_ax(OPCODE_OBJECT, slot, count < UINT16_MAX ? count : UINT16_MAX));
    for (const struct pair *pair = x->pairs; pair; pair = pair->next) {
        uint32_t mark = e->next_temp;
        uint32_t item = emit_value(e, pair->value);
        emit_w(e, OPCODE_PUT, slot, item, 0, emit_word(e, pair->key.text));
        e->next_temp = mark;
    }
}

static enum opcode binary_opcode(enum expr_operator op, bool *swap)
{
    *swap = op == OP_GREATER || op == OP_GREATER_EQUAL;
    switch (op) {
    case OP_ADD:
        return OPCODE_ADD;
    case OP_SUBTRACT:
        return OPCODE_SUBTRACT;
    case OP_MULTIPLY:
        return OPCODE_MULTIPLY;
    case OP_DIVIDE:
        return OPCODE_DIVIDE;
    case OP_REMAINDER:
        return OPCODE_REMAINDER;
    case OP_EQUAL:
        return OPCODE_EQUAL;
    case OP_NOT_EQUAL:
        return OPCODE_NOTEQUAL;
    case OP_LESS:
    case OP_GREATER:
        return OPCODE_LESS;
    case OP_LESS_EQUAL:
    case OP_GREATER_EQUAL:
        return OPCODE_LESSEQUAL;
    case OP_IN:
        return OPCODE_IN;
    case OP_NOT:
    case OP_NEGATE:
    case OP_AND:
    case OP_OR:
    case OP_DEFAULT:
        break;
    }
    return OPCODE_NOT;
}

static bool is_lazy(enum expr_operator op)
{
    return op == OP_AND || op == OP_OR || op == OP_DEFAULT;
}

/* Adds a small constant in the instruction itself. */
static bool add_small(struct emitter *e, const struct expr *x, uint32_t left, uint32_t slot)
{
    if ((x->op != OP_ADD && x->op != OP_SUBTRACT) || x->right->kind != EXPR_INT)
        return false;
    int64_t written = x->right->integer;
    bool text = x->left->type && x->left->type->kind != TYPE_INT;
    if (written < INT8_MIN || written > INT8_MAX || (text && x->op == OP_SUBTRACT))
        return false;
    int64_t i = x->op == OP_ADD ? written : -written;
    if (i > INT8_MAX)
        return false;
    emit_abc(e, OPCODE_ADDI, slot, left, (uint32_t)i & 0xff);
    return true;
}

/* `left op x.right` to slot; left is a slot, and for a lazy operator the same as slot. */
static void apply_binary(struct emitter *e, const struct expr *x, uint32_t left, uint32_t slot)
{
    uint32_t mark = e->next_temp;
    if (is_lazy(x->op)) {
        uint32_t end = emit_label(e);
        enum opcode jump = x->op == OP_AND  ? OPCODE_JFALSE
                           : x->op == OP_OR ? OPCODE_JTRUE
                                            : OPCODE_JNOTNULL;
        emit_jump_if(e, jump, slot, 0, 0, end);
        emit_value_to(e, x->right, slot);
        if (x->op != OP_DEFAULT)
            emit_abc(e, OPCODE_BOOL, slot, 0, 0);
        emit_place(e, end);
    } else if (!add_small(e, x, left, slot)) {
        bool swap;
        enum opcode op = binary_opcode(x->op, &swap);
        uint32_t right = emit_value(e, x->right);
        emit_abc(e, op, slot, swap ? right : left, swap ? left : right);
    }
    e->next_temp = mark;
}

/* A slot of the left operand of x. */
static uint32_t left_value(struct emitter *e, const struct expr *x)
{
    if (x->op != OP_IN || !model_is_headers(x->right))
        return emit_value(e, x->left);
    uint32_t slot = emit_temps(e, 1);
    header_name(e, x->left, slot);
    return slot;
}

/* The left spine of a chain `a + b + c …` without recursion: chains can be very long. */
static void binary(struct emitter *e, const struct expr *x, uint32_t slot)
{
    size_t depth = 0;
    const struct expr *leaf = x;
    for (; leaf->kind == EXPR_BINARY; leaf = leaf->left)
        depth++;
    const struct expr **spine = mem_alloc_zeroed(depth, sizeof *spine);
    leaf = x;
    for (size_t i = depth; i-- > 0; leaf = leaf->left)
        spine[i] = leaf;
    uint32_t mark = e->next_temp;
    uint32_t work = IMAGE_NONE;
    uint32_t left = IMAGE_NONE;
    for (size_t i = 0; i < depth; i++) {
        bool last = i + 1 == depth && !is_lazy(spine[i]->op);
        if ((i > 0 || is_lazy(spine[i]->op) || !last) && work == IMAGE_NONE)
            work = emit_temps(e, 1);
        if (i == 0 && is_lazy(spine[i]->op))
            emit_value_to(e, leaf, work);
        left = i > 0 || is_lazy(spine[i]->op) ? work : left_value(e, spine[i]);
        emit_line(e, spine[i]->op_span);
        apply_binary(e, spine[i], left, last ? slot : work);
        if (i + 1 == depth && !last)
            emit_abc(e, OPCODE_MOVE, slot, work, 0);
    }
    e->next_temp = mark;
    mem_free(spine);
}

static void unary(struct emitter *e, const struct expr *x, uint32_t slot)
{
    uint32_t operand = emit_value(e, x->left);
    emit_abc(e, x->op == OP_NOT ? OPCODE_NOT : OPCODE_NEGATE, slot, operand, 0);
}

static void conditional(struct emitter *e, const struct expr *x, uint32_t slot)
{
    uint32_t otherwise = emit_label(e);
    uint32_t end = emit_label(e);
    emit_branch(e, x->left, false, otherwise);
    emit_value_to(e, x->right, slot);
    emit_jump(e, end);
    emit_place(e, otherwise);
    emit_value_to(e, x->third, slot);
    emit_place(e, end);
}

static void through_temp(struct emitter *e, const struct expr *x, uint32_t slot,
                         void (*build)(struct emitter *, const struct expr *, uint32_t))
{
    /* A temporary is nobody's variable: it may be written before x is read entirely. */
    if (slot >= e->first_temp) {
        build(e, x, slot);
        return;
    }
    uint32_t temp = emit_temps(e, 1);
    build(e, x, temp);
    emit_abc(e, OPCODE_MOVE, slot, temp, 0);
}

void emit_value_to(struct emitter *e, const struct expr *x, uint32_t slot)
{
    uint32_t mark = e->next_temp;
    emit_line(e, x->span);
    switch (x->kind) {
    case EXPR_BAD:
    case EXPR_NULL:
        emit_abc(e, OPCODE_LOADNULL, slot, 0, 0);
        break;
    case EXPR_BOOL:
        emit_abc(e, OPCODE_LOADBOOL, slot, x->boolean, 0);
        break;
    case EXPR_INT:
    case EXPR_DURATION:
        load_value(e, slot, value_int(x->integer));
        break;
    case EXPR_NUMBER:
        load_value(e, slot, value_number(x->number));
        break;
    case EXPR_DECIMAL:
        load_value(e, slot, value_decimal(x->bytes, x->len));
        break;
    case EXPR_TEXT:
        emit_load(e, slot, emit_text(e, x->bytes, x->len));
        break;
    case EXPR_TEMPLATE:
        template_text(e, x, slot);
        break;
    case EXPR_NAME:
        load_name(e, x, slot);
        break;
    case EXPR_LIST:
        through_temp(e, x, slot, build_list);
        break;
    case EXPR_OBJECT:
        through_temp(e, x, slot, build_object);
        break;
    case EXPR_MEMBER:
    case EXPR_INDEX:
    case EXPR_EACH:
        navigate(e, x, slot);
        break;
    case EXPR_UNARY:
        unary(e, x, slot);
        break;
    case EXPR_BINARY:
        binary(e, x, slot);
        break;
    case EXPR_IF:
        through_temp(e, x, slot, conditional);
        break;
    case EXPR_CALL:
        call_builtin(e, x, slot);
        break;
    }
    e->next_temp = mark;
}

uint32_t emit_value(struct emitter *e, const struct expr *x)
{
    if (x->kind == EXPR_NAME && x->binding) {
        uint32_t slot = slot_of_name(e, x->binding);
        if (slot != IMAGE_NONE)
            return slot;
    }
    uint32_t slot = emit_temps(e, 1);
    emit_value_to(e, x, slot);
    return slot;
}

static bool is_comparison(enum expr_operator op)
{
    return op >= OP_EQUAL && op <= OP_GREATER_EQUAL;
}

static void branch_comparison(struct emitter *e, const struct expr *x, bool when, uint32_t label)
{
    bool swap = x->op == OP_GREATER || x->op == OP_GREATER_EQUAL;
    bool negate = x->op == OP_NOT_EQUAL;
    enum opcode op = x->op == OP_EQUAL || x->op == OP_NOT_EQUAL ? OPCODE_JEQUAL
                     : x->op == OP_LESS || x->op == OP_GREATER  ? OPCODE_JLESS
                                                                : OPCODE_JLESSEQUAL;
    uint32_t left = emit_value(e, x->left);
    uint32_t right = emit_value(e, x->right);
    emit_jump_if(e, op, swap ? right : left, swap ? left : right, when != negate, label);
}

/* `a and b` jumping when true needs a way around; everything else is direct. */
static void branch_lazy(struct emitter *e, const struct expr *x, bool when, uint32_t label)
{
    bool decides = x->op == OP_OR; /* the value of the left side that settles the whole */
    if (decides == when) {
        emit_branch(e, x->left, when, label);
        emit_branch(e, x->right, when, label);
        return;
    }
    uint32_t around = emit_label(e);
    emit_branch(e, x->left, decides, around);
    emit_branch(e, x->right, when, label);
    emit_place(e, around);
}

/* Long chains of `and` go through emit_value, which does not recurse. */
static bool is_short(const struct expr *x)
{
    int depth = 0;
    for (; x->kind == EXPR_BINARY && depth < 64; x = x->left)
        depth++;
    return depth < 64;
}

void emit_branch(struct emitter *e, const struct expr *x, bool when, uint32_t label)
{
    uint32_t mark = e->next_temp;
    emit_line(e, x->span);
    if (x->kind == EXPR_UNARY && x->op == OP_NOT)
        emit_branch(e, x->left, !when, label);
    else if (x->kind == EXPR_BINARY && is_comparison(x->op))
        branch_comparison(e, x, when, label);
    else if (x->kind == EXPR_BINARY && (x->op == OP_AND || x->op == OP_OR) && is_short(x))
        branch_lazy(e, x, when, label);
    else
        emit_jump_if(e, when ? OPCODE_JTRUE : OPCODE_JFALSE, emit_value(e, x), 0, 0, label);
    e->next_temp = mark;
}

#define MAX_SEEN 32u

/* Object types that were looked into: types may hold themselves. */
struct seen {
    const struct type *types[MAX_SEEN];
    uint32_t len;
};

static bool is_certain(const struct type *t, struct seen *seen)
{
    if (t->kind == TYPE_ANY || t->kind == TYPE_UNKNOWN)
        return false;
    if (t->kind == TYPE_LIST)
        return is_certain(t->item, seen);
    if (t->kind != TYPE_OBJECT)
        return true;
    for (uint32_t i = 0; i < seen->len; i++) {
        if (seen->types[i] == t)
            return true;
    }
    if (seen->len == MAX_SEEN)
        return false;
    seen->types[seen->len++] = t;
    for (size_t i = 0; i < t->member_count; i++) {
        if (!is_certain(t->members[i].type, seen))
            return false;
    }
    return true;
}

/* No `any` inside: what the compiler knows of it is all there is to know. A type of very many parts
 * is not looked through, and checked when running. */
static bool is_known(const struct type *t)
{
    struct seen seen = { .len = 0 };
    return is_certain(t, &seen);
}

static bool surely_fits(const struct type *from, const struct type *wanted)
{
    return wanted->kind == TYPE_ANY || (from && is_known(from) && type_fits(from, wanted));
}

void emit_check(struct emitter *e, uint32_t slot, const struct type *from,
                const struct type *wanted)
{
    if (!surely_fits(from, wanted))
        emit_w(e, OPCODE_CHECK, slot, 0, 0, emit_type(e, wanted));
}

uint32_t emit_fitting(struct emitter *e, const struct expr *x, const struct type *wanted)
{
    if (surely_fits(x->type, wanted))
        return emit_value(e, x);
    uint32_t slot = emit_temps(e, 1);
    emit_value_to(e, x, slot);
    emit_w(e, OPCODE_CHECK, slot, 0, 0, emit_type(e, wanted));
    return slot;
}
