/* `flowrun replay`: recorded runs, run again offline by a program that may be newer. */
#ifndef FLOW_CLI_COMMAND_REPLAY_H
#define FLOW_CLI_COMMAND_REPLAY_H

/* words: FILE.flowb, records and options. Returns the exit status: 0 all go the same way, 1 some do
 * not, 2 misuse. */
int command_replay(int count, char **words);

#endif
