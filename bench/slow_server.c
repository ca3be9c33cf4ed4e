/* A server that answers each request after a second, however many there are.
 *
 *     slow_server [MILLISECONDS]
 *
 * prints its port, which the system chooses, and serves until it is killed. A request is what one
 * read brings, which is true of GETs over loopback. All wait equally long, so that those who wait
 * are a queue. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST 65536u /* descriptors, and requests that wait */

struct waiting {
    int fd;
    long due_ms;
};

struct server {
    int listener;
    int epoll;
    long delay_ms;
    struct waiting *queue; /* a ring of MOST */
    size_t first;
    size_t len;
};

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                             "Content-Length: 11\r\n\r\n{\"ok\":true}";

static long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void watch(struct server *s, int fd)
{
    struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };
    epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e);
}

static int open_listener(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) != 0 || listen(fd, 65535) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
        perror("slow_server");
        exit(1);
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static void accept_all(struct server *s)
{
    int fd;
    int on = 1;
    while ((fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(s, fd);
    }
}

static void read_request(struct server *s, int fd)
{
    char request[4096];
    ssize_t n = read(fd, request, sizeof request);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        close(fd);
        return;
    }
    if (s->len == MOST)
        abort();
    s->queue[(s->first + s->len++) % MOST] = (struct waiting){ fd, now_ms() + s->delay_ms };
}

/* What is closed meanwhile gets its answer too, which nobody hears. */
static void answer_due(struct server *s)
{
    long now = now_ms();
    while (s->len > 0 && s->queue[s->first].due_ms <= now) {
        (void)!send(s->queue[s->first].fd, answer, sizeof answer - 1, MSG_NOSIGNAL);
        s->first = (s->first + 1) % MOST;
        s->len--;
    }
}

static int sleep_ms(const struct server *s)
{
    if (s->len == 0)
        return -1;
    long left = s->queue[s->first].due_ms - now_ms();
    return left > 0 ? (int)left : 0;
}

static void turn(struct server *s)
{
    struct epoll_event events[512];
    int n = epoll_wait(s->epoll, events, 512, sleep_ms(s));
    for (int i = 0; i < n; i++) {
        if (events[i].data.fd == s->listener)
            accept_all(s);
        else
            read_request(s, events[i].data.fd);
    }
    answer_due(s);
}

int main(int argc, char **argv)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    struct server s = { .delay_ms = argc > 1 ? atol(argv[1]) : 1000 };
    s.queue = calloc(MOST, sizeof *s.queue);
    s.epoll = epoll_create1(EPOLL_CLOEXEC);
    s.listener = open_listener();
    watch(&s, s.listener);
    for (;;)
        turn(&s);
}
