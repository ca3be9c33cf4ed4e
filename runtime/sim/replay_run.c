#include "sim/replay_run.h"

#include "base/base64.h"
#include "base/mem.h"
#include "engine/inputs.h"
#include "engine/start.h"
#include "formats/json.h"
#include "net/http1_head.h"
#include "program/builtin.h"
#include "program/outcome.h"
#include "sim/simulation.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* More events than a run made for people needs; a flow that waits and asks in an endless cycle
 * exceeds it. */
#define MAX_EVENTS 1000000u

/* The calls of an endpoint already waited for each other when they were recorded; the record
 * gives their order. */
#define ANY_CONNECTIONS 65535u

#define UUID_LEN 36
#define DIGEST_LEN 64 /* SHA-256 in hexadecimal */

/* A secret is replaced by the text that replaced it in the record, so that a secret which a
 * server sent back equals it again. */
#define SECRET "***"
#define SECRET_ENCODED "%2A%2A%2A"

struct replay_run {
    const struct image *image;
    struct recorded_run *past;
    struct replay_result *result;
    struct program *program;
    struct simulation world;
    struct run *run;         /* NULL: over */
    struct pending *pending; /* exchanges whose responses are pending */
    bool signs;              /* digests are made with secrets, which a replay does not know */
    bool done;               /* the runs have diverged, or the record has ended */
};

struct pending {
    struct timer timer;
    struct replay_run *replay_run;
    struct exchange *exchange;
    size_t event; /* of the record */
    struct pending *next;
};

void replay_run_result_release(struct replay_result *r)
{
    mem_free(r->flow);
    mem_free(r->node);
    mem_free(r->place);
    bytes_release(&r->was);
    bytes_release(&r->now);
    *r = (struct replay_result){ 0 };
}

static char *copy(const char *text)
{
    return mem_copy_text(text, strlen(text));
}

/* Notes the first place where the runs diverge. node: of the image, or IMAGE_NONE. True if the
 * caller must fill in was and now. */
static bool part(struct replay_run *r, uint32_t node)
{
    struct replay_result *result = r->result;
    if (r->done)
        return false;
    r->done = true;
    result->same = false;
    if (node == IMAGE_NONE)
        return true;
    const struct image_node *n = &r->image->nodes[node];
    struct bytes place = { 0 };
    result->flow = copy(image_text(r->image, r->image->functions[n->function].name));
    result->node = copy(image_text(r->image, n->name));
    bytes_printf(&place, "%s:%u", image_text(r->image, n->file), (unsigned)n->line);
    result->place = bytes_take(&place);
    return true;
}

/* The record ends before its run did, or a limit of the command line, which does not apply here,
 * ended the run: nothing is known about the rest. */
static bool record_is_over(const struct replay_run *r)
{
    const char *status = record_read_text(r->past->end, "status");
    const char *error = record_read_text(r->past->end, "error");
    return !status || strcmp(status, "cancelled") == 0 ||
           (strcmp(status, "faulted") == 0 && error && strstr(error, "(--max-"));
}

static void part_without_event(struct replay_run *r, uint32_t node, const char *was,
                               const char *now)
{
    if (record_is_over(r)) {
        r->done = true;
    } else if (part(r, node)) {
        bytes_add_text(&r->result->was, was);
        bytes_add_text(&r->result->now, now);
    }
}

/* Exchanges. */

static bool equal(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static struct replay_run *of_simulation(struct simulation *s)
{
    return OWNER_OF(s, struct replay_run, world);
}

/* xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx (RFC 9562) */
static bool is_uuid(const char *p, size_t len)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (len < UUID_LEN)
        return false;
    for (size_t i = 0; i < UUID_LEN; i++) {
        if (form[i] == '-' ? p[i] != '-' : !isxdigit((unsigned char)p[i]))
            return false;
    }
    return true;
}

static bool is_digest(const char *p, size_t len)
{
    size_t n = 0;
    while (n < len && n <= DIGEST_LEN && isxdigit((unsigned char)p[n]))
        n++;
    return n == DIGEST_LEN;
}

/* Each run makes new identities, and signatures with another secret: all of them are compared as
 * equal. A secret in a path is one that a server sent back. */
