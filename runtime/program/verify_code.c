/* The data-flow half of the proof: which slots are set, which hold secrets, whether a request or a
 * group is open, on every way through a function. */
#include "program/verify.h"

#include "base/mem.h"
#include "program/builtin.h"
#include "program/opcode.h"
#include "program/slot_map.h"

#include <assert.h>

#define VERIFY_MAX_BYTES ((size_t)1 << 29) /* of what is known of slots, for one function */

struct state {
    uint32_t request; /* site; IMAGE_NONE: no request is open */
    uint32_t group;
    bool queued;
    struct slot_map slots;
};

struct walk {
    struct verifier *v;
    const struct image *image;
    const struct image_function *f;
    struct state **at; /* per word of the function: the state before it, for jump targets */
    uint8_t *is_target;
    uint32_t *queue;
    uint32_t queue_len;
    struct state now;
    struct slot_memory memory;
};

static void state_copy(struct walk *w, struct state *to, const struct state *from)
{
    to->request = from->request;
    to->group = from->group;
    slot_map_copy(&w->memory, &to->slots, &from->slots);
}

static enum slot_state slot_now(const struct walk *w, uint32_t slot)
{
    return slot_map_get(&w->memory, &w->now.slots, slot);
}

static void set_now(struct walk *w, uint32_t first, uint32_t count, enum slot_state state)
{
    slot_map_set(&w->memory, &w->now.slots, first, count, state);
}

/* Joins the current state into the one before target, and queues target when that is news. */
static bool flow_to(struct walk *w, uint32_t pc, uint32_t target)
{
    struct state **at = &w->at[target - w->f->code];
    bool changed = !*at;
    if (!*at) {
        *at = mem_alloc_zeroed(1, sizeof **at);
        state_copy(w, *at, &w->now);
    } else if ((*at)->request != w->now.request || (*at)->group != w->now.group) {
        return verify_fail(w->v, pc, "a request or group is open on one way only");
    } else {
        changed = slot_map_merge(&w->memory, &(*at)->slots, &w->now.slots);
    }
    if (w->memory.bytes > VERIFY_MAX_BYTES)
        return verify_fail(w->v, pc, "a flow is too large to be verified");
    if (changed && !(*at)->queued) {
        (*at)->queued = true;
        w->queue[w->queue_len++] = target;
    }
    return true;
}

static bool in_function(const struct walk *w, int64_t target)
{
    return target >= w->f->code && target < (int64_t)w->f->code + w->f->code_count &&
           w->v->starts[target];
}

/* One slot is read. *secret is set when it holds a secret. */
static bool read_slot(struct walk *w, uint32_t pc, uint32_t slot, bool *secret)
{
    enum slot_state state = slot_now(w, slot);
    if (state == SLOT_UNSET || state == SLOT_MISSING)
        return verify_fail(w->v, pc, "slot %u is read before it is written", (unsigned)slot);
    *secret |= state == SLOT_SECRET;
    return true;
}

static bool read_arguments(struct walk *w, uint32_t pc, uint32_t first, uint32_t flow, bool *secret)
{
    const struct image_function *callee = &w->image->functions[flow];
    for (uint32_t i = 0; i < callee->input_count; i++) {
        bool may_miss = w->image->inputs[callee->first_input + i].has_default;
        if (may_miss && slot_now(w, first + i) == SLOT_MISSING)
            continue;
        if (!read_slot(w, pc, first + i, secret))
            return false;
    }
    return true;
}

static bool read_range(struct walk *w, uint32_t pc, uint32_t first, uint32_t count, bool *secret)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!read_slot(w, pc, first + i, secret))
            return false;
    }
    return true;
}

