/* The data-flow half of the proof: which slots are set, which hold secrets, in which node the run
 * is, whether a request or a group is open, on every way through a function.
 *
 * Slots that instructions reach (the near ones) are followed on each way. Of the far ones, which
 * hold variables only, it is known for the whole function whether one ever gets a secret; one that
 * is read before it was written is null.
 *
 * What is known at the beginning of a block only ever becomes less, in a few steps for each slot,
 * so the ways are followed again until nothing changes. That is twice or three times for what flowc
 * makes; v->steps bounds it for what others make. */
#include "program/verify_blocks.h"

#include "base/mem.h"
#include "program/builtin.h"
#include "program/verify_slots.h"

#include <assert.h>
#include <string.h>

struct state {
    uint32_t request; /* site; IMAGE_NONE: no request is open */
    uint32_t group;
    uint32_t node; /* IMAGE_NONE: not the same on all ways */
    bool is_reached;
    bool is_news;     /* since the block was followed last */
    uint64_t facts[]; /* verify_slots.h */
};

struct walk {
    struct verifier *v;
    const struct image *image;
    const struct image_function *f;
    struct blocks blocks;
    char *states; /* per block: the facts known at its beginning */
    size_t state_size;
    uint32_t words;
    struct state *now;
    uint64_t *far_secrets; /* a bit per slot that is not near */
    bool has_news;         /* some block is to be followed again */
    bool has_far_news; /* all are: a far slot may hold a secret, and may have been read before */
};

static struct state *state_of(const struct walk *w, uint32_t block)
{
    return (struct state *)(w->states + block * w->state_size);
}

/* Joins the current state into that of the block at target. */
static bool flow_to(struct walk *w, uint32_t pc, uint32_t target)
{
    uint32_t block;
    bool found = blocks_find(&w->blocks, target, &block);
    assert(found);
    (void)found;
    struct state *to = state_of(w, block);
    /* An instruction `node` does not look at the node before it. */
    bool is_node = word_op(w->image->code[target]) == OPCODE_NODE;
    uint32_t node = is_node ? IMAGE_NONE : w->now->node;
    bool changed = !to->is_reached;
    if (changed) {
        memcpy(to, w->now, w->state_size);
        to->is_reached = true;
        to->is_news = false;
        to->node = node;
    } else if (to->request != w->now->request || to->group != w->now->group) {
        return verify_fail(w->v, pc, "a request or group is open on one way only");
    } else {
        changed = slot_merge(to->facts, w->now->facts, w->words);
        if (to->node != node && to->node != IMAGE_NONE) {
            to->node = IMAGE_NONE;
            changed = true;
        }
    }
    to->is_news |= changed;
    w->has_news |= changed;
    return true;
}

static bool is_now(const struct walk *w, enum slot_fact fact, uint32_t slot)
{
    return slot_bits(w->now->facts, w->words, fact, slot, 1) != 0;
}

/* Slots are written: from now on they are set, and secrets or not. */
static void set_now(struct walk *w, uint32_t first, uint32_t count, bool secret)
{
    slot_mark(w->now->facts, w->words, SLOT_SET, first, count, true);
    slot_mark(w->now->facts, w->words, SLOT_SECRET, first, count, secret);
    slot_mark(w->now->facts, w->words, SLOT_MISSING, first, count, false);
}

static void unset_now(struct walk *w, uint32_t first, uint32_t count)
{
    for (unsigned fact = 0; fact < SLOT_FACTS; fact++)
        slot_mark(w->now->facts, w->words, (enum slot_fact)fact, first, count, false);
}

/* What is known of one slot, to be put back later. */
struct slot_now {
    bool is[SLOT_FACTS];
};

static struct slot_now take_now(const struct walk *w, uint32_t slot)
{
    struct slot_now s;
    for (unsigned fact = 0; fact < SLOT_FACTS; fact++)
        s.is[fact] = is_now(w, (enum slot_fact)fact, slot);
    return s;
}

static void put_now(struct walk *w, uint32_t slot, struct slot_now s)
{
    for (unsigned fact = 0; fact < SLOT_FACTS; fact++)
        slot_mark(w->now->facts, w->words, (enum slot_fact)fact, slot, 1, s.is[fact]);
}

static bool fail_unset(struct walk *w, uint32_t pc, uint32_t slot)
{
    return verify_fail(w->v, pc, "slot %u is read before it is written", (unsigned)slot);
}

/* Near slots side by side are read. *secret is set when one holds a secret. may_miss: a bit for
 * each that may be missing; they are 64 at most where there is one. */
