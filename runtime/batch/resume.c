#include "batch/resume.h"

#include "cli/lines.h"
#include "cli/result.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The lines of the file that are not results. */
struct damage {
    uint64_t count;
    uint64_t first;
    struct bytes why; /* of the first */
};

static void add_result(struct resume *r, const struct result *result, unsigned again)
{
    bool is_again = (RESULT_BIT(result->status) & again) != 0;
    if (lineset_remove(&r->done, result->line) || lineset_remove(&r->again, result->line))
        r->has_older = true;
    lineset_add(is_again ? &r->again : &r->done, result->line);
    if (result->line > r->last)
        r->last = result->line;
}

static void add_damage(struct damage *d, uint64_t number, const struct bytes *why)
{
    if (d->count++ > 0)
        return;
    d->first = number;
    bytes_add(&d->why, why->data, why->len);
}

/* True: the line is a result, or blank. */
static bool take_line(struct resume *r, const char *p, size_t len, unsigned again,
                      struct bytes *why)
{
    struct result result;
    bytes_clear(why);
    if (len == 0)
        return true;
    if (!result_read(p, len, &result, why))
        return false;
    add_result(r, &result, again);
    return true;
}

static void read_results(struct resume *r, struct lines *lines, unsigned again, struct damage *d)
{
    struct bytes why = { 0 };
    const char *p;
    size_t len;
    uint64_t size;
    for (uint64_t number = 1; lines_take(lines, &p, &len) == LINES_LINE; number++) {
        bool is_cut = lines_is_cut(lines);
        bool is_good = take_line(r, p, len, again, &why);
        if (!is_good && is_cut && result_is_cut(p, len))
            break;
        if (!is_good)
            add_damage(d, number, &why);
        r->wants_end = is_cut;
        r->whole = (off_t)lines_position(lines, &size);
    }
    bytes_release(&why);
}

static void say_damage(const struct damage *d, struct bytes *problems)
{
    bool is_one = d->count == 1;
    if (is_one)
        bytes_printf(problems, "line %llu is not a result of a batch",
                     (unsigned long long)d->first);
    else
        bytes_printf(problems, "%llu lines are not results of a batch, the first is line %llu",
                     (unsigned long long)d->count, (unsigned long long)d->first);
    bytes_printf(problems, " (%s): delete %s, and the runs whose results are lost are repeated\n",
                 bytes_text(&d->why), is_one ? "it" : "them");
}

static bool read_file(struct resume *r, int fd, unsigned again, struct bytes *problems)
{
    struct damage damage = { 0 };
    struct lines *lines = lines_new(NULL, fd, NULL, NULL);
    read_results(r, lines, again, &damage);
    const char *problem = lines_problem(lines);
    if (problem)
        bytes_printf(problems, "%s\n", problem);
    else if (damage.count > 0)
        say_damage(&damage, problems);
    bytes_release(&damage.why);
    lines_free(lines);
    return !problem && damage.count == 0;
}

bool resume_read(struct resume *r, const char *option, const char *path, unsigned again,
                 struct bytes *problems)
{
    struct stat facts;
    struct bytes why = { 0 };
    *r = (struct resume){ .path = path };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &facts) != 0) {
        bytes_printf(problems, "cannot read %s: %s\n", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    r->device = facts.st_dev;
    r->file = facts.st_ino;
    bool good = read_file(r, fd, again, &why);
    if (!good)
        bytes_printf(problems, "%s %s: %s", option, path, bytes_text(&why));
    bytes_release(&why);
    return good;
}

void resume_release(struct resume *r)
{
    lineset_release(&r->done);
    lineset_release(&r->again);
}

bool resume_is_file(const struct resume *r, int fd)
{
    struct stat facts;
    return r->path && fstat(fd, &facts) == 0 && facts.st_dev == r->device &&
           facts.st_ino == r->file;
}

bool resume_mend(const struct resume *r, int fd)
{
    struct stat facts;
    if (fstat(fd, &facts) != 0)
        return false;
    if (facts.st_size > r->whole && ftruncate(fd, r->whole) != 0)
        return false;
    return !r->wants_end || write(fd, "\n", 1) == 1;
}