static bool read_letter(struct walk *w, uint32_t pc, char letter, bool *secret)
{
    const uint32_t *code = w->image->code + pc;
    uint32_t word = code[0];
    switch (letter) {
    case 'a':
        return read_slot(w, pc, word_a(word), secret);
    case 'b':
        return read_slot(w, pc, word_b(word), secret);
    case 'c':
        return read_slot(w, pc, word_c(word), secret);
    case 'E':
        return read_range(w, pc, word_a(word), 2, secret);
    case '2':
        return read_range(w, pc, word_b(word), 2, secret);
    case 'R':
        return read_range(w, pc, word_b(word), word_c(word), secret);
    case 'F':
        return read_slot(w, pc, word_x16(word), secret);
    case 'P': {
        bool is_call = word_op(word) == OPCODE_CALL;
        uint32_t flow = is_call ? w->image->sites[code[1]].detail : code[1];
        return read_arguments(w, pc, word_a(word), flow, secret);
    }
    default:
        return true;
    }
}

static void write_letter(struct walk *w, uint32_t word, char letter, uint8_t state)
{
    if (letter == 'a')
        set_now(w, word_a(word), 1, state);
    else if (letter == 'b')
        set_now(w, word_b(word), 1, state);
    else if (letter == 'F')
        set_now(w, word_x16(word), 1, state);
}

/* Parts of a request say of themselves that they are secret, so that traces can mask them. */
static bool says_secret(uint32_t word)
{
    switch (word_op(word)) {
    case OPCODE_HEADER:
    case OPCODE_QUERY:
    case OPCODE_FORM:
        return word_b(word) == 1;
    case OPCODE_BODY:
        return word_c(word) == 1;
    default:
        return true;
    }
}

/* An HMAC tells nothing of the key that made it: that is what it is for (RFC 2104). */
static bool is_one_way(const struct walk *w, uint32_t pc)
{
    const uint32_t *code = w->image->code + pc;
    return word_op(code[0]) == OPCODE_BUILTIN &&
           w->image->builtins[code[1]].function == BUILTIN_HMAC_SHA256;
}

/* Reads, the secret rule, writes: what every instruction has in common. */
static bool apply_row(struct walk *w, uint32_t pc)
{
    uint32_t word = w->image->code[pc];
    const struct opcode_row *row = &opcode_rows[word_op(word)];
    bool secret = false;
    for (const char *p = row->reads; *p; p++) {
        if (!read_letter(w, pc, *p, &secret))
            return false;
    }
    if (secret && row->secret == '.')
        return verify_fail(w->v, pc, "a secret goes into `%s`", row->mnemonic);
    if (secret && !says_secret(word))
        return verify_fail(w->v, pc, "`%s` does not say that it is given a secret", row->mnemonic);
    bool result = row->secret == '!' || (row->secret == '>' && secret && !is_one_way(w, pc));
    for (const char *p = row->writes; *p; p++)
        write_letter(w, word, *p, result ? SLOT_SECRET : SLOT_SET);
    return true;
}

static bool needs_request(enum opcode op)
{
    return op == OPCODE_PATHTEXT || op == OPCODE_PATHVALUE || op == OPCODE_FORM ||
           op == OPCODE_BODY || op == OPCODE_SEND;
}

/* What may not happen while a request is being built or a group of calls is under way. */
static bool needs_quiet(enum opcode op)
{
    return op == OPCODE_NODE || op == OPCODE_WAIT || op == OPCODE_ASK || op == OPCODE_CALL ||
           op == OPCODE_MOVETO || op == OPCODE_REQUEST || op == OPCODE_GROUP ||
           (op >= OPCODE_END && op <= OPCODE_FAILNONE);
}

static bool apply_order(struct walk *w, uint32_t pc)
{
    const uint32_t *code = w->image->code + pc;
    enum opcode op = word_op(code[0]);
    struct state *now = &w->now;
    bool open = now->request != IMAGE_NONE || now->group != IMAGE_NONE;
    bool in_flow = w->f->kind == IMAGE_FLOW;
    bool needs = needs_request(op) || (in_flow && (op == OPCODE_HEADER || op == OPCODE_QUERY));
    if ((needs_quiet(op) && open) || (needs && now->request == IMAGE_NONE) ||
        (op == OPCODE_SEND && now->request != code[1]) ||
        (op == OPCODE_SPAWN && now->group == IMAGE_NONE) ||
        (op == OPCODE_JOIN && (now->group == IMAGE_NONE || now->group != code[1])))
        return verify_fail(w->v, pc, "`%s` out of order", opcode_rows[op].mnemonic);
    if (op == OPCODE_REQUEST)
        now->request = code[1];
    if (op == OPCODE_SEND)
        now->request = IMAGE_NONE;
    if (op == OPCODE_GROUP)
        now->group = code[1];
    if (op == OPCODE_JOIN)
        now->group = IMAGE_NONE;
    return true;
}

