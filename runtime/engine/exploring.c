#include "engine/exploring.h"

#include "base/mem.h"
#include "engine/samples.h"
#include "engine/simulation.h"
#include "engine/vm.h"

#include <stdlib.h>
#include <string.h>

#define EPOCH_MS INT64_C(1767225600000) /* 2026-01-01 00:00 UTC, as for tests */
#define MAX_RUNS 30000u
#define MAX_CHOICES 60u
#define MAX_EVENTS 20000u
#define MAX_VISITS 1000u

/* A way that is to be tried. */
struct script {
    struct choice *choices; /* values are owned */
    uint32_t len;
};

/* What a run of a script came to. */
struct outcome_of_run {
    bool open;  /* it wants a choice more: at site */
    bool ended; /* or failed */
    bool failed;
    uint32_t site;
    struct value choices; /* of the question there; owned */
    uint64_t key;         /* the same for runs that are in the same place in the same way */
};

struct visit_at {
    uint32_t node;
    uint64_t order;
};

struct explorer {
    const struct program *program;
    const struct image *image;
    struct coverage *coverage;
    void (*found)(void *context, const struct exploration *e);
    void *context;
    uint32_t *sites; /* of nodes; IMAGE_NONE: none */

    /* Of the flow that is started. */
    uint32_t flow;
    struct value *inputs;
    struct script *queue;
    uint32_t queue_len;
    uint32_t queue_cap;
    uint64_t *seen; /* keys */
    uint32_t seen_len;
    uint32_t seen_cap;
    uint32_t runs;

    /* Of the run under way. */
    struct simulation world;
    struct run *run;
    const struct script *script;
    uint32_t at;
    uint32_t since_step; /* choices since a node was left */
    struct outcome_of_run outcome;
    uint32_t *arms; /* that it took */
    uint32_t arm_len;
    uint32_t arm_cap;
    struct visit_at *visits;
    uint32_t visit_len;
    uint32_t visit_cap;
    bool has_value;
    struct value value;
};

