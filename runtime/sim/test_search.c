#include "sim/test_search.h"

#include "base/mem.h"
#include "sim/reach.h"
#include "sim/sample_values.h"
#include "sim/simulation.h"
#include "sim/tally.h"
#include "vm/vm.h"

#include <stdlib.h>
#include <string.h>

#define RUNS_KEPT_OF 4u /* one part in this many is for the targets after the `else` of a `max` */
#define SCRIPT_MAX_CHOICES 60u
#define MAX_REPEATED 300u
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
    uint64_t key;         /* the limit for runs that are in the same place in the same way */
};

/* How thoroughly a flow is searched. Either one of the runs that are in the same place in the
 * same way goes on, and the search gets far; or several go on, because their earlier replies may
 * matter later. Most targets are found soon. */
static const struct effort {
    uint32_t alike;
    uint32_t runs;
} efforts[] = { { 1, 2000 }, { 8, 4000 }, { 1, 20000 }, { 8, 4000 } };

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
    bool *is_within_reach; /* by function: it, and what it calls */
    struct value *inputs;
    struct script *queue;
    uint32_t queue_len;
    size_t queue_cap;
    struct tally seen; /* keys */
    const struct effort *effort;
    uint32_t runs;
    uint32_t max_runs;
    struct script *firsts; /* by way: of the first run that took it; only of arrows within `max` */

    /* Of the run under way. */
    struct simulation world;
    struct run *run;
    const struct script *script;
    uint32_t at;
    uint32_t since_step; /* choices since a node was left */
    struct outcome_of_run outcome;
    uint32_t *items; /* the items of coverage that it reached, in order, each once */
    uint32_t item_len;
    bool *has_item; /* by item */
    struct visit_at *visits;
    uint32_t visit_len;
    size_t visit_cap;
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
    return OWNER_OF(s, struct explorer, world);
}

/* The next choice of the script, which is for this site; NULL if the script has ended and the
 * run needs one more. */
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
        test_run_reply(e, c->label, c->value);
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

static void add_item(struct explorer *x, uint32_t item)
{
    if (x->has_item[item])
        return;
    x->has_item[item] = true;
    x->items[x->item_len++] = item;
}

static void enter(void *context, struct run *run, struct strand *strand, uint32_t node)
{
    (void)run;
    (void)strand;
    add_item(context, node);
}

static void passed(struct run *run, const struct strand *strand, uint32_t pc)
{
    struct explorer *x = run->context;
    uint32_t item = coverage_find(x->coverage, pc, strand->label);
    if (item == IMAGE_NONE)
        return;
    add_item(x, item);
    add_key(&x->outcome.key, item);
}

static void add_visit(struct explorer *x, const struct run_step *step)
{
    x->visits = mem_grow(x->visits, &x->visit_cap, x->visit_len, sizeof *x->visits);
    x->visits[x->visit_len++] = (struct visit_at){ step->index, step->order };
}

static void step(struct run *run, const struct run_step *s)
{
    struct explorer *x = run->context;
    x->since_step = 0;
    add_key(&x->outcome.key, (uint64_t)s->index << 32 | s->label);
    if (x->visit_len < MAX_VISITS)
        add_visit(x, s);
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

static const struct run_watch watch = { .ask = ask, .step = step, .passed = passed, .over = over };

static const struct run_observer observer = { .enter = enter };

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
    for (uint32_t i = 0; i < x->item_len; i++)
        x->has_item[x->items[i]] = false;
    x->item_len = 0;
    x->visit_len = 0;
}

