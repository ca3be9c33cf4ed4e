/* The program that the command line names, started as its options say. */
#ifndef FLOW_CLI_COMMAND_PROGRAM_H
#define FLOW_CLI_COMMAND_PROGRAM_H

#include "cli/options.h"
#include "vm/program.h"

/* Starts it with --set, --secrets, --max-response, the host policy and the environment; complains
 * of TLS files that cannot be used. NULL: see problems. The caller's. */
struct program *command_program(const struct image *image, const struct options *o,
                                struct bytes *problems);

/* For one run: loads image and program, finds the flow and reads its inputs. go gets them, and
 * gives the exit status; it sets to null what it takes of inputs, the rest is freed. If one of them
 * cannot be had, says why and returns STATUS_MISUSE. */
int command_program_run(const struct options *o,
                        int (*go)(const struct options *o, const struct program *program,
                                  uint32_t flow, struct value *inputs));

#endif
