#include "vm/vm_strand.h"

#include "base/mem.h"
#include "program/opcode.h"
#include "vm/vm_ops.h"

#include <string.h>

const char *vm_too_nested(const struct vm_host *host)
{
    return host->frames ? "calls nest deeper than they may (--max-calls)"
                        : "calls are nested deeper than 200 flows";
}

const char *vm_bounded(struct value v)
{
    if (v.tag >= VALUE_LIST && value_size_up_to(v, VALUE_MAX_BYTES) > VALUE_MAX_BYTES)
        return "a value became larger than 64 MB";
    return NULL;
}

static void clear_slots(struct strand *s, uint32_t from, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        value_unref(s->slots[from + i]);
        s->slots[from + i] = value_null();
    }
}

void vm_strand_clear_temps(struct strand *s)
{
    const struct frame *frame = &s->frames[s->depth - 1];
    const struct image_function *f = &s->program->image->functions[frame->function];
    uint32_t end = f->slot_count < IMAGE_NEAR_SLOTS ? f->slot_count : IMAGE_NEAR_SLOTS;
    if (f->first_temp < end)
        clear_slots(s, frame->base + f->first_temp, end - f->first_temp);
}

/* Room for count more slots above slot_top, all null. Afterwards slots is there, be it for none. */
static void push_slots(struct strand *s, uint32_t count)
{
    uint32_t needed = s->slot_top + count;
    if (needed > s->slot_cap || !s->slots) {
        uint32_t cap = s->slot_cap ? s->slot_cap * 2 : needed;
        cap = cap < needed ? needed : cap;
        s->slots = mem_resize(s->slots, cap, sizeof *s->slots);
        memset(s->slots + s->slot_cap, 0, (cap - s->slot_cap) * sizeof *s->slots);
        s->slot_cap = cap;
    }
    s->slot_top = needed;
}

static struct frame *push_frame(struct strand *s)
{
    if (s->depth == s->frame_cap) {
        s->frame_cap = s->frame_cap ? s->frame_cap * 2 : 1;
        s->frames = mem_resize(s->frames, s->frame_cap, sizeof *s->frames);
    }
    return &s->frames[s->depth++];
}

static void begin_frame(struct strand *s, uint32_t flow)
{
    const struct image_function *f = &s->program->image->functions[flow];
    struct frame *frame = push_frame(s);
    *frame =
        (struct frame){ .function = flow, .pc = s->pc, .base = s->slot_top, .node = f->first_node };
    push_slots(s, f->slot_count);
    s->pc = f->code;
}

void vm_strand_init(struct strand *s, const struct program *program, struct vm_host *host,
                    uint32_t flow, struct value *args)
{
    *s = (struct strand){ .program = program, .host = host, .state = VM_READY };
    begin_frame(s, flow);
    uint32_t count = program->image->functions[flow].input_count;
    for (uint32_t i = 0; i < count && args; i++) {
        s->slots[i] = args[i];
        args[i] = value_null();
    }
}

void vm_strand_release(struct strand *s)
{
    clear_slots(s, 0, s->slot_top);
    mem_free(s->slots);
    mem_free(s->frames);
    value_unref(s->value);
    value_unref(s->choices);
    value_unref(s->body_type);
    if (s->request) {
        request_release(s->request);
        mem_free(s->request);
    }
    builtin_search_free(s->search);
    request_build_free(s->kept);
    mem_free(s->failure);
    *s = (struct strand){ .state = VM_ENDED };
}

bool vm_strand_enter(struct strand *s, uint32_t flow, uint32_t args)
{
    if (s->depth >= (s->host->frames ? s->host->frames : VM_MAX_FRAMES))
        return false;
    uint32_t count = s->program->image->functions[flow].input_count;
    begin_frame(s, flow);
    struct value *to = s->slots + s->frames[s->depth - 1].base;
    for (uint32_t i = 0; i < count; i++)
        to[i] = value_ref(s->slots[args + i]);
    return true;
}

void vm_strand_move(struct strand *s, uint32_t flow, uint32_t args)
{
    struct frame *frame = &s->frames[s->depth - 1];
    const struct image_function *f = &s->program->image->functions[flow];
    uint32_t base = frame->base;
    uint32_t first = s->slot_top; /* the arguments wait above while the frame is cleared */
    push_slots(s, f->input_count);
    for (uint32_t i = 0; i < f->input_count; i++) {
        s->slots[first + i] = s->slots[args + i];
        s->slots[args + i] = value_null();
    }
    clear_slots(s, base, first - base);
    s->slot_top = base;
    push_slots(s, f->slot_count);
    for (uint32_t i = 0; i < f->input_count; i++) {
        struct value v = s->slots[first + i];
        s->slots[first + i] = value_null();
        s->slots[base + i] = v;
    }
    frame->function = flow;
    frame->node = f->first_node;
    s->pc = f->code;
}

/* What a flow that failed with v is called by its caller: v.message, v itself when it is a text. */
static struct value fail_error(bool has_value, struct value v)
{
    struct value message = value_null();
    if (has_value && v.tag == VALUE_OBJECT) {
        const struct value *found = value_object_find_bytes(v.object, "message", 7);
        if (found && found->tag == VALUE_TEXT)
            message = value_ref(*found);
    }
    if (has_value && message.tag == VALUE_NULL && vm_text(v, &message))
        message = value_null();
    if (message.tag != VALUE_TEXT)
        message = value_text_of("the flow failed");
    struct value null = value_null();
    struct value error = vm_error(outcome_name(OUTCOME_FAIL), message.text->data, message.text->len,
                                  has_value ? &v : &null);
    value_unref(message);
    return error;
}

