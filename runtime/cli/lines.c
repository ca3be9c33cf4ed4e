#include "cli/lines.h"

#include "base/bytes.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 65536u

struct lines {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tty_t tty;
        uv_pipe_t pipe;
    };
    bool is_stream; /* else a file, which is read when a line is wanted */
    int fd;
    int flags; /* of fd before libuv made it non-blocking; -1: it did not */
    struct bytes buffer;
    size_t at;       /* where the next line begins */
    size_t looked;   /* up to here there is no line end */
    size_t last;     /* where the last line began */
    bool has_ended;
    const char *problem;
    void (*ready)(void *context);
    void *context;
};

static void open_stream(struct lines *l, uv_loop_t *loop)
{
    switch (uv_guess_handle(l->fd)) {
    case UV_TTY:
        l->is_stream = uv_tty_init(loop, &l->tty, l->fd, 0) == 0;
        break;
    case UV_NAMED_PIPE:
    case UV_TCP:
        l->flags = fcntl(l->fd, F_GETFL);
        uv_pipe_init(loop, &l->pipe, 0);
        l->is_stream = true;
        if (uv_pipe_open(&l->pipe, l->fd) != 0)
            l->has_ended = true;
        break;
    default:
        break;
    }
    l->handle.data = l;
}

struct lines *lines_new(uv_loop_t *loop, int fd, void (*ready)(void *context), void *context)
{
    struct lines *l = mem_alloc_zeroed(1, sizeof *l);
    l->fd = fd;
    l->flags = -1;
    l->ready = ready;
    l->context = context;
    open_stream(l, loop);
    return l;
}

static void dispose(struct lines *l)
{
    bytes_release(&l->buffer);
    mem_free(l);
}

static void closed(uv_handle_t *handle)
{
    dispose(handle->data);
}

void lines_free(struct lines *l)
{
    if (!l)
        return;
    /* The description behind the descriptor may be another program's too. */
    if (l->flags >= 0)
        fcntl(l->fd, F_SETFL, l->flags);
    if (l->is_stream) {
        uv_close(&l->handle, closed);
        return;
    }
    close(l->fd);
    dispose(l);
}

/* Room for a chunk behind what is still wanted. */
static void make_room(struct lines *l)
{
    if (l->last > CHUNK && l->last > l->buffer.len / 2) {
        size_t gone = l->last;
        memmove(l->buffer.data, l->buffer.data + gone, l->buffer.len - gone);
        l->buffer.len -= gone;
        l->at -= gone;
        l->looked -= gone;
        l->last = 0;
    }
    bytes_reserve(&l->buffer, CHUNK);
}

static void give_room(uv_handle_t *handle, size_t size, uv_buf_t *room)
{
    struct lines *l = handle->data;
    (void)size;
    make_room(l);
    *room = uv_buf_init(l->buffer.data + l->buffer.len, CHUNK);
}

static void stop_at(struct lines *l, const char *problem)
{
    l->has_ended = true;
    l->problem = problem;
}

static void take_bytes(uv_stream_t *stream, ssize_t n, const uv_buf_t *room)
{
    struct lines *l = stream->data;
    (void)room;
    if (n == 0)
        return;
    uv_read_stop(stream);
    if (n > 0)
        l->buffer.len += (size_t)n;
    else
        stop_at(l, n == UV_EOF ? NULL : uv_strerror((int)n));
    l->ready(l->context);
}

static void read_file(struct lines *l)
{
    make_room(l);
    ssize_t n = read(l->fd, l->buffer.data + l->buffer.len, CHUNK);
    if (n > 0)
        l->buffer.len += (size_t)n;
    else if (n == 0 || errno == EBADF)
        stop_at(l, NULL);
    else if (errno != EINTR)
        stop_at(l, strerror(errno));
}

/* The line up to end, which the next one follows at next. */
static enum lines_state give_line(struct lines *l, size_t end, size_t next, const char **p,
                                  size_t *len)
{
    *p = l->buffer.data + l->at;
    *len = end - l->at;
    if (*len > 0 && (*p)[*len - 1] == '\r')
        (*len)--;
    l->last = l->at;
    l->at = next;
    l->looked = next;
    return LINES_LINE;
}

enum lines_state lines_take(struct lines *l, const char **p, size_t *len)
{
    for (;;) {
        size_t left = l->buffer.len - l->looked;
        const char *end = left ? memchr(l->buffer.data + l->looked, '\n', left) : NULL;
        if (end) {
            size_t at = (size_t)(end - l->buffer.data);
            return give_line(l, at, at + 1, p, len);
        }
        l->looked = l->buffer.len;
        if (l->has_ended && l->at < l->buffer.len && !l->problem)
            return give_line(l, l->buffer.len, l->buffer.len, p, len);
        if (!l->has_ended && l->buffer.len - l->at > LINES_MAX)
            stop_at(l, "a line is longer than 64 MB");
        if (l->has_ended)
            return LINES_END;
        l->last = l->at;
        if (l->is_stream) {
            uv_read_start(&l->stream, give_room, take_bytes);
            return LINES_WAIT;
        }
        read_file(l);
    }
}

void lines_give_back(struct lines *l)
{
    l->at = l->last;
    l->looked = l->last;
}

const char *lines_problem(const struct lines *l)
{
    return l->problem;
}
