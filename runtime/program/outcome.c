#include "program/outcome.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

static const char *const outcome_names[] = {
#define OUTCOME(symbol, spelling, meaning) spelling,
#include "program/outcomes.def"
#undef OUTCOME
};

static const char *const kind_names[] = {
#define OUTCOME(symbol, spelling, meaning)
#define ERROR_KIND(symbol, spelling, meaning) spelling,
#include "program/outcomes.def"
#undef ERROR_KIND
#undef OUTCOME
};

static const struct {
    const char *name;
    bool idempotent;
    bool body;
} methods[] = {
#define OUTCOME(symbol, spelling, meaning)
#define METHOD(symbol, spelling, idempotent, body) { spelling, idempotent, body },
#include "program/outcomes.def"
#undef METHOD
#undef OUTCOME
};

const char *outcome_name(enum outcome o)
{
    return outcome_names[o];
}

const char *outcome_error_kind_name(enum error_kind k)
{
    return kind_names[k];
}

const char *outcome_method_name(enum http_method m)
{
    return methods[m].name;
}

bool outcome_method_is_idempotent(enum http_method m)
{
    return methods[m].idempotent;
}

bool outcome_method_may_have_body(enum http_method m)
{
    return methods[m].body;
}

bool outcome_label_is_known(uint16_t label)
{
    if (label >= LABEL_OUTCOME)
        return label - LABEL_OUTCOME < OUTCOMES;
    if (label >= LABEL_CLASS)
        return label - LABEL_CLASS >= 2 && label - LABEL_CLASS <= 5;
    return label >= 200 && label <= 599;
}

const char *outcome_label_text(uint16_t label, char out[20])
{
    if (label >= LABEL_OUTCOME)
        snprintf(out, 20, "%s",
                 outcome_label_is_known(label) ? outcome_names[label - LABEL_OUTCOME] : "?");
    else if (label >= LABEL_CLASS)
        snprintf(out, 20, "%uxx", (unsigned)(label - LABEL_CLASS));
    else
        snprintf(out, 20, "%u", (unsigned)label);
    return out;
}

static bool read_status(const char *text, uint16_t *label)
{
    if (strlen(text) != 3 || text[0] < '2' || text[0] > '5')
        return false;
    if (strcmp(text + 1, "xx") == 0) {
        *label = (uint16_t)(LABEL_CLASS + (unsigned)(text[0] - '0'));
        return true;
    }
    if (text[1] < '0' || text[1] > '9' || text[2] < '0' || text[2] > '9')
        return false;
    *label = (uint16_t)((text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0'));
    return true;
}

bool outcome_label_read(const char *text, uint16_t *label)
{
    if (read_status(text, label))
        return true;
    for (unsigned i = 0; i < OUTCOMES; i++) {
        if (strcmp(text, outcome_names[i]) == 0) {
            *label = label_of_outcome((enum outcome)i);
            return true;
        }
    }
    return false;
}

void outcome_facts_release(struct outcome_facts *facts)
{
    value_unref(facts->headers);
    value_unref(facts->body);
    value_unref(facts->body_type);
    mem_free(facts->message);
    *facts = (struct outcome_facts){ 0 };
}
