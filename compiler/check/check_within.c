/* Times of a call that exceed its `within`: a longer `timeout`, or longer pauses of `retry`. Checks
 * only what an author wrote: the defaults fit each other. */
#include "check/check.h"

#include "program/image.h"

/* The settings of a call: its own, else those of its endpoint. */
struct scope_of_call {
    const struct setting *own; /* NULL: none, or the endpoint itself is checked */
    const struct setting *shared;
};

static const struct setting *find(const struct setting *settings, enum setting_kind kind)
{
    for (const struct setting *s = settings; s; s = s->next) {
        if (s->kind == kind)
            return s;
    }
    return NULL;
}

static const struct setting *given(const struct scope_of_call *scope, enum setting_kind kind)
{
    const struct setting *own = find(scope->own, kind);
    return own ? own : find(scope->shared, kind);
}

/* A time that is out of range was reported and replaced by another one. */
static bool is_time(const struct setting *s)
{
    return s->amount >= 1 && s->amount <= IMAGE_MAX_MS;
}

static const char *time_text(struct checker *c, uint64_t ms)
{
    static const struct {
        uint64_t ms;
        const char *unit;
    } units[] = { { 86400000, "d" }, { 3600000, "h" }, { 60000, "m" }, { 1000, "s" }, { 1, "ms" } };
    size_t i = 0;
    while (ms % units[i].ms)
        i++;
    return arena_printf(c->arena, "%llu%s", (unsigned long long)(ms / units[i].ms), units[i].unit);
}

/* The setting to point at: the call's own where it has one of the two, else the endpoint's. */
static struct diag *report(struct checker *c, const struct scope_of_call *scope,
                           const struct setting *cut, const char *message)
{
    const struct setting *within = given(scope, SETTING_WITHIN);
    bool is_own_within = within && find(scope->own, SETTING_WITHIN);
    bool is_own_cut = find(scope->own, cut->kind) != NULL;
    const struct setting *at = is_own_within && !is_own_cut ? within : cut;
    const struct setting *other = at == cut ? within : cut;
    struct diag *diag = diag_add(c->d, W0915, at->span, "%s", message);
    if (other)
        diag_note(c->d, diag, other->span, "`%s` is set here", other->word.text);
    return diag;
}

static void check_timeout(struct checker *c, const struct scope_of_call *scope,
                          const struct limits_model *limits)
{
    const struct setting *timeout = given(scope, SETTING_TIMEOUT);
    if (!timeout || !is_time(timeout) || limits->timeout_ms <= limits->within_ms)
        return;
    const char *within = time_text(c, limits->within_ms);
    const char *long_time = time_text(c, limits->timeout_ms);
    struct diag *diag =
        report(c, scope, timeout,
               arena_printf(c->arena, "`timeout` is %s, but `within` ends the call after %s",
                            long_time, within));
    diag_help(c->d, diag, "write `within %s` or more, or a shorter `timeout`", long_time);
}

/* The time, rounded up to seconds from 10 s on. */
static const char *rough_time(struct checker *c, uint64_t ms)
{
    return time_text(c, ms < 10000 ? ms : (ms + 999) / 1000 * 1000);
}

/* The least time that the pauses before all attempts take: each is drawn from at least half of its
 * length. *fitting: how many pauses end before within_ms. */
static uint64_t least_pauses(const struct retry_model *retry, uint32_t within_ms, uint32_t *fitting)
{
    uint64_t sum = 0;
    uint64_t pause = retry->backoff_from_ms;
    *fitting = 0;
    for (uint32_t i = 0; i < retry->attempts; i++) {
        pause = pause < retry->backoff_to_ms ? pause : retry->backoff_to_ms;
        sum += pause / 2;
        *fitting += sum < within_ms;
        pause *= 2;
    }
    return sum;
}

static void check_pauses(struct checker *c, const struct scope_of_call *scope,
                         const struct limits_model *limits)
{
    const struct retry_model *retry = &limits->retry;
    uint32_t fitting;
    if (!retry->setting || retry->setting->amount != (int64_t)retry->attempts)
        return;
    uint64_t least = least_pauses(retry, limits->within_ms, &fitting);
    if (fitting == retry->attempts)
        return;
    struct diag *diag = report(
        c, scope, retry->setting,
        arena_printf(c->arena,
                     "the pauses between %u retries take at least %s, but `within` ends the "
                     "call after %s",
                     retry->attempts, rough_time(c, least), time_text(c, limits->within_ms)));
    if (fitting)
        diag_help(
            c->d, diag,
            "there is time for at most %u: write `retry %u`, a shorter `backoff`, or a longer "
            "`within`",
            fitting, fitting);
    else
        diag_help(
            c->d, diag,
            "there is not enough time for one: write a shorter `backoff`, or a longer `within`");
}

void check_within(struct checker *c, const struct limits_model *limits, const struct setting *own,
                  const struct decl *endpoint)
{
    const struct scope_of_call scope = { own, endpoint->settings };
    const struct setting *within = given(&scope, SETTING_WITHIN);
    if (within && !is_time(within))
        return;
    check_timeout(c, &scope, limits);
    check_pauses(c, &scope, limits);
}
