#include "base/replace_file.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "base/write_all.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_LINKS 40    /* as Linux follows */
#define LONGEST_NAME 248 /* that has room for 7 characters more */

/* The only state that outlives a call: what to remove when memory runs out in the middle. */
static char unfinished[4096];

void replace_file_abandon(void)
{
    if (unfinished[0])
        unlink(unfinished);
    unfinished[0] = '\0';
}

static const char *give_up(int file)
{
    int saved = errno;
    if (file >= 0)
        close(file);
    replace_file_abandon();
    return strerror(saved);
}

/* Writes all to an open file, and closes it. */
static const char *fill(int file, const char *data, size_t len)
{
    if (!write_all(file, data, len))
        return give_up(file);
    return close(file) ? strerror(errno) : NULL;
}

/* The number of what is open already; -1: path is none of its names. */
static int descriptor_of(const char *path)
{
    static const char *const folders[] = { "/dev/fd/", "/proc/self/fd/" };
    if (strcmp(path, "/dev/stdout") == 0)
        return STDOUT_FILENO;
    if (strcmp(path, "/dev/stderr") == 0)
        return STDERR_FILENO;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        const char *number = path + strlen(folders[i]);
        if (strncmp(path, folders[i], strlen(folders[i])) == 0 && *number && strlen(number) < 9 &&
            strspn(number, "0123456789") == strlen(number))
            return atoi(number);
    }
    return -1;
}

static const char *write_to_descriptor(int descriptor, const char *data, size_t len)
{
    int file = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    return file < 0 ? strerror(errno) : fill(file, data, len);
}

/* Not a regular file (a terminal, a pipe): there is nothing to replace. A pipe that nobody reads is
 * not waited for. */
static const char *write_through(const char *path, const char *data, size_t len)
{
    int file = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file < 0)
        return errno == ENXIO ? "nobody reads it" : strerror(errno);
    return fill(file, data, len);
}

/* Where its folder takes no other file, or it is mounted by itself: nothing can take its place. */
static const char *write_over(const char *path, const char *data, size_t len)
{
    int file = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    return file < 0 ? strerror(errno) : fill(file, data, len);
}

/* The new file has the mode and, where that is allowed, the owner of the one that it replaces. */
static int take_mode(int file, const struct stat *old, mode_t mode)
{
    if (old) {
        if (fchown(file, old->st_uid, old->st_gid) != 0 && errno != EPERM)
            return -1;
        return fchmod(file, old->st_mode & 07777);
    }
    mode_t mask = umask(0);
    umask(mask);
    return fchmod(file, mode & ~mask);
}

static void name_unfinished(const char *path, struct bytes *b)
{
    const char *slash = strrchr(path, '/');
    size_t folder = slash ? (size_t)(slash + 1 - path) : 0;
    bool is_long = strlen(path + folder) > LONGEST_NAME;
    bytes_add(b, path, is_long ? folder : strlen(path));
    bytes_add_text(b, is_long ? ".flow.XXXXXX" : ".XXXXXX");
}

/* A new file beside path; -1: errno says why there is none. */
static int begin(const char *path)
{
    struct bytes name = { 0 };
    int file = -1;
    name_unfinished(path, &name);
    if (name.len < sizeof unfinished) {
        memcpy(unfinished, bytes_text(&name), name.len + 1);
        file = mkstemp(unfinished);
    } else {
        errno = ENAMETOOLONG;
    }
    if (file < 0)
        unfinished[0] = '\0';
    bytes_release(&name);
    return file;
}

static bool is_shut(int why)
{
    return why == EACCES || why == EPERM || why == EROFS;
}

/* The new file is complete: on disk before it has the name. */
static bool complete(int file, const struct stat *old, mode_t mode)
{
    return take_mode(file, old, mode) == 0 && fsync(file) == 0;
}

