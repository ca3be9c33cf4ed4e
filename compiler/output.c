#include "compiler/output.h"

#include <errno.h>
#include <fcntl.h>
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

const char *output_write(const char *path, const char *data, size_t len)
{
    struct stat found;
    if (stat(path, &found) == 0 && !S_ISREG(found.st_mode))
        return S_ISDIR(found.st_mode) ? "it is a folder" : write_through(path, data, len);
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
    mode_t mask = umask(0);
    umask(mask);
    if (write_all(file, data, len) || fchmod(file, 0666 & ~mask) || fsync(file))
        return give_up(file);
    if (close(file) || rename(unfinished, path))
        return give_up(-1);
    unfinished[0] = '\0';
    return NULL;
}