static void play(struct explorer *x, const struct script *script)
{
    struct value *inputs = copy_inputs(x);
    forget_run(x);
    x->runs++;
    x->script = script;
    simulation_init(&x->world, x->program, SIMULATION_EPOCH_MS);
    run_engine_mark(x->world.engine, x->coverage->code);
    x->world.reply = reply;
    x->run = run_start(x->world.engine, x->flow, inputs, &watch, x);
    run_observer_add(x->run, &observer, x);
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

/* A copy with room for one choice more. */
static struct script copy_script(const struct script *s)
{
    struct script copy = { mem_alloc_zeroed(s->len + 1u, sizeof *copy.choices), s->len };
    for (uint32_t i = 0; i < s->len; i++) {
        copy.choices[i] = s->choices[i];
        value_ref(copy.choices[i].value);
    }
    return copy;
}

/* Takes s. */
static void enqueue(struct explorer *x, struct script s)
{
    x->queue = mem_grow(x->queue, &x->queue_cap, x->queue_len, sizeof *x->queue);
    x->queue[x->queue_len++] = s;
}

/* The script with one more choice, whose value it takes ownership of. */
static void push(struct explorer *x, const struct script *s, struct choice last)
{
    struct script longer = copy_script(s);
    longer.choices[longer.len++] = last;
    enqueue(x, longer);
}

static void push_each(struct explorer *x, const struct script *s, uint32_t site, uint16_t label,
                      struct sample_values *samples)
{
    for (size_t i = 0; i < samples->len; i++)
        push(x, s, (struct choice){ site, label, value_ref(samples->items[i]) });
    sample_values_release(samples);
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

/* A status that leads to this arm: for `4xx` or `other` one that no closer arm matches. 0 if
 * each status has its own arm. */
static uint16_t status_for(const struct image *image, const struct image_site *site, uint16_t label)
{
    static const uint16_t usual[] = { 418, 500, 302, 202, 503, 404 };
    if (label < LABEL_CLASS)
        return label;
    if (label < LABEL_OUTCOME) {
        uint16_t status = (uint16_t)((label - LABEL_CLASS) * 100);
        while (
            has_arm(image, site, status)) /* flowc checked that some status has no arm of its own */
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

static void push_reply(struct explorer *x, const struct script *s, uint32_t number,
                       const struct image_arm *arm)
{
    const struct image_site *site = &x->image->sites[number];
    struct sample_values samples = { 0 };
    bool is_reply = arm->label < LABEL_OUTCOME || arm->label == label_of_outcome(OUTCOME_OTHER);
    if (!is_reply) {
        push(x, s, (struct choice){ number, arm->label, value_null() });
        return;
    }
    uint16_t status = status_for(x->image, site, arm->label);
    if (status == 0)
        return;
    sample_values_of_body(x->image, site, arm, &samples);
    push_each(x, s, number, status, &samples);
}

static void push_answer(struct explorer *x, const struct script *s, uint32_t number,
                        const struct image_arm *arm)
{
    const struct image_site *site = &x->image->sites[number];
    struct sample_values samples = { 0 };
    if (arm->label == label_of_outcome(OUTCOME_TIMEOUT)) {
        push(x, s, (struct choice){ number, arm->label, value_null() });
        return;
    }
    sample_values_of_answer(x->image, site, x->outcome.choices,
                            arm->label == label_of_outcome(OUTCOME_OK), &samples);
    push_each(x, s, number, arm->label, &samples);
}

/* All replies and answers that the world could give where the run waits. */
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

static void tell(struct explorer *x, const struct script *s, uint32_t item)
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
                             .item = item };
    x->found(x->context, &e);
    mem_free(visits);
}

/* The first way that nothing has covered, or else the first node; IMAGE_NONE: none. */
static uint32_t first_news(const struct explorer *x)
{
    uint32_t node = IMAGE_NONE;
    for (uint32_t i = 0; i < x->item_len; i++) {
        uint32_t item = x->items[i];
        if (x->coverage->counts[item] > 0)
            continue;
        if (coverage_way_of_item(x->coverage, item) != IMAGE_NONE)
            return item;
        node = node == IMAGE_NONE ? item : node;
    }
    return node;
}

static void take(struct explorer *x, const struct script *s)
{
    uint32_t first = first_news(x);
    if (first == IMAGE_NONE)
        return;
    for (uint32_t i = 0; i < x->item_len; i++)
        x->coverage->counts[x->items[i]]++;
    tell(x, s, first);
}

static uint32_t node_of_item(const struct explorer *x, uint32_t item)
{
    uint32_t way = coverage_way_of_item(x->coverage, item);
    return way == IMAGE_NONE ? item : x->image->ways[way].node;
}

/* All items that the started flow can reach. */
static bool all_taken(const struct explorer *x)
{
    for (uint32_t i = 0; i < x->coverage->count; i++) {
        if (x->coverage->counts[i] == 0 &&
            x->is_within_reach[x->image->nodes[node_of_item(x, i)].function])
            return false;
    }
    return true;
}

/* Remembers how a run reached an arrow within its `max`, for the sake of its `else`. */
static void note_firsts(struct explorer *x, const struct script *s)
{
    for (uint32_t i = 0; i < x->item_len; i++) {
        uint32_t way = coverage_way_of_item(x->coverage, x->items[i]);
        if (way != IMAGE_NONE && x->image->ways[way].kind == IMAGE_WAY_BOUNDED &&
            !x->firsts[way].choices)
            x->firsts[way] = copy_script(s);
    }
}

/* Plays a script; takes what it reached, or branches from it. */
static void try_script(struct explorer *x, const struct script *s)
{
    play(x, s);
    note_firsts(x, s);
    if (x->outcome.ended)
        take(x, s);
    else if (x->outcome.open && s->len < SCRIPT_MAX_CHOICES &&
             tally_add(&x->seen, x->outcome.key) < x->effort->alike)
        branch(x, s);
}

static void try_queue(struct explorer *x)
{
    uint32_t head = 0;
    for (; head < x->queue_len && x->runs < x->max_runs && !all_taken(x); head++) {
        struct script s = x->queue[head];
        try_script(x, &s);
        script_release(&s);
    }
    for (; head < x->queue_len; head++)
        script_release(&x->queue[head]);
    x->queue_len = 0;
}

/* The last choice at this site; NULL if there was none. */
static const struct choice *last_choice(const struct script *s, uint32_t site)
{
    for (uint32_t i = s->len; i-- > 0;) {
        if (s->choices[i].site == site)
            return &s->choices[i];
    }
    return NULL;
}

static bool has_passed(const struct explorer *x, uint32_t way)
{
    return x->has_item[coverage_item_of_way(x->coverage, way)];
}

/* Extends a script that takes an arrow within its `max`: repeats at each site the last choice
 * there until the run takes the arrow's `else`. */
static void repeat(struct explorer *x, uint32_t otherwise, struct script s)
{
    for (;;) {
        play(x, &s);
        const struct choice *last = last_choice(&s, x->outcome.site);
        if (has_passed(x, otherwise) || !x->outcome.open || !last || s.len >= MAX_REPEATED ||
            x->runs >= x->effort->runs)
            break;
        struct choice again = *last;
        struct script longer = copy_script(&s);
        value_ref(again.value);
        longer.choices[longer.len++] = again;
        script_release(&s);
        s = longer;
    }
    if (has_passed(x, otherwise) && x->outcome.ended)
        take(x, &s);
    else if (has_passed(x, otherwise) && x->outcome.open)
        branch(x, &s);
    script_release(&s);
}

/* The shortest ways to the `else` of a `max` may be longer than any way tried so far. */
static void try_repeating(struct explorer *x)
{
    for (uint32_t i = 1; i < x->image->way_count; i++) {
        if (x->image->ways[i].kind == IMAGE_WAY_OTHERWISE && x->firsts[i - 1].choices &&
            x->coverage->counts[coverage_item_of_way(x->coverage, i)] == 0)
            repeat(x, i, copy_script(&x->firsts[i - 1]));
    }
    x->max_runs = x->effort->runs;
    try_queue(x);
}

static void search(struct explorer *x)
{
    const struct script none = { 0 };
    try_script(x, &none);
    try_queue(x);
    if (!all_taken(x))
        try_repeating(x);
    for (uint32_t i = 0; i < x->image->way_count; i++)
        script_release(&x->firsts[i]);
    tally_release(&x->seen);
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
        struct sample_values samples = { 0 };
        sample_values_of_input(x->image, x->flow, i, &samples);
        value_unref(x->inputs[i]);
        /* Inputs with a default are left out at first. */
        x->inputs[i] = input->has_default && which == 0
                           ? vm_missing()
                           : value_ref(samples.items[which < samples.len ? which : 0]);
        sample_values_release(&samples);
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
    reach_find(x->image, flow, x->is_within_reach);
    x->inputs = mem_alloc_zeroed(count, sizeof *x->inputs);
    if (!all_taken(x) && use_inputs_of_test(x))
        search(x);
    for (size_t which = 0; which < SAMPLES_MAX && !all_taken(x) && x->runs < x->max_runs; which++) {
        use_guesses(x, which);
        search(x);
        if (count == 0)
            break;
    }
    for (uint32_t i = 0; i < count; i++)
        value_unref(x->inputs[i]);
    mem_free(x->inputs);
}

static void explore_flows(struct explorer *x, const struct effort *effort)
{
    const struct image *image = x->image;
    x->effort = effort;
    for (uint32_t i = 0; image->main != IMAGE_NONE && i < image->function_count; i++) {
        x->runs = 0;
        x->max_runs = effort->runs - effort->runs / RUNS_KEPT_OF;
        if (is_of_main_file(image, i))
            explore_flow(x, i);
    }
}

void test_search_run(const struct program *program, struct coverage *coverage,
                     void (*found)(void *context, const struct exploration *e), void *context)
{
    const struct image *image = program->image;
    struct explorer x = {
        .program = program, .image = image, .coverage = coverage, .found = found, .context = context
    };
    x.sites = mem_alloc_zeroed(image->node_count, sizeof *x.sites);
    x.items = mem_alloc_zeroed(coverage->count, sizeof *x.items);
    x.has_item = mem_alloc_zeroed(coverage->count, sizeof *x.has_item);
    x.is_within_reach = mem_alloc_zeroed(image->function_count, sizeof *x.is_within_reach);
    x.firsts = mem_alloc_zeroed(image->way_count, sizeof *x.firsts);
    for (uint32_t i = 0; i < image->node_count; i++)
        x.sites[i] = IMAGE_NONE;
    for (uint32_t i = 0; i < image->site_count; i++)
        x.sites[image->sites[i].node] = i;
    for (size_t i = 0; i < sizeof efforts / sizeof *efforts; i++)
        explore_flows(&x, &efforts[i]);
    forget_run(&x);
    mem_free(x.sites);
    mem_free(x.queue);
    mem_free(x.items);
    mem_free(x.has_item);
    mem_free(x.firsts);
    mem_free(x.is_within_reach);
    mem_free(x.visits);
}