static void add_key(uint64_t *key, uint64_t word)
{
    *key = (*key ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    *key ^= *key >> 29;
}

/* One run. */

static struct explorer *of_simulation(struct simulation *s)
{
    return (struct explorer *)((char *)s - offsetof(struct explorer, world));
}

/* The next choice of the script, which is for this site; NULL: the run wants one more. */
static const struct choice *next_choice(struct explorer *x, uint32_t site, struct value choices)
{
    x->since_step++;
    if (x->at < x->script->len && x->script->choices[x->at].site == site)
        return &x->script->choices[x->at++];
    if (!x->outcome.open) {
        x->outcome.open = true;
        x->outcome.site = site;
        x->outcome.choices = value_ref(choices);
    }
    return NULL;
}

static void reply(struct simulation *s, struct exchange *e)
{
    struct explorer *x = of_simulation(s);
    const struct choice *c = next_choice(x, x->sites[e->node], value_null());
    if (c)
        testing_reply(e, c->label, c->value);
}

static void ask(struct run *run, uint32_t ask_id, const struct text *question, struct value choices)
{
    struct explorer *x = run->context;
    const struct choice *c = next_choice(x, x->sites[run_ask_node(run, ask_id)], choices);
    (void)question;
    if (c && c->value.tag == VALUE_TEXT)
        run_answer(run, ask_id, c->value.text->data, c->value.text->len);
    else if (c)
        run_answer(run, ask_id, NULL, 0);
}

static void add_arm(struct explorer *x, uint32_t arm)
{
    if (x->arm_len == x->arm_cap) {
        x->arm_cap = x->arm_cap ? x->arm_cap * 2 : 32;
        x->arms = mem_resize(x->arms, x->arm_cap, sizeof *x->arms);
    }
    x->arms[x->arm_len++] = arm;
}

static void add_visit(struct explorer *x, const struct run_step *step)
{
    if (x->visit_len == x->visit_cap) {
        x->visit_cap = x->visit_cap ? x->visit_cap * 2 : 32;
        x->visits = mem_resize(x->visits, x->visit_cap, sizeof *x->visits);
    }
    x->visits[x->visit_len++] = (struct visit_at){ step->index, step->order };
}

static void step(struct run *run, const struct run_step *s)
{
    struct explorer *x = run->context;
    uint32_t site = x->sites[s->index];
    x->since_step = 0;
    add_key(&x->outcome.key, (uint64_t)s->index << 32 | s->label);
    if (x->visit_len < MAX_VISITS)
        add_visit(x, s);
    if (s->label && site != IMAGE_NONE) {
        const struct image_arm *arm = image_find_arm(x->image, &x->image->sites[site], s->label);
        if (arm)
            add_arm(x, (uint32_t)(arm - x->image->arms));
    }
}

static void over(struct run *run)
{
    struct explorer *x = run->context;
    x->run = NULL;
    x->outcome.ended = run->status == RUN_ENDED || run->status == RUN_FAILED;
    x->outcome.failed = run->status == RUN_FAILED;
    x->has_value = run->has_value;
    x->value = value_ref(run->value);
}

static const struct run_watch watch = { .ask = ask, .step = step, .over = over };

static struct value *copy_inputs(const struct explorer *x)
{
    uint32_t count = x->image->functions[x->flow].input_count;
    struct value *inputs = mem_alloc_zeroed(count, sizeof *inputs);
    for (uint32_t i = 0; i < count; i++)
        inputs[i] = vm_is_missing(x->inputs[i]) ? vm_missing() : value_ref(x->inputs[i]);
    return inputs;
}

static void forget_run(struct explorer *x)
{
    value_unref(x->outcome.choices);
    value_unref(x->value);
    x->outcome = (struct outcome_of_run){ 0 };
    x->value = value_null();
    x->has_value = false;
    x->at = 0;
    x->since_step = 0;
    x->arm_len = 0;
    x->visit_len = 0;
}

static void play(struct explorer *x, const struct script *script)
{
    struct value *inputs = copy_inputs(x);
    forget_run(x);
    x->runs++;
    x->script = script;
    simulation_init(&x->world, x->program, EPOCH_MS);
    x->world.reply = reply;
    x->run = run_start(x->world.engine, x->flow, inputs, &watch, x);
    mem_free(inputs);
    for (uint32_t i = 0; x->run && !x->outcome.open && i < MAX_EVENTS; i++) {
        if (!simulation_step(&x->world))
            break;
    }
    bool open = x->outcome.open;
    if (x->run)
        run_cancel(x->run);
    x->outcome.open = open;
    x->outcome.ended &= !open;
    simulation_release(&x->world);
    add_key(&x->outcome.key, x->outcome.site);
    add_key(&x->outcome.key, x->since_step);
    /* What has been reached may depend on what was said last. */
    add_key(&x->outcome.key, script->len ? script->choices[script->len - 1].label : 0);
}

/* Scripts. */

static void script_release(struct script *s)
{
    for (uint32_t i = 0; i < s->len; i++)
        value_unref(s->choices[i].value);
    mem_free(s->choices);
    *s = (struct script){ 0 };
}

/* The script and one choice more, whose value is taken. */
static void push(struct explorer *x, const struct script *s, struct choice last)
{
    struct script longer = { mem_alloc_zeroed(s->len + 1u, sizeof *longer.choices), s->len + 1 };
    for (uint32_t i = 0; i < s->len; i++) {
        longer.choices[i] = s->choices[i];
        value_ref(longer.choices[i].value);
    }
    longer.choices[s->len] = last;
    if (x->queue_len == x->queue_cap) {
        x->queue_cap = x->queue_cap ? x->queue_cap * 2 : 64;
        x->queue = mem_resize(x->queue, x->queue_cap, sizeof *x->queue);
    }
    x->queue[x->queue_len++] = longer;
}

static void push_each(struct explorer *x, const struct script *s, uint32_t site, uint16_t label,
                      struct samples *samples)
{
    for (size_t i = 0; i < samples->len; i++)
        push(x, s, (struct choice){ site, label, value_ref(samples->items[i]) });
    samples_release(samples);
}

static bool has_arm(const struct image *image, const struct image_site *site, uint16_t label)
{
    for (uint32_t i = 0; i < site->arm_count; i++) {
        if (image->arms[site->first_arm + i].label == label)
            return true;
    }
    return false;
}

/* Whether an answer of this status is for the arm `other`. */
static bool is_other(const struct image *image, const struct image_site *site, uint16_t status)
{
    return !has_arm(image, site, status) &&
           !has_arm(image, site, (uint16_t)(LABEL_CLASS + status / 100));
}

/* A status that comes to this arm: `4xx` or `other` by one that no closer arm is for. 0: every one has
 * its own. */
static uint16_t status_for(const struct image *image, const struct image_site *site, uint16_t label)
{
    static const uint16_t usual[] = { 418, 500, 302, 202, 503, 404 };
    if (label < LABEL_CLASS)
        return label;
    if (label < LABEL_OUTCOME) {
        uint16_t status = (uint16_t)((label - LABEL_CLASS) * 100);
        while (has_arm(image, site, status)) /* flowc has seen that not each of them has one */
            status++;
        return status;
    }
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        if (is_other(image, site, usual[i]))
            return usual[i];
    }
    for (uint16_t status = 201; status < 600; status++) {
        if (is_other(image, site, status))
            return status;
    }
    return 0;
}

