/* Runs: each is a flow on its way through its nodes, with all its strands. Brings together the
 * machine, the calls, the clock, and whoever gave the run and wants to know how it ends. One engine
 * per loop (thread). Knows no libuv and no libcurl: time comes through timers, answers through
 * call_world, and whoever owns the loop gives turns by run_engine_turn. */
#ifndef FLOW_ENGINE_RUN_H
#define FLOW_ENGINE_RUN_H

#include "base/bytes.h"
#include "base/value.h"
#include "engine/run_observer.h"
#include "engine/run_state.h"
#include "engine/stats.h"
#include "net/call.h"
#include "vm/program.h"
#include "vm/vm.h"

#include <stdbool.h>
#include <stdint.h>

struct run;

enum run_status { RUN_ENDED, RUN_FAILED, RUN_FAULTED, RUN_CANCELLED };

/* One step of the trace: a node was left. */
struct run_step {
    const char *flow;
    const char *node;
    const char *kind;       /* "GET", "ask", "if", … ; for calls the method */
    const char *url;        /* of a call, secrets as ***; NULL otherwise */
    const char *outcome;    /* "200", "timeout", "ok", … ; NULL when the node has none */
    const char *error_kind; /* or NULL */
    const char *message;    /* of the error; or NULL */
    uint32_t attempts;      /* of a call */
    uint64_t elapsed_ms;    /* in the node */
    const char *to;         /* the next node, "end", "fail", "fault", or "flow NAME" */
    uint32_t index;         /* of the node in the image */
    uint64_t order;         /* of entering it, among all nodes of all runs of the engine */
    uint16_t label;         /* of the outcome; 0: none */
    const char *strand; /* "", or its place in its `parallel` or `each`: "pay[0]", with the index in
                           the results; nested: "pay[0]/ship[2]" */
};

/* An attempt of a call is over. */
struct run_attempt {
    const char *strand;            /* as in run_step */
    uint32_t node;                 /* of the image */
    const struct request *request; /* with its secrets: they are to be masked before it is shown */
    const struct exchange *exchange; /* NULL: nothing came, or it was broken off */
    const struct outcome_facts *outcome;
    uint32_t number;     /* from 1 */
    uint64_t since_ms;   /* from the run's beginning to the attempt's */
    uint64_t elapsed_ms; /* its turn in the pool included */
};

/* The owner of a run, which answers its questions. Any function may be NULL. Pointers are valid
 * during the call only. Others look at the run as observers (run_observer.h). */
struct run_watch {
    void (*say)(struct run *run, const struct text *text);
    void (*log)(struct run *run, const struct text *text);
    /* A question; answer it by run_answer, now or later. */
    void (*ask)(struct run *run, uint32_t ask_id, const struct text *question,
                struct value choices);
    void (*step)(struct run *run, const struct run_step *step);
    /* A strand reaches a marked instruction: see run_engine_mark. May be NULL. */
    void (*passed)(struct run *run, const struct strand *strand, uint32_t pc);
    /* A question of a node (of the image) is no longer open; text NULL: nobody answered it. */
    void (*answered)(struct run *run, const char *strand, uint32_t node, const char *text,
                     size_t len);
    /* A node (of the image) reads the clock, which shows ms since 1970. Returns the time that
     * the node gets. */
    int64_t (*now)(struct run *run, const char *strand, uint32_t node, int64_t ms);
    void (*over)(struct run *run); /* the run is freed after this returns */
};

struct run_engine;

struct run {
    struct run_engine *engine;
    const struct run_watch *watch;
    void *context; /* the watcher's */
    char id[27];   /* unique: time and chance, 26 characters of Crockford base 32 (as a ULID) */
    uint32_t flow;
    int64_t started_ms; /* since 1970 */
    uint64_t begun;     /* the same moment by the engine's timers */
    bool keep_messages; /* collect the texts of `say` and `ask` in messages; set after run_start */
    struct value messages; /* list of texts, or null while there are none */
    struct masks
        *masks;   /* the secrets that it sent as Authorization; NULL: none. Read by run_masks */
    void *record; /* the recorder's own */

    /* When over. */
    enum run_status status;
    bool has_value;
    struct value value; /* of end or fail */
    char *error;        /* of a fault: "order.flow:12: …"; heap */
    uint32_t node;      /* where it was at the end; IMAGE_NONE: in none yet */

    struct run_live *live; /* its strands; run.c's own */
};

/* program and world outlive the engine; fuel 0: the default. */
struct run_engine *run_engine_new(const struct program *program, struct call_world *world,
                                  const struct builtin_world *builtins, uint64_t fuel);
void run_engine_free(struct run_engine *e);

/* Before any run: code is the program's with marks (see vm.h), and outlives the engine. */
void run_engine_mark(struct run_engine *e, const uint32_t *code);

/* The limits of a run; exceeding one is a fault of that run, with its place, and of no other
 * run. 0: the default, which is no limit except for fuel and calls. */
