#include "cli/line_writer.h"

#include "base/mem.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void line_writer_init(struct line_writer *s, int fd, bool is_own)
{
    struct stat facts;
    *s = (struct line_writer){ .is_own = is_own };
    if (uv_mutex_init(&s->mutex) != 0)
        mem_exhausted();
    output_init(&s->out, fd);
    if (is_own && fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode))
        s->whole = facts.st_size;
    else
        s->is_own = false;
}

void line_writer_release(struct line_writer *s)
{
    uv_mutex_destroy(&s->mutex);
}

/* The disk is full, say: part of the block is there, and may end within a line. */
static void take_back(struct line_writer *s, const char *p, size_t len)
{
    struct stat facts;
    if (!s->is_own || fstat(s->out.fd, &facts) != 0 || facts.st_size <= s->whole)
        return;
    size_t written = (size_t)(facts.st_size - s->whole);
    const char *end = memrchr(p, '\n', written < len ? written : len);
    (void)!ftruncate(s->out.fd, s->whole + (end ? end + 1 - p : 0));
}

void line_writer_write(struct line_writer *s, const char *p, size_t len)
{
    uv_mutex_lock(&s->mutex);
    bool failed_before = s->out.failure != 0;
    if (output_write(&s->out, p, len))
        s->whole += (off_t)len;
    else if (!failed_before)
        take_back(s, p, len);
    atomic_store(&s->failure, s->out.failure);
    uv_mutex_unlock(&s->mutex);
}
