#include "base/write_all.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

static bool wait_for_room(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLOUT };
    return poll(&p, 1, -1) > 0 || errno == EINTR;
}

bool write_all(int fd, const char *p, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n >= 0) {
            p += n;
            len -= (size_t)n;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (!wait_for_room(fd))
                return false;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}
