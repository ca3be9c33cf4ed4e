#include "engine/loop.h"

#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/* Before sockets are looked at again. */
#define TURNS_AT_ONCE 4

struct loop {
    uv_loop_t uv;
    uv_prepare_t prepare; /* before each sleep: the engine's turn */
    uv_idle_t idle;       /* runs while strands are ready: no sleep then */
    uv_timer_t timer;     /* for the earliest of timers */
    uv_signal_t interrupt;
    uv_signal_t terminate;
    uv_signal_t hangup;
    struct timers timers;
    uint64_t armed; /* what timer is set to; 0: nothing */
    struct http *http;
    struct call_world world;
    struct run_engine *engine;
    void (*caught)(void *context, int signal);
    void *caught_context;
    void (*on_turn)(void *context);
    void *on_turn_context;
};

/* The system's clock and chance. */

static uint64_t monotonic_ms(void *context)
{
    (void)context;
    return uv_hrtime() / 1000000;
}

static int64_t now_ms(void *context)
{
    (void)context;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t now_seconds(void *context)
{
    return now_ms(context) / 1000;
}

static void fill_random(void *context, void *out, size_t len)
{
    (void)context;
    char *p = out;
    while (len > 0) {
        ssize_t n = getrandom(p, len, 0);
        if (n < 0 && errno != EINTR)
            abort(); /* no kernel that libuv runs on refuses this */
        if (n > 0) {
            p += n;
            len -= (size_t)n;
        }
    }
}

static uint64_t random_bits(void *context)
{
    uint64_t bits;
    fill_random(context, &bits, sizeof bits);
    return bits;
}

/* The loop. */

static void do_nothing(uv_timer_t *timer)
{
    /* It only ends the sleep: prepare looks at the time. */
    ((struct loop *)timer->data)->armed = 0;
}

static void do_nothing_idle(uv_idle_t *idle)
{
    (void)idle;
}

static void arm(struct loop *l)
{
    uint64_t due;
    if (!timers_next(&l->timers, &due)) {
        uv_timer_stop(&l->timer);
        l->armed = 0;
        return;
    }
    /* Waking too early is harmless, and cheaper than moving the timer with each call that ends. */
    if (l->armed != 0 && l->armed <= due)
        return;
    uint64_t now = timers_now(&l->timers);
    uv_update_time(&l->uv);
    uv_timer_start(&l->timer, do_nothing, due > now ? due - now : 0, 0);
    l->armed = due;
}

/* Work that a turn began, such as a call or the run after one that ended, goes on at once if it
 * can: polling all sockets in between costs as much as the step itself. */
static void turn(uv_prepare_t *prepare)
{
    struct loop *l = prepare->data;
    timers_advance(&l->timers, timers_now(&l->timers));
    bool ready = true;
    for (int i = 0; ready && i < TURNS_AT_ONCE; i++) {
        ready = run_engine_turn(l->engine);
        if (l->on_turn)
            l->on_turn(l->on_turn_context);
        if (!ready)
            ready = http_go_on(l->http);
    }
    if (ready)
        uv_idle_start(&l->idle, do_nothing_idle);
    else
        uv_idle_stop(&l->idle);
    arm(l);
}

static void init_handles(struct loop *l)
{
    uv_prepare_init(&l->uv, &l->prepare);
    uv_idle_init(&l->uv, &l->idle);
    uv_timer_init(&l->uv, &l->timer);
    uv_signal_init(&l->uv, &l->interrupt);
    uv_signal_init(&l->uv, &l->terminate);
    uv_signal_init(&l->uv, &l->hangup);
    l->prepare.data = l;
    l->timer.data = l;
    l->interrupt.data = l;
    l->terminate.data = l;
    l->hangup.data = l;
    uv_prepare_start(&l->prepare, turn);
}

/* libuv aborts if it cannot open its own file descriptors (four, in version 1.44): check for
 * them first. */
static bool has_descriptors(void)
{
    int fds[4] = { -1, -1, -1, -1 };
    bool good = pipe2(fds, O_CLOEXEC) == 0 && pipe2(fds + 2, O_CLOEXEC) == 0;
    for (int i = 0; i < 4; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
    return good;
}

struct loop *loop_new(const struct program *program, const struct run_limits *limits)
{
    if (!has_descriptors())
        return NULL;
    struct loop *l = mem_alloc_zeroed(1, sizeof *l);
    const struct builtin_world builtins = { .now_ms = now_ms, .random = fill_random };
    if (uv_loop_init(&l->uv) != 0) {
        mem_free(l);
        return NULL;
    }
    init_handles(l);
    l->timers.clock = monotonic_ms;
    l->timers.now = monotonic_ms(NULL);
    l->http = http_new(&l->uv);
    http_set_guard(l->http, program->guard);
    l->world = (struct call_world){ .timers = &l->timers,
                                    .transport = http_transport(l->http),
                                    .random = random_bits,
                                    .wall_seconds = now_seconds,
                                    .max_depth = limits ? limits->depth : 0 };
    l->engine = run_engine_new(program, &l->world, &builtins, 0);
    if (limits)
        run_engine_limit(l->engine, limits);
    return l;
}

static void close_handle(uv_handle_t *handle)
{
    uv_close(handle, NULL);
}

void loop_free(struct loop *l)
{
    if (!l)
        return;
    run_engine_free(l->engine);
    http_free(l->http);
    close_handle((uv_handle_t *)&l->prepare);
    close_handle((uv_handle_t *)&l->idle);
    close_handle((uv_handle_t *)&l->timer);
    close_handle((uv_handle_t *)&l->interrupt);
    close_handle((uv_handle_t *)&l->terminate);
    close_handle((uv_handle_t *)&l->hangup);
    /* A stop that was asked for meanwhile ends the first one early. */
    if (uv_run(&l->uv, UV_RUN_DEFAULT) != 0)
        uv_run(&l->uv, UV_RUN_DEFAULT);
    int left = uv_loop_close(&l->uv);
    assert(left == 0);
    (void)left;
    timers_release(&l->timers);
    mem_free(l);
}

struct run_engine *loop_engine(struct loop *l)
{
    return l->engine;
}

uv_loop_t *loop_uv(struct loop *l)
{
    return &l->uv;
}

struct http_counts loop_counts(const struct loop *l)
{
    return http_counts(l->http);
}

void loop_run(struct loop *l)
{
    uv_run(&l->uv, UV_RUN_DEFAULT);
}

void loop_stop(struct loop *l)
{
    uv_stop(&l->uv);
}

void loop_on_turn(struct loop *l, void (*on_turn)(void *context), void *context)
{
    l->on_turn = on_turn;
    l->on_turn_context = context;
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct loop *l = handle->data;
    l->caught(l->caught_context, number);
}

/* nohup starts programs like this: they must survive the end of the terminal. */
static bool is_ignored(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void loop_catch_signals(struct loop *l, void (*caught)(void *context, int signal), void *context)
{
    l->caught = caught;
    l->caught_context = context;
    uv_signal_start(&l->interrupt, on_signal, SIGINT);
    uv_signal_start(&l->terminate, on_signal, SIGTERM);
    if (!is_ignored(SIGHUP))
        uv_signal_start(&l->hangup, on_signal, SIGHUP);
}