static bool read_slots(struct walk *w, uint32_t pc, uint32_t first, uint32_t count,
                       uint64_t may_miss, bool *secret)
{
    while (count > 0) {
        uint32_t part = count < SLOT_BITS ? count : SLOT_BITS;
        uint64_t all = part < SLOT_BITS ? (UINT64_C(1) << part) - 1 : UINT64_MAX;
        uint64_t missing = slot_bits(w->now->facts, w->words, SLOT_MISSING, first, part);
        uint64_t there =
            slot_bits(w->now->facts, w->words, SLOT_SET, first, part) | (missing & may_miss);
        if (there != all)
            return fail_unset(w, pc, first + (uint32_t)__builtin_ctzll(~there));
        *secret |= slot_bits(w->now->facts, w->words, SLOT_SECRET, first, part) != 0;
        first += part;
        count -= part;
    }
    return true;
}

static bool read_arguments(struct walk *w, uint32_t pc, uint32_t first, uint32_t flow, bool *secret)
{
    uint32_t count = w->image->functions[flow].input_count;
    const uint64_t *defaults = w->v->defaults + (size_t)flow * VERIFY_INPUT_WORDS;
    for (uint32_t i = 0; count > 0; i++) {
        uint32_t part = count < SLOT_BITS ? count : SLOT_BITS;
        if (!read_slots(w, pc, first, part, defaults[i], secret))
            return false;
        first += part;
        count -= part;
    }
    return true;
}

static bool is_far_secret(const struct walk *w, uint32_t slot)
{
    return w->far_secrets[slot / SLOT_BITS] >> slot % SLOT_BITS & 1;
}

static bool read_far(struct walk *w, uint32_t pc, uint32_t slot, bool *secret)
{
    if (slot < IMAGE_NEAR_SLOTS)
        return read_slots(w, pc, slot, 1, 0, secret);
    *secret |= is_far_secret(w, slot);
    return true;
}

static void write_far(struct walk *w, uint32_t slot, bool secret)
{
    if (slot < IMAGE_NEAR_SLOTS) {
        set_now(w, slot, 1, secret);
        return;
    }
    if (!secret || is_far_secret(w, slot))
        return;
    w->far_secrets[slot / SLOT_BITS] |= UINT64_C(1) << slot % SLOT_BITS;
    w->has_far_news = true;
}

static bool read_letter(struct walk *w, uint32_t pc, char letter, bool *secret)
{
    const uint32_t *code = w->image->code + pc;
    uint32_t word = code[0];
    switch (letter) {
    case 'a':
        return read_slots(w, pc, word_a(word), 1, 0, secret);
    case 'b':
        return read_slots(w, pc, word_b(word), 1, 0, secret);
    case 'c':
        return read_slots(w, pc, word_c(word), 1, 0, secret);
    case 'E':
        return read_slots(w, pc, word_a(word), 2, 0, secret);
    case '2':
        return read_slots(w, pc, word_b(word), 2, 0, secret);
    case 'R':
        return read_slots(w, pc, word_b(word), word_c(word), 0, secret);
    case 'F':
        return read_far(w, pc, word_x16(word), secret);
    case 'P': {
        bool is_call = word_op(word) == OPCODE_CALL;
        uint32_t flow = is_call ? w->image->sites[code[1]].detail : code[1];
        return read_arguments(w, pc, word_a(word), flow, secret);
    }
    default:
        return true;
    }
}

static void write_letter(struct walk *w, uint32_t word, char letter, bool secret)
{
    if (letter == 'a')
        set_now(w, word_a(word), 1, secret);
    else if (letter == 'b')
        set_now(w, word_b(word), 1, secret);
    else if (letter == 'F')
        write_far(w, word_x16(word), secret);
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

/* An HMAC reveals nothing about its key: that is its purpose (RFC 2104). */
static bool is_one_way(const struct walk *w, uint32_t pc)
{
    const uint32_t *code = w->image->code + pc;
    return word_op(code[0]) == OPCODE_BUILTIN &&
           w->image->builtins[code[1]].function == BUILTIN_HMAC_SHA256;
}

/* Checks that all instructions share: reads, the secret rule, writes. */
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
        write_letter(w, word, *p, result);
    return true;
}

static bool needs_request(enum opcode op)
{
    return op == OPCODE_PATHTEXT || op == OPCODE_PATHVALUE || op == OPCODE_FORM ||
           op == OPCODE_BODY || op == OPCODE_SEND;
}

/* Whether an instruction is forbidden while a request is being built or a group of calls is
 * under way. */
