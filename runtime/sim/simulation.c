#include "sim/simulation.h"

#include "base/mem.h"

#include <stddef.h>
#include <string.h>

/* SplitMix64 (Steele, Lea and Flood, 2014). */
static uint64_t next_chance(void *context)
{
    struct simulation *s = context;
    uint64_t z = s->chance += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void fill_chance(void *context, void *out, size_t len)
{
    unsigned char *p = out;
    for (size_t i = 0; i < len; i++)
        p[i] = (unsigned char)next_chance(context);
}

static int64_t now_ms(void *context)
{
    struct simulation *s = context;
    return s->epoch_ms + (int64_t)s->timers.now;
}

static int64_t now_seconds(void *context)
{
    return now_ms(context) / 1000;
}

static struct simulation *of_transport(struct transport *transport)
{
    return OWNER_OF(transport, struct simulation, transport);
}

static void start(struct transport *transport, struct exchange *x)
{
    struct simulation *s = of_transport(transport);
    s->waiting = mem_grow(s->waiting, &s->waiting_cap, s->waiting_len, sizeof *s->waiting);
    s->waiting[s->waiting_len++] = x;
    if (s->started)
        s->started(s, x);
}

static void forget(struct simulation *s, const struct exchange *x)
{
    uint32_t i = 0;
    while (i < s->waiting_len && s->waiting[i] != x)
        i++;
    if (i == s->waiting_len)
        return;
    s->waiting_len--;
    memmove(s->waiting + i, s->waiting + i + 1, (s->waiting_len - i) * sizeof *s->waiting);
}

static void cancel(struct transport *transport, struct exchange *x)
{
    struct simulation *s = of_transport(transport);
    forget(s, x);
    if (s->cancelled)
        s->cancelled(s, x);
}

void simulation_init(struct simulation *s, const struct program *program, int64_t epoch_ms)
{
    *s = (struct simulation){ .epoch_ms = epoch_ms };
    const struct builtin_world builtins = { now_ms, fill_chance, s };
    s->transport = (struct transport){ .start = start, .cancel = cancel };
    s->world = (struct call_world){ .timers = &s->timers,
                                    .transport = &s->transport,
                                    .random = next_chance,
                                    .wall_seconds = now_seconds,
                                    .context = s };
    s->engine = run_engine_new(program, &s->world, &builtins, 0);
}

void simulation_release(struct simulation *s)
{
    run_engine_free(s->engine); /* cancels what waits */
    mem_free(s->waiting);
    timers_release(&s->timers);
}

bool simulation_step(struct simulation *s)
{
    uint64_t due;
    if (run_engine_turn(s->engine))
        return true;
    if (run_engine_live(s->engine) == 0)
        return true;
    if (s->waiting_len > 0) {
        struct exchange *x = s->waiting[0];
        forget(s, x);
        s->reply(s, x);
        return true;
    }
    if (!timers_next(&s->timers, &due))
        return false;
    timers_advance(&s->timers, due);
    return true;
}