/* What a site brings, then each of its arms. */
static bool flow_to_arms(struct walk *w, uint32_t pc)
{
    const uint32_t *code = w->image->code + pc;
    const struct image_site *site = &w->image->sites[code[1]];
    enum opcode op = word_op(code[0]);
    if (op == OPCODE_SEND) {
        uint32_t count = w->f->slot_count;
        uint32_t end = count < IMAGE_NEAR_SLOTS ? count : IMAGE_NEAR_SLOTS;
        if (w->f->first_temp < end)
            set_now(w, w->f->first_temp, end - w->f->first_temp, SLOT_UNSET);
        set_now(w, word_a(code[0]), 4, SLOT_SET);
    }
    if (op == OPCODE_CALL)
        set_now(w, word_b(code[0]), 2, SLOT_SET);
    if (op == OPCODE_JOIN)
        set_now(w, word_a(code[0]), site->kind == IMAGE_SITE_EACH ? 2 : site->detail + 1, SLOT_SET);
    for (uint32_t i = 0; i < site->arm_count; i++) {
        const struct image_arm *arm = &w->image->arms[site->first_arm + i];
        enum slot_state before = op == OPCODE_ASK ? slot_now(w, word_b(code[0])) : SLOT_UNSET;
        bool is_answer = op == OPCODE_ASK && arm->label == label_of_outcome(OUTCOME_OK);
        if (is_answer)
            set_now(w, word_b(code[0]), 1, SLOT_SET);
        if (!in_function(w, arm->pc) || !flow_to(w, pc, arm->pc))
            return verify_fail(w->v, pc, "an arm leads nowhere");
        if (is_answer)
            set_now(w, word_b(code[0]), 1, before);
    }
    return true;
}

static bool flow_by_jump(struct walk *w, uint32_t pc)
{
    uint32_t word = w->image->code[pc];
    enum opcode op = word_op(word);
    int64_t target = verify_jump_target(w->image, pc);
    if (!in_function(w, target) || (op != OPCODE_JUMP && target <= pc))
        return verify_fail(w->v, pc, "a jump of `%s` leads nowhere", opcode_rows[op].mnemonic);
    /* What holds only where the jump is taken, or only where it is not. */
    uint32_t slot = op == OPCODE_JGIVEN ? word_a(word) : word_b(word);
    bool differs = op == OPCODE_JGIVEN || op == OPCODE_SHAPE || op == OPCODE_ITEM;
    enum slot_state after = differs ? slot_now(w, slot) : SLOT_UNSET;
    if (op == OPCODE_JGIVEN)
        set_now(w, slot, 1, SLOT_SET);
    if (op == OPCODE_ITEM)
        set_now(w, slot, 1, SLOT_UNSET);
    bool good = flow_to(w, pc, (uint32_t)target);
    if (differs)
        set_now(w, slot, 1, after);
    return good;
}

static bool is_last(enum opcode op)
{
    return op == OPCODE_JUMP || op == OPCODE_SEND || op == OPCODE_ASK || op == OPCODE_CALL ||
           op == OPCODE_JOIN || op == OPCODE_MOVETO || (op >= OPCODE_END && op <= OPCODE_DONE);
}

static bool has_jump(enum opcode op)
{
    return opcode_rows[op].shape == SHAPE_J || opcode_jump_word(opcode_rows[op].shape) != 0 ||
           op == OPCODE_COUNT;
}

