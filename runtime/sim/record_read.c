#include "sim/record_read.h"

#include "base/mem.h"
#include "base/read_file.h"
#include "formats/json.h"

#include <string.h>

struct value record_read_member(struct value event, const char *name)
{
    const struct value *found = event.tag == VALUE_OBJECT
                                    ? value_object_find_bytes(event.object, name, strlen(name))
                                    : NULL;
    return found ? *found : value_null();
}

const char *record_read_text(struct value event, const char *name)
{
    struct value v = record_read_member(event, name);
    return v.tag == VALUE_TEXT ? v.text->data : NULL;
}

uint64_t record_read_number(struct value event, const char *name)
{
    struct value v = record_read_member(event, name);
    return v.tag == VALUE_INT && v.integer > 0 ? (uint64_t)v.integer : 0;
}

static bool is_text(struct value event, const char *name, const char *wanted)
{
    const char *text = record_read_text(event, name);
    return text && strcmp(text, wanted) == 0;
}

static bool is_used_up(const struct recorded_run *p, size_t i)
{
    uint64_t calls = record_read_number(p->events[i], "calls");
    return p->used[i] >= (calls > 0 ? calls : 1);
}

size_t record_read_take(struct recorded_run *p, const char *kind, const char *strand,
                        const char *flow, const char *node)
{
    while (p->first < p->len && is_used_up(p, p->first))
        p->first++;
    for (size_t i = p->first; i < p->len; i++) {
        struct value e = p->events[i];
        if (is_used_up(p, i) || !is_text(e, "event", kind) || !is_text(e, "strand", strand) ||
            (flow && !(is_text(e, "flow", flow) && is_text(e, "node", node))))
            continue;
        p->used[i]++;
        return i;
    }
    return PAST_NONE;
}

struct value record_read_event(const struct recorded_run *p, size_t i)
{
    return i == PAST_NONE ? value_null() : p->events[i];
}

static struct recorded_run *find(const struct recorded_runs *p, const char *run)
{
    struct value place = record_read_member(p->places, run);
    return place.tag == VALUE_INT ? &p->items[place.integer] : NULL;
}

/* NULL if the line is not part of a record. */
static const char *begin(struct recorded_runs *p, const char *file, const char *run,
                         struct value event)
{
    if (record_read_number(event, "version") != 1)
        return "the record is of another version";
    if (find(p, run))
        return "this run begins twice";
    p->items = mem_grow(p->items, &p->cap, p->len, sizeof *p->items);
    value_object_put_bytes(&p->places, run, strlen(run), value_int((int64_t)p->len));
    p->items[p->len++] = (struct recorded_run){ .file = file, .run = run, .start = event };
    return NULL;
}

static const char *add(struct recorded_runs *p, const char *file, struct value event)
{
    const char *run = record_read_text(event, "run");
    const char *kind = record_read_text(event, "event");
    if (!run || !kind)
        return "this is no line of a record: see `flowrun --record`";
    if (strcmp(kind, "start") == 0)
        return begin(p, file, run, event);
    struct recorded_run *past = find(p, run);
    if (!past)
        return "the line of this run's beginning is missing";
    if (strcmp(kind, "end") == 0) {
        past->end = event;
        return NULL;
    }
    past->events = mem_grow(past->events, &past->cap, past->len, sizeof *past->events);
    past->events[past->len++] = event;
    return NULL;
}

static bool read_line(struct recorded_runs *p, const char *path, const char *line, size_t len,
                      size_t number, struct bytes *problems)
{
    struct value event;
    struct json_error error;
    const char *why = NULL;
    if (json_read(line, len, &event, &error)) {
        value_list_push(&p->lines, event);
        why = add(p, path, event);
    } else {
        why = error.message;
    }
    if (why)
        bytes_printf(problems, "%s:%zu: %s\n", path, number, why);
    return why == NULL;
}

bool record_read(struct recorded_runs *p, const char *path, struct bytes *problems)
{
    struct bytes b = { 0 };
    bool good = read_file(path, UINT64_MAX, &b, problems);
    size_t number = 1;
    if (p->lines.tag != VALUE_LIST) {
        p->lines = value_list(64);
        p->places = value_object(16);
    }
    for (size_t at = 0; good && at < b.len; number++) {
        const char *newline = memchr(b.data + at, '\n', b.len - at);
        if (!newline)
            break;
        size_t len = (size_t)(newline - b.data) - at;
        good = len == 0 || read_line(p, path, b.data + at, len, number, problems);
        at += len + 1;
    }
    bytes_release(&b);
    for (size_t i = 0; i < p->len; i++) {
        if (!p->items[i].used)
            p->items[i].used = mem_alloc_zeroed(p->items[i].len + 1, sizeof *p->items[i].used);
    }
    return good;
}

void record_read_release(struct recorded_runs *p)
{
    for (size_t i = 0; i < p->len; i++) {
        mem_free(p->items[i].events);
        mem_free(p->items[i].used);
    }
    mem_free(p->items);
    value_unref(p->places);
    value_unref(p->lines);
    *p = (struct recorded_runs){ 0 };
}
