/* What flowrun is measured against: the same calls on libcurl's multi socket interface, with the
 * least code that does them. No checks, no limits, no classification of what goes wrong.
 *
 *     bare single|chain3|body|wait BASE-URL RUNS CONNECTIONS
 *
 * A run is one transfer after the other on one handle, and RUNS runs go through CONNECTIONS
 * handles. `wait` is one GET of the base URL. Ends with 1 when a transfer failed. */
#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define MOST_STEPS 3

struct bare;
struct slot;

struct workload {
    const char *name;
    const char *paths[MOST_STEPS];
    void (*answered)(struct bare *b, struct slot *s); /* NULL: the answer is dropped */
};

/* One handle, and the run that it carries. */
struct slot {
    CURL *easy;
    int step;
    char token[64];
    char order[128];
    struct curl_slist *headers;
    char *answer;
    size_t len;
    size_t cap;
};

struct bare {
    const struct workload *workload;
    char urls[MOST_STEPS][256];
    int steps;
    CURLM *multi;
    int epoll;
    long timeout_ms;
    long to_start;
    long to_end;
    long failed;
    double sum;
};

static size_t drop(char *p, size_t size, size_t count, void *context)
{
    (void)p;
    (void)context;
    return size * count;
}

static size_t keep(char *p, size_t size, size_t count, void *context)
{
    struct slot *s = context;
    if (s->len + count >= s->cap) {
        s->cap = 2 * (s->len + count);
        s->answer = realloc(s->answer, s->cap);
    }
    memcpy(s->answer + s->len, p, count);
    s->len += count;
    s->answer[s->len] = '\0';
    return size * count;
}

/* chain3: what of an answer goes into the next request. */

static void ask_for_list(struct slot *s)
{
    char header[128];
    const char *token = strstr(s->answer, "\"token\":\"");
    sscanf(token ? token + 9 : "", "%63[^\"]", s->token);
    snprintf(header, sizeof header, "Authorization: Bearer %s", s->token);
    s->headers = curl_slist_append(NULL, header);
    curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, s->headers);
}

static void send_order(struct slot *s)
{
    const char *total = strstr(s->answer, "\"total\":");
    snprintf(s->order, sizeof s->order, "{\"token\":\"%s\",\"total\":%ld}", s->token,
             atol(total ? total + 8 : ""));
    curl_slist_free_all(s->headers);
    s->headers = curl_slist_append(NULL, "Content-Type: application/json");
    curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, s->headers);
    curl_easy_setopt(s->easy, CURLOPT_POSTFIELDS, s->order);
}

static void end_order(struct slot *s)
{
    curl_slist_free_all(s->headers);
    s->headers = NULL;
    curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, NULL);
    curl_easy_setopt(s->easy, CURLOPT_HTTPGET, 1L);
}

static void chain(struct bare *b, struct slot *s)
{
    static void (*const next[])(struct slot *) = { ask_for_list, send_order, end_order };
    (void)b;
    next[s->step](s);
}

static void sum_prices(struct bare *b, struct slot *s)
{
    const cJSON *item;
    cJSON *list = cJSON_ParseWithLength(s->answer, s->len);
    cJSON_ArrayForEach (item, list)
        b->sum += cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(item, "price"));
    cJSON_Delete(list);
}

static const struct workload workloads[] = {
    { "single", { "/single" }, NULL },
    { "chain3", { "/token", "/items?tag=new&tag=sale", "/orders" }, chain },
    { "body", { "/body" }, sum_prices },
    { "wait", { "/" }, NULL },
};

/* libcurl's wishes to epoll's. */

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *known)
{
    struct bare *b = context;
    struct epoll_event e = { .data.fd = fd };
    (void)easy;
    if (what == CURL_POLL_REMOVE)
        return epoll_ctl(b->epoll, EPOLL_CTL_DEL, fd, &e) & 0;
    e.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
    epoll_ctl(b->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e);
    curl_multi_assign(b->multi, fd, b);
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *context)
{
    struct bare *b = context;
    (void)multi;
    b->timeout_ms = ms;
    return 0;
}

/* Runs. */

static void go(struct bare *b, struct slot *s)
{
    s->len = 0;
    curl_easy_setopt(s->easy, CURLOPT_URL, b->urls[s->step]);
    curl_multi_add_handle(b->multi, s->easy);
}

static void open_slot(struct bare *b)
{
    struct slot *s = calloc(1, sizeof *s);
    s->easy = curl_easy_init();
    curl_easy_setopt(s->easy, CURLOPT_PRIVATE, s);
    curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, b->workload->answered ? keep : drop);
    curl_easy_setopt(s->easy, CURLOPT_WRITEDATA, s);
    curl_easy_setopt(s->easy, CURLOPT_NOSIGNAL, 1L);
    b->to_start--;
    go(b, s);
}

static void close_slot(struct slot *s)
{
    curl_easy_cleanup(s->easy);
    free(s->answer);
    free(s);
}

static void end_transfer(struct bare *b, struct slot *s, CURLcode code)
{
    curl_multi_remove_handle(b->multi, s->easy);
    b->failed += code != CURLE_OK;
    if (b->workload->answered && code == CURLE_OK)
        b->workload->answered(b, s);
    if (++s->step == b->steps) {
        s->step = 0;
        b->to_end--;
        if (b->to_start-- <= 0) {
            close_slot(s);
            return;
        }
    }
    go(b, s);
}

static void collect(struct bare *b)
{
    int left;
    for (CURLMsg *m; (m = curl_multi_info_read(b->multi, &left)) != NULL;) {
        struct slot *s;
        CURLcode code = m->data.result;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &s);
        end_transfer(b, s, code);
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

static void init(struct bare *b, const char *base, long connections)
{
    for (; b->steps < MOST_STEPS && b->workload->paths[b->steps]; b->steps++)
        snprintf(b->urls[b->steps], sizeof *b->urls, "%s%s", base, b->workload->paths[b->steps]);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    b->epoll = epoll_create1(EPOLL_CLOEXEC);
    b->multi = curl_multi_init();
    curl_multi_setopt(b->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(b->multi, CURLMOPT_SOCKETDATA, b);
    curl_multi_setopt(b->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(b->multi, CURLMOPT_TIMERDATA, b);
    curl_multi_setopt(b->multi, CURLMOPT_MAXCONNECTS, connections);
}

int main(int argc, char **argv)
{
    struct bare b = { .timeout_ms = -1 };
    for (size_t i = 0; argc == 5 && i < sizeof workloads / sizeof *workloads; i++) {
        if (strcmp(workloads[i].name, argv[1]) == 0)
            b.workload = &workloads[i];
    }
    if (!b.workload) {
        fprintf(stderr, "usage: bare single|chain3|body|wait BASE-URL RUNS CONNECTIONS\n");
        return 2;
    }
    long connections = atol(argv[4]);
    b.to_start = b.to_end = atol(argv[3]);
    init(&b, argv[2], connections);
    for (long i = 0; i < connections && b.to_start > 0; i++)
        open_slot(&b);
    while (b.to_end > 0)
        turn(&b);
    curl_multi_cleanup(b.multi);
    if (b.sum > 0)
        printf("%.0f\n", b.sum);
    return b.failed != 0;
}
