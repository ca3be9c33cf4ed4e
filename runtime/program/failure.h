/* The ways in which a call can fail. failures.def decides the outcome, the error kind and the
 * wording of each; nothing else does. Knows nothing of connections. */
#ifndef FLOW_PROGRAM_FAILURE_H
#define FLOW_PROGRAM_FAILURE_H

#include "base/bytes.h"
#include "program/outcome.h"

#include <stdint.h>

enum failure {
#define FAILURE(symbol, outcome, kind, wording) FAILURE_##symbol,
#include "program/failures.def"
#undef FAILURE
    FAILURES
};

/* The values for the placeholders of a wording. A wording uses only some of them; a text that it
 * uses is not NULL. */
struct failure_facts {
    const char *host; /* %h */
    const char *text; /* %s */
    const char *also; /* %t */
    uint64_t number;  /* %n */
    uint64_t limit;   /* %m */
};

/* OUTCOME_ERROR, OUTCOME_TIMEOUT or OUTCOME_MAX_CONNECTION. */
enum outcome failure_outcome(enum failure f);
enum error_kind failure_kind(enum failure f);

/* Appends the wording with its placeholders replaced. */
void failure_print(struct bytes *b, enum failure f, const struct failure_facts *facts);

/* The same as a text of its own; heap, the caller's. */
char *failure_text(enum failure f, const struct failure_facts *facts);

/* Sets label, kind and message of the outcome. */
void failure_set(struct outcome_facts *outcome, enum failure f, const struct failure_facts *facts);

/* The same with a message that failure_text made before; taken. */
void failure_set_message(struct outcome_facts *outcome, enum failure f, char *message);

#endif
