/* Outcomes as numbers. A label is 16 bits: a status 200..599 as itself, a class 2xx..5xx as
 * LABEL_CLASS + first digit, an outcome as LABEL_OUTCOME + enum outcome. Spellings come from
 * outcomes.def. */
#ifndef FLOW_PROGRAM_OUTCOME_H
#define FLOW_PROGRAM_OUTCOME_H

#include "base/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum outcome {
#define OUTCOME(symbol, spelling, meaning) OUTCOME_##symbol,
#include "program/outcomes.def"
#undef OUTCOME
    OUTCOMES
};

enum error_kind {
#define OUTCOME(symbol, spelling, meaning)
#define ERROR_KIND(symbol, spelling, meaning) ERROR_##symbol,
#include "program/outcomes.def"
#undef ERROR_KIND
#undef OUTCOME
    ERROR_KINDS
};

enum http_method {
#define OUTCOME(symbol, spelling, meaning)
#define METHOD(symbol, spelling, idempotent, body) HTTP_##symbol,
#include "program/outcomes.def"
#undef METHOD
#undef OUTCOME
    HTTP_METHODS
};

/* The result of a call. The transport fills it in (all but the values and the counts of the
 * call), net/call reads the values out of the bytes of the response, and vm_resume_call moves
 * them into the slots of the strand. It is never copied: it is part of the exchange of the call,
 * and the owner of the call releases it. */
struct outcome_facts {
    uint16_t label;   /* the status of a complete response, or label_of_outcome(OUTCOME_ERROR,
                         OUTCOME_TIMEOUT or OUTCOME_MAX_CONNECTION) */
    bool is_complete; /* a response arrived; its body may be unreadable all the same, which makes
                         the label that of OUTCOME_ERROR where the status is from 200 to 299 */
    int status;       /* of the final response if its head was complete; else 0 */
    struct value headers;   /* object; null if no arm reads them or there are none */
    struct value body;      /* null if there is none or it cannot be read */
    struct value body_type; /* the content type of a body that is a text because of it, an empty
                               text if there was none; null for JSON and XML */
    enum error_kind kind;   /* for OUTCOME_ERROR */
    char *message;          /* for the labels that are not a status; names the host; heap */
    uint32_t attempts;      /* of the call so far: exchanges started, and requests sent again */
    uint32_t resent;        /* how often the request of this attempt was sent again because a kept
                               connection had died; also set by cancel */
    uint64_t elapsed_ms;    /* of the call so far, pauses included */
};

/* Frees what it owns and clears it. */
void outcome_facts_release(struct outcome_facts *facts);

#define LABEL_CLASS 0x1000u
#define LABEL_OUTCOME 0x2000u

static inline uint16_t label_of_outcome(enum outcome o)
{
    return (uint16_t)(LABEL_OUTCOME + o);
}

/* True for a status 200..599, a class 2xx..5xx, or an outcome. */
bool outcome_label_is_known(uint16_t label);

/* "404", "4xx", "max-connection"; out has room for 20. Returns out. */
const char *outcome_label_text(uint16_t label, char out[20]);

/* Reads a label as spelled; false if there is no such label. */
bool outcome_label_read(const char *text, uint16_t *label);

const char *outcome_name(enum outcome o);
const char *outcome_error_kind_name(enum error_kind k);
const char *outcome_method_name(enum http_method m);
bool outcome_method_is_idempotent(enum http_method m);
bool outcome_method_may_have_body(enum http_method m);

#endif
