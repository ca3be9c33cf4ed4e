#include "batch/screen.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* To the start of the line, and erase it (ECMA-48: EL). */
#define ERASE "\r\x1b[K"

void screen_init(struct screen *s)
{
    *s = (struct screen){ 0 };
    if (uv_mutex_init(&s->mutex) != 0)
        mem_exhausted();
    output_init(&s->err, STDERR_FILENO);
}

static void erase(struct screen *s)
{
    if (s->has_bar)
        output_write(&s->err, ERASE, sizeof ERASE - 1);
    s->has_bar = false;
}

static void draw(struct screen *s)
{
    if (s->bar.len == 0)
        return;
    output_write(&s->err, bytes_text(&s->bar), s->bar.len);
    s->has_bar = true;
}

/* Below the line that repeated. */
static void print_repeats(struct screen *s)
{
    struct bytes b = { 0 };
    if (s->repeats.count > 0) {
        log_repeats_print(&s->repeats, &b);
        bytes_add_char(&b, '\n');
        output_write(&s->err, bytes_text(&b), b.len);
    }
    log_repeats_reset(&s->repeats);
    bytes_release(&b);
}

static void begin(struct screen *s)
{
    erase(s);
    print_repeats(s);
}

void screen_release(struct screen *s)
{
    begin(s);
    bytes_release(&s->bar);
    log_repeats_release(&s->repeats);
    uv_mutex_destroy(&s->mutex);
}

struct output *screen_begin(struct screen *s)
{
    uv_mutex_lock(&s->mutex);
    begin(s);
    return &s->err;
}

void screen_end(struct screen *s)
{
    draw(s);
    uv_mutex_unlock(&s->mutex);
}

static void log_line(struct screen *s, uint64_t number, const struct masks *masks, const char *text,
                     size_t len)
{
    struct bytes line = { 0 };
    begin(s);
    bytes_printf(&line, "%llu: ", (unsigned long long)number);
    bytes_add(&line, text, len);
    output_line(&s->err, masks, line.data, line.len);
    log_repeats_shown(&s->repeats, text, len);
    bytes_release(&line);
    draw(s);
}

void screen_log(struct screen *s, uint64_t number, const struct masks *masks, const char *text,
                size_t len)
{
    uv_mutex_lock(&s->mutex);
    if (s->err.is_terminal && log_repeats_is_next(&s->repeats, text, len))
        s->repeats.count++;
    else
        log_line(s, number, masks, text, len);
    uv_mutex_unlock(&s->mutex);
}

bool screen_can_draw(const struct screen *s)
{
    const char *terminal = getenv("TERM");
    return s->err.is_terminal && terminal && strcmp(terminal, "dumb") != 0;
}

size_t screen_width(const struct screen *s)
{
    struct winsize size;
    return ioctl(s->err.fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void screen_draw(struct screen *s, const struct bytes *bar)
{
    uv_mutex_lock(&s->mutex);
    erase(s);
    bytes_clear(&s->bar);
    bytes_add(&s->bar, bar->data, bar->len);
    draw(s);
    uv_mutex_unlock(&s->mutex);
}

void screen_clear(struct screen *s)
{
    uv_mutex_lock(&s->mutex);
    begin(s);
    bytes_clear(&s->bar);
    uv_mutex_unlock(&s->mutex);
}
