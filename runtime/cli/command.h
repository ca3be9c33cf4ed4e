/* The commands of flowrun. Each returns the exit status. */
#ifndef FLOW_CLI_COMMAND_H
#define FLOW_CLI_COMMAND_H

#include "cli/exit_status.h"
#include "cli/options.h"

/* One run; its messages and questions go to stdout, answers come from stdin. */
int command_run(const struct options *o);

/* One run that stops at nodes and obeys commands from stdin. */
int command_step(const struct options *o);

/* One run per line of inputs. */
int command_batch(const struct options *o);

/* The tests of a program, offline. STATUS_FAILED: some did not pass, or --min-coverage is not
 * reached. */
int command_test(const struct options *o);

/* Recorded runs, run again offline by a program that may be newer. STATUS_FAILED: some go another
 * way. */
int command_replay(const struct options *o);

/* Prints what a compiled program is and what it needs, without running it. */
int command_show(const struct options *o);

#endif
