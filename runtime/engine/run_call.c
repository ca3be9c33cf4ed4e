/* The calls that a strand waits for. */
#include "base/mem.h"
#include "engine/run_parts.h"
#include "program/failure.h"

#include <string.h>

/* Only while the call is under way. */
struct api {
    struct call call;
    struct task *task;
    uint32_t endpoint;
    uint64_t started; /* by the clock of the statistics */
};

static void set_policy(struct run_engine *e, uint32_t number)
{
    const struct image *image = e->program->image;
    const struct image_site *site = &image->sites[number];
    const struct image_call *call = &image->calls[site->detail];
    uint16_t *labels = e->labels + site->first_arm;
    for (uint32_t i = 0; i < site->arm_count; i++)
        labels[i] = image->arms[site->first_arm + i].label;
    e->policies[number] = (struct call_policy){
        .connect_ms = call->connect_ms,
        .timeout_ms = call->timeout_ms,
        .within_ms = call->within_ms,
        .retry = { .attempts = call->retries,
                   .labels = call->label_count ? image->labels + call->first_label : NULL,
                   .label_count = call->label_count,
                   .backoff_from_ms = call->backoff_from_ms,
                   .backoff_to_ms = call->backoff_to_ms },
        .arms = labels,
        .arm_count = site->arm_count,
        .wants_headers = call->wants_headers,
        .is_head = call->method == HTTP_HEAD,
    };
}

void run_call_set_policies(struct run_engine *e)
{
    const struct image *image = e->program->image;
    e->policies = mem_alloc_zeroed(image->site_count, sizeof *e->policies);
    e->labels = mem_alloc_zeroed(image->arm_count, sizeof *e->labels);
    e->sites = mem_alloc_zeroed(image->node_count, sizeof *e->sites);
    for (uint32_t i = 0; i < image->node_count; i++)
        e->sites[i] = IMAGE_NONE;
    for (uint32_t i = 0; i < image->site_count; i++) {
        e->sites[image->sites[i].node] = i;
        if (image->sites[i].kind == IMAGE_SITE_API)
            set_policy(e, i);
    }
}

static void api_free(struct api *api)
{
    request_release(api->call.request);
    mem_free(api->call.request);
    outcome_facts_release(&api->call.exchange.outcome);
    mem_free(api);
}

/* The statistics. */

static void count(const struct task *t, const struct outcome_facts *outcome, uint64_t micros)
{
    struct run_engine *e = t->run->engine;
    if (e->stats)
        stats_call(e->stats, vm_strand_call(&t->strand)->endpoint, vm_strand_node(&t->strand),
                   outcome->label, outcome->kind, micros);
}

static void show_attempt(const struct api *api, const struct outcome_facts *outcome,
                         const struct exchange *exchange)
{
    struct run *run = api->task->run;
    const struct call *c = &api->call;
    struct bytes strand = { 0 };
    run_task_print_strand(api->task, &strand);
    struct run_attempt attempt = {
        .strand = bytes_text(&strand),
        .node = c->node,
        .request = c->request,
        .exchange = exchange,
        .outcome = outcome,
        .number = c->tries,
        .since_ms = run->live->earlier_ms + (c->began > run->begun ? c->began - run->begun : 0),
        .elapsed_ms = timers_since(c->world->timers, c->began),
    };
    run_observer_attempt(run, &attempt);
    bytes_release(&strand);
}

static void count_attempt(struct call *c, const struct outcome_facts *outcome,
                          const struct exchange *exchange, bool will_retry, uint64_t pause_ms)
{
    const struct api *api = OWNER_OF(c, struct api, call);
    struct run *run = api->task->run;
    (void)pause_ms;
    if (run->engine->stats)
        stats_retries(run->engine->stats, api->endpoint, outcome->resent + (will_retry ? 1 : 0));
    if (run_observer_wants_attempts(run))
        show_attempt(api, outcome, exchange);
}

void run_exchange_strand(const struct exchange *x, struct bytes *b)
{
    const struct api *api = OWNER_OF(x, struct api, call.exchange);
    run_task_print_strand(api->task, b);
}

