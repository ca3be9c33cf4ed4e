#include "program/failure.h"

#include "base/mem.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

static const struct row {
    enum outcome outcome;
    enum error_kind kind;
    const char *wording;
} rows[] = {
#define FAILURE(symbol, outcome, kind, wording) { OUTCOME_##outcome, ERROR_##kind, wording },
#include "program/failures.def"
#undef FAILURE
};

_Static_assert(sizeof rows / sizeof *rows == FAILURES, "one row for each");

static const struct row *row_of(enum failure f)
{
    assert(f < FAILURES);
    return &rows[f];
}

enum outcome failure_outcome(enum failure f)
{
    return row_of(f)->outcome;
}

enum error_kind failure_kind(enum failure f)
{
    return row_of(f)->kind;
}

static void add_text(struct bytes *b, const char *text)
{
    assert(text);
    bytes_add_text(b, text);
}

static void add_fact(struct bytes *b, char placeholder, const struct failure_facts *facts)
{
    switch (placeholder) {
    case 'h':
        add_text(b, facts->host);
        break;
    case 's':
        add_text(b, facts->text);
        break;
    case 't':
        add_text(b, facts->also);
        break;
    case 'n':
        bytes_printf(b, "%" PRIu64, facts->number);
        break;
    case 'm':
        bytes_printf(b, "%" PRIu64, facts->limit);
        break;
    default:
        assert(false);
    }
}

void failure_print(struct bytes *b, enum failure f, const struct failure_facts *facts)
{
    const char *p = row_of(f)->wording;
    for (const char *percent; (percent = strchr(p, '%')) != NULL; p = percent + 2) {
        bytes_add(b, p, (size_t)(percent - p));
        add_fact(b, percent[1], facts);
    }
    bytes_add_text(b, p);
}

char *failure_text(enum failure f, const struct failure_facts *facts)
{
    struct bytes b = { 0 };
    failure_print(&b, f, facts);
    return bytes_take(&b);
}

void failure_set_message(struct outcome_facts *outcome, enum failure f, char *message)
{
    mem_free(outcome->message);
    outcome->label = label_of_outcome(failure_outcome(f));
    outcome->kind = failure_kind(f);
    outcome->message = message;
}

void failure_set(struct outcome_facts *outcome, enum failure f, const struct failure_facts *facts)
{
    failure_set_message(outcome, f, failure_text(f, facts));
}
