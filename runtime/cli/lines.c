#include "cli/lines.h"

#include "base/bytes.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 65536u
#define SKIP_AT_ONCE (4u << 20) /* bytes of a line that is too long */

struct lines {
    uv_poll_t poll;
    bool is_stream; /* else a file, which never lets anybody wait */
    int fd;
    size_t max;    /* bytes of a line */
    uint64_t size; /* of a file, from where reading begins; 0: not known */
    uint64_t read; /* bytes so far */
    struct bytes buffer;
    size_t at;     /* where the next line begins */
    size_t looked; /* up to here there is no line end */
    size_t last;   /* where the last line began */
    bool has_ended;
    bool is_cut; /* the last line has no end */
    bool skips;  /* a line that is too long, up to its end */
    const char *problem;
    void (*ready)(void *context);
    void *context;
};

/* libuv makes what it polls non-blocking. But the description behind the descriptor may be another
 * program's too, and nothing is read here before poll has said that there is something. */
static void open_stream(struct lines *l, uv_loop_t *loop)
{
    int flags = fcntl(l->fd, F_GETFL);
    l->is_stream = uv_poll_init(loop, &l->poll, l->fd) == 0;
    if (l->is_stream)
        fcntl(l->fd, F_SETFL, flags);
    l->poll.data = l;
}

static void find_size(struct lines *l)
{
    struct stat facts;
    off_t at = lseek(l->fd, 0, SEEK_CUR);
    if (at >= 0 && fstat(l->fd, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_size > at)
        l->size = (uint64_t)(facts.st_size - at);
}

struct lines *lines_new(uv_loop_t *loop, int fd, void (*ready)(void *context), void *context)
{
    struct lines *l = mem_alloc_zeroed(1, sizeof *l);
    l->fd = fd;
    l->max = loop ? LINES_MAX : SIZE_MAX;
    l->ready = ready;
    l->context = context;
    if (loop)
        open_stream(l, loop);
    find_size(l);
    return l;
}

static void dispose(struct lines *l)
{
    close(l->fd);
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
    if (l->is_stream)
        uv_close((uv_handle_t *)&l->poll, closed);
    else
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

static void stop_at(struct lines *l, const char *problem)
{
    l->has_ended = true;
    l->problem = problem;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct lines *l = poll->data;
    (void)status; /* what is wrong is found by reading */
    (void)events;
    uv_poll_stop(poll);
    l->ready(l->context);
}

void lines_wait(struct lines *l)
{
    if (uv_poll_start(&l->poll, UV_READABLE, on_readable) != 0)
        stop_at(l, "the system cannot poll it");
}

static bool has_something(const struct lines *l)
{
    struct pollfd p = { .fd = l->fd, .events = POLLIN };
    return !l->is_stream || poll(&p, 1, 0) > 0;
}

static void read_chunk(struct lines *l)
{
    make_room(l);
    ssize_t n = read(l->fd, l->buffer.data + l->buffer.len, CHUNK);
    if (n > 0) {
        l->buffer.len += (size_t)n;
        l->read += (uint64_t)n;
    } else if (n == 0 || errno == EBADF) {
        stop_at(l, NULL);
    } else if (errno == EAGAIN && !l->is_stream) {
        poll(&(struct pollfd){ .fd = l->fd, .events = POLLIN }, 1, -1);
    } else if (errno != EINTR && errno != EAGAIN) {
        stop_at(l, strerror(errno));
    }
}

/* The line up to end, which the next one follows at next. A byte-order mark before the first line
 * is skipped, as RFC 8259, section 8.1, allows. */
static void give_line(struct lines *l, size_t end, size_t next, const char **p, size_t *len)
{
    static const char mark[] = "\xef\xbb\xbf";
    bool is_first = l->read == l->buffer.len - l->at;
    *p = l->buffer.data + l->at;
    *len = end - l->at;
    if (is_first && *len >= sizeof mark - 1 && memcmp(*p, mark, sizeof mark - 1) == 0) {
        *p += sizeof mark - 1;
        *len -= sizeof mark - 1;
    }
    if (*len > 0 && (*p)[*len - 1] == '\r')
        (*len)--;
    l->last = l->at;
    l->at = next;
    l->looked = next;
}

/* The next line end that was read; NULL: none yet. */
static const char *find_end(struct lines *l)
{
    size_t left = l->buffer.len - l->looked;
    const char *end = left ? memchr(l->buffer.data + l->looked, '\n', left) : NULL;
    if (!end)
        l->looked = l->buffer.len;
    return end;
}

/* All that was read is of a line that is too long. */
static void begin_skip(struct lines *l)
{
    bytes_release(&l->buffer);
    l->at = l->looked = l->last = 0;
    l->skips = true;
}

/* Forgets what was read of a line that is too long. True: its end was found. */
static bool skip_read(struct lines *l)
{
    const char *end = find_end(l);
    if (end)
        l->at = l->looked = l->last = (size_t)(end + 1 - l->buffer.data);
    else
        l->buffer.len = l->looked = 0;
    return end || l->has_ended;
}

static enum lines_state skip(struct lines *l)
{
    for (uint64_t from = l->read; !skip_read(l); read_chunk(l)) {
        if (!has_something(l))
            return LINES_WAIT;
        if (l->read - from > SKIP_AT_ONCE)
            return LINES_AGAIN;
    }
    l->skips = false;
    return l->problem ? LINES_END : LINES_LONG;
}

/* Reads on until there is a line end, or no more. LINES_AGAIN: the line is too long already. */
static enum lines_state find_line(struct lines *l, const char **end)
{
    while (!(*end = find_end(l)) && !l->has_ended) {
        l->last = l->at;
        if (l->buffer.len - l->at > l->max)
            return LINES_AGAIN;
        if (!has_something(l))
            return LINES_WAIT;
        read_chunk(l);
    }
    return *end || (l->at < l->buffer.len && !l->problem) ? LINES_LINE : LINES_END;
}

enum lines_state lines_take(struct lines *l, const char **p, size_t *len)
{
    const char *end = NULL;
    enum lines_state state = l->skips ? LINES_AGAIN : find_line(l, &end);
    if (state == LINES_AGAIN) {
        if (!l->skips)
            begin_skip(l);
        return skip(l);
    }
    if (state != LINES_LINE)
        return state;
    size_t at = end ? (size_t)(end - l->buffer.data) : l->buffer.len;
    bool is_long = at - l->at > l->max;
    l->is_cut = !end;
    give_line(l, at, end ? at + 1 : at, p, len);
    return is_long ? LINES_LONG : LINES_LINE;
}

void lines_give_back(struct lines *l)
{
    l->at = l->last;
    l->looked = l->last;
}

uint64_t lines_position(const struct lines *l, uint64_t *size)
{
    *size = l->size;
    return l->read - (l->buffer.len - l->at);
}

bool lines_is_cut(const struct lines *l)
{
    return l->is_cut;
}

const char *lines_problem(const struct lines *l)
{
    return l->problem;
}
