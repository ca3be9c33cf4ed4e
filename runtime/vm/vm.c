#include "vm/vm.h"

#include "base/arith.h"
#include "base/mem.h"
#include "program/failure.h"
#include "program/opcode.h"
#include "vm/vm_ops.h"
#include "vm/vm_strand.h"

#include <stdio.h>
#include <string.h>

/* Taking the address of a label is how GNU C does threaded dispatch; without it, a switch. */
#if defined(__GNUC__) && !defined(FLOW_SWITCH_DISPATCH)
#define THREADED 1
#pragma GCC diagnostic ignored "-Wpedantic"
#ifndef __clang__
/* Keeps GCC from merging the jumps of all instructions: the branch predictor can tell them apart
 * only if there are many. Merged, the loop of the benchmark takes a tenth longer. */
#pragma GCC optimize("no-gcse", "no-crossjumping", "align-labels=16")
#endif
#else
#define THREADED 0
#endif

#define FUEL_SLICE 20000
#define SLOTS_PER_FUEL 64

/* The limit of the bytes of all choices of a question: each answer is compared with each choice. */
#define CHOICES_MAX_BYTES (4u << 20)

static inline void set_slot(struct value *slot, struct value v)
{
    struct value old = *slot;
    *slot = v;
    value_unref(old);
}

/* The usual case: the compiler lays this path out straight. */
#if defined(__GNUC__)
#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#else
#define LIKELY(condition) (condition)
#endif

static inline bool are_ints(const struct value *a, const struct value *b)
{
    return LIKELY(a->tag == VALUE_INT && b->tag == VALUE_INT);
}

static inline void set_int(struct value *slot, int64_t i)
{
    if (LIKELY(slot->tag == VALUE_INT))
        slot->integer = i;
    else
        set_slot(slot, value_int(i));
}

static const struct value no_value = { .tag = VALUE_NULL };

/* The member of an object, else null; borrowed. */
static inline const struct value *member_of(const struct value *v, const struct text *key)
{
    if (!LIKELY(v->tag == VALUE_OBJECT))
        return &no_value;
    if (v->object->index) {
        const struct value *found = value_object_find(v->object, key);
        return found ? found : &no_value;
    }
    const struct member *m = object_find_unhashed(v->object, key->data, key->len);
    return m ? &m->value : &no_value;
}

/* Along the steps of `path`; borrowed. */
static inline const struct value *walk_path(const struct value *v, const uint32_t *steps,
                                            uint32_t count, const struct value *constants)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = steps[i] & ~PATH_ITEM;
        if (!(steps[i] & PATH_ITEM))
            v = member_of(v, constants[at].text);
        else
            v = v->tag == VALUE_LIST && at < v->list->len ? &v->list->items[at] : &no_value;
    }
    return v;
}

/* Long enough that a few of them in a node are a lot of memory. */
static inline bool is_long(struct value v)
{
    return (v.tag == VALUE_TEXT && v.text->len >= 65536) ||
           (v.tag == VALUE_LIST && v.list->len >= 4096);
}

/* Whether the value made and stored at pc exceeds the limit of whoever counts memory. */
static inline bool is_too_much(struct strand *s, struct value v, uint32_t pc)
{
    if (LIKELY(!is_long(v)) || !s->host->grown)
        return false;
    s->pc = pc;
    s->host->grown(s);
    return s->state == VM_FAULTED;
}

static const char *load_config(struct strand *s, uint32_t x, struct value *out)
{
    struct value v = s->program->configs[x];
    if (!vm_is_missing(v)) {
        *out = v; /* immortal */
        return NULL;
    }
    const struct image *image = s->program->image;
    struct bytes b = { 0 };
    bytes_printf(&b, "config `%s` is not set yet", image_text(image, image->configs[x].name));
    mem_free(s->failure);
    s->failure = bytes_take(&b);
    return s->failure;
}

static const char message_too_long[] = "a message is longer than it may be (--max-message)";

static const char *speak(struct strand *s, struct value v,
                         void (*out)(struct strand *, const struct text *))
{
    struct value text;
    const char *problem = vm_text(v, &text);
    if (problem)
        return problem;
    if (s->host->message && text.text->len > s->host->message)
        problem = message_too_long;
    else if (out)
        out(s, text.text);
    value_unref(text);
    return problem;
}

