#include "base/replace_file.h"

#include "base/bytes.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_LINKS 40 /* as Linux follows */

/* The only state that outlives a call: what to remove when memory runs out in the middle. */
static char unfinished[4096];

void replace_file_abandon(void)
{
    if (unfinished[0])
        unlink(unfinished);
    unfinished[0] = '\0';
}

static int write_all(int file, const char *data, size_t len)
{
    while (len) {
        ssize_t n = write(file, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

static const char *give_up(int file)
{
    int saved = errno;
    if (file >= 0)
        close(file);
    replace_file_abandon();
    return strerror(saved);
}

/* Not a regular file (/dev/stdout, a pipe): there is nothing to replace. */
static const char *write_through(const char *path, const char *data, size_t len)
{
    int file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (file < 0)
        return strerror(errno);
    int failed = write_all(file, data, len);
    if (failed)
        return give_up(file);
    return close(file) ? strerror(errno) : NULL;
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

/* What is open already, by its number: what another program gave is written to, not replaced. */
static bool is_descriptor(const char *path)
{
    return strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0;
}

/* A new file beside path; -1: *problem says why there is none. */
static int begin(const char *path, const char **problem)
{
    int n = snprintf(unfinished, sizeof unfinished, "%s.XXXXXX", path);
    int file = n > 0 && (size_t)n < sizeof unfinished ? mkstemp(unfinished) : -2;
    if (file >= 0)
        return file;
    *problem = file == -2 ? "its path is too long" : strerror(errno);
    unfinished[0] = '\0';
    return -1;
}

static const char *replace(const char *path, const struct stat *old, const char *data, size_t len,
                           mode_t mode)
{
    const char *problem;
    int file = begin(path, &problem);
    if (file < 0)
        return problem;
    if (write_all(file, data, len) || take_mode(file, old, mode) || fsync(file))
        return give_up(file);
    if (close(file) || rename(unfinished, path))
        return give_up(-1);
    unfinished[0] = '\0';
    return NULL;
}

/* What there is to be replaced. */
struct target {
    struct stat facts;
    bool is_new;
    bool is_through; /* it is written to and not replaced */
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
    *t = (struct target){ 0 };
    t->is_new = stat(path, &t->facts) != 0;
    if (t->is_new) {
        t->path = behind_links(path);
    } else if (S_ISDIR(t->facts.st_mode)) {
        return "it is a folder";
    } else {
        t->is_through = !S_ISREG(t->facts.st_mode) || is_descriptor(path);
        t->path = t->is_through ? mem_copy_text(path, strlen(path)) : realpath(path, NULL);
    }
    return t->path ? NULL : strerror(errno);
}

const char *replace_file(const char *path, const char *data, size_t len, mode_t mode)
{
    struct target t;
    const char *problem = find(path, &t);
    if (!problem)
        problem = t.is_through ? write_through(path, data, len)
                               : replace(t.path, t.is_new ? NULL : &t.facts, data, len, mode);
    mem_free(t.path);
    return problem;
}

const char *replace_file_check(const char *path)
{
    struct target t;
    const char *problem = find(path, &t);
    if (!problem && t.is_through) {
        if (access(path, W_OK) != 0)
            problem = strerror(errno);
    } else if (!problem) {
        int file = begin(t.path, &problem);
        if (file >= 0)
            close(file);
        replace_file_abandon();
    }
    mem_free(t.path);
    return problem;
}
