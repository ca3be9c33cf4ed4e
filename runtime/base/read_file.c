#include "base/read_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 65536u

static int read_all(int fd, struct bytes *b, uint64_t most)
{
    for (;;) {
        bytes_reserve(b, CHUNK);
        ssize_t n = read(fd, b->data + b->len, CHUNK);
        if (n < 0 && errno != EINTR)
            return errno;
        if (n == 0)
            return 0;
        if (n > 0)
            b->len += (size_t)n;
        if (b->len > most)
            return EFBIG;
    }
}

/* Before anything is read of it, where that can be known. */
static bool is_too_large(int fd, uint64_t most)
{
    struct stat facts;
    return fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) && (uint64_t)facts.st_size > most;
}

bool read_file(const char *path, uint64_t most, struct bytes *b, struct bytes *problems)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int error = fd < 0 ? errno : is_too_large(fd, most) ? EFBIG : read_all(fd, b, most);
    if (fd >= 0)
        close(fd);
    bytes_reserve(b, 1);
    b->data[b->len] = '\0';
    if (error == EFBIG)
        bytes_printf(problems, "cannot read %s: it is larger than %llu MB\n", path,
                     (unsigned long long)most >> 20);
    else if (error)
        bytes_printf(problems, "cannot read %s: %s\n", path, strerror(error));
    return error == 0;
}