static const char *order(struct value a, struct value b, bool or_equal, bool *result,
                         uint32_t *cost)
{
    struct value out;
    *cost = value_cost(a);
    const char *problem = arith_compare(or_equal ? ARITH_LESS_EQUAL : ARITH_LESS, a, b, &out);
    *result = !problem && out.boolean;
    return problem;
}

static const char *next_item(struct value *base, struct value *item, bool *done)
{
    if (base[0].tag != VALUE_LIST || base[1].tag != VALUE_INT)
        return "`each` needs a list";
    int64_t at = base[1].integer;
    *done = at < 0 || at >= base[0].list->len;
    if (*done)
        return NULL;
    base[1].integer++; /* first: item may be any slot */
    set_slot(item, value_ref(base[0].list->items[at]));
    return NULL;
}

/* Whether a question with a text of len bytes exceeds the limit of a message together with its
 * choices. */
static bool is_long_question(const struct strand *s, size_t len, struct value choices)
{
    uint64_t most = s->host->message;
    if (!most)
        return false;
    for (uint32_t i = 0; choices.tag == VALUE_LIST && i < choices.list->len && len <= most; i++) {
        struct value shown;
        if (vm_text(choices.list->items[i], &shown))
            return true;
        len += shown.text->len;
        value_unref(shown);
    }
    return len > most;
}

static const char *begin_question(struct strand *s, const struct value *base)
{
    if (base[1].tag != VALUE_NULL && base[1].tag != VALUE_LIST)
        return "`choices` needs values to choose from";
    if (value_size_up_to(base[1], CHOICES_MAX_BYTES) > CHOICES_MAX_BYTES)
        return "the choices of a question are larger than 4 MB";
    const char *problem = vm_text(base[0], &s->value);
    if (problem)
        return problem;
    s->choices = value_ref(base[1]);
    return is_long_question(s, s->value.text->len, s->choices) ? message_too_long : NULL;
}

/* The registers of the frame as local variables of vm_step. */
#define LOAD_FRAME()                                                                               \
    do {                                                                                           \
        pc = code + s->pc;                                                                         \
        frame = &s->frames[s->depth - 1];                                                          \
        R = s->slots + frame->base;                                                                \
    } while (0)

#define SAVE_PC(next) (s->pc = (uint32_t)((next)-code))

#define A word_a(*pc)
#define B word_b(*pc)
#define C word_c(*pc)

#define FAULT(text)                                                                                \
    do {                                                                                           \
        problem = (text);                                                                          \
        goto fault;                                                                                \
    } while (0)

#define TRY(call)                                                                                  \
    do {                                                                                           \
        problem = (call);                                                                          \
        if (problem)                                                                               \
            goto fault;                                                                            \
    } while (0)

#define SUSPEND(new_state, next)                                                                   \
    do {                                                                                           \
        SAVE_PC(next);                                                                             \
        s->state = (new_state);                                                                    \
        goto out;                                                                                  \
    } while (0)

#if THREADED
#define TARGET(name) do_##name:
#define NEXT() goto *labels[*pc & 0xff]
#else
#define TARGET(name) case OPCODE_##name:
#define NEXT() goto dispatch
#endif
#define STEP(words)                                                                                \
    do {                                                                                           \
        pc += (words);                                                                             \
        NEXT();                                                                                    \
    } while (0)

/* Ends the slice before the next instruction where what was done costs what is left of it. */
#define PAY(cost)                                                                                  \
    do {                                                                                           \
        uint32_t due = (cost);                                                                     \
        if (slice <= due)                                                                          \
            goto slice_used;                                                                       \
        slice -= due;                                                                              \
    } while (0)

/* Stores the result of an instruction of this many words and goes on to the next. */
#define GIVE(words, cost)                                                                          \
    do {                                                                                           \
        uint32_t price = (cost);                                                                   \
        set_slot(&R[A], result);                                                                   \
        if (is_too_much(s, result, (uint32_t)(pc - code)))                                         \
            goto out;                                                                              \
        pc += (words);                                                                             \
        PAY(price);                                                                                \
        NEXT();                                                                                    \
    } while (0)