static const char *replace(const char *path, const struct stat *old, const char *data, size_t len,
                           mode_t mode)
{
    int file = begin(path);
    if (file < 0)
        return old && is_shut(errno) ? write_over(path, data, len) : strerror(errno);
    if (!write_all(file, data, len) || !complete(file, old, mode))
        return give_up(file);
    if (close(file))
        return give_up(-1);
    if (rename(unfinished, path)) {
        bool is_mounted = errno == EBUSY;
        const char *problem = give_up(-1);
        return old && is_mounted ? write_over(path, data, len) : problem;
    }
    unfinished[0] = '\0';
    return NULL;
}

/* What there is to be replaced. */
struct target {
    struct stat facts;
    int descriptor; /* -1: it is none */
    bool is_new;
    bool is_through; /* it is no regular file: written to, and not replaced */
    char *path;      /* behind links: the file is replaced and not the link; heap */
};

/* Where a link to nothing leads, which is where the file is made. Any other path is itself. */
static char *behind_links(const char *path)
{
    char *at = mem_copy_text(path, strlen(path));
    char to[PATH_MAX];
    for (int links = 0; links < MOST_LINKS; links++) {
        ssize_t n = readlink(at, to, sizeof to);
        if (n < 0 || n == sizeof to)
            break;
        const char *slash = to[0] == '/' ? NULL : strrchr(at, '/');
        struct bytes next = { 0 };
        bytes_add(&next, at, slash ? (size_t)(slash + 1 - at) : 0);
        bytes_add(&next, to, (size_t)n);
        mem_free(at);
        at = bytes_take(&next);
    }
    return at;
}

/* NULL, or why it cannot be written. */
static const char *find(const char *path, struct target *t)
{
    *t = (struct target){ .descriptor = descriptor_of(path) };
    if (t->descriptor >= 0)
        return fcntl(t->descriptor, F_GETFD) < 0 ? strerror(errno) : NULL;
    t->is_new = stat(path, &t->facts) != 0;
    if (!t->is_new && S_ISDIR(t->facts.st_mode))
        return "it is a folder";
    t->is_through = !t->is_new && !S_ISREG(t->facts.st_mode);
    t->path = t->is_new || t->is_through ? behind_links(path) : realpath(path, NULL);
    return t->path ? NULL : strerror(errno);
}

const char *replace_file(const char *path, const char *data, size_t len, mode_t mode)
{
    struct target t;
    const char *problem = find(path, &t);
    if (!problem && t.descriptor >= 0)
        problem = write_to_descriptor(t.descriptor, data, len);
    else if (!problem && t.is_through)
        problem = write_through(t.path, data, len);
    else if (!problem)
        problem = replace(t.path, t.is_new ? NULL : &t.facts, data, len, mode);
    mem_free(t.path);
    return problem;
}

const char *replace_file_check(const char *path)
{
    struct target t;
    const char *problem = find(path, &t);
    if (!problem && t.is_through) {
        problem = access(t.path, W_OK) ? strerror(errno) : NULL;
    } else if (!problem && t.descriptor < 0) {
        int file = begin(t.path);
        bool is_open = file >= 0 || (!t.is_new && is_shut(errno) && access(t.path, W_OK) == 0);
        problem = is_open ? NULL : strerror(errno);
        if (file >= 0)
            close(file);
        replace_file_abandon();
    }
    mem_free(t.path);
    return problem;
}

const char *replace_file_begin(struct replacement *r, const char *path)
{
    *r = (struct replacement){ .fd = -1 };
    r->path = realpath(path, NULL);
    if (!r->path || stat(r->path, &r->old) != 0)
        return strerror(errno);
    if (!S_ISREG(r->old.st_mode))
        return "it is not a regular file";
    r->fd = begin(r->path);
    return r->fd < 0 ? strerror(errno) : NULL;
}

const char *replace_file_end(struct replacement *r)
{
    int file = r->fd;
    r->fd = -1;
    if (!complete(file, &r->old, 0))
        return give_up(file);
    if (close(file) || rename(unfinished, r->path))
        return give_up(-1);
    unfinished[0] = '\0';
    return NULL;
}

void replace_file_release(struct replacement *r)
{
    if (r->fd >= 0)
        give_up(r->fd);
    mem_free(r->path);
    *r = (struct replacement){ .fd = -1 };
}