static void take_slot(struct value *slot, struct value v)
{
    value_unref(*slot);
    *slot = v;
}

static void go_to_arm(struct strand *s, enum outcome outcome)
{
    const struct image *image = s->program->image;
    const struct image_site *site = &image->sites[image->code[s->pc + 1]];
    const struct image_arm *arm = image_find_arm(image, site, label_of_outcome(outcome));
    s->label = label_of_outcome(outcome);
    if (!arm) {
        vm_fault(s, "an outcome has no arm");
        return;
    }
    s->pc = arm->pc;
    s->state = VM_READY;
}

static bool over(struct strand *s, bool ended, bool has_value, struct value v)
{
    s->value = value_ref(v);
    s->has_value = has_value;
    s->state = ended ? VM_ENDED : VM_FAILED;
    return false;
}

bool vm_strand_leave(struct strand *s, bool ended, bool has_value, struct value v)
{
    if (s->depth == 1)
        return over(s, ended, has_value, v);
    if (s->host->leave)
        s->host->leave(s, ended);
    struct value kept = value_ref(v);
    struct frame *frame = &s->frames[--s->depth];
    clear_slots(s, frame->base, s->slot_top - frame->base);
    s->slot_top = frame->base;
    s->pc = frame->pc;
    uint32_t word = s->program->image->code[s->pc];
    struct value *R = s->slots + s->frames[s->depth - 1].base;
    take_slot(&R[word_b(word)], ended ? value_ref(kept) : value_null());
    take_slot(&R[word_b(word) + 1], ended ? value_null() : fail_error(has_value, kept));
    value_unref(kept);
    go_to_arm(s, ended ? OUTCOME_OK : OUTCOME_FAIL);
    return s->state == VM_READY;
}

void vm_fault(struct strand *s, const char *message)
{
    if (message != s->failure) {
        char *copy = mem_copy_text(message, strlen(message));
        mem_free(s->failure);
        s->failure = copy;
    }
    s->state = VM_FAULTED;
}

uint32_t vm_strand_node(const struct strand *s)
{
    return s->frames[s->depth - 1].node;
}

const struct image_call *vm_strand_call(const struct strand *s)
{
    const struct image *image = s->program->image;
    return &image->calls[image->sites[s->site].detail];
}

static struct value *registers(struct strand *s)
{
    return s->slots + s->frames[s->depth - 1].base;
}

void vm_resume(struct strand *s)
{
    if (s->state != VM_YIELD)
        s->fuel_used = 0;
    s->state = VM_READY;
}

static struct value error_of(const struct outcome_facts *o)
{
    if (o->label < LABEL_OUTCOME)
        return value_null();
    enum outcome outcome = (enum outcome)(o->label - LABEL_OUTCOME);
    const char *name =
        outcome == OUTCOME_ERROR ? outcome_error_kind_name(o->kind) : outcome_name(outcome);
    const char *text = o->message ? o->message : name;
    return vm_error(name, text, strlen(text), NULL);
}

/* Leaves null behind. */
static struct value move_out(struct value *from)
{
    struct value v = *from;
    *from = value_null();
    return v;
}

void vm_resume_call(struct strand *s, struct outcome_facts *outcome)
{
    const struct image *image = s->program->image;
    struct value *R = registers(s) + word_a(image->code[s->pc]);
    struct value error = error_of(outcome);
    uint16_t label = outcome->label;
    take_slot(&s->body_type, move_out(&outcome->body_type));
    take_slot(&R[0], outcome->status ? value_int(outcome->status) : value_null());
    take_slot(&R[1], move_out(&outcome->headers));
    take_slot(&R[2], move_out(&outcome->body));
    take_slot(&R[3], error);
    s->fuel_used = 0;
    s->label = label;
    const struct image_arm *arm = image_find_arm(image, &image->sites[s->site], label);
    if (!arm) {
        vm_fault(s, "an outcome has no arm");
        return;
    }
    s->pc = arm->pc;
    s->state = VM_READY;
}

void vm_resume_group(struct strand *s, struct value results, bool failed, bool has_value,
                     struct value value)
{
    const struct image *image = s->program->image;
    const struct image_site *site = &image->sites[s->site];
    struct value *R = registers(s) + word_a(image->code[s->pc]);
    uint32_t count = 1;
    if (site->kind == IMAGE_SITE_PARALLEL) {
        count = site->detail;
        for (uint32_t i = 0; i < count; i++) {
            bool there = !failed && results.tag == VALUE_LIST && i < results.list->len;
            take_slot(&R[i], there ? value_ref(results.list->items[i]) : value_null());
        }
    } else {
        take_slot(&R[0], failed ? value_null() : value_ref(results));
    }
    take_slot(&R[count], failed ? fail_error(has_value, value) : value_null());
    value_unref(results);
    value_unref(value);
    s->fuel_used = 0;
    go_to_arm(s, failed ? OUTCOME_FAIL : OUTCOME_OK);
}
