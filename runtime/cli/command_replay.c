#include "cli/command.h"

#include "cli/jsonl.h"
#include "cli/output.h"
#include "engine/load.h"
#include "sim/record_read.h"
#include "sim/replay_run.h"

#include <string.h>
#include <unistd.h>

static void print_json(const struct recorded_run *past, const struct replay_result *r,
                       struct bytes *b)
{
    bytes_add_char(b, '{');
    jsonl_text(b, "record", past->file);
    jsonl_text(b, "run", past->run);
    bytes_printf(b, ",\"same\":%s", r->same ? "true" : "false");
    jsonl_text(b, "flow", r->flow);
    jsonl_text(b, "node", r->node);
    jsonl_text(b, "place", r->place);
    jsonl_text(b, "was", r->same ? NULL : bytes_text(&r->was));
    jsonl_text(b, "now", r->same ? NULL : bytes_text(&r->now));
    bytes_add_text(b, "}\n");
}

static void print_difference(const struct recorded_run *past, const struct replay_result *r,
                             struct bytes *b)
{
    bytes_printf(b, "%s: run %s", past->file, past->run);
    if (r->node)
        bytes_printf(b, ": %s: node `%s`", r->place, r->node);
    bytes_printf(b, " %s; now it %s\n", bytes_text(&r->was), bytes_text(&r->now));
}

/* Each piece as a line or more; control characters of what servers said stay out of terminals. */
static bool print(struct output *out, struct bytes *b)
{
    bool good = output_message(out, NULL, b->data, b->len - 1);
    bytes_clear(b);
    return good;
}

static int run_again(const struct options *o, const struct image *image, struct recorded_runs *p)
{
    struct output out;
    struct bytes b = { 0 };
    size_t same = 0;
    output_init(&out, STDOUT_FILENO);
    for (size_t i = 0; i < p->len; i++) {
        struct replay_result result;
        replay_run(image, &p->items[i], &result);
        same += result.same;
        if (o->json)
            print_json(&p->items[i], &result, &b);
        else if (!result.same)
            print_difference(&p->items[i], &result, &b);
        if (b.len > 0)
            print(&out, &b);
        replay_run_result_release(&result);
    }
    if (!o->json) {
        bytes_printf(&b, "%zu run%s: %zu the same way, %zu another\n", p->len,
                     p->len == 1 ? "" : "s", same, p->len - same);
        print(&out, &b);
    }
    bytes_release(&b);
    if (out.failure != 0) {
        output_complain("stdout: %s", strerror(out.failure));
        return STATUS_MISUSE;
    }
    return same == p->len ? STATUS_ENDED : STATUS_FAILED;
}

int command_replay(const struct options *o)
{
    struct bytes problems = { 0 };
    struct recorded_runs pasts = { 0 };
    int status = STATUS_MISUSE;
    struct image *image = load_image(o->file, &problems);
    bool good = image != NULL;
    for (int i = 1; i < o->word_count; i++)
        good = record_read(&pasts, o->words[i], &problems) && good;
    if (good && pasts.len == 0) {
        bytes_printf(&problems, "%s does not contain a run\n", o->words[1]);
        good = false;
    }
    output_complain_lines(&problems);
    if (good)
        status = run_again(o, image, &pasts);
    record_read_release(&pasts);
    image_free(image);
    bytes_release(&problems);
    return status;
}
