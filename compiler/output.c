#include "compiler/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The only state that outlives a call: what to remove when memory runs out in the middle. */
static char unfinished[4096];

void output_abandon(void)
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
    output_abandon();
    return strerror(saved);
}

/* Not a regular file (/dev/stdout, a pipe): there is nothing to replace. */
static const char *write_through(const char *path, const char *data, size_t len)
{
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return strerror(errno);
    int failed = write_all(file, data, len);
    if (failed)
        return give_up(file);
    return close(file) ? strerror(errno) : NULL;
}

/* The new file has the mode and, where that is allowed, the owner of the one whose place it takes. */
static int take_mode(int file, const struct stat *old)
{
    if (old) {
        if (fchown(file, old->st_uid, old->st_gid) != 0 && errno != EPERM)
            return -1;
        return fchmod(file, old->st_mode & 07777);
    }
    mode_t mask = umask(0);
    umask(mask);
    return fchmod(file, 0666 & ~mask);
}

/* What is open already, by its number: what another program gave is written to, not replaced. */
static bool is_descriptor(const char *path)
{
    return strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0;
}

static const char *replace(const char *path, const struct stat *old, const char *data, size_t len)
{
    int n = snprintf(unfinished, sizeof unfinished, "%s.XXXXXX", path);
    if (n < 0 || (size_t)n >= sizeof unfinished) {
        unfinished[0] = '\0';
        return "its path is too long";
    }
    int file = mkstemp(unfinished);
    if (file < 0) {
        unfinished[0] = '\0';
        return strerror(errno);
    }
    if (write_all(file, data, len) || take_mode(file, old) || fsync(file))
        return give_up(file);
    if (close(file) || rename(unfinished, path))
        return give_up(-1);
    unfinished[0] = '\0';
    return NULL;
}

const char *output_write(const char *path, const char *data, size_t len)
{
    struct stat found;
    if (stat(path, &found) != 0)
        return replace(path, NULL, data, len);
    if (S_ISDIR(found.st_mode))
        return "it is a folder";
    if (!S_ISREG(found.st_mode) || is_descriptor(path))
        return write_through(path, data, len);
    char *real = realpath(path, NULL); /* behind a link, the file is replaced and not the link */
    if (!real)
        return strerror(errno);
    const char *problem = replace(real, &found, data, len);
    free(real);
    return problem;
}