static bool needs_quiet(enum opcode op)
{
    return op == OPCODE_NODE || op == OPCODE_WAIT || op == OPCODE_ASK || op == OPCODE_CALL ||
           op == OPCODE_MOVETO || op == OPCODE_REQUEST || op == OPCODE_GROUP ||
           (op >= OPCODE_END && op <= OPCODE_FAILNONE);
}

/* The site that an instruction begins or waits at; IMAGE_NONE: none. */
static uint32_t site_of(const uint32_t *code)
{
    enum opcode op = word_op(code[0]);
    bool has_site = op == OPCODE_REQUEST || op == OPCODE_GROUP || verify_blocks_has_arms(op);
    return has_site ? code[1] : IMAGE_NONE;
}

static bool apply_order(struct walk *w, uint32_t pc)
{
    const uint32_t *code = w->image->code + pc;
    enum opcode op = word_op(code[0]);
    struct state *now = w->now;
    uint32_t site = site_of(code);
    bool open = now->request != IMAGE_NONE || now->group != IMAGE_NONE;
    bool in_flow = w->f->kind == IMAGE_FLOW;
    bool needs = needs_request(op) || (in_flow && (op == OPCODE_HEADER || op == OPCODE_QUERY));
    if ((needs_quiet(op) && open) || (needs && now->request == IMAGE_NONE) ||
        (op == OPCODE_SEND && now->request != code[1]) ||
        (op == OPCODE_SPAWN && now->group == IMAGE_NONE) ||
        (op == OPCODE_JOIN && (now->group == IMAGE_NONE || now->group != code[1])))
        return verify_fail(w->v, pc, "`%s` out of order", opcode_rows[op].mnemonic);
    if (site != IMAGE_NONE && w->image->sites[site].node != now->node)
        return verify_fail(w->v, pc, "`%s` is not in the node of its site",
                           opcode_rows[op].mnemonic);
    if (op == OPCODE_NODE)
        now->node = word_x24(code[0]);
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

/* `send` clears the temporaries. */
static void clear_temps(struct walk *w)
{
    uint32_t end = w->f->slot_count < IMAGE_NEAR_SLOTS ? w->f->slot_count : IMAGE_NEAR_SLOTS;
    if (w->f->first_temp < end)
        unset_now(w, w->f->first_temp, end - w->f->first_temp);
}

/* What a site brings, whatever its outcome. */
static void write_site(struct walk *w, const uint32_t *code)
{
    const struct image_site *site = &w->image->sites[code[1]];
    enum opcode op = word_op(code[0]);
    if (op == OPCODE_SEND) {
        clear_temps(w);
        set_now(w, word_a(code[0]), 4, false);
    }
    if (op == OPCODE_CALL)
        set_now(w, word_b(code[0]), 2, false);
    if (op == OPCODE_JOIN)
        set_now(w, word_a(code[0]), verify_join_slots(site), false);
}

/* What a site brings, then each of its arms. */
static bool flow_to_arms(struct walk *w, uint32_t pc)
{
    const uint32_t *code = w->image->code + pc;
    const struct image_site *site = &w->image->sites[code[1]];
    write_site(w, code);
    for (uint32_t i = 0; i < site->arm_count; i++) {
        const struct image_arm *arm = &w->image->arms[site->first_arm + i];
        bool is_answer =
            word_op(code[0]) == OPCODE_ASK && arm->label == label_of_outcome(OUTCOME_OK);
        uint32_t slot = is_answer ? word_b(code[0]) : 0;
        struct slot_now before = { { false } };
        if (is_answer) {
            before = take_now(w, slot);
            set_now(w, slot, 1, false);
        }
        if (!verify_blocks_may_lead_to(w->v, w->f, arm->pc) || !flow_to(w, pc, arm->pc))
            return verify_fail(w->v, pc, "an arm leads nowhere");
        if (is_answer)
            put_now(w, slot, before);
    }
    return true;
}

static bool flow_by_jump(struct walk *w, uint32_t pc)
{
    uint32_t word = w->image->code[pc];
    enum opcode op = word_op(word);
    int64_t target = verify_jump_target(w->image, pc);
    if (!verify_blocks_may_lead_to(w->v, w->f, target) || (op != OPCODE_JUMP && target <= pc))
        return verify_fail(w->v, pc, "a jump of `%s` leads nowhere", opcode_rows[op].mnemonic);
    /* The facts that hold only if the jump is taken, or only if it is not. */
    uint32_t slot = op == OPCODE_JGIVEN ? word_a(word) : word_b(word);
    bool differs = op == OPCODE_JGIVEN || op == OPCODE_ITEM;
    struct slot_now after = { { false } };
    if (differs)
        after = take_now(w, slot);
    if (op == OPCODE_JGIVEN)
        set_now(w, slot, 1, false);
    if (op == OPCODE_ITEM)
        unset_now(w, slot, 1);
    bool good = flow_to(w, pc, (uint32_t)target);
    if (differs)
        put_now(w, slot, after);
    return good;
}

/* One instruction: its effect on the current state and on the states it jumps to. */
static bool apply(struct walk *w, uint32_t pc)
{
    uint32_t word = w->image->code[pc];
    enum opcode op = word_op(word);
    struct slot_now before = { { false } };
    if (op == OPCODE_SHAPE) /* it writes its slot where it jumps */
        before = take_now(w, word_b(word));
    if (!apply_order(w, pc) || !apply_row(w, pc))
        return false;
    if (op == OPCODE_MISSING) {
        unset_now(w, word_a(word), 1);
        slot_mark(w->now->facts, w->words, SLOT_MISSING, word_a(word), 1, true);
    }
    if (verify_blocks_has_arms(op))
        return flow_to_arms(w, pc);
    if (verify_blocks_has_jump(op) && !flow_by_jump(w, pc))
        return false;
    if (op == OPCODE_SHAPE)
        put_now(w, word_b(word), before);
    return true;
}

static bool take_step(struct walk *w, uint32_t pc)
{
    return w->v->steps-- > 0 || verify_fail(w->v, pc, "the code is too tangled to be verified");
}

/* From the beginning of a block straight on, until the way ends or meets another block. */
static bool follow(struct walk *w, uint32_t pc)
{
    uint32_t end = w->f->code + w->f->code_count;
    for (;;) {
        enum opcode op = word_op(w->image->code[pc]);
        uint32_t block;
        if (!take_step(w, pc) || !apply(w, pc))
            return false;
        if (verify_blocks_ends(op))
            return true;
        uint32_t next = pc + opcode_words(w->image->code[pc]);
        if (next >= end)
            return verify_fail(w->v, pc, "the code runs off its end");
        if (op == OPCODE_COUNT && word_op(w->image->code[next]) != OPCODE_JUMP)
            return verify_fail(w->v, pc, "`count` is not followed by a jump");
        if (blocks_find(&w->blocks, next, &block))
            return flow_to(w, pc, next);
        pc = next;
    }
}

static void enter(struct walk *w)
{
    w->now->request = IMAGE_NONE;
    w->now->group = IMAGE_NONE;
    w->now->node = w->f->first_node; /* where the machine sees a run that has just begun */
    for (uint32_t i = 0; i < w->f->input_count; i++) {
        bool may_miss = w->image->inputs[w->f->first_input + i].has_default;
        slot_mark(w->now->facts, w->words, may_miss ? SLOT_MISSING : SLOT_SET, i, 1, true);
    }
}

static bool follow_block(struct walk *w, uint32_t block)
{
    struct state *s = state_of(w, block);
    s->is_news = false;
    memcpy(w->now, s, w->state_size);
    return follow(w, w->blocks.start[block]);
}

/* Each block that there is news for, once. */
static bool follow_news(struct walk *w)
{
    bool all = w->has_far_news;
    w->has_news = false;
    w->has_far_news = false;
    for (uint32_t i = 0; i < w->blocks.order_len; i++) {
        uint32_t block = w->blocks.order[i];
        const struct state *s = state_of(w, block);
        if (!take_step(w, w->blocks.start[block]))
            return false;
        if (s->is_reached && (all || s->is_news) && !follow_block(w, block))
            return false;
    }
    return true;
}

static bool walk_all(struct walk *w)
{
    enter(w);
    bool good = flow_to(w, w->f->code, w->f->code);
    while (good && (w->has_news || w->has_far_news))
        good = follow_news(w);
    return good;
}

bool verify_code(struct verifier *v, uint32_t function)
{
    const struct image_function *f = &v->image->functions[function];
    struct walk w = { .v = v, .image = v->image, .f = f, .words = slot_words(f->slot_count) };
    verify_blocks_init(&w.blocks, v, f);
    w.state_size = sizeof(struct state) + (size_t)w.words * SLOT_FACTS * sizeof(uint64_t);
    w.states = mem_alloc_zeroed(w.blocks.count, w.state_size);
    w.now = mem_alloc_zeroed(1, w.state_size);
    w.far_secrets = mem_alloc_zeroed(f->slot_count / SLOT_BITS + 1u, sizeof(uint64_t));
    bool good = walk_all(&w);
    verify_blocks_release(&w.blocks);
    mem_free(w.states);
    mem_free(w.now);
    mem_free(w.far_secrets);
    return good;
}