/* One instruction: its effect on the current state and on the states it jumps to. */
static bool apply(struct walk *w, uint32_t pc)
{
    enum opcode op = word_op(w->image->code[pc]);
    uint32_t word = w->image->code[pc];
    enum slot_state before = op == OPCODE_SHAPE ? slot_now(w, word_b(word)) : SLOT_UNSET;
    if (!apply_order(w, pc) || !apply_row(w, pc))
        return false;
    if (op == OPCODE_MISSING)
        set_now(w, word_a(word), 1, SLOT_MISSING);
    if (op == OPCODE_SEND || op == OPCODE_ASK || op == OPCODE_CALL || op == OPCODE_JOIN)
        return flow_to_arms(w, pc);
    if (has_jump(op) && !flow_by_jump(w, pc))
        return false;
    if (op == OPCODE_SHAPE)
        set_now(w, word_b(word), 1, before);
    return true;
}

/* From a jump target straight on, until the way ends or meets another target. */
static bool follow(struct walk *w, uint32_t pc)
{
    uint32_t end = w->f->code + w->f->code_count;
    for (;;) {
        enum opcode op = word_op(w->image->code[pc]);
        if (!apply(w, pc))
            return false;
        if (is_last(op))
            return true;
        uint32_t next = pc + opcode_words(w->image->code[pc]);
        if (next >= end)
            return verify_fail(w->v, pc, "the code runs off its end");
        if (op == OPCODE_COUNT && word_op(w->image->code[next]) != OPCODE_JUMP)
            return verify_fail(w->v, pc, "`count` is not followed by a jump");
        if (w->is_target[next - w->f->code])
            return flow_to(w, pc, next);
        pc = next;
    }
}

static void mark_targets(struct walk *w)
{
    uint32_t end = w->f->code + w->f->code_count;
    for (uint32_t pc = w->f->code; pc < end;) {
        const uint32_t *code = w->image->code + pc;
        enum opcode op = word_op(code[0]);
        if (has_jump(op)) {
            int64_t target = verify_jump_target(w->image, pc);
            if (in_function(w, target))
                w->is_target[target - w->f->code] = 1;
        }
        if (op == OPCODE_SEND || op == OPCODE_ASK || op == OPCODE_CALL || op == OPCODE_JOIN) {
            const struct image_site *site = &w->image->sites[code[1]];
            for (uint32_t i = 0; i < site->arm_count; i++) {
                uint32_t target = w->image->arms[site->first_arm + i].pc;
                if (in_function(w, target))
                    w->is_target[target - w->f->code] = 1;
            }
        }
        pc += opcode_words(w->image->code[pc]);
    }
}

static void enter(struct walk *w)
{
    w->now.request = IMAGE_NONE;
    w->now.group = IMAGE_NONE;
    for (uint32_t i = 0; i < w->f->input_count; i++) {
        bool may_miss = w->image->inputs[w->f->first_input + i].has_default;
        set_now(w, i, 1, may_miss ? SLOT_MISSING : SLOT_SET);
    }
}

static bool walk_all(struct walk *w)
{
    enter(w);
    if (!flow_to(w, w->f->code, w->f->code))
        return false;
    while (w->queue_len) {
        uint32_t pc = w->queue[--w->queue_len];
        struct state *before = w->at[pc - w->f->code];
        before->queued = false;
        state_copy(w, &w->now, before);
        if (!follow(w, pc))
            return false;
    }
    return true;
}

bool verify_code(struct verifier *v, uint32_t function)
{
    const struct image_function *f = &v->image->functions[function];
    struct walk w = { .v = v, .image = v->image, .f = f };
    w.at = mem_alloc_zeroed(f->code_count, sizeof(struct state *));
    w.is_target = mem_alloc_zeroed(f->code_count, 1);
    w.queue = mem_alloc_zeroed(f->code_count, sizeof *w.queue);
    slot_memory_init(&w.memory, f->slot_count);
    mark_targets(&w);
    w.is_target[0] = 1;
    bool good = walk_all(&w);
    slot_map_release(&w.memory, &w.now.slots);
    for (uint32_t i = 0; i < f->code_count; i++) {
        if (w.at[i])
            slot_map_release(&w.memory, &w.at[i]->slots);
        mem_free(w.at[i]);
    }
    assert(w.memory.bytes == 0);
    mem_free(w.at);
    mem_free(w.is_target);
    mem_free(w.queue);
    return good;
}