static void add_plain(const struct replay_run *r, struct bytes *b, const char *p, size_t len)
{
    for (size_t i = 0; i < len;) {
        if (is_uuid(p + i, len - i)) {
            bytes_add_text(b, "(uuid)");
            i += UUID_LEN;
        } else if (r->signs && (i == 0 || !isxdigit((unsigned char)p[i - 1])) &&
                   is_digest(p + i, len - i)) {
            bytes_add_text(b, "(digest)");
            i += DIGEST_LEN;
        } else if (len - i >= strlen(SECRET_ENCODED) &&
                   strncasecmp(p + i, SECRET_ENCODED, strlen(SECRET_ENCODED)) == 0) {
            bytes_add_text(b, SECRET);
            i += strlen(SECRET_ENCODED);
        } else {
            bytes_add_char(b, p[i++]);
        }
    }
}

static void describe_request(const struct replay_run *r, struct bytes *b, const char *method,
                             const char *url, const char *body, size_t len)
{
    bytes_printf(b, "%s ", method);
    add_plain(r, b, url, strlen(url));
    if (!body)
        return;
    bytes_add_text(b, " with ");
    add_plain(r, b, body, len);
}

static void describe_now(struct replay_run *r, const struct request *q, struct bytes *b)
{
    struct bytes url = { 0 };
    struct bytes body = { 0 };
    bytes_add_text(&url, request_shown_url(q));
    program_mask_apply(run_masks(r->run), &url, false);
    if (q->has_body && q->body_secret)
        bytes_add_text(&body, "***");
    else if (q->has_body)
        bytes_add(&body, q->body.data, q->body.len);
    program_mask_apply(run_masks(r->run), &body, false);
    describe_request(r, b, outcome_method_name(q->method), bytes_text(&url),
                     q->has_body ? bytes_text(&body) : NULL, body.len);
    bytes_release(&url);
    bytes_release(&body);
}

static void describe_past(const struct replay_run *r, struct value request, struct bytes *b)
{
    struct value body = record_read_member(request, "body");
    const char *method = record_read_text(request, "method");
    const char *url = record_read_text(request, "url");
    describe_request(r, b, method ? method : "?", url ? url : "?",
                     body.tag == VALUE_TEXT ? body.text->data : NULL,
                     body.tag == VALUE_TEXT ? body.text->len : 0);
}

static void check_request(struct replay_run *r, const struct exchange *x, struct value event)
{
    struct value request = record_read_member(event, "request");
    struct bytes was = { 0 };
    struct bytes now = { 0 };
    if (record_read_text(request, "body_base64"))
        return;
    describe_past(r, request, &was);
    describe_now(r, x->request, &now);
    if ((was.len != now.len || memcmp(was.data, now.data, was.len) != 0) && part(r, x->node)) {
        bytes_printf(&r->result->was, "sent %s", bytes_text(&was));
        bytes_printf(&r->result->now, "sends %s", bytes_text(&now));
    }
    bytes_release(&was);
    bytes_release(&now);
}

static void add_headers(struct exchange *x, struct value headers)
{
    for (uint32_t i = 0; headers.tag == VALUE_LIST && i < headers.list->len; i++) {
        const char *name = record_read_text(headers.list->items[i], "name");
        const char *value = record_read_text(headers.list->items[i], "value");
        if (name && value)
            http1_head_add_field(&x->headers, name, strlen(name), value, strlen(value));
    }
}

static void set_response(struct exchange *x, struct value response)
{
    struct value body = record_read_member(response, "body");
    struct value base64 = record_read_member(response, "body_base64");
    const char *unreadable = record_read_text(response, "unreadable");
    x->unreadable = unreadable ? copy(unreadable) : NULL;
    transport_exchange_succeed(x, (int)record_read_number(response, "status"));
    add_headers(x, record_read_member(response, "headers"));
    if (body.tag == VALUE_TEXT)
        bytes_add(&x->body, body.text->data, body.text->len);
    else if (base64.tag == VALUE_TEXT &&
             !base64_decode(&x->body, base64.text->data, base64.text->len))
        bytes_clear(&x->body);
}

static enum error_kind kind_of(const char *name)
{
    for (int k = 0; name && k < ERROR_KINDS; k++) {
        if (strcmp(outcome_error_kind_name((enum error_kind)k), name) == 0)
            return (enum error_kind)k;
    }
    return failure_kind(FAILURE_RECORD_SILENT);
}

