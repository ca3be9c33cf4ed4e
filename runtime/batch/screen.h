/* Standard error, shared by the threads of a batch: lines, and on a terminal below them a bar that
 * is drawn again and again. */
#ifndef FLOW_BATCH_SCREEN_H
#define FLOW_BATCH_SCREEN_H

#include "base/bytes.h"
#include "cli/output.h"

#include <stdbool.h>
#include <uv.h>

struct screen {
    uv_mutex_t mutex;
    struct output err;
    bool has_bar; /* it stands there, the cursor in its line */
};

void screen_init(struct screen *s);
void screen_release(struct screen *s);

/* The calling thread alone may write until screen_end; the bar is gone. */
struct output *screen_begin(struct screen *s);
void screen_end(struct screen *s);

/* True: bars can be drawn. */
bool screen_can_draw(const struct screen *s);

/* Columns of the terminal; 80 where it does not say. */
size_t screen_width(const struct screen *s);

/* Puts the bar, which is plain ASCII and no wider than the screen, in the place of the last one. */
void screen_draw(struct screen *s, const struct bytes *bar);

#endif
