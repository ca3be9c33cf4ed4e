/* libFuzzer target: any bytes as an image. The checksum is put right first, so that what lies behind
 * it is reached. What the verifier accepts is run, with little fuel and no network: every call, answer
 * and pause comes to something that the input decides. Nothing may crash, leak or hang. */
#include "base/mem.h"
#include "engine/vm.h"
#include "program/disasm.h"
#include "program/image.h"

#define XXH_INLINE_ALL
#include <string.h>
#include <xxhash.h>

#define HEADER 24
#define MAX_RESUMES 200

/* What the world answers, from the input's own bytes. */
struct world {
    const uint8_t *p;
    size_t len;
    size_t at;
};

static uint8_t next_byte(struct world *w)
{
    return w->len ? w->p[w->at++ % w->len] : 0;
}

static int64_t now_ms(void *context)
{
    (void)context;
    return 1767225600000;
}

static void fill(void *context, void *out, size_t len)
{
    (void)context;
    memset(out, 7, len);
}

static void say(struct strand *s, const struct text *text)
{
    (void)s;
    (void)text;
}

static struct value run_value(struct strand *s, uint32_t which)
{
    (void)s;
    return which == 2 ? value_int(1) : value_text_of("run");
}

static struct value some_body(struct world *w)
{
    struct value v = value_object(2);
    object_put_bytes(&v, "message", 7, value_text_of("there"));
    struct value items = value_list(2);
    list_push(&items, value_int(next_byte(w)));
    list_push(&items, value_null());
    object_put_bytes(&v, "items", 5, items);
    return v;
}

static void resume_call(struct strand *s, struct world *w)
{
    static const uint16_t labels[] = { 200, 404, 503, 299, LABEL_OUTCOME + OUTCOME_ERROR,
                                       LABEL_OUTCOME + OUTCOME_TIMEOUT,
                                       LABEL_OUTCOME + OUTCOME_MAX_CONNECTION };
    uint16_t label = labels[next_byte(w) % 7];
    if (s->request) {
        request_release(s->request);
        mem_free(s->request);
        s->request = NULL;
    }
    vm_resume_call(s, label, label < LABEL_CLASS ? label : 0, value_null(), some_body(w),
                   ERROR_NETWORK, "closed");
}

static void resume_group(struct strand *s, struct world *w)
{
    bool failed = next_byte(w) & 1;
    struct value results = value_list(s->spawn_count);
    for (uint32_t i = 0; i < s->spawn_count && i < 100; i++)
        list_push(&results, value_int(i));
    vm_resume_group(s, results, failed, failed, failed ? value_text_of("no") : value_null());
}

static void play(struct strand *s, struct world *w)
{
    for (int i = 0; i < MAX_RESUMES; i++) {
        switch (vm_step(s)) {
        case VM_REQUEST:
            resume_call(s, w);
            break;
        case VM_ASK:
            if (next_byte(w) & 1)
                vm_resume_answer(s, "42", 2);
            else
                vm_resume_answer(s, NULL, 0);
            break;
        case VM_JOIN:
            resume_group(s, w);
            break;
        case VM_WAIT:
        case VM_SPAWN:
        case VM_YIELD:
            vm_resume(s);
            break;
        case VM_READY:
        case VM_ENDED:
        case VM_FAILED:
        case VM_FAULTED:
            return;
        }
    }
}

static void run_flow(const struct program *program, uint32_t flow, struct world *w)
{
    struct vm_host host = { .world = { now_ms, fill, NULL },
                            .say = say,
                            .log = say,
                            .run_value = run_value,
                            .fuel = 40000 };
    const struct image_function *f = &program->image->functions[flow];
    struct value *args = mem_alloc_zeroed(f->input_count + 1u, sizeof *args);
    struct strand s;
    for (uint32_t i = 0; i < f->input_count; i++) {
        bool missing = program->image->inputs[f->first_input + i].has_default;
        args[i] = missing ? vm_missing() : value_text_of("argument");
    }
    strand_init(&s, program, &host, flow, args);
    play(&s, w);
    strand_release(&s);
    request_build_release(&host.build);
    mem_free(args);
}

static void run_all(const struct image *image, struct world *w)
{
    struct bytes problems = { 0 };
    const struct program_options o = { .simulated = true };
    struct program *program = program_start(image, &o, &problems);
    for (uint32_t i = 0; program && i < image->function_count; i++) {
        if (image->functions[i].kind == IMAGE_FLOW)
            run_flow(program, i, w);
    }
    program_free(program);
    bytes_release(&problems);
}

static void check(const char *p, size_t len, struct world *w)
{
    char *reason = NULL;
    struct image *image = image_read(p, len, &reason);
    if (image)
        reason = image_verify(image);
    if (image && !reason) {
        struct bytes text = { 0 };
        disasm_print(image, &text);
        bytes_release(&text);
        run_all(image, w);
    }
    mem_free(reason);
    image_free(image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEADER)
        return 0;
    struct world w = { .p = data, .len = size };
    char *copy = mem_copy_text((const char *)data, size);
    uint64_t sum = XXH3_64bits(copy + HEADER, size - HEADER);
    memcpy(copy, IMAGE_MAGIC, 8);
    for (int i = 0; i < 4; i++) {
        copy[8 + i] = (char)(IMAGE_VERSION >> (8 * i));
        copy[12 + i] = 0;
    }
    for (int i = 0; i < 8; i++)
        copy[16 + i] = (char)(sum >> (8 * i));
    check(copy, size, &w);
    mem_free(copy);
    return 0;
}