static void set_failure(struct exchange *x, struct value failure)
{
    const char *outcome = record_read_text(failure, "outcome");
    const char *message = record_read_text(failure, "message");
    bool no_slot = outcome && strcmp(outcome, outcome_name(OUTCOME_MAX_CONNECTION)) == 0;
    x->outcome.label = label_of_outcome(no_slot ? OUTCOME_MAX_CONNECTION : OUTCOME_ERROR);
    x->outcome.kind = kind_of(record_read_text(failure, "kind"));
    x->outcome.message = message ? copy(message) : failure_text(FAILURE_RECORD_SILENT, NULL);
}

/* Leaves the question unanswered, as in the record, until it times out. */
static bool was_timeout(struct value event)
{
    const char *outcome = record_read_text(record_read_member(event, "failure"), "outcome");
    return outcome && strcmp(outcome, outcome_name(OUTCOME_TIMEOUT)) == 0;
}

static void drop(struct replay_run *r, struct pending *p)
{
    struct pending **at = &r->pending;
    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    timer_stop(&r->world.timers, &p->timer);
    mem_free(p);
}

static void deliver(struct replay_run *r, struct pending *p)
{
    struct exchange *x = p->exchange;
    struct value event = record_read_event(r->past, p->event);
    drop(r, p);
    struct value response = record_read_member(event, "response");
    struct value failure = record_read_member(event, "failure");
    if (response.tag == VALUE_OBJECT)
        set_response(x, response);
    if (response.tag != VALUE_OBJECT || failure.tag == VALUE_OBJECT)
        set_failure(x, failure);
    x->done(x);
}

/* The pending response that is first in the record, up to an event of it; NULL if there is none. */
static struct pending *find_first(const struct replay_run *r, size_t last)
{
    struct pending *first = NULL;
    for (struct pending *p = r->pending; p; p = p->next) {
        bool comes = p->event <= last && !was_timeout(record_read_event(r->past, p->event));
        if (comes && (!first || p->event < first->event))
            first = p;
    }
    return first;
}

/* Times are whole milliseconds, and the record lists exchanges in the order in which they ended.
 * So everything before this response in the record happens before it here, too. */
static void arrive(struct timer *timer)
{
    const struct pending *due = OWNER_OF(timer, struct pending, timer);
    struct replay_run *r = due->replay_run;
    size_t last = due->event;
    for (struct pending *p; (p = find_first(r, last)) != NULL;)
        deliver(r, p);
}

/* A strand beside the main one was still running when another strand of its group failed: its
 * pending call was cancelled and is not in the record. */
static bool was_broken_off(const struct replay_run *r, const char *strand)
{
    const char *to = NULL;
    for (size_t i = 0; *strand && i < r->past->len; i++) {
        struct value e = r->past->events[i];
        if (equal(record_read_text(e, "event"), "step") &&
            equal(record_read_text(e, "strand"), strand))
            to = record_read_text(e, "to");
    }
    return *strand && !equal(to, "end") && !equal(to, "fail");
}

static void reply(struct simulation *s, struct exchange *x)
{
    struct replay_run *r = of_simulation(s);
    const struct image_node *n = &r->image->nodes[x->node];
    struct bytes strand = { 0 };
    run_exchange_strand(x, &strand);
    size_t event = record_read_take(r->past, "exchange", bytes_text(&strand),
                                    image_text(r->image, r->image->functions[n->function].name),
                                    image_text(r->image, n->name));
    bool stays_open = event == PAST_NONE && was_broken_off(r, bytes_text(&strand));
    bytes_release(&strand);
    if (stays_open)
        return;
    if (event == PAST_NONE) {
        part_without_event(r, x->node, "made no such call", "calls once more");
        return;
    }
    check_request(r, x, record_read_event(r->past, event));
    struct pending *p = mem_alloc_zeroed(1, sizeof *p);
    *p = (struct pending){ .replay_run = r, .exchange = x, .event = event, .next = r->pending };
    p->timer.fire = arrive;
    r->pending = p;
    if (!was_timeout(record_read_event(r->past, event)))
        timer_start(&s->timers, &p->timer,
                    record_read_number(record_read_event(r->past, event), "ms"));
}

static void cancelled(struct simulation *s, struct exchange *x)
{
    struct replay_run *r = of_simulation(s);
    struct pending *p = r->pending;
    while (p && p->exchange != x)
        p = p->next;
    if (p)
        drop(r, p);
}

