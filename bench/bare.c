/* What others are measured against: the same GETs on libcurl's multi socket interface, with the
 * least code that does them. No checks, no timeouts, no classification; epoll by hand.
 *
 *     bare URL CALLS CONNECTIONS
 *
 * prints one line: calls/s, microseconds of CPU per call, peak memory in KB. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

struct bare {
    CURLM *multi;
    int epoll;
    long timeout_ms;
    long to_start;
    long to_end;
    long failed;
    const char *url;
};

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t drop(char *p, size_t size, size_t count, void *context)
{
    (void)p;
    (void)context;
    return size * count;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *known)
{
    struct bare *b = context;
    struct epoll_event e = { .data.fd = fd };
    (void)easy;
    if (what & CURL_POLL_IN && what != CURL_POLL_REMOVE)
        e.events |= EPOLLIN;
    if (what & CURL_POLL_OUT && what != CURL_POLL_REMOVE)
        e.events |= EPOLLOUT;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(b->epoll, EPOLL_CTL_DEL, fd, &e);
    } else {
        epoll_ctl(b->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e);
        curl_multi_assign(b->multi, fd, b);
    }
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *context)
{
    struct bare *b = context;
    (void)multi;
    b->timeout_ms = ms;
    return 0;
}

static CURL *new_easy(struct bare *b)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, b->url);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    return easy;
}

static void collect(struct bare *b)
{
    int left;
    for (CURLMsg *m; (m = curl_multi_info_read(b->multi, &left)) != NULL;) {
        CURL *easy = m->easy_handle;
        b->failed += m->data.result != CURLE_OK;
        b->to_end--;
        curl_multi_remove_handle(b->multi, easy);
        if (b->to_start > 0) {
            b->to_start--;
            curl_easy_setopt(easy, CURLOPT_URL, b->url);
            curl_multi_add_handle(b->multi, easy);
        } else {
            curl_easy_cleanup(easy);
        }
    }
}

static void turn(struct bare *b)
{
    struct epoll_event events[256];
    int running;
    long timeout = b->timeout_ms;
    int n = epoll_wait(b->epoll, events, 256, (int)timeout);
    for (int i = 0; i < n; i++) {
        int flags = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                    (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0);
        curl_multi_socket_action(b->multi, events[i].data.fd, flags, &running);
    }
    if (n == 0 || timeout == 0) {
        b->timeout_ms = -1; /* told once; libcurl says when there is another */
        curl_multi_socket_action(b->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    collect(b);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: bare URL CALLS CONNECTIONS\n");
        return 2;
    }
    long calls = atol(argv[2]);
    long connections = atol(argv[3]);
    struct bare b = { .url = argv[1], .to_start = calls, .to_end = calls, .timeout_ms = -1 };
    curl_global_init(CURL_GLOBAL_DEFAULT);
    b.epoll = epoll_create1(EPOLL_CLOEXEC);
    b.multi = curl_multi_init();
    curl_multi_setopt(b.multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(b.multi, CURLMOPT_SOCKETDATA, &b);
    curl_multi_setopt(b.multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(b.multi, CURLMOPT_TIMERDATA, &b);
    curl_multi_setopt(b.multi, CURLMOPT_MAXCONNECTS, connections);
    double wall = seconds(CLOCK_MONOTONIC);
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (long i = 0; i < connections && b.to_start > 0; i++, b.to_start--)
        curl_multi_add_handle(b.multi, new_easy(&b));
    while (b.to_end > 0)
        turn(&b);
    wall = seconds(CLOCK_MONOTONIC) - wall;
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%.0f calls/s  %.2f us CPU/call  %ld KB  %ld failed\n", (double)calls / wall,
           cpu / (double)calls * 1e6, usage.ru_maxrss, b.failed);
    curl_multi_cleanup(b.multi);
    return b.failed != 0;
}
