#include "batch/line_source.h"

#include "base/mem.h"
#include "cli/lines.h"

#define SKIP_AT_ONCE 100
#define SECOND 1000000000u /* in nanoseconds, as all times here */

/* What was not used of the rate is made up for only this far, so that a pause is followed by no
 * burst. */
#define CATCH_UP (SECOND / 20)

struct line_source {
    uv_mutex_t mutex;
    uv_async_t hunger; /* a thread waits for lines: the loop's thread must wait for it */
    struct lines *lines;
    struct source_plan plan;
    void (*wake)(void *context);
    void *context;
    bool stopped;
    uint64_t interval; /* between two lines; 0: none */
    uint64_t due;      /* of the next line */
    uint64_t line;
    uint64_t skipped;
    uint64_t skipped_to; /* position behind the last line that was skipped */
    bool is_end;         /* there are no more lines */
};

static void on_hunger(uv_async_t *hunger)
{
    struct line_source *s = hunger->data;
    uv_mutex_lock(&s->mutex);
    if (!s->stopped)
        lines_wait(s->lines);
    uv_mutex_unlock(&s->mutex);
}

static void on_ready(void *context)
{
    struct line_source *s = context;
    s->wake(s->context);
}

struct line_source *line_source_new(uv_loop_t *loop, int fd, const struct source_plan *plan)
{
    struct line_source *s = mem_alloc_zeroed(1, sizeof *s);
    if (uv_mutex_init(&s->mutex) != 0 || uv_async_init(loop, &s->hunger, on_hunger) != 0)
        mem_exhausted();
    s->hunger.data = s;
    s->lines = lines_new(loop, fd, on_ready, s);
    s->plan = *plan;
    s->interval = plan->rate > 0 ? (uint64_t)(SECOND / plan->rate) : 0;
    if (!s->plan.clock)
        s->plan.clock = uv_hrtime;
    s->due = s->plan.clock();
    return s;
}

static void closed(uv_handle_t *hunger)
{
    struct line_source *s = hunger->data;
    uv_mutex_destroy(&s->mutex);
    mem_free(s);
}

void line_source_free(struct line_source *s)
{
    lines_free(s->lines);
    uv_close((uv_handle_t *)&s->hunger, closed);
}

void line_source_on_ready(struct line_source *s, void (*wake)(void *context), void *context)
{
    s->wake = wake;
    s->context = context;
}

/* How long the rate forbids the next line. */
static uint64_t wait_for_rate(struct line_source *s)
{
    if (s->interval == 0)
        return 0;
    uint64_t now = s->plan.clock();
    if (s->due > now)
        return s->due - now;
    if (now - s->due > CATCH_UP)
        s->due = now - CATCH_UP;
    return 0;
}

static bool is_blank(const char *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (p[i] != ' ' && p[i] != '\t')
            return false;
    return true;
}

static bool is_skipped(struct line_source *s)
{
    uint64_t size;
    const struct source_plan *plan = &s->plan;
    bool is_done = plan->done && lineset_has(plan->done, s->line);
    if (!is_done && (!plan->only || lineset_has(plan->only, s->line)))
        return false;
    s->skipped++;
    s->skipped_to = lines_position(s->lines, &size);
    return true;
}

static enum source_state take(struct line_source *s, struct bytes *line)
{
    const char *p;
    size_t len;
    for (int left = SKIP_AT_ONCE; left > 0; left--) {
        switch (lines_take(s->lines, &p, &len)) {
        case LINES_LINE:
            s->line++;
            if (is_skipped(s) || is_blank(p, len))
                break;
            bytes_clear(line);
            bytes_add(line, p, len);
            s->due += s->interval;
            return SOURCE_LINE;
        case LINES_LONG:
            s->line++;
            if (is_skipped(s))
                break;
            s->due += s->interval;
            return SOURCE_LONG;
        case LINES_AGAIN:
            return SOURCE_AGAIN;
        case LINES_WAIT:
            uv_async_send(&s->hunger);
            return SOURCE_WAIT;
        case LINES_END:
            s->is_end = true;
            return SOURCE_END;
        }
    }
    return SOURCE_AGAIN;
}

enum source_state line_source_take(struct line_source *s, struct bytes *line, uint64_t *number,
                                   uint64_t *wait_ms)
{
    enum source_state state = SOURCE_END;
    uv_mutex_lock(&s->mutex);
    uint64_t wait = wait_for_rate(s);
    if (s->stopped)
        state = SOURCE_END;
    else if (wait > 0)
        state = SOURCE_LATER;
    else
        state = take(s, line);
    *number = s->line;
    *wait_ms = (wait + SECOND / 1000 - 1) / (SECOND / 1000);
    uv_mutex_unlock(&s->mutex);
    return state;
}

uint64_t line_source_stop(struct line_source *s)
{
    uv_mutex_lock(&s->mutex);
    s->stopped = true;
    uint64_t line = s->line;
    uv_mutex_unlock(&s->mutex);
    return line;
}

struct line_source_place line_source_place(struct line_source *s)
{
    uint64_t size;
    uv_mutex_lock(&s->mutex);
    uint64_t at = lines_position(s->lines, &size);
    struct line_source_place place = { .line = s->line,
                                       .skipped = s->skipped,
                                       .is_end = s->is_end,
                                       .bytes = size > s->skipped_to ? size - s->skipped_to : 0,
                                       .taken = at - s->skipped_to };
    uv_mutex_unlock(&s->mutex);
    return place;
}

const char *line_source_problem(struct line_source *s)
{
    return lines_problem(s->lines);
}