/* The fast path: two ints whose result does not overflow; otherwise goes on below. */
#define INTS(builtin)                                                                              \
    do {                                                                                           \
        int64_t sum;                                                                               \
        if (are_ints(&R[B], &R[C]) && LIKELY(!builtin(R[B].integer, R[C].integer, &sum))) {        \
            set_int(&R[A], sum);                                                                   \
            STEP(1);                                                                               \
        }                                                                                          \
    } while (0)

/* What gives a number. */
#define NUMBER(general)                                                                            \
    do {                                                                                           \
        TRY(general);                                                                              \
        set_slot(&R[A], result);                                                                   \
        STEP(1);                                                                                   \
    } while (0)

#define BINARY(general)                                                                            \
    do {                                                                                           \
        TRY(general);                                                                              \
        GIVE(1, value_cost(result));                                                               \
    } while (0)

/* A test sets `truth`, and `looked` to its cost. */
#define COMPARE(test, negate)                                                                      \
    do {                                                                                           \
        TRY(test);                                                                                 \
        set_slot(&R[A], value_bool(truth != (negate)));                                            \
        pc++;                                                                                      \
        PAY(looked);                                                                               \
        NEXT();                                                                                    \
    } while (0)

#define JUMP_IF(condition, words, place)                                                           \
    do {                                                                                           \
        pc += (condition) ? (words) + (int32_t)pc[place] : (words);                                \
        NEXT();                                                                                    \
    } while (0)

/* A jump if the test is C: `relation` of two ints, else the general test. */
#define COMPARE_AND_JUMP(relation, test)                                                           \
    do {                                                                                           \
        if (are_ints(&R[A], &R[B]))                                                                \
            JUMP_IF((R[A].integer relation R[B].integer) == (C != 0), 2, 1);                       \
        TRY(test);                                                                                 \
        pc += truth == (C != 0) ? 2 + (int32_t)pc[1] : 2;                                          \
        PAY(looked);                                                                               \
        NEXT();                                                                                    \
    } while (0)

/* A jump; backward, it costs fuel. */
#define GO(jump)                                                                                   \
    do {                                                                                           \
        int32_t distance = (jump);                                                                 \
        pc += 1 + distance;                                                                        \
        if (distance < 0)                                                                          \
            BURN();                                                                                \
    } while (0)

#define BURN()                                                                                     \
    do {                                                                                           \
        if (--slice == 0)                                                                          \
            goto slice_used;                                                                       \
    } while (0)

/* A text body where another type is expected usually comes from a server that sends the wrong
 * Content-Type. */
static enum failure shape_failure(const struct strand *s, struct value body)
{
    if (body.tag != VALUE_TEXT || s->body_type.tag != VALUE_TEXT)
        return FAILURE_BODY_SHAPE;
    return s->body_type.text->len > 0 ? FAILURE_BODY_SHAPE_TEXT : FAILURE_BODY_SHAPE_UNTYPED;
}

/* The body of a response does not fit its type: the outcome becomes `error`, in *slot. */
static void fail_shape(struct strand *s, struct value body, const struct bytes *why,
                       struct value *slot)
{
    enum failure f = shape_failure(s, body);
    struct failure_facts facts = { .text = bytes_text(why) };
    struct bytes message = { 0 };
    if (f == FAILURE_BODY_SHAPE_TEXT)
        facts.also = s->body_type.text->data;
    failure_print(&message, f, &facts);
    set_slot(slot,
             vm_error(outcome_error_kind_name(failure_kind(f)), message.data, message.len, NULL));
    if (s->host->misfit)
        s->host->misfit(s, bytes_text(&message));
    s->label = label_of_outcome(failure_outcome(f));
    bytes_release(&message);
}

/* Does what the mark at pc requires. A search in progress begins its instruction again. */
static enum opcode pass_point(struct strand *s, const struct image *image, uint32_t pc)
{
    if (!s->search)
        s->host->passed(s, pc);
    return word_op(image->code[pc]);
}

