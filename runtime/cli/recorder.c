#include "cli/recorder.h"

#include "base/mem.h"
#include "cli/jsonl.h"
#include "formats/json.h"
#include "vm/vm.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define RECORD_VERSION 1
#define MOST_HELD (16u << 20) /* bytes of one run */

/* What it holds stays until all files are open. */
static int open_for_owner(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        output_complain("cannot write %s: %s", path, strerror(errno));
    return fd;
}

static bool empty(int fd, const char *path)
{
    if (output_empty(fd))
        return true;
    output_complain("cannot write %s: %s", path, strerror(errno));
    return false;
}

static bool open_both(const char *record_path, const char *har_path, int *record, int *har)
{
    if (record_path && (*record = open_for_owner(record_path)) < 0)
        return false;
    if (har_path && (*har = open_for_owner(har_path)) < 0)
        return false;
    return (!record_path || empty(*record, record_path)) && (!har_path || empty(*har, har_path));
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

bool recorder_open(struct recorder *r, const struct program *program, const char *record_path,
                   const char *har_path)
{
    *r = (struct recorder){ .program = program, .holds = program->authorizes };
    int record = -1;
    int har = -1;
    if (!open_both(record_path, har_path, &record, &har)) {
        close_if_open(record);
        close_if_open(har);
        return false;
    }
    if (record_path) {
        line_writer_init(&r->record, record, true);
        r->record_path = record_path;
    }
    if (har_path) {
        har_init(&r->har, har);
        r->har_path = har_path;
    }
    return true;
}

static bool close_file(int fd, int failure, const char *path)
{
    if (close(fd) != 0 && failure == 0)
        failure = errno;
    if (failure != 0)
        output_complain("cannot write %s: %s", path, strerror(failure));
    return failure == 0;
}

bool recorder_close(struct recorder *r)
{
    bool good = true;
    if (r->record_path) {
        good = close_file(r->record.out.fd, atomic_load(&r->record.failure), r->record_path);
        line_writer_release(&r->record);
    }
    if (r->har_path) {
        good = close_file(r->har.fd, atomic_load(&r->har.failure), r->har_path) && good;
        har_release(&r->har);
    }
    *r = (struct recorder){ 0 };
    return good;
}

bool recorder_is_wanted(const struct recorder *r)
{
    return r->record_path || r->har_path;
}

bool recorder_has_failed(const struct recorder *r)
{
    return atomic_load_explicit(&r->record.failure, memory_order_relaxed) != 0 ||
           atomic_load_explicit(&r->har.failure, memory_order_relaxed) != 0;
}

/* Lines. */

/* What now() gave, so many times one after another in one node of one strand. */
struct clock {
    char *strand;
    uint32_t node;
    int64_t ms;
    uint64_t calls; /* 0: nothing is to be written */
};

/* What is written of a run, while it is held. */
struct recording {
    struct held *items;
    size_t len;
    size_t cap;
    size_t bytes;
    struct clock clock;
};

struct held {
    struct jsonl_line line;
    bool is_entry; /* of the archive, not a line of the record */
};

static void write_line(struct recorder *r, const struct run *run, struct held *h)
{
    jsonl_line_finish(&h->line, run_masks(run));
    if (h->is_entry) {
        har_add(&r->har, &h->line.text);
    } else {
        bytes_add_char(&h->line.text, '\n');
        line_writer_write(&r->record, h->line.text.data, h->line.text.len);
    }
    jsonl_line_release(&h->line);
}

static void write_held(struct recorder *r, const struct run *run, struct recording *held)
{
    for (size_t i = 0; i < held->len; i++)
        write_line(r, run, &held->items[i]);
    held->len = 0;
    held->bytes = 0;
}

static struct recording *recording_of(struct run *run)
{
    if (!run->record)
        run->record = mem_alloc_zeroed(1, sizeof(struct recording));
    return run->record;
}

static void hold(struct run *run, const struct held *h)
{
    struct recording *held = recording_of(run);
    held->items = mem_grow(held->items, &held->cap, held->len, sizeof *held->items);
    held->items[held->len++] = *h;
    held->bytes += h->line.text.len;
    for (size_t i = 0; i < h->line.raw_count; i++)
        held->bytes += h->line.raws[i].bytes.len;
}

/* Takes the line. What the run sends as Authorization is often a token that came before: where
 * flows do that, all is held until the run is over, and masked then. */
static void take_line(struct recorder *r, struct run *run, struct jsonl_line *line, bool is_entry)
{
    struct held h = { .line = *line, .is_entry = is_entry };
    if (!r->holds) {
        write_line(r, run, &h);
        return;
    }
    hold(run, &h);
    struct recording *held = run->record;
    if (held->bytes > MOST_HELD)
        write_held(r, run, held);
}

static void end_hold(struct recorder *r, struct run *run)
{
    struct recording *held = run->record;
    if (!held)
        return;
    write_held(r, run, held);
    mem_free(held->clock.strand);
    mem_free(held->items);
    mem_free(held);
    run->record = NULL;
}

static void begin_line(struct bytes *b, const struct run *run, const char *event)
{
    bytes_printf(b, "{\"run\":\"%s\",\"event\":\"%s\"", run->id, event);
}

static void end_line(struct recorder *r, struct run *run, struct jsonl_line *l)
{
    bytes_add_char(&l->text, '}');
    take_line(r, run, l, false);
}

static void add_place(struct bytes *b, const struct image *image, uint32_t node, const char *strand)
{
    const struct image_node *n = &image->nodes[node];
    jsonl_text(b, "flow", image_text(image, image->functions[n->function].name));
    jsonl_text(b, "node", image_text(image, n->name));
    jsonl_text(b, "strand", strand);
}

/* Before anything else is written of the run: a record that is cut off has what led there. */
static void write_clock(struct recorder *r, struct run *run)
{
    struct recording *recording = run->record;
    struct jsonl_line l = { 0 };
    if (!recording || recording->clock.calls == 0)
        return;
    const struct clock *c = &recording->clock;
    begin_line(&l.text, run, "clock");
    add_place(&l.text, r->program->image, c->node, c->strand);
    bytes_printf(&l.text, ",\"at_ms\":%lld,\"calls\":%llu", (long long)c->ms,
                 (unsigned long long)c->calls);
    recording->clock.calls = 0;
    end_line(r, run, &l);
}

int64_t recorder_now(struct recorder *r, struct run *run, const char *strand, uint32_t node,
                     int64_t ms)
{
    if (!r->record_path)
        return ms;
    struct clock *c = &recording_of(run)->clock;
    bool goes_on = c->calls > 0 && c->ms == ms && c->node == node && strcmp(c->strand, strand) == 0;
    if (!goes_on) {
        write_clock(r, run);
        mem_free(c->strand);
        *c = (struct clock){ mem_copy_text(strand, strlen(strand)), node, ms, 0 };
    }
    c->calls++;
    return ms;
}

void recorder_print_inputs(const struct image *image, uint32_t flow, const struct value *inputs,
                           struct bytes *b)
{
    const struct image_function *f = &image->functions[flow];
    struct value object = value_object(f->input_count);
    for (uint32_t i = 0; i < f->input_count; i++) {
        const char *name = image_text(image, image->inputs[f->first_input + i].name);
        if (!vm_is_missing(inputs[i]))
            value_object_put_bytes(&object, name, strlen(name), value_ref(inputs[i]));
    }
    json_write(b, object);
    value_unref(object);
}

static void add_config(struct bytes *b, const struct program *p)
{
    bytes_add_text(b, ",\"config\":{");
    for (uint32_t i = 0; i < p->image->config_count; i++) {
        bytes_printf(b, "%s\"%s\":", i ? "," : "", image_text(p->image, p->image->configs[i].name));
        json_write(b, p->configs[i]);
    }
    bytes_add_char(b, '}');
}

void recorder_start(struct recorder *r, struct run *run, const struct bytes *inputs)
{
    const struct image *image = r->program->image;
    struct jsonl_line l = { 0 };
    if (!r->record_path)
        return;
    begin_line(&l.text, run, "start");
    bytes_printf(&l.text, ",\"version\":%d", RECORD_VERSION);
    jsonl_text(&l.text, "flow", image_text(image, image->functions[run->flow].name));
    bytes_printf(&l.text, ",\"at_ms\":%lld,\"inputs\":", (long long)run->started_ms);
    bytes_add(&l.text, inputs->data, inputs->len);
    add_config(&l.text, r->program);
    end_line(r, run, &l);
}

static void add_request(struct jsonl_line *l, const struct request *q)
{
    struct bytes *b = &l->text;
    bytes_printf(b, ",\"request\":{\"method\":\"%s\"", outcome_method_name(q->method));
    jsonl_text(b, "url", request_shown_url(q));
    bytes_add_text(b, ",\"headers\":[");
    for (size_t i = 0; i < q->headers.len; i++) {
        const struct field *f = &q->headers.items[i];
        bytes_add_text(b, i ? ",{" : "{");
        struct bytes value = { 0 };
        jsonl_header_value(&value, f);
        jsonl_text(b, "name", f->name);
        jsonl_bytes(b, "value", bytes_text(&value), value.len);
        bytes_release(&value);
        bytes_add_char(b, '}');
    }
    bytes_add_char(b, ']');
    if (q->has_body && q->body_secret)
        jsonl_text(b, "body", "***");
    else if (q->has_body)
        jsonl_body(l, "body", bytes_text(&q->body), q->body.len);
    bytes_add_char(b, '}');
}

static void add_response(struct jsonl_line *l, const struct exchange *x)
{
    struct bytes *b = &l->text;
    struct header_line line;
    size_t at = 0;
    bytes_printf(b, ",\"response\":{\"status\":%d,\"headers\":[", x->outcome.status);
    for (bool first = true; jsonl_next_header(&x->headers, &at, &line); first = false) {
        bytes_add_text(b, first ? "{" : ",{");
        jsonl_bytes(b, "name", line.name, line.name_len);
        jsonl_bytes(b, "value", line.value, line.value_len);
        bytes_add_char(b, '}');
    }
    bytes_add_char(b, ']');
    if (x->unreadable)
        jsonl_text(b, "unreadable", x->unreadable);
    else if (x->outcome.is_complete)
        jsonl_body(l, "body", bytes_text(&x->body), x->body.len);
    bytes_add_char(b, '}');
}

static void add_failure(struct bytes *b, const struct outcome_facts *outcome)
{
    char label[20];
    bytes_add_text(b, ",\"failure\":{");
    jsonl_text(b, "outcome", outcome_label_text(outcome->label, label));
    if (outcome->label == label_of_outcome(OUTCOME_ERROR))
        jsonl_text(b, "kind", outcome_error_kind_name(outcome->kind));
    jsonl_text(b, "message", outcome->message);
    bytes_add_char(b, '}');
}

void recorder_attempt(struct recorder *r, struct run *run, const struct run_attempt *a)
{
    struct jsonl_line entry = { 0 };
    struct jsonl_line l = { 0 };
    if (r->har_path) {
        har_print(&entry, r->program, run, a);
        take_line(r, run, &entry, true);
    }
    if (!r->record_path)
        return;
    write_clock(r, run);
    begin_line(&l.text, run, "exchange");
    add_place(&l.text, r->program->image, a->node, a->strand);
    bytes_printf(&l.text, ",\"attempt\":%u,\"since_ms\":%llu,\"ms\":%llu", (unsigned)a->number,
                 (unsigned long long)a->since_ms, (unsigned long long)a->elapsed_ms);
    if (a->outcome->resent > 0)
        bytes_printf(&l.text, ",\"sent\":%u", (unsigned)a->outcome->resent + 1);
    add_request(&l, a->request);
    if (a->exchange && a->exchange->outcome.status)
        add_response(&l, a->exchange);
    if (!a->exchange || !a->exchange->outcome.is_complete)
        add_failure(&l.text, a->outcome);
    end_line(r, run, &l);
}

void recorder_answered(struct recorder *r, struct run *run, const char *strand, uint32_t node,
                       const char *text, size_t len)
{
    struct jsonl_line l = { 0 };
    if (!r->record_path)
        return;
    write_clock(r, run);
    begin_line(&l.text, run, "answer");
    add_place(&l.text, r->program->image, node, strand);
    if (text)
        jsonl_bytes(&l.text, "text", text, len);
    else
        jsonl_text(&l.text, "text", NULL);
    end_line(r, run, &l);
}

void recorder_step(struct recorder *r, struct run *run, const struct run_step *step)
{
    struct jsonl_line l = { 0 };
    if (!r->record_path)
        return;
    write_clock(r, run);
    begin_line(&l.text, run, "step");
    add_place(&l.text, r->program->image, step->index, step->strand);
    jsonl_text(&l.text, "outcome", step->outcome);
    jsonl_text(&l.text, "to", step->to);
    end_line(r, run, &l);
}

static void print_end(struct bytes *b, const struct run *run)
{
    begin_line(b, run, "end");
    jsonl_text(b, "status", run_status_name(run->status));
    bytes_add_text(b, ",\"value\":");
    json_write(b, run->has_value ? run->value : value_null());
    jsonl_text(b, "error", run->error);
}

void recorder_over(struct recorder *r, struct run *run)
{
    struct jsonl_line l = { 0 };
    if (r->record_path) {
        write_clock(r, run);
        print_end(&l.text, run);
        end_line(r, run, &l);
    }
    end_hold(r, run);
}
