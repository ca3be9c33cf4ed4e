/* Standard error, shared by the threads of a batch: lines, and on a terminal a bar below them,
 * which is redrawn. */
#ifndef FLOW_BATCH_SCREEN_H
#define FLOW_BATCH_SCREEN_H

#include "base/bytes.h"
#include "cli/log_repeats.h"
#include "cli/output.h"

#include <stdbool.h>
#include <uv.h>

struct screen {
    uv_mutex_t mutex;
    struct output err;
    bool has_bar;               /* the bar is shown, and the cursor is in its line */
    struct bytes bar;           /* the last bar drawn; empty: no bar */
    struct log_repeats repeats; /* on a terminal */
};

void screen_init(struct screen *s);
void screen_release(struct screen *s);

/* The calling thread alone may write until screen_end, which redraws the bar below. */
struct output *screen_begin(struct screen *s);
void screen_end(struct screen *s);

/* A line that a run logged, after the number of its input. On a terminal, consecutive lines with
 * the same text are shown once, with the number of repetitions. */
void screen_log(struct screen *s, uint64_t number, const struct masks *masks, const char *text,
                size_t len);

/* True: bars can be drawn. */
bool screen_can_draw(const struct screen *s);

/* Columns of the terminal; 80 if unknown. */
size_t screen_width(const struct screen *s);

/* Replaces the bar. It is plain ASCII and not wider than the screen. */
void screen_draw(struct screen *s, const struct bytes *bar);

/* Removes the bar. */
void screen_clear(struct screen *s);

#endif