/* What the run does. */

static void answer(struct run *run, uint32_t ask_id, const struct text *question,
                   struct value choices)
{
    struct replay_run *r = run->context;
    uint32_t node = run_ask_node(run, ask_id);
    const struct image_node *n = &r->image->nodes[node];
    struct bytes strand = { 0 };
    (void)question;
    (void)choices;
    run_ask_strand(run, ask_id, &strand);
    size_t event = record_read_take(r->past, "answer", bytes_text(&strand),
                                    image_text(r->image, r->image->functions[n->function].name),
                                    image_text(r->image, n->name));
    bool stays_open = event == PAST_NONE && was_broken_off(r, bytes_text(&strand));
    bytes_release(&strand);
    if (stays_open)
        return;
    if (event == PAST_NONE) {
        part_without_event(r, node, "asked nothing more", "asks once more");
        return;
    }
    struct value text = record_read_member(record_read_event(r->past, event), "text");
    if (text.tag == VALUE_TEXT)
        run_answer(run, ask_id, text.text->data, text.text->len);
    else
        run_answer(run, ask_id, NULL, 0);
}

/* Records of earlier versions lack this member. */
static int64_t now(struct run *run, const char *strand, uint32_t node, int64_t ms)
{
    const struct replay_run *r = run->context;
    const struct image_node *n = &r->image->nodes[node];
    size_t event = record_read_take(r->past, "clock", strand,
                                    image_text(r->image, r->image->functions[n->function].name),
                                    image_text(r->image, n->name));
    struct value at_ms = record_read_member(record_read_event(r->past, event), "at_ms");
    return at_ms.tag == VALUE_INT ? at_ms.integer : ms;
}

static void describe_step(struct bytes *b, const char *outcome, const char *verb, const char *to)
{
    if (outcome)
        bytes_printf(b, "%s on `%s` to `%s`", verb, outcome, to ? to : "?");
    else
        bytes_printf(b, "%s to `%s`", verb, to ? to : "?");
}

static void step(struct run *run, const struct run_step *s)
{
    struct replay_run *r = run->context;
    if (r->done)
        return;
    struct value e =
        record_read_event(r->past, record_read_take(r->past, "step", s->strand, NULL, NULL));
    const char *outcome = record_read_text(e, "outcome");
    const char *to = record_read_text(e, "to");
    if (e.tag == VALUE_NULL) {
        /* A strand beside the main one may have been cancelled a moment earlier than now. */
        if (!*s->strand)
            part_without_event(r, s->index, "was not entered", "is entered");
        return;
    }
    if (equal(record_read_text(e, "node"), s->node) &&
        equal(record_read_text(e, "flow"), s->flow) && equal(outcome, s->outcome) &&
        equal(to, s->to))
        return;
    if (equal(to, "fault") && record_is_over(r)) {
        r->done = true;
        return;
    }
    if (!part(r, s->index))
        return;
    if (!equal(record_read_text(e, "node"), s->node) ||
        !equal(record_read_text(e, "flow"), s->flow))
        bytes_printf(&r->result->was, "was in node `%s` instead, and ",
                     record_read_text(e, "node"));
    describe_step(&r->result->was, outcome, "went", to);
    describe_step(&r->result->now, s->outcome, "goes", s->to);
}

/* Both values are written in the same way: `was` is masked already, but only run_print_value
 * escapes the characters that would rule a terminal. */
static void print_value(const struct replay_run *r, const struct run *run, struct value v,
                        struct bytes *b)
{
    struct bytes json = { 0 };
    run_print_value(run, v, &json);
    add_plain(r, b, bytes_text(&json), json.len);
    bytes_release(&json);
}

static void over(struct run *run)
{
    struct replay_run *r = run->context;
    struct bytes was = { 0 };
    struct bytes now = { 0 };
    r->run = NULL;
    if (r->done || record_is_over(r))
        return;
    const char *status = record_read_text(r->past->end, "status");
    bytes_printf(&was, "%s with ", status);
    print_value(r, run, record_read_member(r->past->end, "value"), &was);
    bytes_printf(&now, "%s with ", run_status_name(run->status));
    print_value(r, run, run->has_value ? run->value : value_null(), &now);
    if (!equal(bytes_text(&was), bytes_text(&now)) && part(r, run->node)) {
        bytes_add(&r->result->was, was.data, was.len);
        bytes_add(&r->result->now, now.data, now.len);
    }
    bytes_release(&was);
    bytes_release(&now);
}

