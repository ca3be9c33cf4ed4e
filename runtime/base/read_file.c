#include "base/read_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int read_file_rest(int fd, uint64_t most, struct bytes *b)
{
    for (;;) {
        bytes_reserve(b, READ_FILE_CHUNK);
        ssize_t n = read(fd, b->data + b->len, READ_FILE_CHUNK);
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
    int error = fd < 0 ? errno : is_too_large(fd, most) ? EFBIG : read_file_rest(fd, most, b);
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