static uint32_t function_of(const struct explorer *x, uint32_t site)
{
    return x->image->nodes[x->image->sites[site].node].function;
}

static void push_reply(struct explorer *x, const struct script *s, uint32_t number,
                       const struct image_arm *arm)
{
    const struct image_site *site = &x->image->sites[number];
    struct samples samples = { 0 };
    bool is_reply = arm->label < LABEL_OUTCOME || arm->label == label_of_outcome(OUTCOME_OTHER);
    if (!is_reply) {
        push(x, s, (struct choice){ number, arm->label, value_null() });
        return;
    }
    uint16_t status = status_for(x->image, site, arm->label);
    if (status == 0)
        return;
    samples_of_body(x->image, function_of(x, number), arm->pc, &samples);
    push_each(x, s, number, status, &samples);
}

static void push_answer(struct explorer *x, const struct script *s, uint32_t number,
                        const struct image_arm *arm)
{
    const struct image_site *site = &x->image->sites[number];
    struct samples samples = { 0 };
    if (arm->label == label_of_outcome(OUTCOME_TIMEOUT)) {
        push(x, s, (struct choice){ number, arm->label, value_null() });
        return;
    }
    samples_of_answer(x->program, function_of(x, number), site->detail, x->outcome.choices,
                      arm->label == label_of_outcome(OUTCOME_OK), &samples);
    push_each(x, s, number, arm->label, &samples);
}

/* All that the world could say where the run stands. */
static void branch(struct explorer *x, const struct script *s)
{
    uint32_t number = x->outcome.site;
    const struct image_site *site = &x->image->sites[number];
    for (uint32_t i = 0; i < site->arm_count; i++) {
        const struct image_arm *arm = &x->image->arms[site->first_arm + i];
        if (site->kind == IMAGE_SITE_API)
            push_reply(x, s, number, arm);
        else if (site->kind == IMAGE_SITE_ASK)
            push_answer(x, s, number, arm);
    }
}

/* What is found. */

static int by_order(const void *a, const void *b)
{
    const struct visit_at *p = a;
    const struct visit_at *q = b;
    return p->order < q->order ? -1 : p->order > q->order;
}

static void tell(struct explorer *x, const struct script *s, uint32_t arm)
{
    uint32_t *visits = mem_alloc_zeroed(x->visit_len + 1u, sizeof *visits);
    if (x->visits)
        qsort(x->visits, x->visit_len, sizeof *x->visits, by_order);
    for (uint32_t i = 0; i < x->visit_len; i++)
        visits[i] = x->visits[i].node;
    struct exploration e = { .flow = x->flow,
                             .inputs = x->inputs,
                             .choices = s->choices,
                             .choice_count = s->len,
                             .visits = visits,
                             .visit_count = x->visit_len,
                             .failed = x->outcome.failed,
                             .has_value = x->has_value,
                             .value = x->value,
                             .arm = arm };
    x->found(x->context, &e);
    mem_free(visits);
}

static void take(struct explorer *x, const struct script *s)
{
    uint32_t first = IMAGE_NONE;
    for (uint32_t i = 0; i < x->arm_len; i++) {
        if (first == IMAGE_NONE && x->coverage->arms[x->arms[i]] == 0)
            first = x->arms[i];
    }
    if (first == IMAGE_NONE)
        return;
    for (uint32_t i = 0; i < x->arm_len; i++)
        x->coverage->arms[x->arms[i]]++;
    tell(x, s, first);
}

static bool is_new(struct explorer *x, uint64_t key)
{
    for (uint32_t i = 0; i < x->seen_len; i++) {
        if (x->seen[i] == key)
            return false;
    }
    if (x->seen_len == x->seen_cap) {
        x->seen_cap = x->seen_cap ? x->seen_cap * 2 : 256;
        x->seen = mem_resize(x->seen, x->seen_cap, sizeof *x->seen);
    }
    x->seen[x->seen_len++] = key;
    return true;
}

