#include "cli/resume.h"

#include "base/json.h"
#include "cli/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As flowrun writes it, so that nothing else of a result need be read: the number of its line
 * stands first, and the whole of it was written if its brace is there. */
static bool read_own(const char *p, size_t len, uint64_t *line)
{
    static const char start[] = "{\"line\":";
    size_t i = sizeof start - 1;
    if (len <= i || memcmp(p, start, i) != 0 || p[len - 1] != '}')
        return false;
    for (*line = 0; i < len && p[i] >= '0' && p[i] <= '9' && *line <= LINESET_MAX; i++)
        *line = *line * 10 + (uint64_t)(p[i] - '0');
    return i < len && p[i] == ',';
}

/* As another program may have written it again. */
static bool read_any(const char *p, size_t len, uint64_t *line)
{
    struct value object;
    struct json_error error;
    if (!json_read(p, len, &object, &error))
        return false;
    const struct value *found =
        object.tag == VALUE_OBJECT ? object_find_bytes(object.object, "line", 4) : NULL;
    bool good = found && found->tag == VALUE_INT && found->integer > 0;
    *line = good ? (uint64_t)found->integer : 0;
    value_unref(object);
    return good;
}

static bool is_result(const char *p, size_t len, uint64_t *line, bool is_cut)
{
    /* Where a write was cut short, its last byte may be a brace all the same. */
    return ((!is_cut && read_own(p, len, line)) || read_any(p, len, line)) && *line > 0 &&
           *line <= LINESET_MAX;
}

static bool read_lines(struct resume *r, struct lines *lines, const char *path,
                       struct bytes *problems)
{
    const char *p;
    size_t len;
    uint64_t size;
    for (uint64_t number = 1; lines_take(lines, &p, &len) == LINES_LINE; number++) {
        uint64_t line;
        bool is_cut = lines_is_cut(lines);
        if (is_result(p, len, &line, is_cut)) {
            lineset_add(&r->lines, line);
        } else if (is_cut) {
            return true;
        } else if (len > 0) {
            bytes_printf(problems, "--resume %s: line %llu is no result of a batch\n", path,
                         (unsigned long long)number);
            return false;
        }
        r->wants_end = is_cut;
        r->whole = (off_t)lines_position(lines, &size);
    }
    if (!lines_problem(lines))
        return true;
    bytes_printf(problems, "--resume %s: %s\n", path, lines_problem(lines));
    return false;
}

bool resume_read(struct resume *r, const char *path, struct bytes *problems)
{
    struct stat facts;
    *r = (struct resume){ 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &facts) != 0) {
        bytes_printf(problems, "cannot read %s: %s\n", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    r->device = facts.st_dev;
    r->file = facts.st_ino;
    struct lines *lines = lines_new(NULL, fd, NULL, NULL);
    bool good = read_lines(r, lines, path, problems);
    lines_free(lines);
    return good;
}

void resume_release(struct resume *r)
{
    lineset_release(&r->lines);
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
