/* One thread's loop: libuv, the timers, the transport over HTTP, the system's clock and chance, and
 * the engine of its runs. Everything that happens to a run happens inside loop_run. */
#ifndef FLOW_ENGINE_LOOP_H
#define FLOW_ENGINE_LOOP_H

#include "engine/run.h"
#include "net/http.h"
#include "vm/program.h"

#include <uv.h>

struct loop;

/* program must outlive the loop; limits NULL: the defaults. NULL: the system has no file
 * descriptors left. */
struct loop *loop_new(const struct program *program, const struct run_limits *limits);

/* Cancels live runs, closes all connections and frees the loop. */
void loop_free(struct loop *l);

struct run_engine *loop_engine(struct loop *l);

/* For other events that the owner waits for. Close its handles before loop_free, because
 * loop_free runs the loop until it is empty. */
uv_loop_t *loop_uv(struct loop *l);

struct http_counts loop_counts(const struct loop *l);

/* Runs until loop_stop is called. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);

/* on_turn is called after each turn of the engine: before libcurl goes on, and before the loop
 * waits. */
void loop_on_turn(struct loop *l, void (*on_turn)(void *context), void *context);

/* From now on caught is called in the loop for SIGINT, SIGTERM and, unless it is ignored, SIGHUP.
 */
void loop_catch_signals(struct loop *l, void (*caught)(void *context, int signal), void *context);

#endif