static const struct run_watch watch = { .ask = answer, .step = step, .now = now, .over = over };

/* The program, as it had been started. */

static char *setting_of(struct value v)
{
    struct bytes b = { 0 };
    if (v.tag == VALUE_TEXT)
        bytes_add(&b, v.text->data, v.text->len);
    else
        json_write(&b, v);
    return bytes_take(&b);
}

static bool has_config(const struct image *image, const char *name)
{
    for (uint32_t i = 0; i < image->config_count; i++) {
        if (strcmp(image_text(image, image->configs[i].name), name) == 0)
            return true;
    }
    return false;
}

static struct program *start_simulated(const struct image *image, struct value config,
                                       struct bytes *problems)
{
    uint32_t count = config.tag == VALUE_OBJECT ? config.object->len : 0;
    struct setting_pair *sets = mem_alloc_zeroed(count + 1u, sizeof *sets);
    struct start_options o = { .sets = sets, .simulated = true, .secret = SECRET };
    for (uint32_t i = 0; i < count; i++) {
        const struct member *m = &config.object->members[i];
        if (has_config(image, m->key->data))
            sets[o.set_count++] =
                (struct setting_pair){ .name = m->key->data, .value = setting_of(m->value) };
    }
    struct program *p = start_program(image, &o, problems);
    for (size_t i = 0; i < o.set_count; i++)
        mem_free((char *)sets[i].value);
    mem_free(sets);
    for (uint32_t i = 0; p && i < image->endpoint_count; i++)
        p->endpoints[i].connections = ANY_CONNECTIONS;
    return p;
}

static void refuse(struct replay_run *r, const struct bytes *problems)
{
    if (!part(r, IMAGE_NONE))
        return;
    bytes_add_text(&r->result->was, "ran");
    bytes_add_text(&r->result->now, "cannot start: ");
    for (size_t i = 0; i < problems->len && problems->data[i] != '\n'; i++)
        bytes_add_char(&r->result->now, problems->data[i]);
}

/* The shortest pause before another attempt, so that the exchange which ended first in the
 * record can end first here. */
static uint64_t no_chance(void *context)
{
    (void)context;
    return 0;
}

static bool signs(const struct image *image)
{
    bool found = false;
    for (uint32_t i = 0; i < image->builtin_count && image->secret_count > 0; i++)
        found |= image->builtins[i].function == BUILTIN_HMAC_SHA256;
    return found;
}

static void play(struct replay_run *r, uint32_t flow, struct value *inputs)
{
    simulation_init(&r->world, r->program, (int64_t)record_read_number(r->past->start, "at_ms"));
    r->world.reply = reply;
    r->world.cancelled = cancelled;
    r->world.world.random = no_chance;
    r->signs = signs(r->image);
    r->run = run_start(r->world.engine, flow, inputs, &watch, r);
    if (strlen(r->past->run) < sizeof r->run->id)
        strcpy(r->run->id, r->past->run);
    for (uint32_t events = 0; r->run && !r->done; events++) {
        if (events < MAX_EVENTS && simulation_step(&r->world))
            continue;
        part_without_event(r, IMAGE_NONE, "came to its end", "does not come to its end");
    }
    r->done = true;
    if (r->run)
        run_cancel(r->run);
    while (r->pending)
        drop(r, r->pending);
    simulation_release(&r->world);
}

void replay_run(const struct image *image, struct recorded_run *past, struct replay_result *result)
{
    struct replay_run r = { .image = image, .past = past, .result = result };
    struct bytes problems = { 0 };
    struct value *inputs = NULL;
    *result = (struct replay_result){ .same = true };
    uint32_t flow = inputs_find_flow(image, record_read_text(past->start, "flow"), &problems);
    if (flow != IMAGE_NONE) {
        inputs =
            inputs_of_object(image, flow, record_read_member(past->start, "inputs"), &problems);
        r.program = start_simulated(image, record_read_member(past->start, "config"), &problems);
    }
    if (r.program && inputs)
        play(&r, flow, inputs);
    else
        refuse(&r, &problems);
    if (inputs)
        inputs_free(image, flow, inputs);
    start_free(r.program);
    bytes_release(&problems);
}
