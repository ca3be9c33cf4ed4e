/* The machine. Runs a strand until it needs something from the world or is over; the caller
 * resumes it with the result. Does no I/O and knows no clock: struct vm_host provides both. A
 * strand is plain data: frames, slots, a position; nothing of it lives on the C stack.
 *
 * A run is one strand, and one more for each call under way in a `parallel` or `each`. */
#ifndef FLOW_VM_VM_H
#define FLOW_VM_VM_H

#include "base/value.h"
#include "vm/builtins.h"
#include "vm/program.h"
#include "vm/request_build.h"

#include <stdbool.h>
#include <stdint.h>

#define VM_MAX_FRAMES 200u
/* Between two suspensions: 1 for each jump backward and each flow that is called, left or moved to,
 * 1 more for every 64 slots of it, and 1 for every 4,096 bytes or 256 items of what an instruction
 * makes, compares or looks through, and for matches() 1 for every 64 steps of the search and what
 * builtin_cost says. */
#define VM_DEFAULT_FUEL 100000000u

enum vm_state {
    VM_READY,   /* may be stepped */
    VM_REQUEST, /* wants a call: strand.request is ready, or strand.failure says why it could not be
                   built; then vm_resume_call */
    VM_ASK,     /* wants an answer: strand.value is the question, strand.choices a list or null;
                   then vm_resume_answer */
    VM_WAIT,    /* wants a pause of strand.wait_ms; then vm_resume */
    VM_SPAWN,   /* wants a strand for strand.spawn_flow with strand.spawn_args; then vm_resume, at
                   once or when fewer than the site's concurrency are under way */
    VM_JOIN,    /* wants the results of its group; then vm_resume_group */
    VM_YIELD,   /* has used its slice of fuel; then vm_resume */
    VM_ENDED,   /* over: strand.value, if strand.has_value */
    VM_FAILED,  /* over: strand.value, if strand.has_value */
    VM_FAULTED, /* over: strand.failure, with its place in strand.pc */
};

struct frame {
    uint32_t function;
    uint32_t pc;   /* where the caller stands while it waits for a callee */
    uint32_t base; /* first slot */
    uint32_t node; /* the node it is in */
};

struct strand {
    const struct program *program;
    struct vm_host *host;
    void *owner;   /* the run; not looked at here */
    uint8_t state; /* enum vm_state */
    bool has_value;
    uint32_t pc;
    struct value *slots;
    uint32_t slot_cap;
    uint32_t slot_top;
    struct frame *frames;
    uint32_t depth;
    uint32_t frame_cap;
    uint32_t site;       /* of what it waits for, or waited for last */
    uint16_t label;      /* of the outcome that came last */
    uint32_t request_pc; /* of the instruction `request` that began the last request */
    uint64_t fuel_used;  /* since the last suspension */
    struct value value;
    struct value choices;
    struct value body_type; /* of the response that came last, see struct outcome_facts */
    int64_t wait_ms;
    uint32_t spawn_flow;
    uint32_t spawn_count;          /* strands of its group so far */
    struct value *spawn_args;      /* points into slots; see vm_is_missing */
    struct endpoint *setting_up;   /* of a set-up function; NULL in a flow */
    struct request *request;       /* the taker's to free, after setting this to NULL */
    struct builtin_search *search; /* that is under way; NULL: none */
    struct request_build *kept;    /* the request that it was building when it yielded; else NULL */
    char *failure;                 /* heap */
    enum failure reason;           /* in VM_REQUEST with a failure: which one it is */
};

/* An input that is not given, so that its default is taken: null with this in its pad. */
#define VM_TAG_MISSING 255u

static inline struct value vm_missing(void)
{
    return (struct value){ .tag = VALUE_NULL, .pad = VM_TAG_MISSING };
}

static inline bool vm_is_missing(struct value v)
{
    return v.pad == VM_TAG_MISSING;
}

/* What the machine is given, one per loop; the functions may be called while vm_step runs. */
struct vm_host {
    struct builtin_world world;
    void (*say)(struct strand *s, const struct text *text);
    void (*log)(struct strand *s, const struct text *text);
    /* For whoever follows the run; may be NULL. A node is entered (vm_fault may be called then); a
     * called flow is about to end or fail and its caller goes on; a response's body did not fit, so
     * that the outcome is `error`. */
    void (*enter)(struct strand *s, uint32_t node);
    void (*leave)(struct strand *s, bool ended);
    void (*misfit)(struct strand *s, const char *message);
    /* A slot holds something long now, which a node can do any number of times (vm_fault may be
     * called then); may be NULL. */
    void (*grown)(struct strand *s);
    /* For whoever counts the ways that runs take: a copy of the program's code with OPCODE_POINT
     * for some opcodes, and what is called when a strand comes to such an instruction. NULL: none.
     */
    const uint32_t *code;
    void (*passed)(struct strand *s, uint32_t pc);
    struct value (*run_value)(struct strand *s, uint32_t which); /* run.id, run.flow, run.started */
    int64_t (*now)(struct strand *s,
                   int64_t ms); /* what now() gives where the clock shows ms; may be NULL */
    struct request_build build; /* of the strand that runs; reused from request to request */
    uint32_t frames;  /* of flows that call each other; 0: VM_MAX_FRAMES, which is the most */
    uint64_t message; /* bytes of a text that is said or logged, or of a question with its choices;
                         0: any */
    uint64_t fuel;    /* per strand between two suspensions; more is a fault */
};

/* A strand at the start of a flow. args: the flow's inputs in order, taken (moved out of args);
 * vm_missing() marks one that is not given and has a default. Their types were checked. */
void vm_strand_init(struct strand *s, const struct program *program, struct vm_host *host,
                    uint32_t flow, struct value *args);
void vm_strand_release(struct strand *s);

/* Runs a VM_READY strand until its state is another; returns it. */
enum vm_state vm_step(struct strand *s);

/* After VM_WAIT, VM_SPAWN, VM_YIELD: ready again. */
void vm_resume(struct strand *s);

/* After VM_REQUEST: moves headers, body and body_type out of what the call came to, and takes the
 * arm of its label. The caller releases the rest. */
void vm_resume_call(struct strand *s, struct outcome_facts *outcome);

/* After VM_ASK: the text of an answer, NULL for the time that ran out. The machine reads it by the
 * question's type, choices and match, and takes the arm ok, invalid or timeout. */
void vm_resume_answer(struct strand *s, const char *text, size_t len);

/* False: text is not UTF-8 or has a null character in it, and the question has no arm `invalid` for
 * that. To be asked before vm_resume_answer, for which such a text is a fault. */
bool vm_takes_answer(const struct strand *s, const char *text, size_t len);

/* After VM_JOIN: results (taken) in order of their spawning, as a list; or, when failed, the value
 * the first failed one came to (taken; has_value false: none). */
void vm_resume_group(struct strand *s, struct value results, bool failed, bool has_value,
                     struct value value);

/* Makes a strand over with a fault at its present place; message is copied. */
void vm_fault(struct strand *s, const char *message);

/* The node the strand is in. */
uint32_t vm_strand_node(const struct strand *s);

/* The call's policy of the site the strand waits at. */
const struct image_call *vm_strand_call(const struct strand *s);

/* Setup functions. Run one to its end; NULL, or what was wrong (heap). A config gives *out; an
 * endpoint fills in *endpoint. */
char *vm_set_up(const struct program *program, uint32_t function, struct endpoint *endpoint,
                struct value *out);

#endif