static void resume(struct task *t, struct outcome_facts *outcome, const struct request *request)
{
    t->strand.label = outcome->label;
    run_observer_outcome(t, outcome, request);
    vm_resume_call(&t->strand, outcome);
    run_task_ready(t->run->engine, t);
}

static void done(struct call *c)
{
    struct api *api = OWNER_OF(c, struct api, call);
    struct task *t = api->task;
    struct stats *stats = t->run->engine->stats;
    t->api = NULL;
    run_held(t->run, c->held);
    run_limit_add(t->run, c->exchange.outcome.body);
    count(t, &c->exchange.outcome, stats ? stats->micros() - api->started : 0);
    resume(t, &c->exchange.outcome, c->request);
    api_free(api);
}

/* A request that cannot be built, or that the transport refuses, has an outcome at once: it is
 * not sent and takes no slot. */
static void refuse(struct task *t, struct outcome_facts *outcome)
{
    struct request *request = t->strand.request;
    t->strand.request = NULL;
    count(t, outcome, 0);
    resume(t, outcome, request);
    outcome_facts_release(outcome);
    if (request)
        request_release(request);
    mem_free(request);
}

/* The strand has a request that could not be built, or that cannot be sent. */
static bool find_refusal(struct task *t, const struct endpoint *e, struct outcome_facts *outcome)
{
    struct strand *s = &t->strand;
    if (!s->failure)
        return transport_refuses(t->run->engine->world->transport, e, outcome);
    failure_set_message(outcome, s->reason, s->failure);
    s->failure = NULL;
    return true;
}

/* As many different ones are known at once; a run that sends more signs each call, say, and each is
 * of use once. */
#define MOST_AUTHORIZATIONS 32u

/* The value that the run sends as Authorization is a secret from now on. */
static void mask_authorization(struct run *run, const struct request *r)
{
    const struct field *f = endpoint_fields_find(&r->headers, "Authorization");
    if (!f)
        return;
    if (!run->masks) {
        run->masks = mem_alloc_zeroed(1, sizeof *run->masks);
        run->masks->base = &run->engine->program->masks;
    }
    if (run->masks->added == MOST_AUTHORIZATIONS)
        program_mask_clear(run->masks);
    program_mask_add_authorization(run->masks, f->value);
}

void run_call_start(struct task *t)
{
    struct run_engine *e = t->run->engine;
    const struct image_call *call = vm_strand_call(&t->strand);
    const struct endpoint *endpoint = &e->program->endpoints[call->endpoint];
    struct outcome_facts outcome = { 0 };
    if (find_refusal(t, endpoint, &outcome)) {
        refuse(t, &outcome);
        return;
    }
    if (e->program->authorizes)
        mask_authorization(t->run, t->strand.request);
    struct api *api = mem_alloc_zeroed(1, sizeof *api);
    api->task = t;
    api->endpoint = call->endpoint;
    api->call.world = e->world;
    api->call.pool = &e->pools[call->endpoint];
    api->call.request = t->strand.request;
    api->call.policy = &e->policies[t->strand.site];
    api->call.done = done;
    api->call.node = e->program->image->sites[t->strand.site].node;
    /* Reporting an attempt reads the clock. */
    if (e->stats || run_observer_wants_attempts(t->run))
        api->call.attempt_done = count_attempt;
    if (e->stats)
        api->started = e->stats->micros();
    t->strand.request = NULL;
    t->api = api;
    if (t->resumes_call)
        call_resume(&api->call, &t->progress);
    else
        call_start(&api->call);
    t->resumes_call = false;
}

bool run_call_progress(const struct task *t, struct call_progress *out)
{
    if (t->api)
        *out = call_progress(&t->api->call);
    else
        *out = t->progress;
    return t->api || t->resumes_call;
}

void run_call_cancel(struct task *t)
{
    if (!t->api)
        return;
    call_cancel(&t->api->call);
    api_free(t->api);
    t->api = NULL;
}
