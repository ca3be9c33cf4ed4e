#include "batch/progress.h"

#include "batch/human_units.h"

#define DRAW_MS 200
#define PRINT_MS 10000
#define BAR_COLUMNS 20u
#define OLD_PART 0.7 /* of the rate: what it was before counts for so much */

/* 0 to 1; below 0: not known. */
static double part_done(const struct progress_facts *f)
{
    if (f->place.bytes == 0)
        return -1;
    double part = (double)f->place.taken / (double)f->place.bytes;
    return part > 1 ? 1 : part;
}

static void add_time_left(const struct progress_facts *f, struct bytes *b)
{
    double part = part_done(f);
    if (part <= 0 || part >= 1)
        return;
    bytes_add_text(b, "; ");
    human_units_time(b, (uint64_t)((double)f->elapsed_ms * 1000 * (1 - part) / part));
    bytes_add_text(b, " left");
}

static void add_status(struct bytes *b, const char *before, uint64_t n, const char *name)
{
    bytes_add_text(b, before);
    human_units_count(b, n);
    bytes_printf(b, " %s", name);
}

void progress_print(const struct progress_facts *f, struct bytes *b)
{
    const struct counts *c = &f->counts;
    add_status(b, "", worker_counts_over(c) + c->invalid, "done");
    add_status(b, ", ", c->live, "running");
    add_status(b, ": ", c->runs[RUN_ENDED], "ended");
    add_status(b, ", ", c->runs[RUN_FAILED], "failed");
    add_status(b, ", ", c->runs[RUN_FAULTED], "faulted");
    if (c->runs[RUN_CANCELLED] > 0)
        add_status(b, ", ", c->runs[RUN_CANCELLED], "cancelled");
    if (c->invalid > 0)
        add_status(b, ", ", c->invalid, "invalid");
    bytes_add_text(b, "; ");
    human_units_count(b, (uint64_t)(f->rate + 0.5));
    bytes_add_text(b, "/s");
    add_time_left(f, b);
}

void progress_print_bar(const struct progress_facts *f, size_t width, struct bytes *b)
{
    size_t from = b->len;
    double part = part_done(f);
    if (part >= 0) {
        size_t filled = (size_t)(part * BAR_COLUMNS);
        bytes_add_char(b, '[');
        for (size_t i = 0; i < BAR_COLUMNS; i++)
            bytes_add_char(b, i < filled ? '#' : '.');
        bytes_add_text(b, "] ");
    }
    progress_print(f, b);
    /* In the last column some terminals go on to the next line. */
    if (b->len - from > width - 1)
        b->len = from + width - 1;
}

static void find_rate(struct progress *p, struct progress_facts *f)
{
    uint64_t now = uv_hrtime() / 1000000;
    uint64_t done = worker_counts_over(&f->counts) + f->counts.invalid;
    if (now > p->last) {
        double rate = (double)(done - p->last_done) * 1000 / (double)(now - p->last);
        p->rate = p->last == p->started ? rate : p->rate * OLD_PART + rate * (1 - OLD_PART);
        p->last = now;
        p->last_done = done;
    }
    f->rate = p->rate;
    f->elapsed_ms = now - p->started;
}

static void say(struct progress *p, const struct progress_facts *f)
{
    struct bytes b = { 0 };
    if (p->draws) {
        progress_print_bar(f, screen_width(p->screen), &b);
        screen_draw(p->screen, &b);
    } else {
        bytes_add_text(&b, "flowrun: ");
        progress_print(f, &b);
        bytes_add_char(&b, '\n');
        output_write(screen_begin(p->screen), bytes_text(&b), b.len);
        screen_end(p->screen);
    }
    bytes_release(&b);
}

static void on_time(uv_timer_t *timer)
{
    struct progress *p = timer->data;
    struct progress_facts f = { 0 };
    p->look(p->context, &f);
    find_rate(p, &f);
    say(p, &f);
}

void progress_start(struct progress *p, uv_loop_t *loop, struct screen *screen,
                    void (*look)(void *context, struct progress_facts *f), void *context)
{
    *p = (struct progress){ .screen = screen, .look = look, .context = context };
    uint64_t every = screen_can_draw(screen) ? DRAW_MS : PRINT_MS;
    p->draws = screen_can_draw(screen);
    p->started = uv_hrtime() / 1000000;
    p->last = p->started;
    uv_timer_init(loop, &p->timer);
    p->timer.data = p;
    uv_timer_start(&p->timer, on_time, p->draws ? 0 : every, every);
}

void progress_close(struct progress *p)
{
    if (!p->screen)
        return;
    screen_clear(p->screen);
    uv_close((uv_handle_t *)&p->timer, NULL);
}