enum vm_state vm_step(struct strand *s)
{
    const struct image *image = s->program->image;
    const uint32_t *code = s->host->code ? s->host->code : image->code;
    const struct value *constants = image->constants;
    struct request_build *build = &s->host->build;
    void (*const enter)(struct strand *, uint32_t) = s->host->enter;
    const uint32_t *pc;
    struct value *R;
    struct frame *frame;
    struct value result;
    const char *problem;
    bool truth;
    uint32_t looked;
    const uint32_t granted = s->host->fuel < FUEL_SLICE ? (uint32_t)s->host->fuel : FUEL_SLICE;
    uint32_t slice = granted;
#if THREADED
    static const void *const labels[256] = {
#define OPCODE(symbol, mnemonic, shape, reads, writes, secret, meaning)                            \
    [OPCODE_##symbol] = &&do_##symbol,
#include "program/opcodes.def"
#undef OPCODE
        [OPCODE_POINT] = &&do_POINT,
    };
#endif
    if (s->state != VM_READY)
        return (enum vm_state)s->state;
    if (s->kept) {
        request_build_restore(build, s->kept);
        s->kept = NULL;
    }
    LOAD_FRAME();
#if THREADED
    NEXT();
#else
    enum opcode op;
dispatch:
    op = word_op(*pc);
    if (op == (enum opcode)OPCODE_POINT)
        op = pass_point(s, image, (uint32_t)(pc - code));
    switch (op) {
    case OPCODES:
        goto out;
#endif

#if THREADED
    TARGET(POINT)
    {
        goto *labels[pass_point(s, image, (uint32_t)(pc - code))];
    }
#endif
    TARGET(LOADK)
    {
        set_slot(&R[A], constants[word_x16(*pc)]);
        STEP(1);
    }
    TARGET(LOADX)
    {
        set_slot(&R[A], constants[pc[1]]);
        STEP(2);
    }
    TARGET(LOADNULL)
    {
        set_slot(&R[A], value_null());
        STEP(1);
    }
    TARGET(LOADBOOL)
    {
        set_slot(&R[A], value_bool(B != 0));
        STEP(1);
    }
    TARGET(LOADINT)
    {
        set_int(&R[A], word_i16(*pc));
        STEP(1);
    }
    TARGET(MISSING)
    {
        set_slot(&R[A], vm_missing());
        STEP(1);
    }
    TARGET(MOVE)
    {
        set_slot(&R[A], value_ref(R[B]));
        STEP(1);
    }
    TARGET(GETFAR)
    {
        set_slot(&R[A], value_ref(R[word_x16(*pc)]));
        STEP(1);
    }
    TARGET(SETFAR)
    {
        set_slot(&R[word_x16(*pc)], value_ref(R[A]));
        STEP(1);
    }
    TARGET(CONFIG)
    {
        TRY(load_config(s, word_x16(*pc), &result));
        set_slot(&R[A], result);
        STEP(1);
    }
    TARGET(SECRET)
    {
        set_slot(&R[A], s->program->secrets[word_x16(*pc)]);
        STEP(1);
    }
    TARGET(RUN)
    {
        set_slot(&R[A], s->host->run_value(s, B));
        STEP(1);
    }
    TARGET(ADD)
    {
        INTS(__builtin_add_overflow);
        BINARY(arith_add(R[B], R[C], &result));
    }
    TARGET(APPEND)
    {
        TRY(vm_append(s, R, *pc, &looked));
        if (is_too_much(s, R[A], (uint32_t)(pc - code)))
            goto out;
        pc++;
        PAY(looked);
        NEXT();
    }
    TARGET(ADDI)
    {
        int64_t sum;
        if (LIKELY(R[B].tag == VALUE_INT &&
                   !__builtin_add_overflow(R[B].integer, word_i8(*pc), &sum))) {
            set_int(&R[A], sum);
            STEP(1);
        }
        NUMBER(arith_add(R[B], value_int(word_i8(*pc)), &result));
    }
    TARGET(SUBTRACT)
    {
        INTS(__builtin_sub_overflow);
        NUMBER(arith_subtract(R[B], R[C], &result));
    }
    TARGET(MULTIPLY)
    {
        INTS(__builtin_mul_overflow);
        NUMBER(arith_multiply(R[B], R[C], &result));
    }
    TARGET(DIVIDE)
    {
        NUMBER(arith_divide(R[B], R[C], &result));
    }
    TARGET(REMAINDER)
    {
        NUMBER(arith_remainder(R[B], R[C], &result));
    }
    TARGET(NEGATE)
    {
        NUMBER(arith_negate(R[B], &result));
    }
    TARGET(NOT)
    {
        if (R[B].tag != VALUE_BOOL)
            FAULT(arith_not_a_condition(R[B]));
        set_slot(&R[A], value_bool(!R[B].boolean));
        STEP(1);
    }
    TARGET(EQUAL)
    {
        COMPARE(vm_equal(R[B], R[C], &truth, &looked), false);
    }
    TARGET(NOTEQUAL)
    {
        COMPARE(vm_equal(R[B], R[C], &truth, &looked), true);
    }
    TARGET(LESS)
    {
        COMPARE(order(R[B], R[C], false, &truth, &looked), false);
    }
    TARGET(LESSEQUAL)
    {
        COMPARE(order(R[B], R[C], true, &truth, &looked), false);
    }
    TARGET(IN)
    {
        COMPARE(vm_in(R[B], R[C], &truth, &looked), false);
    }
    TARGET(BOOL)
    {
        if (R[A].tag != VALUE_BOOL)
            FAULT(arith_not_a_condition(R[A]));
        STEP(1);
    }
    TARGET(JUMP)
    {
        GO(word_j24(*pc));
        NEXT();
    }
    TARGET(JTRUE)
    {
        if (R[A].tag != VALUE_BOOL)
            FAULT(arith_not_a_condition(R[A]));
        JUMP_IF(R[A].boolean, 2, 1);
    }
    TARGET(JFALSE)
    {
        if (R[A].tag != VALUE_BOOL)
            FAULT(arith_not_a_condition(R[A]));
        JUMP_IF(!R[A].boolean, 2, 1);
    }
    TARGET(JNOTNULL)
    {
        JUMP_IF(R[A].tag != VALUE_NULL, 2, 1);
    }
    TARGET(JGIVEN)
    {
        JUMP_IF(!vm_is_missing(R[A]), 2, 1);
    }
    TARGET(JEQUAL)
    {
        COMPARE_AND_JUMP(==, vm_equal(R[A], R[B], &truth, &looked));
    }
    TARGET(JLESS)
    {
        COMPARE_AND_JUMP(<, order(R[A], R[B], false, &truth, &looked));
    }
    TARGET(JLESSEQUAL)
    {
        COMPARE_AND_JUMP(<=, order(R[A], R[B], true, &truth, &looked));
    }
    TARGET(COUNT)
    {
        if (!LIKELY(R[A].tag == VALUE_INT))
            FAULT("the count of an arrow is not a number");
        if (!LIKELY(R[A].integer < (int64_t)pc[1]))
            STEP(2);
        R[A].integer++;
        pc += 3;
        /* Usually an arrow back to a node follows: done here, which saves two dispatches. */
        if (word_op(*pc) == OPCODE_JUMP) {
            GO(word_j24(*pc));
            if (word_op(*pc) == OPCODE_NODE && !enter) {
                frame->node = word_x24(*pc);
                pc++;
            }
        }
        NEXT();
    }
    TARGET(MEMBER)
    {
        set_slot(&R[A], value_ref(*member_of(&R[B], constants[pc[1]].text)));
        STEP(2);
    }
    TARGET(PATH)
    {
        set_slot(&R[A], value_ref(*walk_path(&R[B], pc + 1, C, constants)));
        STEP(1 + C);
    }
    TARGET(INDEX)
    {
        if (R[B].tag == VALUE_LIST && R[C].tag == VALUE_INT &&
            (uint64_t)R[C].integer < R[B].list->len)
            set_slot(&R[A], value_ref(R[B].list->items[R[C].integer]));
        else
            set_slot(&R[A], arith_index(R[B], R[C]));
        STEP(1);
    }
    TARGET(EACH)
    {
        set_slot(&R[A], arith_each(R[B]));
        STEP(1);
    }
    TARGET(MAPMEMBER)
    {
        result = vm_map_member(R[B], constants[pc[1]].text);
        GIVE(2, value_cost(result));
    }
    TARGET(MAPINDEX)
    {
        result = vm_map_index(R[B], R[C]);
        GIVE(1, value_cost(result));
    }
    TARGET(FLATTEN)
    {
        TRY(vm_flatten(R[B], &result));
        GIVE(1, value_cost(R[B]) + value_cost(result));
    }
    TARGET(LIST)
    {
        set_slot(&R[A], value_list(word_x16(*pc)));
        STEP(1);
    }
    TARGET(PUSH)
    {
        TRY(vm_push(&R[A], R[B]));
        STEP(1);
    }
    TARGET(OBJECT)
    {
        set_slot(&R[A], value_object(word_x16(*pc)));
        STEP(1);
    }
    TARGET(PUT)
    {
        TRY(vm_put(&R[A], constants[pc[1]].text, R[B]));
        STEP(2);
    }
    TARGET(CONCAT)
    {
        BINARY(vm_concat(s, R + B, C, &result));
    }
    TARGET(XMLESCAPE)
    {
        BINARY(vm_xml_escape(R[B], &result));
    }
    TARGET(BUILTIN)
    {
        enum builtin function = (enum builtin)image->builtins[pc[1]].function;
        looked = 0;
        if (function == BUILTIN_MATCHES) {
            TRY(vm_search(s, R + B, slice, &truth, &looked, &result));
            if (!truth)
                goto slice_used;
        } else {
            TRY(builtin_call(function, R + B, C, &s->host->world, &result));
            if (function == BUILTIN_NOW && s->host->now)
                result.integer = s->host->now(s, result.integer);
        }
        GIVE(2, looked + builtin_cost(function, R + B, C, result));
    }
    TARGET(CHECK)
    {
        TRY(vm_check(s, pc[1], &R[A]));
        looked = value_cost(R[A]);
        pc += 2;
        PAY(looked);
        NEXT();
    }
    TARGET(NODE)
    {
        frame->node = word_x24(*pc);
        if (enter) {
            SAVE_PC(pc);
            enter(s, word_x24(*pc));
            if (s->state == VM_FAULTED)
                goto out;
        }
        STEP(1);
    }
    TARGET(SAY)
    {
        TRY(speak(s, R[A], s->host->say));
        STEP(1);
    }
    TARGET(LOG)
    {
        TRY(speak(s, R[A], s->host->log));
        STEP(1);
    }
    TARGET(WAIT)
    {
        TRY(vm_wait(R[A], &s->wait_ms));
        SUSPEND(VM_WAIT, pc + 1);
    }
    TARGET(REQUEST)
    {
        const struct image_call *call = &image->calls[image->sites[pc[1]].detail];
        s->request_pc = (uint32_t)(pc - code);
        request_build_begin(build, &s->program->endpoints[call->endpoint],
                            (enum http_method)call->method, (char)call->separator);
        STEP(2);
    }
    TARGET(PATHTEXT)
    {
        request_build_path_text(build, constants[pc[1]].text);
        STEP(2);
    }
    TARGET(PATHVALUE)
    {
        TRY(vm_bounded(R[A]));
        request_build_path_value(build, R[A]);
        STEP(1);
    }
    TARGET(HEADER)
    {
        const struct text *name = constants[pc[1]].text;
        TRY(vm_bounded(R[A]));
        if (s->setting_up)
            TRY(vm_set_header(s->setting_up, name, R[A], B != 0));
        else
            request_build_header(build, name, R[A], B != 0);
        STEP(2);
    }
    TARGET(QUERY)
    {
        const struct text *name = constants[pc[1]].text;
        TRY(vm_bounded(R[A]));
        if (s->setting_up)
            TRY(vm_set_query(s->setting_up, name, R[A], B != 0));
        else
            request_build_query(build, name, R[A], B != 0);
        STEP(2);
    }
    TARGET(FORM)
    {
        TRY(vm_bounded(R[A]));
        request_build_form(build, constants[pc[1]].text, R[A], B != 0);
        STEP(2);
    }
    TARGET(BODY)
    {
        TRY(vm_bounded(R[A]));
        request_build_body(build, (enum body_kind)B, R[A], C != 0);
        STEP(1);
    }
    TARGET(SEND)
    {
        s->site = pc[1];
        mem_free(s->failure);
        s->failure = NULL;
        s->request = request_build_finish(build, &s->failure);
        s->reason = build->reason;
        vm_strand_clear_temps(s);
        SUSPEND(VM_REQUEST, pc);
    }
    TARGET(SHAPE)
    {
        struct bytes why = { 0 };
        truth = image_type_fit(image, pc[1], &R[A], &why);
        if (!truth)
            fail_shape(s, R[A], &why, &R[B]);
        bytes_release(&why);
        JUMP_IF(!truth, 3, 2);
    }
    TARGET(ASK)
    {
        s->site = pc[1];
        TRY(begin_question(s, R + A));
        SUSPEND(VM_ASK, pc);
    }
    TARGET(CALL)
    {
        uint32_t flow = image->sites[pc[1]].detail;
        SAVE_PC(pc);
        if (!vm_strand_enter(s, flow, (uint32_t)(R + A - s->slots)))
            FAULT(vm_too_nested(s->host));
        LOAD_FRAME();
        PAY(1 + image->functions[frame->function].slot_count / SLOTS_PER_FUEL);
        NEXT();
    }
    TARGET(MOVETO)
    {
        vm_strand_move(s, pc[1], (uint32_t)(R + A - s->slots));
        LOAD_FRAME();
        PAY(1 + image->functions[frame->function].slot_count / SLOTS_PER_FUEL);
        NEXT();
    }
    TARGET(GROUP)
    {
        s->site = pc[1];
        s->spawn_count = 0;
        STEP(2);
    }
    TARGET(ITEM)
    {
        TRY(next_item(R + A, &R[B], &truth));
        JUMP_IF(truth, 2, 1);
    }
    TARGET(SPAWN)
    {
        s->spawn_flow = pc[1];
        s->spawn_args = R + A;
        s->spawn_count++;
        SUSPEND(VM_SPAWN, pc + 2);
    }
    TARGET(JOIN)
    {
        s->site = pc[1];
        SUSPEND(VM_JOIN, pc);
    }
    TARGET(END)
    {
        if (!vm_strand_leave(s, true, true, R[A]))
            goto out;
        LOAD_FRAME();
        BURN();
        NEXT();
    }
    TARGET(ENDNONE)
    {
        if (!vm_strand_leave(s, true, false, value_null()))
            goto out;
        LOAD_FRAME();
        BURN();
        NEXT();
    }
    TARGET(FAIL)
    {
        if (!vm_strand_leave(s, false, true, R[A]))
            goto out;
        LOAD_FRAME();
        BURN();
        NEXT();
    }
    TARGET(FAILNONE)
    {
        if (!vm_strand_leave(s, false, false, value_null()))
            goto out;
        LOAD_FRAME();
        BURN();
        NEXT();
    }
    TARGET(RETURN)
    {
        vm_strand_leave(s, true, true, R[A]);
        goto out;
    }
    TARGET(DONE)
    {
        vm_strand_leave(s, true, false, value_null());
        goto out;
    }
    TARGET(URL)
    {
        TRY(vm_set_url(s, R[A]));
        STEP(1);
    }
    TARGET(BEARER)
    {
        TRY(vm_set_bearer(s->setting_up, R[A]));
        STEP(1);
    }
    TARGET(BASIC)
    {
        TRY(vm_set_basic(s->setting_up, R[A], R[B]));
        STEP(1);
    }
    TARGET(TLS)
    {
        TRY(vm_set_tls(s->setting_up, R[A], B));
        STEP(1);
    }
    TARGET(PASSPHRASE)
    {
        TRY(vm_set_passphrase(s->setting_up, R[A]));
        STEP(1);
    }
#if !THREADED
}
#endif

/* The formatter takes the labels behind the closing brace above for something else. */
/* clang-format off */
slice_used:
    SAVE_PC(pc);
    s->fuel_used += granted;
    if (s->fuel_used >= s->host->fuel) {
        problem = s->host->fuel == VM_DEFAULT_FUEL
                      ? "too many steps without a call, a question or a pause: the loop does not end"
                      : "too many steps without a call, a question or a pause: the loop does not end "
                        "(--max-fuel)";
        goto fault;
    }
    s->kept = request_build_keep(build);
    s->state = VM_YIELD;
    return VM_YIELD;

fault:
    SAVE_PC(pc);
    build->is_open = false;
    vm_fault(s, problem);
out:
    return (enum vm_state)s->state;
}
/* clang-format on */
