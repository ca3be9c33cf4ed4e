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

void screen_release(struct screen *s)
{
    erase(s);
    uv_mutex_destroy(&s->mutex);
}

struct output *screen_begin(struct screen *s)
{
    uv_mutex_lock(&s->mutex);
    erase(s);
    return &s->err;
}

void screen_end(struct screen *s)
{
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
    output_write(&s->err, bytes_text(bar), bar->len);
    s->has_bar = true;
    uv_mutex_unlock(&s->mutex);
}
