/* Shared by the files of run: the engine, the strands of runs and their groups. Other code uses
 * run.h. */
#ifndef FLOW_ENGINE_RUN_PARTS_H
#define FLOW_ENGINE_RUN_PARTS_H

#include "engine/run.h"
#include "engine/run_state.h"

/* Strands of one run at once; a flow that spawns itself is stopped by this and by the depth. */
#define RUN_MAX_STRANDS 100000u
#define RUN_MAX_NESTING VM_MAX_FRAMES

/* Of Crockford's base 32. */
#define RUN_ID_DIGITS "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

/* Bytes of chance in the name of a run. */
#define RUN_CHANCE 10u

/* The limit of a run's result, in bytes: it is written as text, and shared parts count each
 * time. */
#define RUN_MAX_VALUE (256u << 20)

/* The calls of one `parallel` or `each`, from the first spawn to the join. */
struct group {
    struct task *parent;
    struct task *first; /* of those under way */
    uint32_t live;
    uint32_t count;
    size_t cap;
    struct value *results; /* in order of spawning */
    bool failed;
    bool has_value;
    struct value value; /* of the first that failed */
};

/* A strand and the things that it may wait for. Exactly one of these holds: it is in the queue,
 * its timer runs, api is set, ask_id is not 0 (with or without the timer), or it waits for its
 * group. */
struct task {
    struct strand strand;
    struct run *run;
    struct task *next_ready;
    struct task *prev_ready;
    bool queued;
    uint32_t ask_id; /* 0: no question is open */
    struct task *next_asking;
    struct timer timer;
    struct api *api;
    struct group *group;  /* of its own children */
    struct group *within; /* the group that it is a child of; NULL: the main strand */
    struct task *next_child;
    struct task *prev_child;
    uint32_t place;    /* in the results of `within` */
    uint32_t nesting;  /* frames above it */
    uint32_t number;   /* in the state that is being written */
    bool resumes_call; /* its next call goes on from progress */
    struct call_progress progress;
    struct run_trace *trail; /* NULL: the run is not traced, or entered no node yet */
};

struct run_observing {
    const struct run_observer *observer; /* NULL: the place is free */
    void *context;
};

struct run_live {
    struct run_observing observing[RUN_OBSERVERS_MAX];
    struct task *main;
    struct task *asking;
    struct run *next;
    struct run *prev;
    uint32_t strands;
    uint64_t visits;
    uint64_t allocated;  /* bytes, since it was weighed */
    struct timer timer;  /* the end of its time */
    uint64_t held;       /* milliseconds that it held up the loop, see timers_hold */
    uint64_t earlier_ms; /* the time that it had run before run_read read it */
    bool busy;           /* one of its strands is being stepped */
    bool is_over;        /* status is final; to be finished after the step */
};

struct run_engine {
    const struct program *program;
    struct call_world *world;
    struct vm_host host;
    struct pool *pools;           /* one per endpoint */
    struct call_policy *policies; /* one per site; those of calls are set */
    uint16_t *labels;             /* of all arms, as policies show them */
    uint32_t *sites;              /* of nodes; IMAGE_NONE: the node has none */
    struct task *first;
    struct task *last;
    uint32_t ready;
    struct run *runs;
    uint32_t live;
    uint32_t last_ask;
    uint64_t entered;  /* nodes, by runs that are traced */
    uint32_t entering; /* observers of live runs with `enter` */
    uint32_t leaving;  /* and with `leave` */
    struct run_limits limits;
    size_t step_began;               /* mem_allocated, when the step under way began */
    uint64_t step_ms;                /* timers_now, when it began */
    struct stats *stats;             /* NULL: nobody counts */
    uint8_t chance[RUN_CHANCE * 25]; /* for the names of the next runs: one system call for 25 */
    uint32_t chance_left;            /* bytes of it, at its end */
};

struct task *run_task_of(struct strand *s);

/* Adds which strand of its run t is, as in run_step. */
void run_task_print_strand(const struct task *t, struct bytes *b);

/* Ends the run after the current step, or at once. The first end counts. */
void run_end(struct run *run, enum run_status status);

/* Frees t and all its children; cancels everything they wait for. */
void run_task_drop(struct task *t);

/* A strand that is not in the queue and has no frame yet. */
struct task *run_task_add(struct run *run, struct group *within);

/* Queues a strand for a flow; takes ownership of args. */
struct task *run_task_new(struct run *run, struct group *within, uint32_t flow, struct value *args);

void run_task_ready(struct run_engine *e, struct task *t);
void run_task_leave_queue(struct run_engine *e, struct task *t);

/* run_step.c: handles what a strand needs, or its end. */
void run_task_step(struct task *t);

/* run_group.c */
void run_group_spawn(struct task *parent);
void run_group_join(struct task *parent);

/* A child is over: t is freed. */
void run_group_child_ended(struct task *t);
void run_group_child_failed(struct task *t);
/* Makes the group of a task that has none. */
struct group *run_group_new(struct task *parent);
/* t is a child of g from now on. */
void run_group_add(struct group *g, struct task *t);
void run_group_remove(struct task *t);
void run_group_free(struct group *g);

/* run_call.c */
/* False if no call of t is pending or about to be resumed. */
bool run_call_progress(const struct task *t, struct call_progress *out);
void run_call_set_policies(struct run_engine *e);
void run_call_start(struct task *t);
void run_call_cancel(struct task *t);

/* run_ask.c */
void run_ask_start(struct task *t);
void run_ask_forget(struct task *t);

/* run_trace.c: an observer that gives the steps of a run to its owner. */
void run_trace_start(struct run *run);
/* The levels of the task, into out or out of it. */
void run_trace_write(const struct task *t, struct run_strand_state *out);
void run_trace_read(struct task *t, const struct run_strand_state *from);
/* Frees the trail of a task, if it has one. */
void run_trace_free(struct task *t);

/* run_observer.c: calls all observers of a run. */
void run_observer_outcome(struct task *t, const struct outcome_facts *outcome,
                          const struct request *request);
void run_observer_misfit(struct task *t, const char *message);
bool run_observer_wants_attempts(const struct run *run);
void run_observer_attempt(struct run *run, const struct run_attempt *attempt);
void run_observer_strand_end(struct task *t, const char *to);
/* Removes them, too. */
void run_observer_end(struct run *run);

/* run_step.c: ends its run as faulted. */
void run_task_fault(struct task *t, const char *message);

/* run_limit.c */
void run_limit_start(struct run *run);
void run_limit_end(struct run *run);
/* Faults the run if its time is over, whatever the result of its step. */
void run_limit_time(struct task *t);
/* The run held up the loop for so long (see timers_hold): that is on its own time. */
void run_held(struct run *run, uint64_t ms);
/* The run got this value from outside. */
void run_limit_add(struct run *run, struct value v);

/* A run without a strand, linked into the engine. */
struct run *run_new(struct run_engine *e, uint32_t flow, const struct run_watch *watch,
                    void *context);

#endif
