/* The `retry` of a call: its values, and whether retrying is safe. */
#include "check/check.h"

#include "program/image.h"

/* The pauses of a retry without `backoff` grow from the first to the second. */
#define BACKOFF_FROM_MS 200u
#define BACKOFF_TO_MS 5000u

static bool read_retry_label(struct checker *c, const struct label *l, uint16_t *label)
{
    static const struct node call = { .kind = NODE_CALL_API };
    return check_label(c, &call, l->word, label);
}

void check_retry(struct checker *c, const struct setting *s, struct retry_model *retry)
{
    size_t count = 0;
    for (const struct label *l = s->labels; l; l = l->next)
        count++;
    *retry = (struct retry_model){ .setting = s };
    retry->labels = arena_array(c->arena, count + 1, sizeof *retry->labels);
    c->label_round++;
    for (const struct label *l = s->labels; l; l = l->next) {
        uint16_t label;
        if (!l->word.text || !read_retry_label(c, l, &label))
            continue;
        if (c->seen_labels[check_label_slot(label)] == c->label_round)
            diag_add(c->d, E0405, l->word.span, "this list has `%s` twice", l->word.text);
        c->seen_labels[check_label_slot(label)] = c->label_round;
        retry->labels[retry->label_count++] = label;
    }
    retry->attempts = check_amount(c, s, s->amount, 1, IMAGE_MAX_RETRIES, " further attempts");
    int64_t from = s->backoff_from >= 0 ? s->backoff_from : BACKOFF_FROM_MS;
    int64_t to = s->backoff_to >= 0     ? s->backoff_to
                 : s->backoff_from >= 0 ? s->backoff_from
                                        : BACKOFF_TO_MS;
    retry->backoff_from_ms =
        check_amount(c, s, from, 0, IMAGE_MAX_MS, " (milliseconds of `backoff`)");
    retry->backoff_to_ms = check_amount(c, s, to, 0, IMAGE_MAX_MS, " (milliseconds of `backoff`)");
    if (from > to)
        diag_add(c->d, E0605, s->span,
                 "a backoff must not shrink, but this one goes from %lld to %lld ms",
                 (long long)from, (long long)to);
}

static bool is_safe_label(uint16_t label)
{
    return label == 429 || label == 503 || label == label_of_outcome(OUTCOME_MAX_CONNECTION);
}

void check_retry_is_safe(struct checker *c, const struct node_model *node)
{
    const struct node *n = node->ast;
    const struct retry_model *retry = &node->limits->retry;
    bool is_own = false;
    if ((n->verb->method != HTTP_POST && n->verb->method != HTTP_PATCH) || !retry->setting ||
        check_has_header(n->settings, "Idempotency-Key") ||
        (node->endpoint && check_has_header(node->endpoint->decl->settings, "Idempotency-Key")))
        return;
    for (const struct setting *s = n->settings; s; s = s->next)
        is_own |= s == retry->setting;
    for (size_t i = 0; i < retry->label_count; i++) {
        char text[20];
        if (is_safe_label(retry->labels[i]))
            continue;
        const char *method = outcome_method_name(n->verb->method);
        struct diag *diag = diag_add(c->d, E0604, is_own ? retry->setting->span : n->verb_span,
                                     "a %s that is retried on `%s` may be carried out twice",
                                     method, outcome_label_text(retry->labels[i], text));
        if (!is_own)
            diag_note(c->d, diag, retry->setting->span, "the `retry` of the endpoint is here");
        diag_help(c->d, diag,
                  "add `header Idempotency-Key: \"…\"` with a different text for each order or "
                  "payment, or retry only on 429, 503 and max-connection");
        return;
    }
}
