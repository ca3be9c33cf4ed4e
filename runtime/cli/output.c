#include "cli/output.h"

#include "base/utf8.h"
#include "base/write_all.h"
#include "engine/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

void output_init(struct output *o, int fd)
{
    *o = (struct output){ .fd = fd, .is_terminal = isatty(fd) == 1 };
}

bool output_write(struct output *o, const char *p, size_t len)
{
    if (o->failure == 0 && !write_all(o->fd, p, len))
        o->failure = errno;
    return o->failure == 0;
}

bool output_empty(int fd)
{
    struct stat facts;
    return fstat(fd, &facts) == 0 && (!S_ISREG(facts.st_mode) || ftruncate(fd, 0) == 0);
}

static bool is_harmless(uint32_t c)
{
    return c == '\n' || c == '\t' ||
           (c >= 0x20 && c != 0x7f && (c < 0x80 || c >= 0xa0) && !utf8_is_bidi_control(c));
}

/* b without what a terminal would obey. */
static void strip(struct bytes *b)
{
    size_t to = 0;
    size_t width;
    for (size_t i = 0; i < b->len; i += width) {
        uint32_t c = utf8_decode(b->data + i, b->len - i, &width);
        if (!is_harmless(c))
            continue;
        memmove(b->data + to, b->data + i, width);
        to += width;
    }
    b->len = to;
}

static bool write_line(struct output *o, struct bytes *b)
{
    bytes_add_char(b, '\n');
    bool ok = output_write(o, b->data, b->len);
    bytes_release(b);
    return ok;
}

bool output_message(struct output *o, const struct masks *masks, const char *p, size_t len)
{
    struct bytes b = { 0 };
    bytes_add(&b, p, len);
    program_mask_apply(masks, &b, false);
    if (o->is_terminal)
        strip(&b);
    return write_line(o, &b);
}

bool output_line(struct output *o, const struct masks *masks, const char *p, size_t len)
{
    struct bytes masked = { 0 };
    struct bytes b = { 0 };
    bytes_add(&masked, p, len);
    program_mask_apply(masks, &masked, false);
    trace_add_line(&b, bytes_text(&masked), masked.len);
    bytes_release(&masked);
    return write_line(o, &b);
}

static void complain(const char *text, size_t len)
{
    struct output o = { .fd = STDERR_FILENO };
    struct bytes b = { 0 };
    bytes_add_text(&b, "flowrun: ");
    trace_add_line(&b, text, len);
    write_line(&o, &b);
}

void output_complain(const char *format, ...)
{
    struct bytes b = { 0 };
    va_list args;
    va_start(args, format);
    bytes_vprintf(&b, format, args);
    va_end(args);
    complain(bytes_text(&b), b.len);
    bytes_release(&b);
}

void output_complain_lines(const struct bytes *lines)
{
    const char *p = bytes_text(lines);
    while (*p) {
        size_t len = strcspn(p, "\n");
        if (len > 0)
            complain(p, len);
        p += len + (p[len] == '\n');
    }
}

void output_complain_starved(uint64_t calls)
{
    struct rlimit limit = { 0 };
    if (calls == 0)
        return;
    getrlimit(RLIMIT_NOFILE, &limit);
    output_complain(
        "%llu %s failed for lack of file descriptors: this process may open %llu (`ulimit -Hn`)",
        (unsigned long long)calls, calls == 1 ? "call" : "calls",
        (unsigned long long)limit.rlim_cur);
}

void output_prepare_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
            continue;
        /* The lowest free number, which is fd. In the wrong direction, so that using it fails. */
        (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}
