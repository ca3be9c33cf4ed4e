#include "batch/last_results.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "base/replace_file.h"
#include "base/write_all.h"
#include "cli/lines.h"
#include "cli/lineset.h"
#include "cli/result.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 65536u

/* How many results of a line are not its last. */
struct older {
    uint64_t line;
    uint64_t count;
};

struct last_results {
    struct older *older; /* by line */
    size_t len;
    size_t cap;
    struct replacement to;
    struct bytes block; /* not written yet */
    int failure;        /* errno of a write; 0: none */
};

/* Calls take with each result of the file, as it is written there, until that is false. NULL, or
 * why the file cannot be read. */
static const char *each_result(const char *path, void *context,
                               bool (*take)(void *context, uint64_t line, const char *p,
                                            size_t len))
{
    const char *p;
    size_t len;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return strerror(errno);
    uint64_t line;
    struct lines *lines = lines_new(NULL, fd, NULL, NULL);
    bool goes_on = true;
    while (goes_on && lines_take(lines, &p, &len) == LINES_LINE)
        goes_on = !result_read_line(p, len, &line) || take(context, line, p, len);
    const char *problem = lines_problem(lines);
    lines_free(lines);
    return problem;
}

/* What is older. */

struct counting {
    struct last_results *settling;
    struct lineset seen;
};

static void add_older(struct last_results *s, uint64_t line)
{
    s->older = mem_grow(s->older, &s->cap, s->len, sizeof *s->older);
    s->older[s->len++] = (struct older){ line, 1 };
}

static bool count(void *context, uint64_t line, const char *p, size_t len)
{
    struct counting *c = context;
    (void)p;
    (void)len;
    if (lineset_has(&c->seen, line))
        add_older(c->settling, line);
    lineset_add(&c->seen, line);
    return true;
}

static int by_line(const void *a, const void *b)
{
    const struct older *x = a;
    const struct older *y = b;
    return x->line < y->line ? -1 : x->line > y->line;
}

/* Each line once. */
static void join_lines(struct last_results *s)
{
    size_t to = 0;
    qsort(s->older, s->len, sizeof *s->older, by_line);
    for (size_t i = 1; i < s->len; i++) {
        if (s->older[i].line == s->older[to].line)
            s->older[to].count++;
        else
            s->older[++to] = s->older[i];
    }
    s->len = to + 1;
}

static const char *find_older(struct last_results *s, const char *path)
{
    struct counting c = { .settling = s };
    const char *problem = each_result(path, &c, count);
    lineset_release(&c.seen);
    if (!problem && s->len > 0)
        join_lines(s);
    return problem;
}

/* What stays. */

static bool is_older(struct last_results *s, uint64_t line)
{
    const struct older wanted = { .line = line };
    struct older *found = bsearch(&wanted, s->older, s->len, sizeof *s->older, by_line);
    if (!found || found->count == 0)
        return false;
    found->count--;
    return true;
}

static bool write_block(struct last_results *s)
{
    if (!write_all(s->to.fd, bytes_text(&s->block), s->block.len))
        s->failure = errno;
    bytes_clear(&s->block);
    return s->failure == 0;
}

static bool keep(void *context, uint64_t line, const char *p, size_t len)
{
    struct last_results *s = context;
    if (is_older(s, line))
        return true;
    bytes_add(&s->block, p, len);
    bytes_add_char(&s->block, '\n');
    return s->block.len < BLOCK || write_block(s);
}

static const char *copy_rest(struct last_results *s, const char *path)
{
    const char *problem = each_result(path, s, keep);
    if (problem)
        return problem;
    if (s->failure != 0 || !write_block(s))
        return strerror(s->failure);
    return replace_file_end(&s->to);
}

static bool is_path_of(const char *path, int fd)
{
    struct stat at_path;
    struct stat open_file;
    return stat(path, &at_path) == 0 && fstat(fd, &open_file) == 0 &&
           at_path.st_dev == open_file.st_dev && at_path.st_ino == open_file.st_ino;
}

const char *last_results_keep(const char *path, int fd)
{
    struct last_results s = { .to.fd = -1 };
    if (!is_path_of(path, fd))
        return "the file no longer exists";
    const char *problem = find_older(&s, path);
    if (!problem && s.len > 0) {
        problem = replace_file_begin(&s.to, path);
        if (!problem)
            problem = copy_rest(&s, path);
        replace_file_release(&s.to);
    }
    mem_free(s.older);
    bytes_release(&s.block);
    return problem;
}
