/* Any bytes as an image. The checksum is put right first, so that what lies behind it is reached.
 * What the verifier accepts is run, with little fuel and no network: every call, answer, group and
 * pause comes to something that the input decides. Nothing may crash, leak or hang. */
#include "base/mem.h"
#include "engine/start.h"
#include "program/disasm.h"
#include "program/image.h"
#include "program/image_format.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/image_change.h"
#include "vm/vm.h"

#include <string.h>

/* Between two suspensions of a run, and of these in one run. */
#define FUEL 500
#define MAX_RESUMES 40

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
    value_object_put_bytes(&v, "message", 7, value_text_of("there"));
    struct value items = value_list(2);
    value_list_push(&items, value_int(next_byte(w)));
    value_list_push(&items, value_null());
    value_object_put_bytes(&v, "items", 5, items);
    return v;
}

static void resume_call(struct strand *s, struct world *w)
{
    static const uint16_t labels[] = { 200,
                                       404,
                                       503,
                                       299,
                                       LABEL_OUTCOME + OUTCOME_ERROR,
                                       LABEL_OUTCOME + OUTCOME_TIMEOUT,
                                       LABEL_OUTCOME + OUTCOME_MAX_CONNECTION };
    uint16_t label = labels[next_byte(w) % 7];
    if (s->request) {
        request_release(s->request);
        mem_free(s->request);
        s->request = NULL;
    }
    char message[] = "closed";
    struct outcome_facts outcome = { .label = label,
                                     .status = label < LABEL_CLASS ? label : 0,
                                     .body = some_body(w),
                                     .kind = ERROR_NETWORK,
                                     .message = message };
    vm_resume_call(s, &outcome);
}

static void resume_group(struct strand *s, struct world *w)
{
    bool failed = next_byte(w) & 1;
    struct value results = value_list(s->spawn_count);
    for (uint32_t i = 0; i < s->spawn_count && i < 100; i++)
        value_list_push(&results, value_int(i));
    vm_resume_group(s, results, failed, failed, failed ? value_text_of("no") : value_null());
}

static void answer(struct strand *s, struct world *w)
{
    static const char *const answers[] = {
        "42", "true", "AB123456", "", "returns", "\xff", "-0.5"
    };
    uint8_t which = next_byte(w) % 8;
    if (which == 7)
        vm_resume_answer(s, NULL, 0);
    else
        vm_resume_answer(s, answers[which], strlen(answers[which]));
}

static void play(struct strand *s, struct world *w)
{
    for (int i = 0; i < MAX_RESUMES; i++) {
        switch (vm_step(s)) {
        case VM_REQUEST:
            resume_call(s, w);
            break;
        case VM_ASK:
            answer(s, w);
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
                            .fuel = FUEL };
    const struct image_function *f = &program->image->functions[flow];
    struct value *args = mem_alloc_zeroed(f->input_count + 1u, sizeof *args);
    struct strand s;
    for (uint32_t i = 0; i < f->input_count; i++) {
        bool missing = program->image->inputs[f->first_input + i].has_default;
        args[i] = missing ? vm_missing() : value_text_of("argument");
    }
    vm_strand_init(&s, program, &host, flow, args);
    play(&s, w);
    vm_strand_release(&s);
    request_build_release(&host.build);
    mem_free(args);
}

static void run_all(const struct image *image, struct world *w)
{
    struct bytes problems = { 0 };
    const struct start_options o = { .simulated = true };
    struct program *program = start_program(image, &o, &problems);
    for (uint32_t i = 0; program && i < image->function_count; i++) {
        if (image->functions[i].kind == IMAGE_FLOW)
            run_flow(program, i, w);
    }
    start_free(program);
    bytes_release(&problems);
}

static void check(const char *p, size_t len, struct world *w)
{
    char *reason = NULL;
    struct image *image = image_read(p, len, &reason);
    if (image)
        reason = verify_image(image);
    if (image && !reason) {
        struct bytes text = { 0 };
        disasm_print(image, &text);
        bytes_release(&text);
        run_all(image, w);
    }
    mem_free(reason);
    image_free(image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < IMAGE_HEADER_BYTES)
        return 0;
    struct world w = { .p = data, .len = size };
    char *copy = mem_alloc(size);
    memcpy(copy, data, size);
    image_mend((uint8_t *)copy, size);
    fuzz_begin(0);
    check(copy, size, &w);
    fuzz_end();
    mem_free(copy);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    return image_change(data, size, max_size, seed);
}