static bool all_taken(const struct explorer *x)
{
    for (uint32_t i = 0; i < x->image->arm_count; i++) {
        if (x->coverage->arms[i] == 0)
            return false;
    }
    return true;
}

static void search(struct explorer *x)
{
    struct script none = { 0 };
    uint32_t head = 0;
    play(x, &none);
    if (x->outcome.ended)
        take(x, &none);
    else if (x->outcome.open)
        branch(x, &none);
    while (head < x->queue_len && x->runs < MAX_RUNS && !all_taken(x)) {
        struct script s = x->queue[head++];
        play(x, &s);
        if (x->outcome.ended)
            take(x, &s);
        else if (x->outcome.open && s.len < MAX_CHOICES && is_new(x, x->outcome.key))
            branch(x, &s);
        script_release(&s);
    }
    for (; head < x->queue_len; head++)
        script_release(&x->queue[head]);
    x->queue_len = 0;
    x->seen_len = 0;
}

/* The inputs of a flow: of the tests that start it, then guesses. */

static bool use_inputs_of_test(struct explorer *x)
{
    for (uint32_t i = 0; i < x->image->step_count; i++) {
        const struct image_step *s = &x->image->steps[i];
        const uint32_t *refs = x->image->refs + s->first_ref;
        if (s->kind != IMAGE_STEP_START || refs[0] != x->flow)
            continue;
        for (uint32_t k = 1; k < s->ref_count; k++)
            x->inputs[k - 1] = refs[k] == IMAGE_NONE ? vm_missing() : x->image->constants[refs[k]];
        return true;
    }
    return false;
}

static void use_guesses(struct explorer *x, size_t which)
{
    const struct image_function *f = &x->image->functions[x->flow];
    for (uint32_t i = 0; i < f->input_count; i++) {
        const struct image_input *input = &x->image->inputs[f->first_input + i];
        struct samples samples = { 0 };
        samples_of_type(x->image, x->flow, input->type, &samples);
        value_unref(x->inputs[i]);
        /* What has a default is left out at first. */
        x->inputs[i] = input->has_default && which == 0
                           ? vm_missing()
                           : value_ref(samples.items[which < samples.len ? which : 0]);
        samples_release(&samples);
    }
}

static bool is_of_main_file(const struct image *image, uint32_t flow)
{
    const struct image_function *f = &image->functions[flow];
    const struct image_function *main = &image->functions[image->main];
    return f->kind == IMAGE_FLOW && f->node_count > 0 &&
           strcmp(image_text(image, image->nodes[f->first_node].file),
                  image_text(image, image->nodes[main->first_node].file)) == 0;
}

static void explore_flow(struct explorer *x, uint32_t flow)
{
    uint32_t count = x->image->functions[flow].input_count;
    x->flow = flow;
    x->inputs = mem_alloc_zeroed(count, sizeof *x->inputs);
    if (use_inputs_of_test(x))
        search(x);
    for (size_t which = 0; which < SAMPLES_MAX && !all_taken(x) && x->runs < MAX_RUNS; which++) {
        use_guesses(x, which);
        search(x);
        if (count == 0)
            break;
    }
    for (uint32_t i = 0; i < count; i++)
        value_unref(x->inputs[i]);
    mem_free(x->inputs);
}

void exploring_run(const struct program *program, struct coverage *coverage,
                   void (*found)(void *context, const struct exploration *e), void *context)
{
    const struct image *image = program->image;
    struct explorer x = {
        .program = program, .image = image, .coverage = coverage, .found = found, .context = context
    };
    x.sites = mem_alloc_zeroed(image->node_count, sizeof *x.sites);
    for (uint32_t i = 0; i < image->node_count; i++)
        x.sites[i] = IMAGE_NONE;
    for (uint32_t i = 0; i < image->site_count; i++)
        x.sites[image->sites[i].node] = i;
    for (uint32_t i = 0; image->main != IMAGE_NONE && i < image->function_count; i++) {
        x.runs = 0;
        if (is_of_main_file(image, i) && !all_taken(&x))
            explore_flow(&x, i);
    }
    forget_run(&x);
    mem_free(x.sites);
    mem_free(x.queue);
    mem_free(x.seen);
    mem_free(x.arms);
    mem_free(x.visits);
}