struct run_limits {
    uint64_t fuel;    /* loops and calls of a strand between two suspensions: VM_DEFAULT_FUEL */
    uint64_t visits;  /* nodes that are entered */
    uint64_t time_ms; /* from start to end */
    uint64_t memory; /* bytes that its variables and messages hold; a value held twice counts twice.
                        Checked when the run enters a node and when it makes a long text or list, so
                        one such value may exceed it */
    uint64_t message; /* bytes of one text that is said or logged, or of a question with choices */
    uint32_t depth;   /* how deep the body of a response may nest; more is `error`, kind `decode` */
    uint32_t calls;   /* flows that call each other: VM_MAX_FRAMES, which is the most */
};

/* For runs that are started from now on. */
void run_engine_limit(struct run_engine *e, const struct run_limits *limits);

/* The owner held up all runs since `began` (run_engine_now, milliseconds): the time beyond
 * TIMERS_WORK_MS is not charged to any run. */
void run_engine_held(struct run_engine *e, uint64_t began);
uint64_t run_engine_now(const struct run_engine *e);

/* Counts calls in stats from now on; stats must outlive the engine. */
void run_engine_count(struct run_engine *e, struct stats *stats);

/* Several engines share the connections of each endpoint: this one is number part (from 0) of
 * parts, and gets the share of that number. parts is at most the number of connections of any
 * endpoint. Call it before the first run. */
void run_engine_share(struct run_engine *e, uint32_t part, uint32_t parts);

/* How many runs are not over. */
uint32_t run_engine_live(const struct run_engine *e);

/* Steps each ready strand by a slice of fuel; true if strands are still ready, or ready again.
 * All steps happen here: timers, calls and answers only make strands ready. So the owner calls
 * this after every batch of events, and does not sleep while it returns true. */
bool run_engine_turn(struct run_engine *e);

/* Starts a run of a flow of the image. Takes ownership of args, one per input, vm_missing()
 * where a default applies. watch must outlive the run. The run begins at the next turn, never
 * inside this call. */
struct run *run_start(struct run_engine *e, uint32_t flow, struct value *args,
                      const struct run_watch *watch, void *context);

/* The plain data of a run that is not being stepped: call it between turns. The caller releases
 * *state with run_state_release. */
void run_write(const struct run *run, struct run_state *state);

/* Makes a run from a state. The state is borrowed, and checked because a stranger may have
 * written it. The run goes on at the next turn: it sends a pending request again, and calls
 * watch->ask again for each open question, under its number. NULL: *problem says why the state
 * does not fit the program (static). */
struct run *run_read(struct run_engine *e, const struct run_state *state,
                     const struct run_watch *watch, void *context, const char **problem);

/* Answers a question. text NULL: the end of input, which counts as the timeout if the question
 * has one, else as a fault. Returns false and does nothing if the question is no longer open. */
bool run_answer(struct run *run, uint32_t ask_id, const char *text, size_t len);

/* False: the question is open, but the bytes are not a text that it can take, not even as
 * `invalid` (see vm_takes_answer): ask for another one. */
bool run_takes_answer(const struct run *run, uint32_t ask_id, const char *text, size_t len);

/* The node (in the image) whose question is open; IMAGE_NONE if the question is no longer open. */
uint32_t run_ask_node(const struct run *run, uint32_t ask_id);

/* Adds the strand, as in run_step, that asks the question; nothing if the question is no longer
 * open. */
void run_ask_strand(const struct run *run, uint32_t ask_id, struct bytes *b);

/* For a transport whose responses depend on the caller: adds the strand, as in run_step, of the
 * call that the exchange belongs to. The exchange must be one of this engine's. */
void run_exchange_strand(const struct exchange *x, struct bytes *b);

/* The value that a slot of the flow has in which the strand is now; looked at. */
struct value run_variable(const struct strand *s, uint32_t slot);

/* Ends the run as cancelled and closes its pending calls. over is called before this returns or,
 * if a watcher calls this while its run is stepped, right after that step. Do not call it from
 * within over. */
void run_cancel(struct run *run);

/* Every live run. */
void run_engine_cancel(struct run_engine *e);

/* Adds to b the JSON object of section 11: line, input, run, status, flow, node, value, messages,
 * error, on one line without a line end. line 0: none; input NULL: none. Secrets are masked. */
void run_print_json(const struct run *run, uint64_t line, const struct value *input,
                    struct bytes *b);

/* The secrets masked in everything written about the run: those of the program and, from the
 * moment of sending, those that the run sends as Authorization. Valid until the run goes on. */
const struct masks *run_masks(const struct run *run);

/* Adds v as JSON with the secrets in it masked: still JSON, whatever a secret looks like. */
void run_print_value(const struct run *run, struct value v, struct bytes *b);

/* The same without a run. */
void run_print_masked(const struct masks *masks, struct value v, struct bytes *b);

/* Masks the secrets in the strings and numbers of b, which is JSON and stays it. */
void run_mask_json(const struct masks *masks, struct bytes *b);

/* "ended", "failed", "faulted", "cancelled" */
const char *run_status_name(enum run_status status);

#endif
